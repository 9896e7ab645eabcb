package upstream

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestResolve: connections to a name are given up when its addresses change, those in
// use once they are free; a failing look-up changes nothing.
func TestResolve(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	var answer []string
	var failure error
	p := NewPool(Options{Resolve: func(_ context.Context, host string) ([]string, error) {
		if host != "localhost" {
			t.Errorf("%s was looked up", host)
		}
		return answer, failure
	}})
	list, err := p.Build([]Spec{{Name: "s", URL: strings.Replace(s.URL, "127.0.0.1", "localhost", 1)}, {Name: "ip", URL: s.URL}})
	if err != nil {
		t.Fatal(err)
	}
	p.Use(list)
	ctx, conns := context.Background(), list[0].conns
	for _, step := range []struct {
		name    string
		answer  []string
		failure error
		kept    bool
	}{
		{"first", []string{"127.0.0.1"}, nil, true},
		{"the same, in another order", []string{"127.0.0.1"}, nil, true},
		{"two", []string{"127.0.0.2", "127.0.0.1"}, nil, false},
		{"the same two", []string{"127.0.0.1", "127.0.0.2"}, nil, true},
		{"no answer", nil, errors.New("no such host"), true},
		{"one", []string{"127.0.0.1"}, nil, false},
	} {
		idle, err := conns.dial(ctx)
		if err != nil {
			t.Fatal(err)
		}
		busy, err := conns.dial(ctx)
		if err != nil {
			t.Fatal(err)
		}
		conns.put(idle)
		answer, failure = step.answer, step.failure
		p.resolve(ctx)
		conns.put(busy)
		if kept := len(conns.idle) == 2; kept != step.kept {
			t.Errorf("%s: %d connections idle, kept %v wanted", step.name, len(conns.idle), step.kept)
		}
		conns.closeAll()
	}
}
