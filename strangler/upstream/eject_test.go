package upstream

import (
	"testing"
	"time"
)

func groupOf(t *testing.T, n int, e Eject) *Group {
	t.Helper()
	p := NewPool(Options{})
	var specs []Spec
	for i := range n {
		specs = append(specs, Spec{Name: "s", URL: "http://127.0.0.1:" + string(rune('1'+i)), Eject: e})
	}
	list, err := p.Build(specs)
	if err != nil {
		t.Fatal(err)
	}
	return NewGroup("s", list)
}

// picked is how many of 100 requests each upstream gets.
func picked(g *Group) map[*Upstream]int {
	n := map[*Upstream]int{}
	for range 100 {
		n[g.Pick(nil)]++
	}
	return n
}

// TestEject: an upstream that fails so often in a row is left out for the pause, one
// success in between forgives, and never more than half are left out.
func TestEject(t *testing.T) {
	g := groupOf(t, 3, Eject{Failures: 3, Pause: time.Hour})
	a, b := g.members[0], g.members[1]
	for _, o := range []Outcome{Failed, Failed, Succeeded, Failed, Failed, Unknown} {
		a.Note(o)
	}
	if picked(g)[a] == 0 || a.Health().Ejected {
		t.Error("left out before three failures in a row")
	}
	a.Note(Failed)
	if picked(g)[a] != 0 || !a.Health().Ejected {
		t.Error("not left out")
	}
	for range 3 {
		b.Note(Failed)
	}
	if n := picked(g); n[a] == 0 || n[b] == 0 {
		t.Error("more than half are left out")
	}
	b.outlier.until.Store(0)
	a.outlier.until.Store(time.Now().Add(-time.Second).UnixNano()) // the pause is over
	if picked(g)[a] == 0 {
		t.Error("still left out after the pause")
	}
	a.Note(Failed)
	if picked(g)[a] != 0 {
		t.Error("the first failure after the pause does not eject anew")
	}
}

func TestNoEjectUnlessAsked(t *testing.T) {
	g := groupOf(t, 2, Eject{})
	for range 100 {
		g.members[0].Note(Failed)
	}
	if picked(g)[g.members[0]] == 0 {
		t.Error("left out without being asked for")
	}
}

// TestRetryBudget: a burst of retries, then one for every retryPrice requests.
func TestRetryBudget(t *testing.T) {
	g := groupOf(t, 2, Eject{})
	burst := 0
	for g.MayRetry() {
		burst++
	}
	if burst != retryBurst {
		t.Errorf("a burst of %d", burst)
	}
	retries := 0
	for range 1000 {
		g.Pick(nil)
		if g.MayRetry() {
			retries++
		}
	}
	if retries != 1000/retryPrice {
		t.Errorf("%d retries for 1000 requests", retries)
	}
}
