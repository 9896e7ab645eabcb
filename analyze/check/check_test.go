package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

const module = "example.com/shop"

// crossing is one from the cart of orders into the catalogue.
func crossing(id string, line int, change ...func(*model.Crossing)) model.Crossing {
	c := model.Crossing{ID: strings.Repeat("0", 12-len(id)) + id, Kind: model.CouplingCall, From: module + "/internal/cart.Total", To: module + "/internal/catalogue.Describe",
		FromService: "orders", ToService: "catalogue", Callee: module + "/internal/catalogue.Describe", Price: 1.5,
		Why: "catalogue.Describe becomes a remote call", Cure: "the facade makes the call",
		Evidence: []model.Evidence{{File: "internal/cart/total.go", Line: line, Column: 4}}}
	for _, f := range change {
		f(&c)
	}
	return c
}

func inLoop(c *model.Crossing) { c.InLoop = true }
func inTx(c *model.Crossing)   { c.InTx = true }

// shop is a model with these crossings, each in the bills of both its services.
func shop(crossings ...model.Crossing) *model.Model {
	m := &model.Model{Version: model.Version, Module: model.Module{Path: module},
		Atoms: []model.Atom{{ID: module + "/internal/cart.Total", File: "internal/cart/total.go", Line: 3}}}
	for _, s := range []string{"catalogue", "orders"} {
		b := model.Bill{Service: s}
		for _, c := range crossings {
			if c.FromService == s || c.ToService == s {
				b.Crossings = append(b.Crossings, c)
				b.Price += c.Price
			}
		}
		m.Services = append(m.Services, model.Service{Name: s})
		m.Bills = append(m.Bills, b)
	}
	return m
}

// reread takes a list through its file.
func reread(t *testing.T, a *Accepted) *Accepted {
	t.Helper()
	out, err := Parse(FileName, a.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, a.Bytes())
	}
	return out
}

func TestCompare(t *testing.T) {
	type finding struct {
		Rule   string
		Status Status
		At     string
	}
	const code, list = "internal/cart/total.go", FileName
	tests := []struct {
		name     string
		accepted *model.Model
		now      *model.Model
		options  Options
		want     []finding
	}{
		{"the same", shop(crossing("1", 10)), shop(crossing("1", 10)), Options{}, nil},
		{"moved lines", shop(crossing("1", 10)), shop(crossing("1", 99)), Options{}, nil},
		{"none at all", shop(), shop(), Options{}, nil},
		{"new", shop(crossing("1", 10)), shop(crossing("1", 10), crossing("2", 20)), Options{}, []finding{{CodeCall, New, code}}},
		{"new in a loop", shop(), shop(crossing("2", 20, inLoop)), Options{}, []finding{{CodeLoop, New, code}}},
		{"another kind", shop(), shop(crossing("2", 20, func(c *model.Crossing) { c.Kind, c.Callee = model.CouplingTable, "" })), Options{}, []finding{{CodeTable, New, code}}},
		{"stale", shop(crossing("1", 10)), shop(), Options{}, []finding{{CodeStale, Stale, list}}},
		{"into a loop", shop(crossing("1", 10)), shop(crossing("1", 10, inLoop)), Options{}, []finding{{CodeWorse, Worse, code}}},
		{"into a transaction", shop(crossing("1", 10)), shop(crossing("1", 10, inTx)), Options{}, []finding{{CodeWorse, Worse, code}}},
		{"out of a loop", shop(crossing("1", 10, inLoop)), shop(crossing("1", 10)), Options{}, []finding{{CodeStale, Stale, list}}},
		{"to another service", shop(crossing("1", 10, func(c *model.Crossing) { c.ToService = "stock" })), shop(crossing("1", 10)), Options{},
			[]finding{{CodeCall, New, code}, {CodeStale, Stale, list}}},
		{"gone since a base", shop(crossing("1", 10)), shop(), Options{Base: "main"}, nil},
		{"better than a base", shop(crossing("1", 10, inLoop)), shop(crossing("1", 10)), Options{Base: "main"}, nil},
		{"new since a base", shop(), shop(crossing("1", 10)), Options{Base: "main"}, []finding{{CodeCall, New, code}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Compare(tt.now, reread(t, Of(tt.accepted)), tt.options)
			var got []finding
			for _, f := range r.Findings {
				got = append(got, finding{f.Rule, f.Status, f.File})
				if f.Line == 0 {
					t.Errorf("%s has no line", f.Message)
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("findings (-want +got):\n%s", d)
			}
			if r.OK != (len(tt.want) == 0) {
				t.Errorf("OK = %v with %d findings", r.OK, len(tt.want))
			}
		})
	}
}

func TestAcceptanceExpiresTheDayAfter(t *testing.T) {
	m := shop(crossing("1", 10))
	a := Of(m)
	a.Services["orders"][0].Until = "2027-01-31"
	a = reread(t, a)
	for day, want := range map[int]bool{30: true, 31: true, 32: false} {
		now := time.Date(2027, 1, day, 12, 0, 0, 0, time.UTC)
		if got := Compare(m, a, Options{Now: now}).OK; got != want {
			t.Errorf("on %s OK = %v, want %v", now.Format(time.DateOnly), got, want)
		}
	}
	if r := Compare(m, a, Options{Now: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)}); r.Findings[0].Rule != CodeExpired {
		t.Errorf("rule %s", r.Findings[0].Rule)
	}
}

