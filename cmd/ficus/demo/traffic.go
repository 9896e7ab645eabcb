package demo

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// call is one request of the demo's shoppers.
type call struct {
	method, path, body string
}

// traffic drives bounded load from many users against one address: every
// request comes from the next user, who keeps a cookie.
type traffic struct {
	base    string // http://host:port of the proxy
	users   int
	workers int
	rate    int // requests a second, at the most
	max     int64
	calls   []call

	client  *http.Client
	sent    atomic.Int64
	failed  atomic.Int64
	mu      sync.Mutex
	latency []time.Duration
	faults  []string // the first few failures, to show
}

// tally is what the clients saw so far.
type tally struct {
	Sent, Failed int64
	P50, P99     time.Duration
	Faults       []string
}

func newTraffic(base string, calls []call) *traffic {
	return &traffic{
		base: base, users: 10_000, workers: 8, rate: 800, max: 200_000, calls: calls,
		client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConnsPerHost: 64,
		}},
	}
}

// run sends requests until ctx ends or the bound is reached, and waits for its workers.
func (t *traffic) run(ctx context.Context) {
	tickets := make(chan int64)
	var workers sync.WaitGroup
	for range t.workers {
		workers.Go(func() {
			for n := range tickets {
				t.one(n)
			}
		})
	}
	t.meter(ctx, tickets)
	close(tickets)
	workers.Wait()
	t.client.CloseIdleConnections()
}

// meter hands out tickets evenly: ten small batches a second cost less than a
// timer for every request.
func (t *traffic) meter(ctx context.Context, tickets chan<- int64) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for n := int64(0); n < t.max; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for range min(max(1, t.rate/10), int(t.max-n)) {
			select {
			case tickets <- n:
				n++
			case <-ctx.Done():
				return
			}
		}
	}
}

// one sends request n. It is not cut short when the demo stops: a request in
// flight then would look like a failure.
func (t *traffic) one(n int64) {
	c := t.calls[int(n)%len(t.calls)]
	user := rand.New(rand.NewPCG(1, uint64(n))).IntN(t.users) // the same shoppers in every run
	started := time.Now()
	status, err := t.send(c, user)
	t.note(c, status, err, time.Since(started))
}

func (t *traffic) send(c call, user int) (int, error) {
	var body io.Reader
	if c.body != "" {
		body = strings.NewReader(c.body)
	}
	req, err := http.NewRequest(c.method, t.base+c.path, body)
	if err != nil {
		return 0, err
	}
	req.AddCookie(&http.Cookie{Name: cohortCookie, Value: fmt.Sprint("user-", user)})
	if c.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// note counts a request; failed is a transport error or a status of 500 and more.
func (t *traffic) note(c call, status int, err error, took time.Duration) {
	t.sent.Add(1)
	failed := err != nil || status >= 500
	if failed {
		t.failed.Add(1)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latency = append(t.latency, took)
	if failed && len(t.faults) < 5 {
		t.faults = append(t.faults, fmt.Sprintf("%s %s: status %d %v", c.method, c.path, status, err))
	}
}

// tally sums up what was seen so far.
func (t *traffic) tally() tally {
	t.mu.Lock()
	sorted, faults := slices.Clone(t.latency), slices.Clone(t.faults)
	t.mu.Unlock()
	slices.Sort(sorted)
	return tally{
		Sent: t.sent.Load(), Failed: t.failed.Load(),
		P50: quantile(sorted, 0.50), P99: quantile(sorted, 0.99), Faults: faults,
	}
}

// quantile of a sorted list, 0 when it is empty (nearest rank).
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// cohortCookie is the cookie that tells the shoppers apart.
const cohortCookie = "uid"
