package services

import (
	"fmt"

	"example.com/flights/internal/models"
)

type cabinRows struct {
	Cabin   models.Cabin
	First   int
	Last    int
	Letters string
}

type aircraftLayout []cabinRows

var fleet = map[string]aircraftLayout{
	"A320": {
		{models.Business, 1, 4, "ACDF"},
		{models.Premium, 5, 7, "ABCDEF"},
		{models.Economy, 8, 28, "ABCDEF"},
	},
	"A321": {
		{models.Business, 1, 6, "ACDF"},
		{models.Premium, 7, 10, "ABCDEF"},
		{models.Economy, 11, 35, "ABCDEF"},
	},
	"E190": {
		{models.Business, 1, 3, "ACD"},
		{models.Economy, 4, 26, "ABCD"},
	},
	"DH8D": {
		{models.Economy, 1, 18, "ABCD"},
	},
}

func (l aircraftLayout) rows(cabin models.Cabin) (cabinRows, bool) {
	for _, rows := range l {
		if rows.Cabin == cabin {
			return rows, true
		}
	}
	return cabinRows{}, false
}

func (r cabinRows) capacity() int { return (r.Last - r.First + 1) * len(r.Letters) }

func (r cabinRows) seats() []string {
	seats := make([]string, 0, r.capacity())
	for row := r.First; row <= r.Last; row++ {
		for _, letter := range r.Letters {
			seats = append(seats, fmt.Sprintf("%d%c", row, letter))
		}
	}
	return seats
}
