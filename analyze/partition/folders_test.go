package partition

import "testing"

// What one process alone reaches goes with the process that the folder is named for, an
// adapter or a client of it. A folder that is named for what several have (reconcilers)
// takes nothing away, whoever has most in it.
func TestFolderOfAnotherProcess(t *testing.T) {
	g := parse(t, `
		cmd/orders 60 main: orders/flow reconciler/route reconciler/revision reconciler/labels
		cmd/billing 60 main: billing/flow orders/client reconciler/pods
		orders/flow 900: orders/store
		orders/store 300: orders!
		orders/client 100:
		reconciler/route 300: /route
		reconciler/revision 300:
		reconciler/labels 300:
		billing/flow 900: bills! /bills
		reconciler/pods 300:`)
	r := solve(t, g, Options{Seed: 1})
	of := func(name string) string { return r.Units[r.UnitOf[atoms(t, g, name)[0]]].Service }
	for name, with := range map[string]string{"orders/client": "orders/flow", "reconciler/pods": "billing/flow", "reconciler/route": "orders/flow"} {
		if of(name) != of(with) {
			t.Errorf("%s is apart from %s:\n%s", name, with, places(r))
		}
	}
	if of("orders/flow") == of("billing/flow") {
		t.Errorf("want two services:\n%s", places(r))
	}
}
