package rollout_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
	"github.com/ficus-dev/ficus/strangler/store"
)

// world is a controller with a clock of its own and simulated users.
type world struct {
	*testing.T
	*rollout.Controller
	now    time.Time
	rng    *rand.Rand
	config *route.Config
	store  store.Store
	users  uint64
	// failures are the probabilities that an answer fails, by arm.
	failures map[rollout.Arm]float64
}

const orders = "orders"

func config(change func(*route.Config)) *route.Config {
	c := &route.Config{
		Version:  1,
		Monolith: route.Upstream{URL: "http://127.0.0.1:1"},
		Services: map[string]route.Upstream{"orders": {URL: "http://127.0.0.1:2"}, "orders2": {URL: "http://127.0.0.1:3"}},
		Rollout:  route.Policy{Mode: route.ModeAuto, MinStep: route.Duration(10 * time.Second)},
		Routes:   []route.Route{{Name: orders, Service: "orders", Match: route.Match{Path: "/orders/*", Methods: []string{"GET"}}}},
	}
	if change != nil {
		change(c)
	}
	return c
}

func newWorld(t *testing.T, change func(*route.Config)) *world {
	w := &world{T: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), rng: rand.New(rand.NewPCG(4, 2)),
		config: config(change), store: store.NewMemory(), users: 5000, failures: map[rollout.Arm]float64{}}
	w.start()
	return w
}

func (w *world) start() {
	w.Helper()
	c, err := rollout.NewController(rollout.Options{Config: w.config, Store: w.store, Clock: func() time.Time { return w.now }})
	if err != nil {
		w.Fatal(err)
	}
	w.Controller = c
}

// serve lets users make requests for some seconds, assigned as the proxy would.
func (w *world) serve(seconds, perSecond int) {
	const look = 2 // seconds
	for range max(1, seconds/look) {
		for range look * perSecond {
			w.request(w.rng.Uint64N(w.users))
		}
		w.tick(look * time.Second)
	}
}

func (w *world) request(user uint64) {
	unit := user*0x9e3779b97f4a7c15 + 1
	share := w.Share(orders)
	arm := rollout.Old
	if int(unit%10000) < share {
		arm = rollout.New
	}
	w.Observe(rollout.Observation{Route: orders, Arm: arm, Unit: unit, Share: share,
		Failed: w.rng.Float64() < w.failures[arm], Latency: time.Millisecond})
}

func (w *world) tick(d time.Duration) {
	w.now = w.now.Add(d)
	w.Evaluate()
}

func (w *world) status() rollout.RouteStatus { return w.Status()[0] }

func (w *world) wantStage(stage rollout.Stage, share string) rollout.RouteStatus {
	w.Helper()
	s := w.status()
	if s.Stage != stage || s.Share.String() != share {
		w.Fatalf("route is %s at %s, want %s at %s (%s)\n%s", s.Stage, s.Share, stage, share, s.Decision.Text, w.historyText())
	}
	return s
}

func (w *world) historyText() string {
	var b strings.Builder
	for _, r := range w.History() {
		fmt.Fprintf(&b, "%s %s %s→%s %s: %s\n", r.Time.Format(time.TimeOnly), r.Action, r.From, r.To, r.Who, r.Reason)
	}
	return b.String()
}

// shares are the shares that the history went through.
func (w *world) shares() string {
	var out []string
	for _, r := range w.History() {
		out = append(out, r.To.String())
	}
	return strings.Join(out, " ")
}

func TestAdvancesToTheEnd(t *testing.T) {
	w := newWorld(t, nil)
	w.serve(300, 100)
	w.wantStage(rollout.StageRemote, "100%")
	if got := w.shares(); got != "1% 5% 25% 50% 100%" {
		t.Errorf("went through %s", got)
	}
	for _, r := range w.History() {
		if r.Who != rollout.Automatic || r.Reason == "" || r.Config != w.Revision() {
			t.Errorf("record without author, reason or revision: %+v", r)
		}
	}
	if _, err := rollout.VerifyHistory(w.History()); err != nil {
		t.Error(err)
	}
}

func TestAdvancesWithFailuresOnBothSides(t *testing.T) {
	w := newWorld(t, nil)
	w.failures = map[rollout.Arm]float64{rollout.Old: .002, rollout.New: .002}
	w.serve(900, 100)
	w.wantStage(rollout.StageRemote, "100%")
}

