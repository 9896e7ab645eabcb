package facts

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"sort"
	"testing"

	"github.com/ficus-dev/ficus/analyze/source"
)

var (
	everythingDir  = flag.String("dir", "", "module to extract the facts of, printed as figures: any repository")
	everythingShow = flag.String("show", "", "with -dir: kind of facts to print in full: tables, accesses, routes, unresolved, tx, resources, sites, states, surfaces, shapes, calls, problems")
)

// TestEverything extracts the facts of any module, to be pointed at large ones:
//
//	go test ./analyze/facts -run TestEverything -dir ~/src/some/monolith -v -show routes
func TestEverything(t *testing.T) {
	if *everythingDir == "" {
		t.Skip("no -dir")
	}
	p, err := source.Load(t.Context(), source.Options{Dir: *everythingDir, Progress: func(s string) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Extract(t.Context(), p, Options{Progress: func(s string) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	if bad := dangling(f); len(bad) > 0 {
		t.Error("facts of what is not declared:", bad[:min(20, len(bad))])
	}
	lines := 0
	for _, file := range p.Files {
		lines += file.Lines
	}
	dyn, val, loop := 0, 0, 0
	for _, c := range f.Calls {
		switch c.Mode {
		case Dynamic:
			dyn++
		case Value:
			val++
		}
		if c.InLoop {
			loop++
		}
	}
	codes := map[string]int{}
	for _, u := range f.Unresolved {
		codes[u.Code]++
	}
	for _, u := range p.Problems {
		codes["load:"+u.Code]++
	}
	handled := 0
	for _, r := range f.Routes {
		if r.Handler.Atom != "" {
			handled++
		}
	}
	names := map[string]bool{}
	for _, a := range f.Accesses {
		names[a.Table] = true
	}
	fmt.Printf("%s: packages %d, lines %d, decls %d, calls %d (dynamic %d, value %d, in loop %d), uses %d, states %d\n",
		p.Module.Path, len(p.Packages), lines, len(f.Decls), len(f.Calls), dyn, val, loop, len(f.Uses), len(f.States))
	fmt.Printf("  tables defined %d, accessed %d, accesses %d, transactions %d, routes %d (handler known %d), surfaces %d, error tests %d\n",
		len(f.Tables), len(names), len(f.Accesses), len(f.Transactions), len(f.Routes), handled, len(f.Surfaces), len(f.ErrorTests))
	fmt.Printf("  interfaces %d, comparisons by identity %d, tests for nil %d, results nil or never %d, entry points %d\n",
		len(f.Interfaces), len(f.Identities), len(f.NilTests), len(f.NilResults), len(f.EntryPoints))
	fmt.Printf("  problems %v\n", codes)
	fmt.Println(" ", siteFigures(f))
	t.Logf("sum of the facts: %x", sha256.Sum256(fmt.Appendf(nil, "%+v", *f)))
	show(p, f)
}

func show(p *source.Program, f *Facts) {
	switch *everythingShow {
	case "tables":
		for _, t := range f.Tables {
			fmt.Println(t.Name, t.Columns, "→", t.Refs, t.Evidence.File, t.Evidence.Line)
		}
		known := map[string]bool{}
		for _, t := range f.Tables {
			known[t.Name] = true
		}
		var extra []string
		for _, a := range f.Accesses {
			if !known[a.Table] {
				known[a.Table] = true
				extra = append(extra, a.Table)
			}
		}
		sort.Strings(extra)
		fmt.Println("without definition:", extra)
	case "accesses":
		for _, a := range f.Accesses {
			fmt.Println(a.From, "for", a.For, a.Access, a.Table, a.InLoop, a.InTx, a.Evidence.File, a.Evidence.Line, a.Evidence.Confidence, a.Evidence.Detail)
		}
	case "resources":
		for _, u := range f.Resources {
			fmt.Println(u.Kind, u.Access, u.Name, u.Via, u.From, "for", u.For, u.Evidence.File, u.Evidence.Line, u.Evidence.Confidence, u.Evidence.Detail)
		}
	case "sites":
		for _, s := range f.DataSites {
			fmt.Println(s.Via, s.State, s.Foreign, s.From, s.Evidence.File, s.Evidence.Line, s.Reason)
		}
	case "routes":
		for _, r := range f.Routes {
			fmt.Println(r.Router, r.Method, r.Host+r.Pattern, r.Handler, r.Evidence.File, r.Evidence.Line, r.Evidence.Confidence)
		}
	case "unresolved":
		for _, u := range f.Unresolved {
			fmt.Println(u)
		}
	case "problems":
		for _, u := range p.Problems {
			fmt.Printf("%+v\n", u)
		}
		for _, r := range p.Unbuilt {
			file, line, _ := p.Rel(r.From)
			_, end, _ := p.Rel(r.To)
			fmt.Println("no SSA form:", file, line, end)
		}
	case "tx":
		for _, x := range f.Transactions {
			fmt.Println(x.From, x.Evidence.File, x.Evidence.Line)
			for _, i := range x.Reached {
				a := f.Accesses[i]
				fmt.Println("    ", a.Access, a.Table, a.From, a.Evidence.File, a.Evidence.Line)
			}
		}
	case "states":
		for _, s := range f.States {
			fmt.Println(s.From, s.Access, s.Var, "init", s.Init, "infra", s.Infra, s.Evidence.File, s.Evidence.Line, s.Evidence.Detail)
		}
	case "surfaces":
		for _, s := range f.Surfaces {
			fmt.Printf("%+v\n", s)
		}
	case "shapes":
		for _, x := range f.Interfaces {
			fmt.Printf("%+v\n", x)
		}
		for _, x := range f.Identities {
			fmt.Printf("%+v\n", x)
		}
		for _, x := range f.NilTests {
			fmt.Printf("%+v\n", x)
		}
		for _, x := range f.NilResults {
			fmt.Printf("%+v\n", x)
		}
		for _, x := range f.EntryPoints {
			fmt.Printf("%+v\n", x)
		}
	case "calls":
		for _, c := range f.Calls {
			fmt.Println(c.From, "→", c.To, c.Mode, "loop", c.InLoop, "tx", c.InTx, c.Evidence.File, c.Evidence.Line)
		}
	}
}

// TestSQLSites prints of how many places of any module that hand a statement to a
// database the tables are known, and fails below 95 % of those whose text stands in the
// code at least in part:
//
//	go test ./analyze/facts -run TestSQLSites -dir ~/src/some/monolith -v
func TestSQLSites(t *testing.T) {
	if *everythingDir == "" {
		t.Skip("no -dir")
	}
	f := loadFacts(t, *everythingDir)
	fmt.Printf("%s: %s\n", *everythingDir, siteFigures(f))
	if share := knownShare(f.DataSites); share < 95 {
		t.Errorf("the tables of %.1f %% of the places are known", share)
	}
}

func TestKnownShare(t *testing.T) {
	sites := []DataSite{{State: SiteResolved}, {State: SiteNoTable}, {State: SiteDeclared}, {State: SiteUnresolved}, {State: SiteUnresolved, Foreign: true}}
	if got := knownShare(sites); got != 75 {
		t.Errorf("got %v, want 3 of the 4 that are not foreign", got)
	}
	if got := knownShare(nil); got != 100 {
		t.Errorf("no sites: got %v", got)
	}
}

// siteFigures says of how many places that hand a statement to a database the
// tables are known: the measure that shared figures quote. Foreign text, of which
// nothing stands in the code, counts on neither side of the share.
func siteFigures(f *Facts) string {
	count, foreign := map[SiteState]int{}, 0
	for _, s := range f.DataSites {
		count[s.State]++
		if s.State == SiteUnresolved && s.Foreign {
			foreign++
		}
	}
	return fmt.Sprintf("data sites %d: resolved %d, no table %d, declared %d, unresolved %d (%d of them foreign); resolved of those with text %.1f %%",
		len(f.DataSites), count[SiteResolved], count[SiteNoTable], count[SiteDeclared], count[SiteUnresolved], foreign, knownShare(f.DataSites))
}

// knownShare is the share, in percent, of the sites with text whose tables are known;
// 100 without any.
func knownShare(sites []DataSite) float64 {
	known, own := 0, 0
	for _, s := range sites {
		if s.State == SiteUnresolved && s.Foreign {
			continue
		}
		own++
		if s.State != SiteUnresolved {
			known++
		}
	}
	if own == 0 {
		return 100
	}
	return 100 * float64(known) / float64(own)
}
