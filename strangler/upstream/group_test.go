package upstream

import "testing"

func TestPick(t *testing.T) {
	p := NewPool(Options{})
	list := build(t, p, Spec{Name: "s", URL: "http://127.0.0.1:1"}, Spec{Name: "s", URL: "http://127.0.0.1:2"}, Spec{Name: "s", URL: "http://127.0.0.1:3"})
	g := NewGroup("s", list)
	counts := map[*Upstream]int{}
	for range 30 {
		counts[g.Pick(nil)]++
	}
	for i, u := range list {
		if counts[u] != 10 {
			t.Errorf("upstream %d is picked %d times of 30", i, counts[u])
		}
	}
	list[0].active.Add(5)
	list[1].active.Add(2)
	if u := g.Pick(nil); u != list[2] {
		t.Errorf("picked %s, not the idle one", u.URL)
	}
	if u := g.Pick(list[2:]); u != list[1] {
		t.Errorf("picked %s, not the next least", u.URL)
	}
	for _, u := range list {
		u.health.down.Store(true)
	}
	if g.Pick(nil) != nil || g.Healthy() {
		t.Error("an unhealthy one is picked")
	}
	g.Always = true
	if u := g.Pick(nil); u != list[2] {
		t.Errorf("nothing left, picked %v", u)
	}
	if g.Pick(list) != nil {
		t.Error("picked one that was tried")
	}
}
