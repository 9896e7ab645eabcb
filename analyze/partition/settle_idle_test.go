package partition

import (
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// What a root imports and nobody has to do with is no service, however large; with a
// table, a route or a caller it is one.
func TestWhatNobodyHasToDoWithIsNoService(t *testing.T) {
	for text, want := range map[string]bool{"docs 700:": false, "docs 700: pages!": true, "docs 700: /docs": true} {
		g := parse(t, `
			cmd/app 40 main: orders users docs
			orders 500: orders! /orders
			users 500: users! /users
			`+text)
		r := solve(t, g, Options{Seed: 1, Blind: true})
		of := r.Units[r.UnitOf[atoms(t, g, "docs")[0]]].Service
		if got := model.IsService(of); got != want {
			t.Errorf("%s: in %s, want a service: %v\n%s", text, of, want, places(r))
		}
	}
}
