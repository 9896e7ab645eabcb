package models_test

import (
	"errors"
	"testing"

	"example.com/shop/internal/models"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	sum, err := models.EUR(1050).Add(models.EUR(-50))
	if err != nil || sum != models.EUR(1000) {
		t.Errorf("sum = %v, %v", sum, err)
	}
	if _, err := sum.Add(models.Money{Amount: 1, Currency: "USD"}); !errors.Is(err, models.ErrCurrencyMismatch) {
		t.Errorf("error = %v", err)
	}
	if got := models.EUR(333).Times(3); got != models.EUR(999) {
		t.Errorf("times = %v", got)
	}
	for amount, want := range map[int64]int64{1000: 190, 3: 1, 2: 0, 0: 0} {
		if got := models.EUR(amount).Percent(1900); got != models.EUR(want) {
			t.Errorf("19 %% of %d = %v, want %d", amount, got, want)
		}
	}
	for amount, want := range map[int64]string{1234: "12.34 EUR", 5: "0.05 EUR", -250: "-2.50 EUR"} {
		if got := models.EUR(amount).String(); got != want {
			t.Errorf("String = %s, want %s", got, want)
		}
	}
	if !models.EUR(0).IsZero() || models.EUR(1).IsZero() {
		t.Error("IsZero")
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"EUR": true, "eur": false, "EURO": false, "E1R": false, "": false} {
		if models.ValidCurrency(code) != want {
			t.Errorf("ValidCurrency(%q) = %v", code, !want)
		}
	}
	for code, want := range map[string]bool{"DE": true, "de": false, "DEU": false} {
		if models.ValidCountry(code) != want {
			t.Errorf("ValidCountry(%q) = %v", code, !want)
		}
	}
}
