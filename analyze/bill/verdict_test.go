package bill

import (
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

func service(name string, lines, routes, tables int) model.Service {
	return model.Service{Name: name, Lines: lines, Routes: make([]string, routes), Tables: make([]string, tables), Stability: 0.9}
}

func bill(name string, in, out int, crossings ...model.Crossing) model.Bill {
	b := model.Bill{Service: name, In: in, Out: out, Crossings: crossings}
	for _, c := range crossings {
		b.Price += c.Price
	}
	return b
}

var (
	plainCall = model.Crossing{Kind: model.CouplingCall, Price: 5, CureKind: CureRemote}
	tableRd   = model.Crossing{Kind: model.CouplingTable, Price: 3, CureKind: CureReplicate, Why: "reads"}
	tableWr   = model.Crossing{Kind: model.CouplingTable, Price: 8, CureKind: CureOwner, Why: "a writes table t of b"}
	txWr      = model.Crossing{Kind: model.CouplingTx, Price: 10, CureKind: CureSaga, Why: "one transaction of a writes t of b"}
	dear      = model.Crossing{Kind: model.CouplingCall, Price: 201, CureKind: CureRemote}
	fk        = model.Crossing{Kind: model.CouplingTable, Price: 1, CureKind: CureDrop}
)

func TestJudge(t *testing.T) {
	tables := []model.Table{{Name: "t", Service: "a"}, {Name: "u", Service: "b"}}
	tests := []struct {
		name     string
		services []model.Service
		bills    []model.Bill
		tables   []model.Table
		first    string // none: stay
		order    string
		says     string
	}{
		{"clean before cheap", []model.Service{service("a", 2000, 3, 1), service("b", 2000, 3, 1)},
			[]model.Bill{bill("a", 1, 0, tableRd), bill("b", 2, 0, plainCall, plainCall, fk)}, tables, "b", "b a", "takes its data with it"},
		{"leaf before what calls many", []model.Service{service("a", 2000, 3, 1), service("b", 2000, 3, 1)},
			[]model.Bill{bill("a", 0, 9, plainCall), bill("b", 2, 0, plainCall, plainCall)}, tables, "b", "b a", "Start with b."},
		{"unsafe last", []model.Service{service("a", 2000, 3, 1), service("b", 2000, 3, 1), service("c", 6000, 3, 1)},
			[]model.Bill{bill("a", 0, 0, txWr), bill("b", 1, 0, tableWr), bill("c", 1, 0, plainCall, plainCall, plainCall, plainCall)}, tables,
			"c", "c b a", "a is not safe to cut yet: one transaction of a writes t of b"},
		{"not a tiny one", []model.Service{service("a", 60, 3, 1), service("b", 4000, 3, 1)},
			[]model.Bill{bill("a", 0, 0, plainCall), bill("b", 1, 0, plainCall, plainCall)}, tables, "", "", "b holds 99 %"},
		{"not one without data", []model.Service{service("a", 2000, 3, 0), service("b", 2000, 3, 1)},
			[]model.Bill{bill("a", 1, 0), bill("b", 1, 0, plainCall)}, tables, "b", "a b", ""},
		{"no tables known: the rest decides", []model.Service{service("a", 2000, 3, 0), service("b", 2000, 0, 0)},
			[]model.Bill{bill("a", 1, 0), bill("b", 0, 1)}, nil, "a", "a b", ""},
		{"one service", []model.Service{service("a", 9000, 3, 1)}, []model.Bill{bill("a", 0, 0)}, tables, "", "", "no boundary stands out"},
		{"none", nil, nil, nil, "", "", "no boundary stands out"},
		{"small", []model.Service{service("a", 500, 3, 1), service("b", 500, 3, 1)}, []model.Bill{bill("a", 0, 0), bill("b", 0, 0)}, tables, "", "", "1000 lines in 2 services"},
		{"knotted", []model.Service{service("a", 2000, 3, 1), service("b", 2000, 3, 1)}, []model.Bill{bill("a", 1, 1, txWr), bill("b", 1, 1, txWr)}, tables,
			"", "", "untie those first"},
		{"small, and most of it tied", []model.Service{service("a", 2000, 3, 1), service("b", 2000, 3, 1), service("c", 5999, 3, 1)},
			[]model.Bill{bill("a", 0, 0, txWr), bill("b", 1, 0, tableWr), bill("c", 1, 0, plainCall)}, tables,
			"", "", "Stay: 2 of 2 tables belong to services that have to be untied first, and 9999 lines"},
		{"a data layer of its own", []model.Service{service("a", 2000, 30, 0), service("b", 2000, 2, 2)}, []model.Bill{bill("a", 1, 9), bill("b", 9, 0)},
			[]model.Table{{Name: "t", Service: "b"}, {Name: "u", Service: "b"}}, "", "", "2 of 2 tables are behind a data layer"},
		{"a data layer beside tables that nobody uses", []model.Service{service("a", 2000, 30, 0), service("b", 2000, 2, 2)},
			[]model.Bill{bill("a", 1, 9), bill("b", 9, 0, model.Crossing{Kind: model.CouplingCall, Price: 5, CureKind: CureRemote, ToService: "b"})},
			[]model.Table{{Name: "t", Service: "b"}, {Name: "u", Service: "b"}, {Name: "old", Service: model.Unassigned}, {Name: "older", Service: model.Unassigned}}, "", "", "2 of 2 tables are behind a data layer"},
		{"most tables, and the routes to them", []model.Service{service("a", 2000, 30, 0), service("b", 2000, 8, 2)}, []model.Bill{bill("a", 1, 9), bill("b", 9, 0)},
			[]model.Table{{Name: "t", Service: "b"}, {Name: "u", Service: "b"}}, "b", "b a", ""},
		{"dear for its size", []model.Service{service("a", 2000, 3, 1), service("b", 2000, 3, 1)}, []model.Bill{bill("a", 1, 1, dear), bill("b", 1, 1, dear)}, tables,
			"", "", "costs more than it frees"},
		{"tables apart: what answers and is cheap", []model.Service{service("a", 2000, 9, 0), service("b", 2000, 2, 2), service("c", 2000, 9, 0)},
			[]model.Bill{bill("a", 1, 9, plainCall, plainCall), bill("b", 9, 0), bill("c", 1, 1, plainCall)}, []model.Table{{Name: "t", Service: "b"}, {Name: "u", Service: "b"}},
			"c", "b c a", "leaves its data behind the data layer that has 2 of 2 tables"},
		{"tables apart: not what the runs are unsure of", []model.Service{{Name: "a", Lines: 2000, Routes: make([]string, 9), Stability: 0.6}, service("b", 2000, 1, 2)},
			[]model.Bill{bill("a", 1, 9), bill("b", 9, 0)}, []model.Table{{Name: "t", Service: "b"}, {Name: "u", Service: "b"}},
			"", "", "2 of 2 tables are behind a data layer"},
		{"tables apart: not what reads them across", []model.Service{service("a", 2000, 9, 0), service("b", 2000, 1, 2)},
			[]model.Bill{bill("a", 1, 9, tableRd), bill("b", 9, 0)}, []model.Table{{Name: "t", Service: "b"}, {Name: "u", Service: "b"}},
			"", "", "2 of 2 tables are behind a data layer"},
		{"who owns and is only called, when none answers", []model.Service{service("a", 2000, 9, 0), service("b", 2000, 0, 1), service("c", 2000, 9, 0)},
			[]model.Bill{bill("a", 1, 9, tableRd), bill("b", 9, 0, model.Crossing{Kind: model.CouplingCall, Price: 5, CureKind: CureRemote, ToService: "b"}), bill("c", 1, 1, tableRd)},
			[]model.Table{{Name: "t", Service: "b"}, {Name: "u", Service: "x"}}, "b", "b c a", "takes its data with it"},
		{"shared data layer", []model.Service{service("a", 2000, 3, 0), service("b", 2000, 3, 0)}, []model.Bill{bill("a", 1, 1), bill("b", 1, 1)},
			[]model.Table{{Name: "t", Service: model.Library}}, "", "", "behind a data layer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := Judge(Proposal{Services: tt.services, Bills: tt.bills, Tables: tt.tables})
			if v.FirstCut != tt.first || strings.Join(v.Order, " ") != tt.order || v.Split != (tt.first != "") {
				t.Errorf("split %v, first %q (want %q), order %v (want %s)", v.Split, v.FirstCut, tt.first, v.Order, tt.order)
			}
			said := v.Summary + " " + strings.Join(v.Reasons, " ")
			if !strings.Contains(said, tt.says) {
				t.Errorf("%q does not say %q", said, tt.says)
			}
			if !v.Split && !strings.HasPrefix(v.Summary, "Stay:") {
				t.Errorf("summary %q", v.Summary)
			}
		})
	}
}

