package partition

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// netOf is an undirected network from pairs of equal weight.
func netOf(n int, pairs ...[2]int) *network {
	net := &network{nodes: make([]node, n), out: make([][]link, n), in: make([][]link, n)}
	for i := range net.nodes {
		net.nodes[i].table = noAtom
	}
	for _, p := range pairs {
		net.out[p[0]] = append(net.out[p[0]], link{to: p[1], weight: 1})
		net.in[p[1]] = append(net.in[p[1]], link{to: p[0], weight: 1})
	}
	return net
}

func all(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// Two triangles joined by one edge: m = 7, every triangle has 3 edges inside and
// degree 7, so Q = 2·(3/7 − (7/14)²) = 5/14.
func TestModularityByHand(t *testing.T) {
	net := netOf(6, [2]int{0, 1}, [2]int{1, 2}, [2]int{0, 2}, [2]int{3, 4}, [2]int{4, 5}, [2]int{3, 5}, [2]int{2, 3})
	if got := modularity(net, []int{0, 0, 0, 1, 1, 1}); math.Abs(got-5.0/14) > 1e-12 {
		t.Errorf("Q = %v, want 5/14", got)
	}
	if got := modularity(net, []int{0, 0, 0, 0, 0, 0}); math.Abs(got) > 1e-12 {
		t.Errorf("Q of one group = %v, want 0", got)
	}
}

func TestLouvainFindsTriangles(t *testing.T) {
	net := netOf(6, [2]int{0, 1}, [2]int{1, 2}, [2]int{0, 2}, [2]int{3, 4}, [2]int{4, 5}, [2]int{3, 5}, [2]int{2, 3})
	like, err := louvain(context.Background(), net, all(6), 1)
	if err != nil {
		t.Fatal(err)
	}
	if like.at(0, 1) != 1 || like.at(4, 5) != 1 {
		t.Errorf("inside a triangle: %v, %v", like.at(0, 1), like.at(4, 5))
	}
	if like.at(0, 5) > 0.25 {
		t.Errorf("across: %v", like.at(0, 5))
	}
}

// 0 and 1 are sources, both use 2, 2 uses 3; 0 also uses 4. By hand: 2 is owned
// half by each, weighed by 1/√outdegree: 0 has two ways out, so w = 1/√2 against 1.
func TestFlowByHand(t *testing.T) {
	net := netOf(5, [2]int{0, 2}, [2]int{1, 2}, [2]int{2, 3}, [2]int{0, 4})
	f := flow(net, all(5))
	w := 1 / math.Sqrt2
	want := [][]float64{{1, 0}, {0, 1}, {w / (1 + w), 1 / (1 + w)}, {w / (1 + w), 1 / (1 + w)}, {1, 0}}
	for i := range want {
		for s := range want[i] {
			if math.Abs(f.share[i].dense(len(f.sources))[s]-want[i][s]) > 1e-9 {
				t.Errorf("owners of %d: %v, want %v", i, f.share[i], want[i])
				break
			}
		}
	}
	like := f.alike()
	if math.Abs(like.at(0, 4)-1) > 1e-9 || math.Abs(like.at(0, 1)) > 1e-9 {
		t.Errorf("likeness of 0 and 4: %v, of 0 and 1: %v", like.at(0, 4), like.at(0, 1))
	}
}

func TestFlowFollowsCycles(t *testing.T) {
	f := flow(netOf(3, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 0}), all(3))
	if len(f.sources) != 1 || f.share[2].dense(1)[0] < 0.99 {
		t.Errorf("sources %v, owners of 2 %v", f.sources, f.share[2])
	}
}

// The likenesses are those of a textbook example: 0–1 join at 0.9, 2 joins them at
// the mean of 0.6 and 0.4, 3 joins all at the mean of 0.1, 0.2 and 0.3.
func TestLinkageByHand(t *testing.T) {
	like := newSquare(4)
	for _, v := range []struct {
		i, j int
		v    float64
	}{{0, 1, 0.9}, {0, 2, 0.6}, {1, 2, 0.4}, {0, 3, 0.1}, {1, 3, 0.2}, {2, 3, 0.3}} {
		like.set(v.i, v.j, v.v)
	}
	got := linkage(like, []float64{1, 1, 1, 1}, nil)
	for i, want := range []merge{{0, 1, 0.9}, {0, 2, 0.5}, {0, 3, 0.2}} {
		if got[i].a != want.a || got[i].b != want.b || math.Abs(got[i].at-want.at) > 1e-12 {
			t.Errorf("merge %d: %v, want %v", i, got[i], want)
		}
	}
	if g := cut(4, got, func(_ int, m merge) bool { return m.at < 0.45 }); !reflect.DeepEqual(g, []int{0, 0, 0, 1}) {
		t.Errorf("cut gives %v", g)
	}
}

func TestLinkageKeepsApart(t *testing.T) {
	like := newSquare(3)
	like.set(0, 1, 0.9)
	like.set(1, 2, 0.8)
	like.set(0, 2, 0.7)
	merges := linkage(like, []float64{1, 1, 1}, func(a, b []int) bool {
		joined := append(append([]int{}, a...), b...)
		has := map[int]bool{}
		for _, i := range joined {
			has[i] = true
		}
		return has[0] && has[1]
	})
	if len(merges) != 1 || merges[0].a != 1 || merges[0].b != 2 {
		t.Errorf("got %v", merges)
	}
}

func TestStem(t *testing.T) {
	for in, want := range map[string]string{"orders": "order", "categories": "category", "address": "address", "bus": "bus", "order": "order"} {
		if got := stem(in); got != want {
			t.Errorf("stem(%q) = %q, want %q", in, got, want)
		}
	}
}

// What was generated for a database comes apart by who asks for its statements, a
// generated contract does not.
func TestGeneratedQueriesComeApart(t *testing.T) {
	for _, c := range []struct {
		queries, tables string
		apart           bool
	}{{"queries that keep tables", "!", true}, {"a contract", "", false}} {
		var text strings.Builder
		text.WriteString("cmd/app 20 main: orders users stock\n")
		for _, d := range []string{"orders", "users", "stock"} {
			fmt.Fprintf(&text, "%s 300: /%s", d, d)
			for i := range 4 {
				fmt.Fprintf(&text, " sqlc.%s%d", d, i)
			}
			text.WriteString("\n")
			for i := range 4 {
				fmt.Fprintf(&text, "sqlc.%s%d 40:", d, i)
				if c.tables != "" {
					fmt.Fprintf(&text, " t_%s!", d)
				}
				text.WriteString("\n")
			}
		}
		g := parse(t, text.String())
		for a := range g.Atoms {
			g.Atoms[a].Generated = strings.HasPrefix(g.Atoms[a].ID, "sqlc.")
		}
		r := solve(t, g, Options{Seed: 1, Blind: true})
		units := 0
		for _, u := range r.Units {
			if g.Packages[u.Package].Path == "sqlc" {
				units++
			}
		}
		if units > 1 != c.apart {
			t.Errorf("%s: in %d units:\n%s", c.queries, units, places(r))
		}
	}
}