// A month of good answers at 100%, then a broken build: the comparison arm is gone.
func TestRollsBackABrokenBuildAtFullShare(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = route.FullShare })
	w.serve(600, 50)
	w.wantStage(rollout.StageRemote, "100%")
	before := w.status().Total.New.Requests
	w.failures[rollout.New] = 1
	for i := range 100 {
		w.request(uint64(i))
		w.Evaluate()
		if w.Share(orders) == 0 {
			break
		}
	}
	s := w.wantStage(rollout.StageRolledBack, "0%")
	if n := w.History()[0].Step.New.Failures; n > 12 {
		t.Errorf("rolled back after %d failures following %d good answers, want at most 12", n, before)
	}
	if !strings.Contains(s.Decision.Text, "fails too often") {
		t.Errorf("reason is %q", s.Decision.Text)
	}

	w.failures[rollout.New] = 0
	w.serve(600, 50)
	w.wantStage(rollout.StageRolledBack, "0%") // until somebody sets it
	if err := w.Resume(orders, "ann"); !errors.Is(err, rollout.ErrRefused) {
		t.Errorf("resume after a rollback: %v, want ErrRefused", err)
	}
	if err := w.Set(orders, 500, "ann"); err != nil {
		t.Fatal(err)
	}
	if s := w.wantStage(rollout.StageCanary, "5%"); s.Run != 2 || s.Total != (rollout.Arms{}) {
		t.Errorf("the new run %d begins with evidence %+v", s.Run, s.Total)
	}
}

func TestRollsBackAWorseCanary(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 2500; c.Rollout.Mode = route.ModeManual })
	w.failures = map[rollout.Arm]float64{rollout.Old: .0005, rollout.New: .006}
	w.serve(400, 100)
	s := w.wantStage(rollout.StageRolledBack, "0%")
	if !strings.Contains(s.Decision.Text, "more than the monolith") {
		t.Errorf("reason is %q", s.Decision.Text)
	}
}

// Both fail: nobody's fault that a rollback would cure.
func TestKeepsItsShareInACommonOutage(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 2500; c.Rollout.Mode = route.ModeManual })
	w.serve(120, 100)
	w.failures = map[rollout.Arm]float64{rollout.Old: .2, rollout.New: .2}
	w.serve(60, 100)
	w.failures = map[rollout.Arm]float64{}
	w.serve(60, 100)
	w.wantStage(rollout.StageCanary, "25%")
}

func TestManualAndPausedHoldButStillRollBack(t *testing.T) {
	for _, mode := range []string{"manual", "paused"} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t, func(c *route.Config) {
				c.Routes[0].Weight = 500
				if mode == "manual" {
					c.Rollout.Mode = route.ModeManual
				}
			})
			if mode == "paused" {
				if err := w.Pause(rollout.All, "ann"); err != nil {
					t.Fatal(err)
				}
			}
			w.serve(120, 100)
			if s := w.status(); s.Share != 500 || !strings.HasPrefix(s.Decision.Text, mode+"; ready for 25%") {
				t.Errorf("at %s: %q", s.Share, s.Decision.Text)
			}
			w.failures[rollout.New] = .5
			w.serve(30, 100)
			w.wantStage(rollout.StageRolledBack, "0%")
		})
	}
}

// TestStatusIsOfNow: what was just counted is in the status at once, and still acted on at
// the next look.
func TestStatusIsOfNow(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 5000 })
	w.tick(time.Second)
	for unit := range uint64(60) {
		w.Observe(rollout.Observation{Route: orders, Arm: rollout.New, Unit: unit, Share: 5000, Failed: true, Latency: time.Millisecond})
	}
	if s := w.wantStage(rollout.StageCanary, "50%"); s.Step.New.Failures != 60 || s.Decision.Action != rollout.Rollback {
		t.Errorf("status %+v, decision %q", s.Step, s.Decision.Text)
	}
	w.Evaluate()
	w.wantStage(rollout.StageRolledBack, "0%")
}

func TestHealthRollsBack(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 500 })
	w.Health("orders", false, "connection refused")
	w.tick(time.Second)
	s := w.wantStage(rollout.StageRolledBack, "0%")
	if !strings.Contains(s.Decision.Text, "connection refused") || s.Unhealthy == "" {
		t.Errorf("reason is %q", s.Decision.Text)
	}
}

