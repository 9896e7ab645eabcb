package analyze

import (
	"cmp"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/partition"
	"github.com/ficus-dev/ficus/analyze/source"
)

var (
	truthDir     = flag.String("truth", "", "folder of truth files, one a system: SYSTEM.json")
	checkoutsDir = flag.String("checkouts", "", "folder of the systems, each in SYSTEM at the commit that its truth file names")
	factsDir     = flag.String("facts", "", "folder where facts are kept between runs; empty: facts are extracted anew")
	onlySystem   = flag.String("system", "", "only systems whose name contains this")
	shuffle      = flag.Bool("shuffle-packages", false, "repack the declarations of services into layers first; scored by declaration")
	drop         = flag.Float64("drop", 0, "remove this share of the edges at random, and print how much of the assignment changes")
	without      = flag.String("without", "", "rules of the partition and kinds of coupling that are left out, separated by commas")
	verbose      = flag.Bool("misplaced", false, "list the packages that are not with their service")
)

// system is one module whose services are known.
type system struct {
	name  string
	truth *truth
	model *model.Model // before anything is proposed
	facts *facts.Facts
}

// truth is what a truth file says; see Assignment for how it is compared.
type truth struct {
	ModuleDir     string              `json:"module_dir"`
	Patterns      []string            `json:"patterns"`
	Services      map[string][]string `json:"services"`
	ServicesFiles map[string][]string `json:"services_files"`
	Shared        []string            `json:"shared"`
	Repo          string              `json:"repo"`
	Family        string              `json:"family"` // systems built in the same way
}

func readTruth(path string) (*truth, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	t := &truth{ModuleDir: ".", Patterns: []string{"./..."}}
	return t, json.Unmarshal(data, t)
}