// TestJudgeCountsWhatPeopleWrote: generated code makes no system large, and no service.
func TestJudgeCountsWhatPeopleWrote(t *testing.T) {
	p := Proposal{Services: []model.Service{service("a", 2000, 3, 1), service("b", 2000, 3, 1)}, Bills: []model.Bill{bill("a", 1, 0), bill("b", 1, 0, plainCall)},
		Tables: []model.Table{{Name: "t", Service: "a"}, {Name: "u", Service: "b"}}, Written: map[string]int{"a": 900, "b": 900}}
	if v := Judge(p); v.Split || !strings.HasPrefix(v.Summary, "Stay: 1800 lines in 2 services") {
		t.Errorf("small: %s", v.Summary)
	}
	if p.Written = map[string]int{"a": 50, "b": 1990}; Judge(p).FirstCut != "b" {
		t.Errorf("first is %q, of which 50 lines are written", Judge(p).FirstCut)
	}
}

// TestJudgeWhoAnswers: calls from other programs are answers as routes are, a program
// of commands answers nobody.
func TestJudgeWhoAnswers(t *testing.T) {
	p := Proposal{Services: []model.Service{service("api", 2000, 0, 0), service("tool", 2000, 1, 0)}, Bills: []model.Bill{bill("api", 1, 0, plainCall), bill("tool", 0, 0)}}
	for kind, want := range map[string]string{"grpc": "api", "connect": "api"} {
		p.EntryPoints = []model.EntryPoint{{Kind: kind, Service: "api"}, {Kind: "command", Service: "tool"}, {Kind: "command", Service: "tool"}}
		if v := Judge(p); v.FirstCut != want {
			t.Errorf("%s: first is %q, want %q", kind, v.FirstCut, want)
		}
	}
	for kind, in := range map[string]int{"main": 1, "job": 1, "": 2} { // nothing answers
		p := Proposal{Services: []model.Service{service("daemon", 2000, 0, 0), service("helper", 2000, 0, 0)}, Bills: []model.Bill{
			bill("daemon", in, 0, model.Crossing{Kind: model.CouplingCall, Price: 3, ToService: "daemon"}), bill("helper", 1, 0, model.Crossing{Kind: model.CouplingCall, Price: 1, ToService: "helper"})}}
		if kind != "" {
			p.EntryPoints = []model.EntryPoint{{Kind: kind, Service: "daemon"}}
		}
		if v := Judge(p); v.FirstCut != "daemon" {
			t.Errorf("%q, %d functions asked: first is %q, want daemon", kind, in, v.FirstCut)
		}
	}
	if p.EntryPoints = nil; Judge(p).FirstCut != "tool" {
		t.Errorf("by its route alone, first is %q", Judge(p).FirstCut)
	}
}

