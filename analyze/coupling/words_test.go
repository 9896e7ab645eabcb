package coupling

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	v := NewVocabulary()
	for name, want := range map[string]string{
		"InvoiceLines":            "invoice line",
		"parseHTTPInvoiceID":      "invoice",
		"GetOrderByID":            "order",
		"XMLBasket":               "basket",
		"stock_levels":            "stock level",
		"/customers/{id}/address": "customer address",
		"v2Booking3Fares":         "booking fare",
		"CategoriesOfCategory":    "category",
		"NewServiceHandler":       "",
		"":                        "",
		"Ärzte":                   "ärzte",
		"id":                      "",
	} {
		want := strings.Fields(want)
		want = slices.DeleteFunc(want, func(w string) bool { return stopWords[w] })
		for _, when := range []string{"first", "again"} {
			if got := v.Words(name); !slices.Equal(got, want) {
				t.Errorf("%q gives %q when asked for %s, want %q", name, got, when, want)
			}
		}
	}
}

// The scores are the formula's, by hand: three groups, so N = 3.
func TestTerms(t *testing.T) {
	got := NewVocabulary().Terms(map[string][]string{
		"a": {"Invoice", "InvoiceTax", "Tax", "Customer"},
		"b": {"Customer", "CustomerAddress", "NewCustomer", "Address"},
		"c": {"Customer", "Customers"},
	})
	for g, want := range map[string][]Term{
		"a": {{"invoice", 0.5 * math.Log(4/1.5)}, {"tax", 0.5 * math.Log(4/1.5)}},
		"b": {{"address", 0.5 * math.Log(4/1.5)}, {"customer", 0.75 * math.Log(4/3.5)}},
		"c": {{"customer", math.Log(4 / 3.5)}},
	} {
		if !slices.EqualFunc(got[g], want, func(x, y Term) bool { return x.Word == y.Word && math.Abs(x.Score-y.Score) < 1e-9 }) {
			t.Errorf("%s: got %v, want %v", g, got[g], want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("parseHTTPInvoiceID")
	f.Fuzz(func(t *testing.T, name string) {
		seen := map[string]bool{}
		for _, w := range NewVocabulary().Words(name) {
			if w == "" || seen[w] || stopWords[w] {
				t.Errorf("%q gives %q", name, w)
			}
			seen[w] = true
		}
	})
}
