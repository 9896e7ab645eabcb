package partition

import (
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// What two processes run and what answers nothing is a library, where neither is clearly
// its main user: four users against three are not. By name, what stands in the folder of
// one goes with that one.
func TestSharedByProcesses(t *testing.T) {
	for _, c := range []struct {
		shared string
		blind  bool
		with   string // "" of a library
	}{
		{"codec", true, ""},
		{"codec", false, ""},
		{"orders/codec", true, ""},
		{"orders/codec", false, "orders"},
	} {
		g := parse(t, `
			cmd/orders 60 main: orders
			cmd/billing 60 main: billing
			orders 900: orders/a orders/b orders/c orders/d orders!
			orders/a 300: `+c.shared+` bus
			orders/b 300: `+c.shared+` bus
			orders/c 300: `+c.shared+` bus
			orders/d 300: `+c.shared+` bus
			billing 900: billing/a billing/b billing/c bills!
			billing/a 300: `+c.shared+` bus
			billing/b 300: `+c.shared+` bus
			billing/c 300: `+c.shared+` bus
			bus 100:
			`+c.shared+` 300:`)
		r := solve(t, g, Options{Seed: 1, Blind: c.blind})
		of := func(name string) string { return r.Units[r.UnitOf[atoms(t, g, name)[0]]].Service }
		want := model.Library
		if c.with != "" {
			want = of(c.with)
		}
		if got := of(c.shared); got != want {
			t.Errorf("%s, blind %v: in %s, want %s:\n%s", c.shared, c.blind, got, want, places(r))
		}
	}
}