func TestCheapIsCounted(t *testing.T) {
	v := Judge(Proposal{Services: []model.Service{service("a", 2000, 3, 1), service("b", 200, 3, 1), service("c", 2000, 3, 1)},
		Bills:  []model.Bill{bill("a", 1, 0, plainCall), bill("b", 1, 0, plainCall, plainCall, plainCall), bill("c", 1, 0, txWr)},
		Tables: []model.Table{{Name: "t", Service: "a"}}})
	if !strings.Contains(v.Summary, "1 is cheap") || !slices.ContainsFunc(v.Reasons, func(r string) bool { return strings.HasSuffix(r, ": a") }) {
		t.Errorf("%s %q", v.Summary, v.Reasons)
	}
}

// TestOrderIsExplained: the order of the cuts comes with its reasons, tier by tier.
func TestOrderIsExplained(t *testing.T) {
	crossing := func(kind model.CouplingKind, cure string) model.Crossing {
		return model.Crossing{Kind: kind, CureKind: cure, Price: 1, Why: "why", FromService: "x", ToService: "y"}
	}
	services := []model.Service{{Name: "clean", Lines: 3000, Tables: []string{"t"}, Routes: []string{"r"}}, {Name: "reads", Lines: 3000, Tables: []string{"u"}, Routes: []string{"q"}},
		{Name: "small", Lines: 20}, {Name: "tied", Lines: 3000, Tables: []string{"v"}, Routes: []string{"p"}}}
	bills := []model.Bill{{Service: "clean", Price: 9}, {Service: "reads", Crossings: []model.Crossing{crossing(model.CouplingTable, CureReplicate)}},
		{Service: "small"}, {Service: "tied", Crossings: []model.Crossing{crossing(model.CouplingTx, CureSaga)}}}
	v := Judge(Proposal{Services: services, Bills: bills, Tables: []model.Table{{Name: "t", Service: "clean"}, {Name: "u", Service: "reads"}, {Name: "v", Service: "tied"}}})
	said := strings.Join(v.Reasons, "\n")
	for _, want := range []string{"order of the cuts: small, clean (take their data with them); then reads (shares tables that only one side writes); then tied (has to be untied first)",
		"clean first: ", "what stands before it is under 3 % of the lines, owns no table, answers nobody, or is dear for its size"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
}
