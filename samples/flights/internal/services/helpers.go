// Package services has the rules of the business.
package services

import (
	"time"

	"example.com/flights/internal/models"
	"example.com/flights/internal/money"
)

// passengerKind tells the age group of somebody on the day of a flight: infants
// are under 2, children under 12.
func passengerKind(birth, day time.Time) models.PassengerKind {
	switch age := yearsBetween(birth, day); {
	case age < 2:
		return models.PassengerInfant
	case age < 12:
		return models.PassengerChild
	default:
		return models.PassengerAdult
	}
}

func yearsBetween(birth, day time.Time) int {
	years := day.Year() - birth.Year()
	if birth.AddDate(years, 0, 0).After(day) {
		years--
	}
	return years
}

func passengerPrice(fare int64, kind models.PassengerKind) int64 {
	switch kind {
	case models.PassengerInfant:
		return money.Percent(fare, 10)
	case models.PassengerChild:
		return money.Percent(fare, 75)
	default:
		return fare
	}
}

func tierFor(miles int64) models.Tier {
	switch {
	case miles >= 50_000:
		return models.TierGold
	case miles >= 10_000:
		return models.TierSilver
	default:
		return models.TierBlue
	}
}

func tierBonus(tier models.Tier) int {
	switch tier {
	case models.TierGold:
		return 50
	case models.TierSilver:
		return 25
	default:
		return 0
	}
}

func fareFactor(cabin models.Cabin) int {
	switch cabin {
	case models.Business:
		return 320
	case models.Premium:
		return 170
	default:
		return 100
	}
}

func invoiceLine(segment models.Segment, passengers int) models.InvoiceLine {
	text := "Flight " + segment.Flight.Number + " " + segment.Flight.Route.OriginCode + "-" + segment.Flight.Route.DestinationCode +
		", " + segment.Flight.Departure.Format(time.DateOnly) + ", fare " + segment.Fare.Code
	if passengers > 1 {
		text += ", all passengers"
	}
	return models.InvoiceLine{Text: text, Amount: segment.Price}
}

func excessWeight(allowance, already, bag int) int {
	return max(0, already+bag-max(allowance, already))
}
