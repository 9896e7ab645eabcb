package facts

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestFactsDoNotDependOnTheOrderOfPackages extracts the shop's facts again with its
// packages in other orders.
func TestFactsDoNotDependOnTheOrderOfPackages(t *testing.T) {
	p, want := shop(t)
	for seed := range uint64(4) {
		shuffled := *p
		shuffled.Packages, shuffled.SSA = nil, nil
		for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(p.Packages)) {
			shuffled.Packages = append(shuffled.Packages, p.Packages[i])
			shuffled.SSA = append(shuffled.SSA, p.SSA[i])
		}
		got, err := Extract(t.Context(), &shuffled, Options{})
		if err != nil {
			t.Fatal(err)
		}
		diff(t, reflect.ValueOf(*got), reflect.ValueOf(*want))
	}
}

// diff tells the first fact of each kind that differs.
func diff(t *testing.T, got, want reflect.Value) {
	t.Helper()
	for i := range got.NumField() {
		a, b, name := got.Field(i), want.Field(i), got.Type().Field(i).Name
		if a.Kind() != reflect.Slice {
			if !reflect.DeepEqual(a.Interface(), b.Interface()) {
				t.Errorf("%s: got %v, want %v", name, a, b)
			}
			continue
		}
		if a.Len() != b.Len() {
			t.Errorf("%s: got %d, want %d", name, a.Len(), b.Len())
		}
		for j := range min(a.Len(), b.Len()) {
			if x, y := a.Index(j).Interface(), b.Index(j).Interface(); !reflect.DeepEqual(x, y) {
				t.Errorf("%s %d: got %+v, want %+v", name, j, x, y)
				break
			}
		}
	}
}
