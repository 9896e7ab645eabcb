package metrics

import (
	"cmp"
	"math"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Metric is one value with what it is.
type Metric struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// Better is "higher" or "lower".
	Better  string `json:"better"`
	Formula string `json:"formula"`
	// Note says when the value means nothing, empty otherwise.
	Note string `json:"note,omitempty"`
}

// Report is all metrics of one partition.
type Report struct {
	K       int      `json:"k"` // services
	Metrics []Metric `json:"metrics"`
}

// Of computes the metrics of the model's services, in the order of the package
// comment.
func Of(m *model.Model) Report {
	p := newPartition(m)
	mq := p.mq()
	one := ""
	if p.k < 2 {
		one = "means nothing for fewer than two services"
	}
	turbo := 0.0
	if p.k > 0 {
		turbo = 100 * mq / float64(p.k)
	}
	cycles, cdp := p.cycles()
	out := Report{K: p.k, Metrics: []Metric{
		{"SM", p.sm(), "higher", "1/K Σ μᵢ/nᵢ² − 1/(K(K−1)/2) Σ σᵢⱼ/(2nᵢnⱼ)", one},
		{"ICP", p.icp(), "lower", "Σ v across / Σ v, v call sites", one},
		{"IFN", p.ifn(), "lower", "1/K Σ functions that others call", one},
		{"NED", p.ned(), "lower", "1 − lines in services of ½–2 × the mean / lines", one},
		{"MQ", mq, "higher", "Σ 2μᵢ/(2μᵢ + εᵢ)", one},
		{"TurboMQ", turbo, "higher", "100 · MQ / K", one},
		{"table purity", p.purity(), "higher", "1 − mean H(services that touch a table)/ln K", one},
		{"cross transactions", float64(p.crossTransactions()), "lower", "transactions over tables of several services", ""},
		{"complexity", p.complexity(), "lower", "mean over entry points of other distributed ones that use its tables in the other mode", ""},
		{"service cycles", float64(cycles), "lower", "groups of services that call in circles", ""},
		{"CDP", cdp, "lower", "% of pairs of services in one such group", one},
	}}
	for i := range out.Metrics {
		out.Metrics[i].Value = model.Round(out.Metrics[i].Value)
	}
	return out
}

// partition is the model as the formulas see it.
type partition struct {
	m     *model.Model
	k     int
	index map[string]int // service → number
	home  map[string]int // declaration → service's number
	n     []int          // declarations of each service
	calls []call
}

type call struct {
	from, to string
	a, b     int // services
	places   float64
}

func newPartition(m *model.Model) *partition {
	p := &partition{m: m, k: len(m.Services), index: map[string]int{}, home: map[string]int{}, n: make([]int, len(m.Services))}
	for i, s := range m.Services {
		p.index[s.Name] = i
	}
	for _, a := range m.Atoms {
		if i, ok := p.index[a.Service]; ok && (a.Kind == model.KindFunc || a.Kind == model.KindType || a.Kind == model.KindMethod) {
			p.home[a.ID] = i
			p.n[i]++
		}
	}
	for _, c := range m.Couplings {
		a, okA := p.home[c.From]
		b, okB := p.home[c.To]
		if c.Kind == model.CouplingCall && okA && okB {
			p.calls = append(p.calls, call{c.From, c.To, a, b, float64(c.Count)})
		}
	}
	return p
}

func (p *partition) sm() float64 {
	inside, across := make([]float64, p.k), map[[2]int]float64{}
	seen := map[[2]string]bool{}
	for _, c := range p.calls {
		pair := [2]string{min(c.from, c.to), max(c.from, c.to)}
		if seen[pair] {
			continue
		}
		seen[pair] = true
		if c.a == c.b {
			inside[c.a]++
		} else {
			across[[2]int{min(c.a, c.b), max(c.a, c.b)}]++
		}
	}
	if p.k == 0 {
		return 0
	}
	cohesion, coupling := 0.0, 0.0
	for i := range p.k {
		if p.n[i] > 0 {
			cohesion += inside[i] / float64(p.n[i]*p.n[i])
		}
		for j := i + 1; j < p.k; j++ {
			if p.n[i] > 0 && p.n[j] > 0 {
				coupling += across[[2]int{i, j}] / float64(2*p.n[i]*p.n[j])
			}
		}
	}
	cohesion /= float64(p.k)
	if p.k > 1 {
		coupling /= float64(p.k*(p.k-1)) / 2
	}
	return cohesion - coupling
}

func (p *partition) icp() float64 {
	across, all := 0.0, 0.0
	for _, c := range p.calls {
		all += c.places
		if c.a != c.b {
			across += c.places
		}
	}
	return share(across, all)
}

func (p *partition) ifn() float64 {
	sum := 0.0
	for _, b := range p.m.Bills {
		sum += float64(b.In)
	}
	return share(sum, float64(p.k))
}