func TestHealthKeepsARouteFromStarting(t *testing.T) {
	w := newWorld(t, nil)
	w.Health("orders", false, "connection refused")
	w.serve(30, 10)
	w.wantStage(rollout.StageLocal, "0%")
	w.Health("orders", true, "")
	w.serve(1, 10)
	w.wantStage(rollout.StageCanary, "1%")
}

func TestParityGate(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Shadow = route.FullShare })
	w.serve(20, 10)
	s := w.wantStage(rollout.StageShadow, "0%")
	if !strings.Contains(s.Decision.Text, "no answer compared yet") {
		t.Errorf("without comparisons: %q", s.Decision.Text)
	}
	for i := range 60 {
		w.Compare(rollout.Comparison{Route: orders, Unit: uint64(i), Equal: i%3 > 0, Fields: []string{"$.total"}})
	}
	w.tick(time.Second)
	if s := w.wantStage(rollout.StageShadow, "0%"); !strings.Contains(s.Decision.Text, "$.total differs in 33.3%") {
		t.Errorf("with differences: %q", s.Decision.Text)
	}
	// Another comparison rule is other evidence.
	w.config = config(func(c *route.Config) {
		c.Routes[0].Shadow, c.Routes[0].Ignore = route.FullShare, []string{"$.total"}
	})
	if err := w.Reload(w.config); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		w.Compare(rollout.Comparison{Route: orders, Unit: uint64(i), Equal: true})
	}
	w.tick(time.Second)
	w.wantStage(rollout.StageCanary, "1%")
}

func TestSaysWhatItWaitsFor(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 100; c.Rollout.MinStep = route.Duration(time.Minute) })
	w.tick(time.Second)
	if s := w.status(); !strings.Contains(s.Decision.Text, "no traffic on the new side") {
		t.Errorf("without traffic: %q", s.Decision.Text)
	}
	w.serve(20, 100)
	if s := w.status(); !strings.HasPrefix(s.Decision.Text, "advance to 5% in about 39 s") {
		t.Errorf("with traffic: %q", s.Decision.Text)
	}
	w = newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 5000 })
	w.failures = map[rollout.Arm]float64{rollout.Old: .03, rollout.New: .03}
	w.serve(60, 100)
	if s := w.status(); !strings.Contains(s.Decision.Text, "the monolith fails at") {
		t.Errorf("with a monolith above the limit: %q", s.Decision.Text)
	}
}

func TestSetToZeroPausesAnAutomaticRoute(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 500 })
	if err := w.Set(orders, 0, "ann"); err != nil {
		t.Fatal(err)
	}
	w.serve(60, 10)
	w.wantStage(rollout.StagePaused, "0%")
	if err := w.Resume(orders, "ann"); err != nil {
		t.Fatal(err)
	}
	w.serve(1, 10)
	w.wantStage(rollout.StageCanary, "1%")
}

// TestHowAPauseEnds: by resume, by a rollback, and by a share for a route that was at 0%; a
// share for a route that has users on the new side leaves it as it is.
func TestHowAPauseEnds(t *testing.T) {
	const paused, goesOn = rollout.StagePaused, rollout.StageCanary
	type step func(*world) error
	pause := func(w *world) error { return w.Pause(orders, "ann") }
	resume := func(w *world) error { return w.Resume(orders, "ann") }
	advance := func(w *world) error { return w.Advance(orders, "ann") }
	rollback := func(w *world) error { return w.Rollback(orders, "too slow", "ann") }
	set := func(share route.Share) step { return func(w *world) error { return w.Set(orders, share, "ann") } }
	fails := func(w *world) error {
		w.failures[rollout.New] = .5
		w.serve(60, 100)
		w.failures[rollout.New] = 0
		w.wantStage(rollout.StageRolledBack, "0%")
		return nil
	}
	for _, tt := range []struct {
		name  string
		steps []step
		want  rollout.Stage
	}{
		{"pause", []step{pause}, paused},
		{"resume", []step{pause, resume}, goesOn},
		{"set", []step{pause, set(1000)}, paused},
		{"advance", []step{pause, advance}, paused},
		{"rollback by hand", []step{pause, rollback, set(500)}, goesOn},
		{"rollback by itself", []step{pause, fails, set(500)}, goesOn},
		{"set to 0% and on", []step{set(0), set(500)}, goesOn},
		{"set to 0% and advance", []step{set(0), advance}, goesOn},
		{"pause at 0%", []step{set(0), set(0), pause, set(500)}, goesOn},
		{"pause after that", []step{set(0), set(500), pause}, paused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 500 })
			for _, do := range tt.steps {
				if err := do(w); err != nil {
					t.Fatal(err)
				}
			}
			share := w.status().Share
			w.serve(60, 100)
			s := w.status()
			if tt.want == paused && s.Stage == paused && s.Share == share || tt.want == goesOn && !s.Paused && s.Share > share {
				return
			}
			t.Errorf("at %s, then %s at %s (%s), want %s\n%s", share, s.Stage, s.Share, s.Decision.Text, tt.want, w.historyText())
		})
	}
}

