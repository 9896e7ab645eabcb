package upstream

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

func build(t *testing.T, p *Pool, specs ...Spec) []*Upstream {
	t.Helper()
	list, err := p.Build(specs)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPoolKeepsWhatIsTheSame(t *testing.T) {
	p := NewPool(Options{})
	a, b := Spec{Name: "a", URL: "http://127.0.0.1:1", Health: "/h"}, Spec{Name: "b", URL: "http://127.0.0.1:2"}
	first := build(t, p, a, b)
	p.Use(first)
	slower := a
	slower.Timeout = time.Second
	moved := b
	moved.URL = "http://127.0.0.1:3"
	second := build(t, p, slower, moved, b)
	if second[0] == first[0] || second[0].transport != first[0].transport || second[0].health != first[0].health {
		t.Error("another timeout loses connections or health")
	}
	if second[1].transport == first[1].transport || second[1].health == first[1].health {
		t.Error("another URL keeps connections or health")
	}
	if second[2] != first[1] {
		t.Error("the same upstream is built anew")
	}
}

func run(t *testing.T, p *Pool) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func TestHealthGoesDownAndUp(t *testing.T) {
	var status atomic.Int64
	status.Store(200)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			t.Errorf("probe of %s", r.URL.Path)
		}
		w.WriteHeader(int(status.Load()))
	}))
	defer s.Close()
	changes := make(chan bool, 10)
	p := NewPool(Options{Interval: time.Millisecond, ProbeTimeout: patience, Changed: func(_ string, healthy bool, _ string) { changes <- healthy }})
	list := build(t, p, Spec{Name: "s", URL: s.URL, Health: "/health"})
	p.Use(list)
	stop := run(t, p)
	if !<-changes {
		t.Error("not healthy at first")
	}
	status.Store(500)
	if <-changes || list[0].Healthy() {
		t.Error("not down")
	}
	status.Store(204)
	if !<-changes || !list[0].Healthy() {
		t.Error("not up")
	}
	// A new upstream after the start is checked too; one that is gone is not.
	p.Use(build(t, p, Spec{Name: "closed", URL: closedPort(t), Health: "/health"}))
	if <-changes {
		t.Error("a closed port is healthy")
	}
	stop()
	p.Use(list) // after the end nothing starts
	if h := p.Upstreams()[0].Health(); h.Name != "s" || !h.Probed || h.Checked.IsZero() {
		t.Errorf("report %+v", h)
	}
}

func TestNoteNeedsTwoFailures(t *testing.T) {
	h := &health{}
	bad := errors.New("x")
	for i, step := range []struct {
		err           error
		changed, down bool
	}{{bad, false, false}, {nil, false, false}, {bad, false, false}, {bad, true, true}, {bad, false, true}, {nil, true, false}, {bad, false, false}} {
		if changed := h.note(step.err); changed != step.changed || h.down.Load() != step.down {
			t.Errorf("step %d: changed %v, down %v", i, changed, h.down.Load())
		}
	}
}