func TestAcceptIsOfTheNamedServicesOnly(t *testing.T) {
	back := crossing("b", 30, func(c *model.Crossing) { c.FromService, c.ToService = "catalogue", "orders" })
	a := Of(shop(crossing("1", 10)))
	a.Services["orders"][0].Why, a.Services["orders"][0].Until = "one more week", "2027-01-31"
	now := shop(crossing("1", 11), crossing("2", 20), back)

	if added, removed := a.Accept(now, "orders"); added != 1 || removed != 0 {
		t.Errorf("added %d, removed %d", added, removed)
	}
	r := Compare(now, a, Options{})
	if len(r.Findings) != 1 || r.Findings[0].Service != "catalogue" {
		t.Errorf("findings %+v", r.Findings)
	}
	if added, removed := a.Accept(now); added != 1 || removed != 0 {
		t.Errorf("all: added %d, removed %d", added, removed)
	}
	if r := Compare(now, a, Options{}); !r.OK {
		t.Errorf("findings %+v", r.Findings)
	}
	kept := reread(t, a).Services["orders"][0]
	if kept.Why != "one more week" || kept.Until != "2027-01-31" {
		t.Errorf("lost why and until: %+v", kept)
	}
	if added, removed := a.Accept(shop()); added != 0 || removed != 3 || a.Count() != 0 {
		t.Errorf("of nothing: added %d, removed %d, left %d", added, removed, a.Count())
	}
}