func (p *partition) ned() float64 {
	total, fair := 0.0, 0.0
	for _, s := range p.m.Services {
		total += float64(s.Lines)
	}
	mean := share(total, float64(p.k))
	for _, s := range p.m.Services {
		if l := float64(s.Lines); l >= mean/2 && l <= 2*mean {
			fair += l
		}
	}
	if total == 0 {
		return 0
	}
	return 1 - fair/total
}

func (p *partition) mq() float64 {
	inside, edge := make([]float64, p.k), make([]float64, p.k)
	for _, c := range p.calls {
		if c.a == c.b {
			inside[c.a] += c.places
		} else {
			edge[c.a] += c.places
			edge[c.b] += c.places
		}
	}
	sum := 0.0
	for i := range p.k {
		sum += share(2*inside[i], 2*inside[i]+edge[i])
	}
	return sum
}

func (p *partition) purity() float64 {
	sum, tables := 0.0, 0
	for _, t := range p.m.Tables {
		by := make([]float64, p.k)
		all := 0.0
		for _, a := range t.Accesses {
			if i, ok := p.home[a.Atom]; ok {
				by[i]++
				all++
			}
		}
		if all == 0 {
			continue
		}
		tables++
		if p.k < 2 {
			continue
		}
		for _, n := range by {
			if n > 0 {
				sum -= n / all * math.Log(n/all)
			}
		}
	}
	if tables == 0 || p.k < 2 {
		return 1
	}
	return 1 - sum/math.Log(float64(p.k))/float64(tables)
}

func (p *partition) crossTransactions() int {
	count := 0
	for _, tx := range p.m.Transactions {
		n := 0
		for _, s := range tx.Services {
			if _, ok := p.index[s]; ok {
				n++
			}
		}
		if n > 1 {
			count++
		}
	}
	return count
}

// cycles counts the groups of more than one service that reach each other by calls,
// and the share of pairs that are in one, in percent.
func (p *partition) cycles() (groups int, pairs float64) {
	reach := make([][]bool, p.k)
	for i := range reach {
		reach[i] = make([]bool, p.k)
	}
	for _, c := range p.calls {
		reach[c.a][c.b] = true
	}
	for via := range p.k { // Warshall: there are few services
		for i := range p.k {
			for j := range p.k {
				reach[i][j] = reach[i][j] || reach[i][via] && reach[via][j]
			}
		}
	}
	in := make([]bool, p.k)
	both := 0
	for i := range p.k {
		first := !in[i]
		for j := i + 1; j < p.k; j++ {
			if reach[i][j] && reach[j][i] {
				both++
				if first && !in[j] {
					in[j] = true
					if !in[i] {
						in[i] = true
						groups++
					}
				}
			}
		}
	}
	return groups, 100 * share(float64(both), float64(p.k*(p.k-1))/2)
}

func share(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// use is one table in one mode.
type use struct {
	table string
	write bool
}

// complexity is Lisbon's, over routes and other entry points that touch tables.
func (p *partition) complexity() float64 {
	var entries [][]use
	add := func(tables []model.RouteTable) {
		var uses []use
		for _, t := range tables {
			if t.Access != model.Write {
				uses = append(uses, use{t.Table, false})
			}
			if t.Access != model.Read {
				uses = append(uses, use{t.Table, true})
			}
		}
		if len(uses) > 0 {
			entries = append(entries, uses)
		}
	}
	for _, r := range p.m.Routes {
		add(r.Tables)
	}
	for _, e := range p.m.EntryPoints {
		add(e.Tables)
	}
	owner := map[string]int{}
	for _, t := range p.m.Tables {
		if i, ok := p.index[t.Service]; ok {
			owner[t.Name] = i
		}
	}
	distributed := map[use][]int{} // distributed entry points that use it
	for i, uses := range entries {
		if len(services(uses, owner)) > 1 {
			for _, u := range uses {
				distributed[u] = append(distributed[u], i)
			}
		}
	}
	sum := 0
	for i, uses := range entries {
		sum += distributedCost(i, uses, owner, distributed)
	}
	return share(float64(sum), float64(len(entries)))
}

// services are those that own the tables of uses, sorted.
func services(uses []use, owner map[string]int) []int {
	var out []int
	for _, u := range uses {
		if s, ok := owner[u.table]; ok {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, cmp.Compare[int])
	return slices.Compact(out)
}

func distributedCost(self int, uses []use, owner map[string]int, distributed map[use][]int) int {
	homes := services(uses, owner)
	if len(homes) < 2 {
		return 0
	}
	sum := 0
	for _, home := range homes { // one local transaction each
		others := map[int]bool{}
		for _, u := range uses {
			if s, ok := owner[u.table]; !ok || s != home {
				continue
			}
			for _, i := range distributed[use{u.table, !u.write}] {
				if i != self {
					others[i] = true
				}
			}
		}
		sum += len(others)
	}
	return sum
}
