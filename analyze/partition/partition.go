package partition

import (
	"context"
	"fmt"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// Options of Solve. The zero value is the customary analysis.
type Options struct {
	Pins Pins
	// Seed of all random choices.
	Seed uint64
	// Blind withholds names: folders, packages and identifiers say nothing about
	// what belongs together, only structure does. Names of services are still made
	// from them, after the fact.
	Blind bool
	// Without leaves rules out: for the tables of what each is worth.
	Without []Rule
}

// Result is one partition of a module and its alternatives.
type Result struct {
	Units      []Unit // by ID
	UnitOf     []int  // atom → index of Units, -1 of tables and routes
	Services   []string
	Candidates []Candidate // by number of services; one of them is the chosen
	Score      float64     // modularity of the chosen
	Stability  float64     // of the chosen: mean over units, weighted by lines
	// Owner is the service or role of every table, by atom.
	Owner map[int32]string
}

// Unit is a package, or a part of one, with its place.
type Unit struct {
	ID        string
	Package   int32
	Atoms     []int32 // sorted
	Part      bool
	Lines     int
	Service   string // or model.Library, model.Root, model.Unassigned
	Stability float64
	Reason    string
	Pinned    bool
}

// Candidate is one alternative.
type Candidate struct {
	Services  int
	Score     float64
	Stability float64
	Service   []string // of every atom, "" of tables and routes
}

// Solve proposes services for the module. It fails when pins contradict each
// other (ErrPins) or ctx ends.
func Solve(ctx context.Context, g *coupling.Graph, opt Options) (*Result, error) {
	lay := newLayout(g, opt.Without...)
	parts, err := mixed(ctx, g, lay, opt)
	if err != nil {
		return nil, fmt.Errorf("look into packages: %w", err)
	}
	untangle(g, parts)
	lay.countParts(parts)
	if !opt.Blind {
		lay.findFolderModules()
	}
	lay.findModules()
	if !opt.Blind {
		lay.byFolder()
	}
	for a, atom := range g.Atoms {
		if p := atom.Package; p >= 0 && lay.process[p] != nothing {
			parts[a] = 0 // what one process alone reaches stays whole
		}
	}
	s := &solver{g: g, lay: lay, opt: opt, parts: parts, cells: newCells(g, parts, opt.Pins), words: coupling.NewVocabulary()}
	s.cells.strangers = lay.strangers
	if err := s.link(); err != nil {
		return nil, fmt.Errorf("apply pins: %w", err)
	}
	if err := s.cluster(ctx); err != nil {
		return nil, fmt.Errorf("cluster units: %w", err)
	}
	return s.result(), nil
}

// solver carries what the stages hand on.
type solver struct {
	g     *coupling.Graph
	lay   *layout
	opt   Options
	cells *cells
	parts []int // see mixed

	net        *network
	nodeOfCell []int

	flow   *ownership
	like   *square // likeness of the active nodes, of the last round
	active []int   // nodes that are clustered
	merges []merge
	kernel []bool
	chosen *assignment
	others []*assignment
	words  *coupling.Vocabulary // of the names of declarations and tables
}

// link applies the pins and builds the network.
func (s *solver) link() error {
	u := newUnion(len(s.cells.list))
	apart, err := s.opt.Pins.apply(u, s.cells.cellOf)
	if err != nil {
		return err
	}
	s.bindExclusive(u, apart)
	s.bindContracts(u, apart)
	s.bindAdapters(u, apart)
	s.joinLayers(u, apart)
	s.bindTransactions(u, apart)
	s.net, s.nodeOfCell = s.cells.network(u, apart)
	s.markStarted()
	return nil
}

// markStarted finds what composition roots use directly.
func (s *solver) markStarted() {
	for n, links := range s.net.out {
		if s.isPeeled(n) {
			for _, l := range links {
				s.net.nodes[l.to].started = true
			}
		}
	}
	for n := range s.net.nodes {
		nd := &s.net.nodes[n]
		nd.source = s.runs(n) || nd.started && nd.owns() && !s.dataLayer(n)
	}
}
