// Package money calculates with amounts in cents.
package money

import "fmt"

// Currency is what everything is charged in.
const Currency = "EUR"

// Format writes cents for people: "1,234.50 EUR" is Format(123450).
func Format(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	whole := fmt.Sprint(cents / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s%s.%02d %s", sign, whole, cents%100, Currency)
}

// Percent is p percent of cents, rounded half away from zero.
func Percent(cents int64, p int) int64 {
	product := cents * int64(p)
	if product < 0 {
		return (product - 50) / 100
	}
	return (product + 50) / 100
}

// Included is the part of gross that is a tax of p percent.
func Included(gross int64, p int) int64 {
	return gross - (gross*100+int64(100+p)/2)/int64(100+p)
}