func TestAdvanceByHand(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Rollout.Mode = route.ModeManual })
	for _, want := range []string{"1%", "5%", "25%", "50%", "100%"} {
		if err := w.Advance(orders, "ann"); err != nil {
			t.Fatal(err)
		}
		if got := w.status().Share.String(); got != want {
			t.Fatalf("advanced to %s, want %s", got, want)
		}
	}
	if err := w.Advance(orders, "ann"); !errors.Is(err, rollout.ErrRefused) {
		t.Errorf("advance beyond the last step: %v", err)
	}
	if err := w.Set(orders, 10001, "ann"); !errors.Is(err, rollout.ErrRefused) {
		t.Errorf("set 100.01%%: %v", err)
	}
	if err := w.Rollback(orders, "", "ann"); err != nil {
		t.Fatal(err)
	}
	w.wantStage(rollout.StageRolledBack, "0%")
	if err := w.Pause("order", "ann"); !errors.Is(err, rollout.ErrUnknownRoute) || !strings.Contains(err.Error(), `"orders"`) {
		t.Errorf("unknown route: %v", err)
	}
}

func TestSurvivesARestart(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Rollout.MinStep = route.Duration(time.Minute) })
	w.serve(150, 100)
	before, history := w.status(), len(w.History())
	if before.Share == 0 || history == 0 {
		t.Fatal("nothing moved")
	}
	if err := w.Save(); err != nil {
		t.Fatal(err)
	}
	w.start()
	after := w.status()
	if after.Share != before.Share || after.Total != before.Total || !after.Since.Equal(before.Since) || len(w.History()) != history {
		t.Errorf("before the restart %+v, after it %+v", before, after)
	}
}

func TestReload(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Rollout.Mode = route.ModeManual; c.Routes[0].Weight = 100 })
	revision := w.Revision()
	reload := func(change func(*route.Config)) {
		t.Helper()
		if err := w.Reload(config(func(c *route.Config) { c.Rollout.Mode = route.ModeManual; change(c) })); err != nil {
			t.Fatal(err)
		}
	}
	reload(func(c *route.Config) { c.Routes[0].Weight = 500 })
	w.wantStage(rollout.StageCanary, "5%") // nobody moved it: the file decides
	if w.Revision() == revision {
		t.Error("another configuration has the same revision")
	}
	if err := w.Set(orders, 2500, "ann"); err != nil {
		t.Fatal(err)
	}
	w.serve(5, 100)
	reload(func(c *route.Config) { c.Routes[0].Weight = 0 })
	if s := w.wantStage(rollout.StageCanary, "25%"); s.Total.New.Requests == 0 { // moved: the state decides
		t.Error("the reload lost the counts")
	}
	reload(func(c *route.Config) { c.Routes[0].Service = "orders2"; c.Routes[0].Weight = 100 })
	if s := w.wantStage(rollout.StageCanary, "1%"); s.Run != 2 || w.Share(orders) != 100 {
		t.Errorf("another service goes on with run %d at %d", s.Run, w.Share(orders))
	}
	reload(func(c *route.Config) { c.Routes = nil })
	if w.Share(orders) != 0 || len(w.Status()) != 0 {
		t.Error("a removed route still has a share")
	}
	w.Observe(rollout.Observation{Route: orders}) // late answers are no trouble
}

func TestEvidenceIsReproducible(t *testing.T) {
	w := newWorld(t, nil)
	w.failures = map[rollout.Arm]float64{rollout.Old: .004, rollout.New: .004}
	w.serve(100, 100)
	e, err := w.Evidence(orders)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var read rollout.Evidence
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	if err := read.Verify(); err != nil {
		t.Error(err)
	}
	read.State.Blocks[0].New.FailedUnits += 40
	read.State.Blocks[0].New.Requests += 40
	if err := read.Verify(); err == nil {
		t.Error("changed counts give the same decision")
	}
	if _, err := w.Evidence("nothing"); !errors.Is(err, rollout.ErrUnknownRoute) {
		t.Errorf("evidence of an unknown route: %v", err)
	}
}

