package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// TestHTMLOffline: the page asks nothing of the network, forbids itself to, and
// its first screen is there without script.
func TestHTMLOffline(t *testing.T) {
	html := string(render(t, shop(t), FormatHTML, Options{}))
	for _, m := range regexp.MustCompile(`(?i)(src|href|url)\s*[=(]\s*["']?([^"')\s>]+)`).FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(m[2], "#") && !strings.HasPrefix(m[2], "data:") {
			t.Errorf("the page refers to %s", m[0])
		}
	}
	for _, want := range []string{"default-src 'none'", "<h1>Split it, but slowly: 4 services stand out", "<th scope=\"row\">billing</th>", "<noscript>"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestHTMLEscapes: text of the model never becomes markup or script.
func TestHTMLEscapes(t *testing.T) {
	m := shop(t)
	const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>`
	m.Module.Path = evil
	m.Verdict.Summary = evil
	m.Bills[0].Crossings[0].Why = evil
	m.Units[0].Reason = evil
	html := string(render(t, m, FormatHTML, Options{}))
	if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img") {
		t.Error("markup of the model got through")
	}
	if n := strings.Count(html, "</script>"); n != 2 {
		t.Errorf("%d script elements end, want 2", n)
	}
}

// TestHTMLData: the data for the script is whole JSON with every unit, route and
// crossing of the model in it.
func TestHTMLData(t *testing.T) {
	m := shop(t)
	p := pageOf(t, render(t, m, FormatHTML, Options{}))
	units := 0
	for _, g := range p.Groups {
		units += len(g.Units)
	}
	if want := len(m.Units) + 2; units != want { // two packages have no unit
		t.Errorf("%d units, want %d", units, want)
	}
	if len(p.Routes) != len(m.Routes) || len(p.Tables) != len(m.Tables) || len(p.Crossings) != 10 {
		t.Errorf("%d routes, %d tables, %d crossings", len(p.Routes), len(p.Tables), len(p.Crossings))
	}
	if len(p.Entries) != len(m.EntryPoints) || len(p.Entries) == 0 {
		t.Errorf("%d entry points of %d", len(p.Entries), len(m.EntryPoints))
	}
	for i, e := range p.Entries {
		if len(e.Steps) != len(m.EntryPoints[i].Tables) || len(e.Cells) != len(e.Steps) {
			t.Errorf("entry point %s %s: steps %v and cells %v of tables %v", e.Method, e.Pattern, e.Steps, e.Cells, m.EntryPoints[i].Tables)
		}
	}
	for _, c := range p.Crossings {
		if c.A < 0 || c.B < 0 || len(c.Places) == 0 {
			t.Errorf("crossing %s → %s has groups %d, %d and places %v", c.From, c.To, c.A, c.B, c.Places)
		}
	}
}

func pageOf(t testing.TB, html []byte) page {
	t.Helper()
	_, rest, ok := bytes.Cut(html, []byte(`<script type="application/json" id="model">`))
	data, _, ok2 := bytes.Cut(rest, []byte(`</script>`))
	if !ok || !ok2 {
		t.Fatal("the page has no data")
	}
	var p page
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatalf("the data is no JSON: %v", err)
	}
	return p
}

// big is a model of many packages: services of equal size on a ring, each calling
// the next, every unit with a table and a route.
func big(packages, services int) *model.Model {
	m := &model.Model{Version: model.Version, Module: model.Module{Path: "example.com/big"}, Verdict: model.Verdict{Split: true, Summary: "Split it.", FirstCut: "service00"}}
	bills := make([]model.Bill, services)
	for s := range services {
		bills[s].Service = fmt.Sprintf("service%02d", s)
		m.Services = append(m.Services, model.Service{Name: bills[s].Service, Stability: 0.9})
	}
	for i := range packages {
		s := i % services
		name, path := bills[s].Service, fmt.Sprintf("example.com/big/internal/package%04d", i)
		atom, next := path+".Do", fmt.Sprintf("example.com/big/internal/package%04d.Do", (i+1)%packages)
		m.Packages = append(m.Packages, model.Package{Path: path, Lines: 500})
		m.Units = append(m.Units, model.Unit{ID: path, Package: path, Lines: 500, Service: name, Stability: 0.9, Reason: "by number"})
		m.Atoms = append(m.Atoms, model.Atom{ID: atom, Kind: model.KindFunc, Package: path, Name: "Do", Unit: path, Service: name})
		m.Tables = append(m.Tables, model.Table{Name: fmt.Sprintf("table%04d", i), Service: name})
		m.Routes = append(m.Routes, model.Route{Method: "GET", Pattern: fmt.Sprintf("/things/%d", i), Service: name, Atom: atom, Handler: atom,
			Tables: []model.RouteTable{{Table: fmt.Sprintf("table%04d", i), Access: model.Read}}})
		ev := []model.Evidence{{File: fmt.Sprintf("internal/package%04d/do.go", i), Line: 10, Confidence: model.Proved, Func: "Do", Detail: "Do"}}
		m.Couplings = append(m.Couplings, model.Coupling{From: atom, To: next, Kind: model.CouplingCall, Weight: 1, Count: 1, Evidence: ev})
		c := model.Crossing{ID: fmt.Sprint(i), Kind: model.CouplingCall, From: atom, To: next, FromService: name, ToService: bills[(i+1)%packages%services].Service,
			Price: float64(1 + i%7), Why: fmt.Sprintf("package%04d.Do becomes a remote call", i), Cure: "one call", Evidence: ev}
		bills[s].Crossings = append(bills[s].Crossings, c)
		bills[s].Price += c.Price
		m.Services[s].Units = append(m.Services[s].Units, path)
	}
	m.Bills = bills
	m.Stats = model.Stats{Packages: packages, Lines: packages * 500}
	return m
}

func TestWhole(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 485504: "485,504", 1234567: "1,234,567", -999: "-999", -1000: "-1,000"} {
		if got := whole(n); got != want {
			t.Errorf("%d reads %s, want %s", n, got, want)
		}
	}
}
