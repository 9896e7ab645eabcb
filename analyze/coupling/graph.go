package coupling

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Graph is the coupling graph of one module. Atoms and packages are numbered in
// sorted order, so equal input gives equal numbers.
type Graph struct {
	Packages  []Package
	Atoms     []Atom
	Couplings []Coupling // by From, To, Kind
	// Implements are the interfaces that types of other packages have the methods of.
	Implements []Implement

	outAt   []int32 // Couplings[outAt[a]:outAt[a+1]] leave atom a
	inAt    []int32 // inEdges[inAt[a]:inAt[a+1]] are couplings that enter a
	inEdges []int32
}

// Implement is a type that has the methods of another package's interface.
type Implement struct{ Type, Interface int32 }

// Package is one package as the graph sees it.
type Package struct {
	Path  string
	Name  string
	Dir   string
	Lines int
	// Generated is how many of the lines are generated.
	Generated int
	Imports   []int32 // of the module's packages, sorted
	Testers   []int32 // packages whose tests import it, sorted
	Atoms     []int32 // sorted
	Broken    bool
}

// Atom is one node.
type Atom struct {
	ID        string
	Kind      model.AtomKind
	Name      string
	Package   int32 // NoPackage of tables and routes
	Lines     int
	File      string
	Exported  bool
	Generated bool
	Entries   int // entry points other than routes that it serves: RPCs, jobs, consumers
	Loops     int // of Entries, background loops: time starts them, nobody asks
}

// NoPackage stands for the package of a table or route.
const NoPackage int32 = -1

// Coupling is one weighted edge.
type Coupling struct {
	From, To int32
	Kind     model.CouplingKind
	Access   model.Access
	Weight   float64
	Count    int
	API      bool // a type use in a signature or an exported field
	InLoop   bool
	// Named: From's source names To, so that it is an import where they are in two
	// packages; a call through an interface names nothing.
	Named   bool
	Repeats string // as model.Coupling.Repeats

	Heat       float64 // share of a profile's samples, of calls
	PerRequest float64 // calls a request by traces, of calls
	Degree     float64 // of co-changes: shared commits by mean revisions

	Evidence []model.Evidence // at most MaxEvidence, best and first ones first
}

// MaxEvidence bounds the evidence kept of one coupling.
const MaxEvidence = 20

// Out gives the couplings that leave an atom.
func (g *Graph) Out(atom int32) []Coupling { return g.Couplings[g.outAt[atom]:g.outAt[atom+1]] }

// In gives the numbers of the couplings that enter an atom.
func (g *Graph) In(atom int32) []int32 { return g.inEdges[g.inAt[atom]:g.inAt[atom+1]] }

// Atom finds an atom's number by ID.
func (g *Graph) Atom(id string) (int32, bool) {
	i, ok := slices.BinarySearchFunc(g.Atoms, id, func(a Atom, id string) int { return compare(a.ID, id) })
	return int32(i), ok
}

// Package finds a package's number by import path.
func (g *Graph) Package(path string) (int32, bool) {
	i, ok := slices.BinarySearchFunc(g.Packages, path, func(p Package, path string) int { return compare(p.Path, path) })
	return int32(i), ok
}

// index fills the offsets once Couplings is sorted.
func (g *Graph) index() {
	n := len(g.Atoms)
	g.outAt, g.inAt = make([]int32, n+1), make([]int32, n+1)
	for _, c := range g.Couplings {
		g.outAt[c.From+1]++
		g.inAt[c.To+1]++
	}
	for i := range n {
		g.outAt[i+1] += g.outAt[i]
		g.inAt[i+1] += g.inAt[i]
	}
	g.inEdges = make([]int32, len(g.Couplings))
	next := slices.Clone(g.inAt)
	for i, c := range g.Couplings {
		g.inEdges[next[c.To]] = int32(i)
		next[c.To]++
	}
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
