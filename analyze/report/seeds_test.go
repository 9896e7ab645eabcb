package report

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

func seedModel() *model.Model {
	fn := func(pkg, name string) model.Atom {
		return model.Atom{ID: "example.com/m/" + pkg + "." + name, Kind: model.KindFunc, Package: "example.com/m/" + pkg, Name: name, Unit: "example.com/m/" + pkg, Service: pkg[strings.LastIndex(pkg, "/")+1:]}
	}
	return &model.Model{
		Module:   model.Module{Path: "example.com/m"},
		Packages: []model.Package{{Path: "example.com/m/billing"}, {Path: "example.com/m/billing/csv"}, {Path: "example.com/m/old/billing"}, {Path: "example.com/m/orders"}},
		Atoms:    []model.Atom{fn("billing", "List"), fn("billing", "Void"), fn("billing/csv", "Write"), fn("old/billing", "List"), fn("orders", "Place")},
		Tables:   []model.Table{{Name: "invoices"}, {Name: "orders"}},
		Routes: []model.Route{
			{Method: "GET", Pattern: "/invoices", Atom: "example.com/m/billing.List"},
			{Method: "POST", Pattern: "/invoices/{id}/void", Atom: "example.com/m/billing.Void"},
			{Method: "GET", Pattern: "/old/{rest...}"},
			{Method: "POST", Pattern: "/orders", Atom: "example.com/m/orders.Place"},
		},
		Services: []model.Service{{Name: "billing"}, {Name: "csv"}, {Name: "orders"}},
	}
}

func TestSeeds(t *testing.T) {
	for _, c := range []struct {
		names SeedNames
		want  string // without the module's path
		word  string
	}{
		{SeedNames{Routes: []string{"/invoices/*"}}, "billing.List billing.Void", "invoices"},
		{SeedNames{Routes: []string{"POST /invoices/*"}}, "billing.Void", "invoices"},
		{SeedNames{Routes: []string{"/invoices/*/void"}}, "billing.Void", "void"},
		{SeedNames{Routes: []string{"/invoices/{no}/void"}}, "billing.Void", "void"},
		{SeedNames{Routes: []string{"/invoices", "/orders"}}, "billing.List orders.Place", "invoices"},
		{SeedNames{Tables: []string{"invoices", "table:orders"}}, "table:invoices table:orders", "invoices"},
		{SeedNames{Packages: []string{"orders"}}, "orders.Place", "orders"},
		{SeedNames{Packages: []string{"example.com/m/billing/..."}}, "billing.List billing.Void billing/csv.Write", "billing"},
		{SeedNames{Names: []string{"table:orders", "orders.Place"}}, "orders.Place table:orders", "orders"},
		{SeedNames{Names: []string{"package:orders"}}, "orders.Place", "orders"},
		{SeedNames{Names: []string{"service:csv"}}, "billing/csv.Write", "csv"},
	} {
		got, err := Seeds(seedModel(), c.names)
		if err != nil {
			t.Errorf("%v: %v", c.names, err)
			continue
		}
		for i := range got {
			got[i] = strings.TrimPrefix(got[i], "example.com/m/")
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%v: %s, want %s", c.names, text, c.want)
		}
		if word := c.names.Word(); word != c.word {
			t.Errorf("%v: called %q, want %q", c.names, word, c.word)
		}
	}
}

func TestSeedsThatAreNot(t *testing.T) {
	for _, c := range []struct {
		names SeedNames
		want  string
	}{
		{SeedNames{Tables: []string{"invoice"}}, "did you mean invoices?"},
		{SeedNames{Routes: []string{"/invoice/*"}}, "did you mean /invoices?"},
		{SeedNames{Routes: []string{"/old/*"}}, "who answers GET /old/{rest...} is not known"},
		{SeedNames{Packages: []string{"order"}}, "did you mean orders?"},
		{SeedNames{Packages: []string{"billing/none"}}, "did you mean billing"},
		{SeedNames{Names: []string{"nothing of the kind"}}, "the model has none of that name"},
	} {
		_, err := Seeds(seedModel(), c.names)
		if !errors.Is(err, ErrName) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want an unknown name with %q", c.names, err, c.want)
		}
	}
}