func TestFileIsReadAsWritten(t *testing.T) {
	odd := crossing("12e456789012"[:12], 1, func(c *model.Crossing) {
		c.From, c.To, c.Callee = "route:GET /a/{id}, #x", module+`.Pair[int]"'`, "no"
	})
	a := Of(shop(odd, crossing("123", 2, inLoop, inTx), crossing("124", 3, func(c *model.Crossing) { c.To = "table:a" })))
	a.Services["orders"][0].Why = `say "why": {a, b} # no comment`
	got := reread(t, a)
	if !bytes.Equal(got.Bytes(), a.Bytes()) {
		t.Errorf("written\n%s\nread and written\n%s", a.Bytes(), got.Bytes())
	}
	for i := range got.Services["orders"] {
		if e := &got.Services["orders"][i]; e.Line == 0 || e.Column == 0 {
			t.Errorf("no place: %+v", e)
		} else {
			e.Line, e.Column = 0, 0
		}
	}
	if d := cmp.Diff(a.Services, got.Services); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestBytesDoNotDependOnOrder(t *testing.T) {
	x, y := crossing("1", 1), crossing("2", 2)
	if a, b := Of(shop(x, y)).Bytes(), Of(shop(y, x)).Bytes(); !bytes.Equal(a, b) {
		t.Errorf("%s\nand\n%s", a, b)
	}
}

func TestParseRefuses(t *testing.T) {
	const lead = "version: 1\nservices:\n  orders:\n"
	tests := []struct{ name, in, want string }{
		{"nothing", "", "f.yaml:1:1: want one document"},
		{"a scalar", "x", "f.yaml:1:1: the file must be keys"},
		{"no version", "module: m\n", `f.yaml:1:1: no "version"`},
		{"newer", "version: 2\n", "f.yaml:1:10: version 2 is not known"},
		{"syntax", "version: 1\nservices: {a: [}\n", "f.yaml:2:"},
		{"conflict", lead + "<<<<<<< ours\n", "f.yaml:4:1: a merge conflict"},
		{"unknown key", "version: 1\nservice: {}\n", `f.yaml:2:1: unknown key "service" in the file; did you mean services?`},
		{"no list", lead + "    kind: call\n", "f.yaml:4:5: the crossings of orders must be a list"},
		{"key of a crossing", lead + "    - {kind: call, form: a, into: b, id: \"000000000001\"}\n", `f.yaml:4:20: unknown key "form" in a crossing; did you mean from?`},
		{"kind", lead + "    - {kind: cal, into: b, id: \"000000000001\"}\n", `f.yaml:4:14: unknown kind "cal"`},
		{"no id", lead + "    - {kind: call, into: b}\n", `the crossing has no "id"`},
		{"bad id", lead + "    - {kind: call, into: b, id: xyz}\n", `id "xyz" is none`},
		{"bad day", lead + "    - {kind: call, into: b, until: soon, id: \"000000000001\"}\n", `until "soon" is no date`},
		{"bad bool", lead + "    - {kind: call, into: b, in_loop: 3, id: \"000000000001\"}\n", "in_loop must be true or false"},
		{"twice", lead + strings.Repeat("    - {kind: call, into: b, id: \"000000000001\"}\n", 2), "f.yaml:5:7: crossing 000000000001 stands twice, first in line 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f.yaml", []byte(tt.in))
			var problems plan.Problems
			if !errors.As(err, &problems) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
	_, err := Parse("f.yaml", []byte("version: 9\nservices:\n  a:\n    - {kind: x}\n"))
	if n := strings.Count(err.Error(), "\n"); n < 2 {
		t.Errorf("not all problems at once: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Of(shop(crossing("1", 1), crossing("2", 2, inLoop))).Bytes())
	f.Add([]byte("version: 1\nservices: {a: [{kind: call, into: b, id: \"000000000001\", why: |\n x}]}"))
	f.Add([]byte("services:\n  - &a {<<: *a}\n---\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		a, err := Parse("f", src)
		if err != nil {
			var problems plan.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if _, err := Parse("f", a.Bytes()); err != nil {
			t.Fatalf("%v in\n%s", err, a.Bytes())
		}
	})
}

// everything is a result with a finding of each status.
func everything() *Result {
	a := Of(shop(crossing("1", 10), crossing("2", 20), crossing("3", 30)))
	a.File = FileName
	for i := range a.Services["orders"] {
		a.Services["orders"][i].Line, a.Services["orders"][i].Column = 7+i, 7
	}
	a.Services["orders"][2].Until = "2027-01-31"
	wide := crossing("4", 40, inLoop)
	wide.Evidence = append(wide.Evidence, model.Evidence{File: "internal/cart/a b.go", Line: 7, Column: 2})
	return Compare(shop(crossing("1", 11, inLoop), crossing("3", 31), wide), a, Options{Now: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC),
		Owners: func(file string) []string { return []string{"@owner/of-" + filepath.Base(file)} }})
}

func TestGolden(t *testing.T) {
	r := everything()
	clean := Compare(shop(), Of(shop()), Options{})
	tests := map[string]func(*bytes.Buffer) error{
		"findings.sarif": func(b *bytes.Buffer) error { return SARIF(b, r, "devel") },
		"clean.sarif":    func(b *bytes.Buffer) error { return SARIF(b, clean, "devel") },
		"findings.txt":   func(b *bytes.Buffer) error { return Text(b, r) },
		"clean.txt":      func(b *bytes.Buffer) error { return Text(b, clean) },
		"findings.json":  func(b *bytes.Buffer) error { return JSON(b, r) },
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), b.String()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestSARIFHolds checks what viewers rely on, field by field.
func TestSARIFHolds(t *testing.T) {
	var b bytes.Buffer
	r := everything()
	if err := SARIF(&b, r, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || run.Tool.Driver.Name != "ficus" || run.Tool.Driver.Version != "v1.2.3" {
		t.Errorf("head %+v", log)
	}
	if len(run.Results) != len(r.Findings) || len(r.Findings) != 4 {
		t.Fatalf("%d results of %d findings, want 4", len(run.Results), len(r.Findings))
	}
	seen := map[string]bool{}
	for _, res := range run.Results {
		if rule := run.Tool.Driver.Rules[res.RuleIndex]; rule.ID != res.RuleID || rule.Default.Level != res.Level {
			t.Errorf("%s points to rule %+v", res.RuleID, rule)
		}
		if res.Message.Text == "" || len(res.Properties.Owners) == 0 {
			t.Errorf("%s has no text or owners", res.RuleID)
		}
		for _, at := range append(slices.Clone(res.Locations), res.Related...) {
			if uri := at.Physical.Artifact.URI; strings.HasPrefix(uri, "/") || strings.ContainsAny(uri, ` \`) || at.Physical.Region.StartLine < 1 {
				t.Errorf("location %+v", at)
			}
		}
		f := res.Fingerprints["ficusCrossing/v1"]
		if len(f) != 32 || seen[f] {
			t.Errorf("fingerprint %q", f)
		}
		seen[f] = true
	}
	codes := []string{}
	for _, rule := range Rules() {
		codes = append(codes, rule.Code)
	}
	if !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Errorf("codes %v", codes)
	}
}

func TestFingerprintsOutliveMovedLines(t *testing.T) {
	prints := func(line int) map[string]string {
		return Compare(shop(crossing("1", line)), Of(shop()), Options{}).Findings[0].fingerprints()
	}
	if d := cmp.Diff(prints(1), prints(500)); d != "" {
		t.Error(d)
	}
}