// loadSystems reads the systems of -truth, and flights, which is always there.
func loadSystems(t *testing.T) []*system {
	t.Helper()
	if *truthDir == "" || *checkoutsDir == "" {
		t.Skip("needs -truth and -checkouts: see the documentation of analyze/partition for how to get the systems")
	}
	paths, err := filepath.Glob(filepath.Join(*truthDir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out []*system
	for _, p := range paths {
		name := strings.TrimSuffix(filepath.Base(p), ".json")
		out = append(out, loadSystem(t, name, p, filepath.Join(*checkoutsDir, name)))
	}
	flights := filepath.Join("..", "samples", "flights")
	out = append(out, loadSystem(t, "flights", filepath.Join(flights, "truth.json"), flights))
	return slices.DeleteFunc(out, func(s *system) bool { return s == nil })
}

func loadSystem(t *testing.T, name, truthPath, dir string) *system {
	t.Helper()
	if !strings.Contains(name, *onlySystem) {
		return nil
	}
	tr, err := readTruth(truthPath)
	if err != nil {
		t.Fatal(err)
	}
	s := &system{name: name, truth: tr}
	if *factsDir != "" && s.restore(filepath.Join(*factsDir, name+".gob")) == nil {
		s.retest(filepath.Join(dir, filepath.FromSlash(tr.ModuleDir)))
		facts.Loosen(s.facts)
		return s
	}
	dir = filepath.Join(dir, filepath.FromSlash(tr.ModuleDir))
	if _, err := os.Stat(dir); err != nil {
		t.Logf("%-28s left out: no checkout: %v", name, err)
		return nil
	}
	if err := s.extract(dir); err != nil {
		t.Logf("%-28s left out: %v", name, err)
		return nil
	}
	if *factsDir != "" {
		if err := s.save(filepath.Join(*factsDir, name+".gob")); err != nil {
			t.Fatal(err)
		}
	}
	facts.Loosen(s.facts)
	return s
}

func (s *system) extract(dir string) error {
	ctx := context.Background()
	program, err := source.Load(ctx, source.Options{Dir: dir, Patterns: s.truth.Patterns})
	if err != nil {
		return err
	}
	if s.facts, err = facts.Extract(ctx, program, facts.Options{}); err != nil {
		return err
	}
	s.model = newModel(program, s.facts)
	return nil
}

// kept is what a system's facts are on disk.
type kept struct {
	Model *model.Model
	Facts *facts.Facts
}

func (s *system) save(path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return gob.NewEncoder(f).Encode(kept{s.model, s.facts})
}

func (s *system) restore(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var k kept
	if err := gob.NewDecoder(f).Decode(&k); err != nil {
		return err
	}
	s.model, s.facts = k.Model, k.Facts
	return nil
}

func (s *system) retest(dir string) {
	known := map[string]bool{}
	for _, p := range s.model.Packages {
		known[p.Path] = true
	}
	for i, p := range s.model.Packages {
		s.model.Packages[i].TestImports = testImports(filepath.Join(dir, filepath.FromSlash(p.Dir)), func(path string) bool { return path != p.Path && known[path] })
	}
}

// factKinds take the facts behind a kind of coupling away.
var factKinds = map[string]func(f *facts.Facts){
	"call":     func(f *facts.Facts) { f.Calls = nil },
	"type":     func(f *facts.Facts) { f.Uses = nil },
	"state":    func(f *facts.Facts) { f.States = nil },
	"table":    func(f *facts.Facts) { f.Accesses, f.Transactions = nil, nil },
	"tx":       func(f *facts.Facts) { f.Transactions = nil },
	"route":    func(f *facts.Facts) { f.Routes, f.EntryPoints = nil, nil },
	"resource": func(f *facts.Facts) { f.Resources = nil },
}

// options of every proposal that is scored.
func options(blind bool) partition.Options {
	opt := partition.Options{Seed: 1, Blind: blind}
	for _, r := range partition.Rules() {
		if slices.Contains(strings.Split(*without, ","), string(r)) {
			opt.Without = append(opt.Without, r)
		}
	}
	return opt
}

// solved is one partition of a system, by package and file.
type solved struct {
	graph *coupling.Graph
	parts *partition.Result
	took  time.Duration
}

func (s *system) graph() *coupling.Graph {
	f := *s.facts
	for _, kind := range strings.Split(*without, ",") {
		if drop := factKinds[kind]; drop != nil {
			drop(&f)
		}
	}
	return coupling.Build(coupling.Input{Facts: &f, Packages: s.model.Packages})
}

func solveGraph(t *testing.T, g *coupling.Graph, opt partition.Options) *solved {
	t.Helper()
	start := time.Now()
	parts, err := partition.Solve(context.Background(), g, opt)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	for p, pkg := range g.Packages {
		if _, ok := partition.Levels(g, int32(p), parts.UnitOf); !ok {
			t.Errorf("%s: parts of it cannot be moved: declarations of several use each other in a circle", pkg.Path)
		}
	}
	return &solved{g, parts, took}
}

// assignment rolls a partition up as AssignmentOf does a model.
func (s *solved) assignment(f *facts.Facts) *Assignment {
	packages, files := tally{}, tally{}
	atoms := map[string]model.Atom{}
	for _, a := range atomsOf(f) {
		atoms[a.ID] = a
	}
	for _, u := range s.parts.Units {
		packages.add(s.graph.Packages[u.Package].Path, u.Service, u.Lines)
		for _, a := range u.Atoms {
			files.addAtom(atoms[s.graph.Atoms[a].ID], u.Service)
		}
	}
	return &Assignment{Source: "partition", Packages: packages.winners(), Files: files.winners()}
}

func (s *system) wanted() *Assignment {
	return &Assignment{Source: s.name, Packages: invert(s.truth.Services), Files: invert(s.truth.ServicesFiles), byFile: len(s.truth.ServicesFiles) > 0}
}

// kernelScore is how much of the lines that the truth calls shared is left out of
// services, and how much of the services' is called library.
func (s *system) kernelScore(got *Assignment) (left, taken float64) {
	want := s.wanted()
	sharedOut, shared, library, owned := 0, 0, 0, 0
	for _, p := range s.model.Packages {
		place := got.Packages[p.Path]
		switch {
		case slices.Contains(s.truth.Shared, p.Path):
			shared += p.Lines
			if !model.IsService(place) {
				sharedOut += p.Lines
			}
		case want.Packages[p.Path] != "":
			owned += p.Lines
			if place == model.Library {
				library += p.Lines
			}
		}
	}
	return ratio(float64(sharedOut), float64(shared)), ratio(float64(library), float64(owned))
}

// TestTruth prints how well the proposals agree with systems whose services are
// known. It asks nothing: the figures are for the documentation and for who
// changes a rule.
func TestTruth(t *testing.T) {
	systems := loadSystems(t)
	for _, blind := range []bool{false, true} {
		t.Run(map[bool]string{false: "named", true: "blind"}[blind], func(t *testing.T) {
			if *drop > 0 {
				scoreThinned(t, systems, blind)
				return
			}
			if *shuffle {
				scoreShuffled(t, systems, blind)
				return
			}
			scoreAll(t, systems, blind)
		})
	}
}

func scoreAll(t *testing.T, systems []*system, blind bool) {
	var mojo, ari, kernelOut, kernelIn []float64
	family := map[string][]float64{}
	text := fmt.Sprintf("%-28s %6s %6s %5s %4s %4s  %6s %6s %6s\n", "system", "MoJoFM", "ARI", "F1", "got", "true", "kernel", "wrong", "s")
	for _, s := range systems {
		r := solveGraph(t, s.graph(), options(blind))
		got := r.assignment(s.facts)
		agree, err := Compare(got, s.wanted())
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		left, taken := s.kernelScore(got)
		text += fmt.Sprintf("%-28s %6.1f %6.3f %5.2f %4d %4d  %6.2f %6.2f %6.2f\n", s.name, agree.MoJoFM, agree.ARI, agree.F1, len(r.parts.Services), agree.GroupsB, left, taken, r.took.Seconds())
		if s.name != "flights" {
			mojo, ari = append(mojo, agree.MoJoFM), append(ari, agree.ARI)
			family[s.truth.Family] = append(family[s.truth.Family], agree.ARI)
		}
		if len(s.truth.Shared) > 0 {
			kernelOut, kernelIn = append(kernelOut, left), append(kernelIn, taken)
		}
		if *verbose {
			text += misplaced(s, got)
		}
	}
	t.Logf("\n%s%-28s %6.1f %6.3f %16s %6.2f %6.2f\n%-28s %6.1f %6.3f\n%-28s %6.1f %6.3f", text, "median", median(mojo), median(ari), "", median(kernelOut), median(kernelIn), "mean", mean(mojo), mean(ari), "least", least(mojo), least(ari))
	logFamilies(t, family)
}

// logFamilies prints the mean ARI of every family, and of all others: whether what
// was learned on some carries over to the rest.
func logFamilies(t *testing.T, family map[string][]float64) {
	if len(family) < 2 {
		return
	}
	text := fmt.Sprintf("%-32s %7s %6s %10s\n", "family", "systems", "ARI", "all others")
	for _, name := range sortedNames(family) {
		var others []float64
		for other, list := range family {
			if other != name {
				others = append(others, list...)
			}
		}
		slices.Sort(others) // sums in one order
		text += fmt.Sprintf("%-32s %7d %6.3f %10.3f\n", cmp.Or(name, "(none stated)"), len(family[name]), mean(family[name]), mean(others))
	}
	t.Logf("\n%s", text)
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	if len(list) == 0 {
		return 0
	}
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

func least(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	return slices.Min(list)
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(max(1, len(list)))
}

// misplaced lists, by true service, where its packages went.
func misplaced(s *system, got *Assignment) string {
	want, have := s.wanted().Packages, got.Packages
	if len(s.truth.ServicesFiles) > 0 {
		want, have = s.wanted().Files, got.Files
	}
	lines := map[string]int{}
	for _, p := range s.model.Packages {
		lines[p.Path] = p.Lines
	}
	by := map[string]map[string][]string{}
	for thing, service := range want {
		if by[service] == nil {
			by[service] = map[string][]string{}
		}
		short := strings.TrimPrefix(strings.TrimPrefix(thing, s.model.Module.Path), "/")
		by[service][have[thing]] = append(by[service][have[thing]], fmt.Sprintf("%s:%d", short, lines[thing]))
	}
	for _, p := range s.truth.Shared {
		if by["(shared)"] == nil {
			by["(shared)"] = map[string][]string{}
		}
		short := strings.TrimPrefix(strings.TrimPrefix(p, s.model.Module.Path), "/")
		by["(shared)"][have[p]] = append(by["(shared)"][have[p]], fmt.Sprintf("%s:%d", short, lines[p]))
	}
	text := ""
	for _, service := range sortedNames(by) {
		text += "    " + service + "\n"
		for _, place := range sortedNames(by[service]) {
			slices.Sort(by[service][place])
			text += fmt.Sprintf("        → %-22s %s\n", cmp.Or(place, "-"), strings.Join(by[service][place], " "))
		}
	}
	return text
}

func sortedNames[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
