package rollout

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

func TestUnitsFailOnceAStep(t *testing.T) {
	c := newCounter(500)
	observe := func(unit uint64) {
		c.observe(Observation{Arm: New, Unit: unit, Share: 500, Failed: true})
	}
	observe(1)
	observe(1)
	observe(2)
	if got := c.take()[500].New; got != (Counts{3, 3, 2}) {
		t.Errorf("counted %+v, want 3 requests, 3 failures of 2 units", got)
	}
	if taken := c.take(); len(taken) != 0 {
		t.Errorf("taken twice: %v", taken)
	}
	c.enter(2500)
	c.observe(Observation{Arm: New, Unit: 1, Share: 2500, Failed: true})
	c.observe(Observation{Arm: Old, Unit: 9, Share: 500}) // assigned before the step
	taken := c.take()
	if taken[2500].New.FailedUnits != 1 || taken[500].Old.Requests != 1 {
		t.Errorf("after the step: %+v", taken)
	}
}

func TestCellsAreBounded(t *testing.T) {
	c := newCounter(500)
	for share := range 100 {
		c.observe(Observation{Share: share})
		c.take()
	}
	if n := len(*c.cells.Load()); n > maxCells+1 {
		t.Errorf("%d cells", n)
	}
	if before := (*c.cells.Load())[len(*c.cells.Load())-1]; before.share != 500 {
		t.Errorf("the cell of the share in force was dropped")
	}
}

func TestEstimateOfUnits(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 100, 5000, 100_000, 300_000} {
		var b bitmap
		for range n {
			b.add(rng.Uint64())
		}
		if got := b.estimate(); math.Abs(float64(got)-float64(n)) > 0.02*float64(n)+1 {
			t.Errorf("%d units are estimated as %d", n, got)
		}
	}
	var b bitmap
	for unit := range uint64(1000) { // hashes that are close to each other
		b.add(unit)
		b.add(unit)
	}
	if got := b.estimate(); got < 980 || got > 1020 {
		t.Errorf("1000 neighbouring units are estimated as %d", got)
	}
}

func TestQuantile(t *testing.T) {
	var h histogram
	if h.quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	for i := 1; i <= 1000; i++ {
		h.add(time.Duration(i) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond} {
		if got := h.quantile(q); got < want || float64(got) > 1.26*float64(want) {
			t.Errorf("quantile %v is %v, want %v to a quarter above", q, got, want)
		}
	}
	for _, d := range []time.Duration{-1, 0, 1, time.Nanosecond, time.Microsecond, 3 * time.Microsecond, time.Hour, 1 << 62} {
		if i := bucketOf(d); i < 0 || i > 127 {
			t.Errorf("%v falls into bucket %d", d, i)
		} else if d < time.Hour && bucketTop(i) < d {
			t.Errorf("%v lies above its bucket's edge %v", d, bucketTop(i))
		}
	}
}

// Thinning keeps sums, order and the newest blocks, and never grows.
func TestBlocksAreThinned(t *testing.T) {
	s := stateAt(500, Arms{})
	now := start
	total := int64(0)
	for i := range 5000 {
		now = now.Add(blockLength)
		if i%700 == 699 {
			s.enter(s.Share+1, now)
		}
		s.record(s.Share, Arms{New: Counts{Requests: 3, FailedUnits: 1}})
		total += 3
		s.roll(now)
		if len(s.Blocks) > maxOldBlocks {
			t.Fatalf("%d blocks", len(s.Blocks))
		}
	}
	sum, ordinal := int64(0), -1
	for _, b := range s.Blocks {
		sum += b.New.Requests
		if b.Ordinal <= ordinal {
			t.Fatalf("block %d follows block %d", b.Ordinal, ordinal)
		}
		ordinal = b.Ordinal
	}
	if sum != total {
		t.Errorf("blocks hold %d requests of %d", sum, total)
	}
	if last := s.Blocks[len(s.Blocks)-freshBlocks:]; last[1].Start.Sub(last[0].Start) != blockLength {
		t.Errorf("the newest blocks were merged")
	}
}

func TestManyShares(t *testing.T) {
	s := stateAt(1, Arms{})
	for i := range 500 {
		s.enter(route.Share(i), start.Add(time.Duration(i)*time.Second))
	}
	if len(s.Steps) > maxSteps || len(s.Blocks) > maxOldBlocks {
		t.Errorf("%d steps, %d blocks", len(s.Steps), len(s.Blocks))
	}
}

func TestCurveIsBounded(t *testing.T) {
	var c curve
	s := stateAt(500, Arms{})
	for i := range 20_000 {
		if i == 12_345 {
			s.enter(2500, start)
		}
		s.record(s.Share, Arms{New: Counts{Requests: 1}})
		c.add(start.Add(time.Duration(i)*time.Second), s, Numbers{LogERatio: math.Inf(-1)})
	}
	if len(c.points) > maxPoints || len(c.points) < maxPoints/4 {
		t.Errorf("%d points", len(c.points))
	}
	if first, last := c.points[0], c.points[len(c.points)-1]; first.Share != 500 || last.Share != 2500 || first.LogERatio < -1e6 {
		t.Errorf("from %+v to %+v", first, last)
	}
}

func BenchmarkDecide(b *testing.B) {
	s := stateAt(500, Arms{})
	now := start
	for range 200 {
		now = now.Add(blockLength)
		s.record(500, Arms{Old: Counts{2000, 4, 4}, New: Counts{105, 0, 0}})
		s.roll(now)
	}
	m := &memo{}
	for b.Loop() {
		decideBy(computeNumbers(s, policy(), m), s, policy(), now)
	}
}

// After ten minutes, and when the bitmap is half full, units count again: otherwise a
// small system at 100% would become blind to its own users.
func TestEpochsEnd(t *testing.T) {
	m := &managed{counter: newCounter(500), epoch: start}
	fail := func(unit uint64) bool {
		return m.counter.observe(Observation{Arm: New, Unit: unit, Share: 500, Failed: true})
	}
	if !fail(1) || fail(1) {
		t.Fatal("a unit's second failure counts")
	}
	m.renewEpoch(start.Add(unitEpoch - time.Second))
	if fail(1) {
		t.Error("it counts again before the epoch ends")
	}
	m.renewEpoch(start.Add(unitEpoch))
	if !fail(1) {
		t.Error("it does not count again after the epoch")
	}
	for unit := range uint64(bitmapBits) {
		fail(unit)
	}
	if fail(1) {
		t.Error("it counts again before the bitmap is renewed")
	}
	m.renewEpoch(start.Add(unitEpoch + time.Second))
	if !fail(1) {
		t.Error("a full bitmap is never renewed")
	}
}
