package demo

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// TestTrafficCountsFailures: every seventh answer is a 500, and some users come
// back; the driver must count exactly what the server did.
func TestTrafficCountsFailures(t *testing.T) {
	var mu sync.Mutex
	seen, broken := 0, 0
	users := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen++
		if cookie, err := r.Cookie(cohortCookie); err == nil {
			users[cookie.Value] = true
		}
		if seen%7 == 0 {
			broken++
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer server.Close()

	load := newTraffic(server.URL, []call{{method: "GET", path: "/a"}, {method: "POST", path: "/b", body: `{}`}})
	load.rate, load.max, load.users = 100_000, 700, 50
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	load.run(ctx)

	got := load.tally()
	if got.Sent != 700 || seen != 700 {
		t.Errorf("sent %d, server saw %d, want 700 both", got.Sent, seen)
	}
	if got.Failed != int64(broken) || broken != 100 {
		t.Errorf("failed %d, server broke %d, want 100 both", got.Failed, broken)
	}
	if len(users) != 50 {
		t.Errorf("%d users came, want 50", len(users))
	}
	if len(got.Faults) != 5 || got.P50 <= 0 || got.P99 < got.P50 {
		t.Errorf("tally %+v: want 5 examples and ordered quantiles", got)
	}
}

func TestTrafficStops(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	load := newTraffic(server.URL, []call{{method: "GET", path: "/"}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	load.run(ctx) // must return
	if got := load.tally().Failed; got != 0 {
		t.Errorf("%d failures after an immediate stop, want 0", got)
	}
}

func TestQuantile(t *testing.T) {
	ms := func(n ...int) (out []time.Duration) {
		for _, v := range n {
			out = append(out, time.Duration(v)*time.Millisecond)
		}
		return out
	}
	cases := []struct {
		sorted []time.Duration
		q      float64
		want   time.Duration
	}{
		{nil, 0.5, 0},
		{ms(4), 0.99, 4 * time.Millisecond},
		{ms(1, 2, 3, 4), 0.5, 3 * time.Millisecond},
		{ms(1, 2, 3, 4), 1, 4 * time.Millisecond},
	}
	for _, c := range cases {
		if got := quantile(c.sorted, c.q); got != c.want {
			t.Errorf("quantile(%v, %v) = %v, want %v", c.sorted, c.q, got, c.want)
		}
	}
}
