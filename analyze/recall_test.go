package analyze

import (
	"context"
	"math"
	"sync"
	"testing"

	"github.com/ficus-dev/ficus/analyze/bill"
	"github.com/ficus-dev/ficus/analyze/model"
)

// billed are the crossings of a model's own boundaries by ID.
func billed(m *model.Model) map[string]model.Crossing {
	out := map[string]model.Crossing{}
	for _, b := range m.Bills {
		for _, c := range b.Crossings {
			out[c.ID] = c
		}
	}
	return out
}

func servicesOf(m *model.Model) (service map[string]string, names []string) {
	service = map[string]string{}
	for _, a := range m.Atoms {
		service[a.ID] = a.Service
	}
	for _, s := range m.Services {
		names = append(names, s.Name)
	}
	return service, names
}

// TestRecallPrices holds the bill that is made from the model alone against the one
// that was made from the code.
func TestRecallPrices(t *testing.T) {
	m := shop(t)
	service, names := servicesOf(m)
	want := billed(m)
	got := map[string]model.Crossing{}
	for _, c := range bill.Crossings(bill.Input{Facts: recall(m), Service: service, Services: names}) {
		got[c.ID] = c
	}
	for id, w := range want {
		g, ok := got[id]
		if !ok {
			t.Errorf("%s %s → %s: %s: not found again", w.Kind, w.From, w.To, w.Why)
		} else if math.Abs(g.Price-w.Price) > 1e-6 {
			t.Errorf("%s → %s: %s: price %v, from the code %v (%s)", w.From, w.To, g.Why, g.Price, w.Price, w.Why)
		}
	}
	for id, g := range got {
		if _, ok := want[id]; !ok {
			t.Errorf("%s %s → %s: %s: the code has no such crossing", g.Kind, g.From, g.To, g.Why)
		}
	}
}

// shop is the model of the sample monolith, made once.
func shop(t *testing.T) *model.Model {
	t.Helper()
	if testing.Short() {
		t.Skip("loads the sample and its dependencies")
	}
	m, err := shopModel()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var shopModel = sync.OnceValues(func() (*model.Model, error) {
	return Run(context.Background(), Options{Dir: "../samples/shop", Seed: 1})
})
