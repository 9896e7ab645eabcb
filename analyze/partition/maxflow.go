package partition

import (
	"context"
	"math"
)

// maxflow is Dinic's algorithm over whole numbers (Dinic 1970). gonum's gives the
// value alone, and the cut is in what is left of the capacities.
type maxflow struct {
	out   [][]int32 // arcs that leave a node; arc i^1 is the way back of arc i
	to    []int32
	left  []int64
	level []int32
	next  []int32 // first arc of a node that may still carry more
}

func newMaxflow(nodes int) *maxflow {
	return &maxflow{out: make([][]int32, nodes), level: make([]int32, nodes), next: make([]int32, nodes)}
}

// arc adds a capacity one way, tie both ways.
func (f *maxflow) arc(from, to int, capacity int64) { f.add(from, to, capacity, 0) }
func (f *maxflow) tie(a, b int, capacity int64)     { f.add(a, b, capacity, capacity) }

func (f *maxflow) add(a, b int, there, back int64) {
	if a == b || there == 0 && back == 0 {
		return
	}
	f.out[a] = append(f.out[a], int32(len(f.to)))
	f.out[b] = append(f.out[b], int32(len(f.to)+1))
	f.to = append(f.to, int32(b), int32(a))
	f.left = append(f.left, there, back)
}

// maximize sends as much as fits. The caller sees to it that no path from source to
// sink is without a finite capacity.
func (f *maxflow) maximize(ctx context.Context, source, sink int) (value int64, err error) {
	for f.layer(source)[sink] >= 0 {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		clear(f.next)
		for {
			sent := f.send(int32(source), int32(sink), math.MaxInt64)
			if sent == 0 {
				break
			}
			value += sent
		}
	}
	return value, nil
}

// layer numbers the nodes by their distance from the source over what is left, -1
// where there is no way.
func (f *maxflow) layer(source int) []int32 {
	for i := range f.level {
		f.level[i] = -1
	}
	f.level[source] = 0
	for queue := []int32{int32(source)}; len(queue) > 0; queue = queue[1:] {
		for _, arc := range f.out[queue[0]] {
			if to := f.to[arc]; f.left[arc] > 0 && f.level[to] < 0 {
				f.level[to] = f.level[queue[0]] + 1
				queue = append(queue, to)
			}
		}
	}
	return f.level
}

// send carries at most most from a node to the sink, one layer a step.
func (f *maxflow) send(at, sink int32, most int64) (sent int64) {
	if at == sink {
		return most
	}
	for ; int(f.next[at]) < len(f.out[at]); f.next[at]++ {
		arc := f.out[at][f.next[at]]
		if to := f.to[arc]; f.left[arc] > 0 && f.level[to] == f.level[at]+1 {
			if sent = f.send(to, sink, min(most, f.left[arc])); sent > 0 {
				f.left[arc] -= sent
				f.left[arc^1] += sent
				return sent
			}
		}
	}
	return 0
}

// reached are the nodes on the source's side of the cut nearest to it.
func (f *maxflow) reached(source int) []bool {
	in := make([]bool, len(f.out))
	for n, level := range f.layer(source) {
		in[n] = level >= 0
	}
	return in
}
