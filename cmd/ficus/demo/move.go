package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// move sends the shoppers and waits until the service answers every user of the
// routes that only read.
func (s *show) move(ctx context.Context) error {
	calls := s.calls()
	s.load = newTraffic("http://"+s.proxyAddr, calls)
	s.say("   %d shoppers, %d kinds of requests, at most %d a second; a step is taken once it is shown", s.load.users, len(calls), s.load.rate)
	s.say("   (95 %%, however often one looks) that fewer than %.0f %% of all users would meet a failure there", maxErrorRate*100)
	return s.underLoad(ctx, func(ctx context.Context) error {
		return s.watch(ctx, 150*time.Second, s.stepTeller())
	})
}

// underLoad runs do while the shoppers are at it.
func (s *show) underLoad(ctx context.Context, do func(context.Context) error) error {
	loaded, stop := context.WithCancel(ctx)
	var shoppers sync.WaitGroup
	shoppers.Go(func() { s.load.run(loaded) })
	err := do(ctx)
	stop()
	shoppers.Wait()
	if got := s.load.tally(); err == nil && got.Failed > 0 {
		err = fmt.Errorf("%d of %d requests failed for the client: %s", got.Failed, got.Sent, strings.Join(got.Faults, "; "))
	}
	return err
}

// stepTeller prints a line whenever all moving routes have reached a step, and is
// true when all have arrived.
func (s *show) stepTeller() func([]rollout.RouteStatus) bool {
	begun, told := time.Now(), route.Share(-1)
	return func(all []rollout.RouteStatus) bool {
		if len(all) == 0 {
			return false
		}
		share, compared, different := all[0].Share, int64(0), int64(0)
		for _, r := range all {
			share = min(share, r.Share)
			compared += r.Parity.Compared
			different += r.Parity.Different
		}
		s.progress(fmt.Sprintf("%s of the users; %s: %s", share, all[0].Route, all[0].Decision.Text))
		if share > told {
			told = share
			got := s.load.tally()
			s.say("   %6s  %5s of users on %s   %6d requests, %d failed   %5d compared, %d differ",
				seconds(time.Since(begun)), share, s.service, got.Sent, got.Failed, compared, different)
		}
		return share == 10000
	}
}

// calls are the shoppers' requests: every route of the cut that only reads, with
// real ids, and some of the rest of the shop.
func (s *show) calls() []call {
	calls := []call{
		{method: "GET", path: "/stock/3"},
		{method: "GET", path: "/recommendations/popular"},
		{method: "POST", path: "/carts", body: `{}`},
	}
	for _, r := range s.model.Routes {
		if r.Service != s.service || r.Method != "GET" {
			continue
		}
		for n := range 4 {
			if path, ok := fill(r, n); ok {
				calls = append(calls, call{method: "GET", path: path})
			}
		}
	}
	return calls
}

// fill puts the seed data's ids into a route's wildcards.
func fill(r model.Route, n int) (string, bool) {
	path := r.Pattern
	for wildcard, values := range map[string][]string{
		"{id}":       {"1", "5", "7", "12"},
		"{slug}":     {"coffee", "tea", "books", "equipment"},
		"{currency}": {"EUR", "USD", "EUR", "USD"},
	} {
		path = strings.ReplaceAll(path, wildcard, values[n%len(values)])
	}
	return path, !strings.Contains(path, "{")
}

// errNoRollback is what the demo must never have to say.
var errNoRollback = errors.New("the broken release was not rolled back")
