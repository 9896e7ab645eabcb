package services

import (
	"testing"
	"time"

	"example.com/flights/internal/models"
)

func day(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestPassengerKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		birth string
		want  models.PassengerKind
	}{
		{"2027-03-01", models.PassengerInfant},
		{"2025-03-03", models.PassengerInfant},
		{"2025-03-02", models.PassengerChild}, // second birthday on the day of the flight
		{"2015-03-03", models.PassengerChild},
		{"2015-03-02", models.PassengerAdult},
		{"2012-02-29", models.PassengerAdult},
	}
	for _, tt := range tests {
		if got := passengerKind(day(tt.birth), day("2027-03-02")); got != tt.want {
			t.Errorf("born %s: %s, want %s", tt.birth, got, tt.want)
		}
	}
}

func TestTiers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		miles int64
		want  models.Tier
		bonus int
	}{
		{0, models.TierBlue, 0}, {9_999, models.TierBlue, 0},
		{10_000, models.TierSilver, 25}, {49_999, models.TierSilver, 25},
		{50_000, models.TierGold, 50},
	}
	for _, tt := range tests {
		if got := tierFor(tt.miles); got != tt.want || tierBonus(got) != tt.bonus {
			t.Errorf("%d miles: %s with %d %%, want %s with %d %%", tt.miles, got, tierBonus(got), tt.want, tt.bonus)
		}
	}
}

func TestExcessWeight(t *testing.T) {
	t.Parallel()
	tests := []struct{ allowance, already, bag, want int }{
		{23, 0, 23, 0}, {23, 0, 25, 2}, {23, 20, 10, 7}, {23, 30, 5, 5}, {0, 0, 8, 8},
	}
	for _, tt := range tests {
		if got := excessWeight(tt.allowance, tt.already, tt.bag); got != tt.want {
			t.Errorf("%d kg after %d kg of %d kg: %d kg too much, want %d", tt.bag, tt.already, tt.allowance, got, tt.want)
		}
	}
}

func TestSeatsOfFleet(t *testing.T) {
	t.Parallel()
	want := map[string]int{"A320": 16 + 18 + 126, "A321": 24 + 24 + 150, "E190": 9 + 92, "DH8D": 72}
	for aircraft, layout := range fleet {
		seen := map[string]bool{}
		for _, rows := range layout {
			seats := rows.seats()
			if len(seats) != rows.capacity() {
				t.Errorf("%s %s: %d seats, capacity %d", aircraft, rows.Cabin, len(seats), rows.capacity())
			}
			for _, seat := range seats {
				if seen[seat] {
					t.Errorf("%s has two seats %s", aircraft, seat)
				}
				seen[seat] = true
			}
		}
		if len(seen) != want[aircraft] {
			t.Errorf("%s has %d seats, want %d", aircraft, len(seen), want[aircraft])
		}
	}
	if _, ok := fleet["DH8D"].rows(models.Business); ok {
		t.Error("DH8D has a business cabin")
	}
}

func TestCardSimulator(t *testing.T) {
	t.Parallel()
	gateway := NewCardSimulator(1000)
	for token, amount := range map[string]int64{"": 1, "visa": 1, "tok_decline_it": 1, "tok_visa": 1001} {
		if _, err := gateway.Charge(t.Context(), token, amount); err == nil {
			t.Errorf("%q pays %d", token, amount)
		}
	}
	ref, err := gateway.Charge(t.Context(), "tok_visa", 1000)
	if err != nil || ref == "" {
		t.Errorf("charge %q, %v", ref, err)
	}
}
