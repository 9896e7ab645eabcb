package models

import (
	"errors"
	"fmt"
	"strings"
)

// ErrCurrencyMismatch is returned when amounts of different currencies meet.
var ErrCurrencyMismatch = errors.New("currencies differ")

// Money is an amount in the minor unit of its currency (cents).
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// EUR is a shorthand for euro cents.
func EUR(cents int64) Money { return Money{Amount: cents, Currency: "EUR"} }

// Add returns m + o.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, fmt.Errorf("add %s to %s: %w", o, m, ErrCurrencyMismatch)
	}
	return Money{Amount: m.Amount + o.Amount, Currency: m.Currency}, nil
}

// Times returns m multiplied by a quantity.
func (m Money) Times(n int) Money {
	return Money{Amount: m.Amount * int64(n), Currency: m.Currency}
}

// Percent returns the share of m given in basis points, rounded half up.
func (m Money) Percent(basisPoints int) Money {
	return Money{Amount: (m.Amount*int64(basisPoints) + 5000) / 10000, Currency: m.Currency}
}

// IsZero tells whether the amount is zero.
func (m Money) IsZero() bool { return m.Amount == 0 }

// String formats m like "12.50 EUR".
func (m Money) String() string {
	sign, amount := "", m.Amount
	if amount < 0 {
		sign, amount = "-", -amount
	}
	return fmt.Sprintf("%s%d.%02d %s", sign, amount/100, amount%100, m.Currency)
}

// ValidCurrency tells whether s looks like an ISO 4217 code.
func ValidCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// ValidCountry tells whether s looks like an ISO 3166 two letter code.
func ValidCountry(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
