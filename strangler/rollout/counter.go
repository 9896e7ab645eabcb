package rollout

import (
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// counter is the part of a route that every request touches: atomic counters only.
// The controller reads it once an interval.
type counter struct {
	share   atomic.Int32 // in force, in 1/10000
	touched atomic.Bool  // something was counted since the controller looked
	cells   atomic.Pointer[[]*cell]
	grow    sync.Mutex // held to add or remove a cell

	failed  bitmap    // units that failed in this step and epoch, of both arms
	seen    [2]bitmap // units seen in this step, by arm
	latency [2]histogram

	compared, different atomic.Int64
	fieldsMu            sync.Mutex
	fields              map[string]int64
}

// cell holds what was counted at one share, so that an answer counts for the share
// that assigned it.
type cell struct {
	share route.Share
	arms  [2]armCounter
	taken Arms // what the controller has already read
}

// counterShards spread one arm's counters over cache lines, by unit.
const counterShards = 8

type armCounter [counterShards]struct {
	requests, failures, units atomic.Int64
	_                         [40]byte // one cache line of 64 bytes each
}

func (a *armCounter) sum() (c Counts) {
	for i := range a {
		c.Requests += a[i].requests.Load()
		c.Failures += a[i].failures.Load()
		c.FailedUnits += a[i].units.Load()
	}
	return c
}

func newCounter(share route.Share) *counter {
	c := &counter{fields: map[string]int64{}}
	c.share.Store(int32(share))
	c.cells.Store(&[]*cell{{share: share}})
	return c
}

func armIndex(a Arm) int {
	if a == New {
		return 1
	}
	return 0
}

// observe counts one answer; failed tells whether it was a unit's first failure.
func (c *counter) observe(o Observation) (firstFailure bool) {
	arm := armIndex(o.Arm)
	shard := &c.cell(route.Share(o.Share)).arms[arm][o.Unit%counterShards]
	c.seen[arm].add(o.Unit)
	c.latency[arm].add(o.Latency)
	if o.Failed {
		shard.failures.Add(1)
		if firstFailure = c.failed.add(o.Unit); firstFailure {
			shard.units.Add(1)
		}
	}
	// Last, so that a reader never sees more failures than requests for long.
	shard.requests.Add(1)
	c.touch()
	return firstFailure
}

// touch is called after something was counted. It writes only when it must: all cores
// read the flag.
func (c *counter) touch() {
	if !c.touched.Load() {
		c.touched.Store(true)
	}
}

// cell finds the counters of a share; there are one or two at a time.
func (c *counter) cell(share route.Share) *cell {
	for _, cell := range *c.cells.Load() {
		if cell.share == share {
			return cell
		}
	}
	return c.addCell(share)
}

func (c *counter) addCell(share route.Share) *cell {
	c.grow.Lock()
	defer c.grow.Unlock()
	old := *c.cells.Load()
	for _, cell := range old {
		if cell.share == share {
			return cell
		}
	}
	added := &cell{share: share}
	cells := append([]*cell{added}, old...)
	c.cells.Store(&cells)
	return added
}

// maxCells bounds the shares with counters of their own; answers older than that
// many changes of the share are forgotten.
const maxCells = 8

// take returns what was counted by share since the last call. One caller only.
func (c *counter) take() map[route.Share]Arms {
	var out map[route.Share]Arms
	for _, cell := range *c.cells.Load() {
		now := Arms{Old: cell.arms[0].sum(), New: cell.arms[1].sum()}
		if delta := now.sub(cell.taken); delta != (Arms{}) {
			if out == nil {
				out = map[route.Share]Arms{}
			}
			out[cell.share] = delta
			cell.taken = now
		}
	}
	c.dropCells()
	return out
}

func (c *counter) dropCells() {
	c.grow.Lock()
	defer c.grow.Unlock()
	cells := *c.cells.Load()
	if len(cells) <= maxCells {
		return
	}
	kept := slices.Clone(cells[:maxCells])
	for _, cell := range cells[maxCells:] {
		if cell.share == route.Share(c.share.Load()) {
			kept = append(kept, cell)
		}
	}
	c.cells.Store(&kept)
}

func (a Arms) sub(b Arms) Arms {
	return Arms{Old: a.Old.add(b.Old.negated()), New: a.New.add(b.New.negated())}
}

func (c Counts) negated() Counts { return Counts{-c.Requests, -c.Failures, -c.FailedUnits} }

// enter puts a share in force: units count anew.
func (c *counter) enter(share route.Share) {
	c.cell(share)
	c.share.Store(int32(share))
	c.failed.clear()
	c.seen[0].clear()
	c.seen[1].clear()
}

func (c *counter) compare(cmp Comparison) {
	defer c.touch()
	c.compared.Add(1)
	if cmp.Equal {
		return
	}
	c.different.Add(1)
	c.fieldsMu.Lock()
	defer c.fieldsMu.Unlock()
	for _, f := range cmp.Fields {
		if _, known := c.fields[f]; known || len(c.fields) < maxFields {
			c.fields[f]++
		}
	}
}

// maxFields bounds the differing JSON paths that are counted apart.
const maxFields = 32

// takeParity returns the comparisons since the last call.
func (c *counter) takeParity() Parity {
	p := Parity{Different: c.different.Swap(0), Compared: c.compared.Swap(0)}
	c.fieldsMu.Lock()
	defer c.fieldsMu.Unlock()
	if len(c.fields) > 0 {
		p.Fields, c.fields = c.fields, map[string]int64{}
	}
	return p
}

func (p Parity) add(d Parity) Parity {
	p.Compared += d.Compared
	p.Different += d.Different
	// A comparison between two reads may be seen as different before it is counted.
	p.Compared = max(p.Compared, p.Different)
	p.Fields = cloneFields(p.Fields)
	for f, n := range d.Fields {
		if p.Fields == nil {
			p.Fields = map[string]int64{}
		}
		if _, known := p.Fields[f]; known || len(p.Fields) < maxFields {
			p.Fields[f] += n
		}
	}
	return p
}

// bitmapBits is the size of a bitmap: 8 KB, which tells some 300,000 units apart
// well enough to estimate their number.
const bitmapBits = 1 << 16

// bitmap remembers units by hash in bounded memory. Two units may share a bit; the
// later one is then taken for known. Both arms share one bitmap of failed units, so
// that this happens to both alike and cannot favour a side.
type bitmap struct {
	words lazy[[bitmapBits / 64]atomic.Uint64]
	set   atomic.Int64
}

// lazy is a value that takes memory once it is used: most of ten thousand routes see
// no traffic.
type lazy[T any] struct{ p atomic.Pointer[T] }

// use is the value, made when there is none.
func (l *lazy[T]) use() *T {
	if v := l.p.Load(); v != nil {
		return v
	}
	l.p.CompareAndSwap(nil, new(T))
	return l.p.Load()
}

// peek is the value, nil when there is none.
func (l *lazy[T]) peek() *T { return l.p.Load() }

// add reports whether the unit is new.
func (b *bitmap) add(unit uint64) bool {
	bit := mix(unit) % bitmapBits
	word, mask := &b.words.use()[bit/64], uint64(1)<<(bit%64)
	if word.Load()&mask != 0 || word.Or(mask)&mask != 0 {
		return false
	}
	b.set.Add(1)
	return true
}

func (b *bitmap) clear() {
	if words := b.words.peek(); words != nil {
		for i := range words {
			words[i].Store(0)
		}
	}
	b.set.Store(0)
}

// full reports that half of the bits are set: time for another epoch.
func (b *bitmap) full() bool { return b.set.Load() > bitmapBits/2 }

// estimate is the number of units by linear counting, −m ln(1 − set/m) (Whang,
// Vander-Zanden, Taylor, ACM TODS 15, 1990).
func (b *bitmap) estimate() int64 {
	set := min(b.set.Load(), bitmapBits-1)
	return int64(math.Round(-bitmapBits * math.Log1p(-float64(set)/bitmapBits)))
}

// mix spreads a hash over its bits (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// histogram counts latencies in four buckets an octave, from 1 µs to over an hour.
type histogram struct {
	buckets lazy[[histogramBuckets]atomic.Int64]
}

const histogramBuckets = 128

func (h *histogram) add(d time.Duration) { h.buckets.use()[bucketOf(d)].Add(1) }

func bucketOf(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 1))
	octave := bits.Len64(us) - 1
	sub := 0
	if octave >= 2 {
		sub = int(us>>(octave-2)) & 3
	}
	return min(octave*4+sub, histogramBuckets-1)
}

// bucketTop is the upper edge of a bucket.
func bucketTop(i int) time.Duration {
	octave, sub := i/4, i%4
	if octave < 2 {
		sub = 3 // below 4 µs a bucket is a whole octave
	}
	return time.Duration(math.Exp2(float64(octave)) * (1 + float64(sub+1)/4) * float64(time.Microsecond))
}

// quantile is the upper edge of the bucket that holds it, 0 without values: at
// most a quarter too high.
func (h *histogram) quantile(q float64) time.Duration {
	buckets := h.buckets.peek()
	if buckets == nil {
		return 0
	}
	var total, sum int64
	for i := range buckets {
		total += buckets[i].Load()
	}
	if total == 0 {
		return 0
	}
	rank := int64(math.Ceil(q * float64(total)))
	for i := range buckets {
		if sum += buckets[i].Load(); sum >= rank {
			return bucketTop(i)
		}
	}
	return bucketTop(histogramBuckets - 1)
}