func TestHistoryShowsTampering(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Rollout.Mode = route.ModeManual })
	for range 3 {
		if err := w.Advance(orders, "ann"); err != nil {
			t.Fatal(err)
		}
	}
	records := w.History()
	records[1].Who = "bob"
	if bad, err := rollout.VerifyHistory(records); err == nil || bad != 3 {
		t.Errorf("a changed record is found at %d: %v", bad, err)
	}
}

// lostStore refuses writes.
type lostStore struct {
	store.Store
	lost bool
}

func (s *lostStore) CompareAndSet(ctx context.Context, key string, value []byte, revision int64) (store.Entry, error) {
	if s.lost {
		return store.Entry{}, errors.New("no space left on device")
	}
	return s.Store.CompareAndSet(ctx, key, value, revision)
}

func TestLostStoreFreezesButRollsBack(t *testing.T) {
	lost := &lostStore{Store: store.NewMemory()}
	w := newWorld(t, func(c *route.Config) { c.Routes[0].Weight = 500 })
	w.store = lost
	w.start()
	lost.lost = true
	w.serve(120, 100)
	if s := w.status(); s.Share != 500 || !strings.Contains(s.Decision.Text, "no space left") {
		t.Errorf("with a lost store the route is at %s: %s", s.Share, s.Decision.Text)
	}
	if n := len(w.History()); n != 0 {
		t.Errorf("%d records of what did not happen", n)
	}
	if err := w.Rollback(orders, "", "ann"); err == nil {
		t.Error("a rollback that could not be saved says nothing")
	}
	if w.Share(orders) != 0 {
		t.Error("the rollback waits for the store")
	}
	// Once the store is back, nothing of it is missing.
	lost.lost = false
	if err := w.Save(); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.wantStage(rollout.StageRolledBack, "0%")
	if h := w.History(); len(h) != 1 || h[0].Who != "ann" {
		t.Errorf("the history after the outage is %+v", h)
	}
}

// Nothing is counted twice or lost while the controller reads and shares change.
func TestConcurrentCounting(t *testing.T) {
	w := newWorld(t, func(c *route.Config) { c.Rollout.Mode = route.ModeManual; c.Routes[0].Weight = 5000 })
	const workers, each = 4, 5000
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := range each {
				unit := uint64(worker*each + i)
				arm := rollout.Old
				if i%2 == 0 {
					arm = rollout.New
				}
				w.Observe(rollout.Observation{Route: orders, Arm: arm, Unit: unit, Share: w.Share(orders)})
				w.Compare(rollout.Comparison{Route: orders, Equal: true})
			}
		})
	}
	for i := range 50 {
		w.Evaluate()
		if err := w.Set(orders, route.Share(5000+i%3), "ann"); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	w.Evaluate()
	total := w.status().Total
	if got := total.Old.Requests + total.New.Requests; got != workers*each || w.status().Parity.Compared != workers*each {
		t.Errorf("counted %d answers and %d comparisons, want %d each", got, w.status().Parity.Compared, workers*each)
	}
}

func TestRunDecidesAndSaves(t *testing.T) {
	st := store.NewMemory()
	c, err := rollout.NewController(rollout.Options{Config: config(func(c *route.Config) { c.Routes[0].Weight = route.FullShare }), Store: st, Interval: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	changes, stop := c.Watch()
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	// The interval is an hour: only the failures themselves make it look.
	for unit := uint64(0); c.Share(orders) > 0; unit++ {
		c.Observe(rollout.Observation{Route: orders, Arm: rollout.New, Unit: unit, Share: 10000, Failed: true})
		<-changes
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	entries, err := st.List(context.Background(), "")
	if err != nil || len(entries) != 2 {
		t.Errorf("the store holds %d entries (%v), want the route and the rollback", len(entries), err)
	}
}

func BenchmarkObserve(b *testing.B) {
	c, err := rollout.NewController(rollout.Options{Config: config(nil)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		unit := rand.Uint64()
		for pb.Next() {
			unit++
			c.Observe(rollout.Observation{Route: orders, Arm: rollout.Old, Unit: unit, Share: c.Share(orders), Latency: time.Millisecond})
		}
	})
}
