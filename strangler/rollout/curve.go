package rollout

import (
	"math"
	"time"
)

// Point is one moment of a route's curves.
type Point struct {
	Time time.Time `json:"t"`
	// Share in 1/10000.
	Share int `json:"share"`
	// LogERatio and LogERate are natural logarithms of the rollback's e-values.
	LogERatio float64 `json:"log_e_ratio"`
	LogERate  float64 `json:"log_e_rate"`
	// OldRate and NewRate are failures ÷ requests since the point before.
	OldRate *float64 `json:"old_rate"`
	NewRate *float64 `json:"new_rate"`
	// Old and New are the requests since the point before.
	Old int64 `json:"old"`
	New int64 `json:"new"`
}

// maxPoints bounds a curve; when it is full every other point is dropped and the
// distance between points doubles.
const maxPoints = 720

// curve is a route's recent past for a picture, in memory only.
type curve struct {
	points []Point
	every  time.Duration
	last   Arms // totals at the last point
	run    int
}

// add appends a point when one is due, and always when the share changed.
func (c *curve) add(now time.Time, s *State, n Numbers) {
	total := s.Total()
	if len(c.points) > 0 {
		last := c.points[len(c.points)-1]
		if now.Sub(last.Time) < c.every && last.Share == int(s.Share) {
			return
		}
	}
	if c.run != s.Run {
		c.run, c.last = s.Run, Arms{}
	}
	d := total.sub(c.last)
	c.last = total
	p := Point{
		Time: now.UTC(), Share: int(s.Share), LogERatio: bounded(n.LogERatio), LogERate: bounded(n.LogERate),
		OldRate: rateOrNil(d.Old), NewRate: rateOrNil(d.New), Old: d.Old.Requests, New: d.New.Requests,
	}
	if k := len(c.points); k > 1 && p.flat(c.points[k-1]) && p.flat(c.points[k-2]) {
		c.points[k-1] = p // a line without traffic has two ends
		return
	}
	c.points = append(c.points, p)
	c.thin()
}

// flat reports that neither point has traffic and both stand at the same height.
func (p Point) flat(q Point) bool {
	p.Time = q.Time
	return p == q && p.Old == 0 && p.New == 0
}

func (c *curve) thin() {
	if c.every == 0 {
		c.every = time.Second / 2
	}
	if len(c.points) <= maxPoints {
		return
	}
	kept := c.points[:0]
	for i, p := range c.points {
		shareMoved := i > 0 && c.points[i-1].Share != p.Share
		if i%2 == 0 || shareMoved || i == len(c.points)-1 {
			kept = append(kept, p)
		}
	}
	c.points, c.every = kept, c.every*2
}

func rateOrNil(c Counts) *float64 {
	if c.Requests <= 0 {
		return nil
	}
	return finite(c.Rate())
}

// bounded keeps JSON able to write it.
func bounded(x float64) float64 { return math.Max(-1e6, math.Min(1e6, x)) }

// Curve is a route's recent past, oldest first.
func (c *Controller) Curve(name string) ([]Point, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.routes[name]
	if !ok {
		return nil, c.unknownRoute(name)
	}
	return append([]Point(nil), m.curve.points...), nil
}
