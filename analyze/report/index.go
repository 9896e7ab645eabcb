package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// index answers questions about a model, sorted or not, complete or not.
type index struct {
	m      *model.Model
	atoms  map[string]*model.Atom
	units  map[string]*model.Unit
	bills  map[string]*model.Bill
	tables map[string]*model.Table
}

func newIndex(m *model.Model) *index {
	ix := &index{m: m, atoms: map[string]*model.Atom{}, units: map[string]*model.Unit{}, bills: map[string]*model.Bill{}, tables: map[string]*model.Table{}}
	for i := range m.Atoms {
		ix.atoms[m.Atoms[i].ID] = &m.Atoms[i]
	}
	for i := range m.Units {
		ix.units[m.Units[i].ID] = &m.Units[i]
	}
	for i := range m.Bills {
		ix.bills[m.Bills[i].Service] = &m.Bills[i]
	}
	for i := range m.Tables {
		ix.tables[m.Tables[i].Name] = &m.Tables[i]
	}
	return ix
}

// bill is the service's, empty when the model has none.
func (ix *index) bill(service string) model.Bill {
	if b := ix.bills[service]; b != nil {
		return *b
	}
	return model.Bill{Service: service}
}

// service is where an atom is, "" when the model does not know it.
func (ix *index) service(atom string) string {
	if a := ix.atoms[atom]; a != nil {
		return a.Service
	}
	if name, ok := strings.CutPrefix(atom, "table:"); ok && ix.tables[name] != nil {
		return ix.tables[name].Service
	}
	return ""
}

// ordered are the services in the order of the cuts, others after by name.
func (ix *index) ordered() []model.Service {
	rank := func(name string) int {
		if i := slices.Index(ix.m.Verdict.Order, name); i >= 0 {
			return i
		}
		return len(ix.m.Verdict.Order)
	}
	out := slices.Clone(ix.m.Services)
	slices.SortStableFunc(out, func(a, b model.Service) int {
		return cmp.Or(cmp.Compare(rank(a.Name), rank(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// crossings are all of the model, each once, dearest first.
func (ix *index) crossings() []model.Crossing {
	var out []model.Crossing
	seen := map[string]bool{}
	for _, b := range ix.m.Bills {
		for _, c := range b.Crossings {
			key := c.ID
			if key == "" {
				key = strings.Join([]string{string(c.Kind), c.From, c.To, c.Callee, c.Why}, "\x00")
			}
			if !seen[key] {
				seen[key] = true
				out = append(out, c)
			}
		}
	}
	slices.SortStableFunc(out, compareCrossings)
	return out
}

func compareCrossings(a, b model.Crossing) int {
	return cmp.Or(cmp.Compare(b.Price, a.Price), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Callee, b.Callee), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// short is an atom or unit ID as people write it: relative to the module.
func (ix *index) short(id string) string {
	if rest, ok := strings.CutPrefix(id, "route:"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(id, "table:"); ok {
		return "table " + rest
	}
	return relative(ix.m.Module.Path, id)
}

func relative(module, id string) string {
	if module == "" {
		return id
	}
	if id == module {
		return "."
	}
	if rest, ok := strings.CutPrefix(id, module+"/"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(id, module); ok && rest != "" && (rest[0] == '.' || rest[0] == '#') {
		return rest
	}
	return id
}

// goName is an atom as Go code names it: orders.Checkout.
func (ix *index) goName(id string) string {
	short := ix.short(id)
	return short[strings.LastIndex(short, "/")+1:]
}

// funcName is a place's function qualified by its package: orders.(*Checkout).Place.
func (ix *index) funcName(atom string, ev model.Evidence) string {
	a := ix.atoms[atom]
	if ev.Func == "" || a == nil || a.Package == "" {
		return ix.goName(atom)
	}
	return ix.goName(a.Package) + "." + ev.Func
}

// callee is what a call reaches: the function or method where the evidence says
// which, else the atom.
func (ix *index) callee(kind model.CouplingKind, to string, ev []model.Evidence) string {
	name := ix.goName(to)
	if kind == model.CouplingCall && len(ev) > 0 && strings.HasPrefix(ev[0].Detail, name+".") {
		return ev[0].Detail
	}
	return name
}

// place is where evidence stands, file:line.
func place(ev []model.Evidence) string {
	if len(ev) == 0 || ev[0].File == "" {
		return ""
	}
	return position(ev[0].File, ev[0].Line)
}

func position(file string, line int) string {
	if line <= 0 {
		return file
	}
	return file + ":" + strconv.Itoa(line)
}

// amount is a price as people read it: whole, small ones with one decimal.
func amount(x float64) string {
	if math.Abs(x) < 10 {
		return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
	}
	return strconv.FormatFloat(math.Round(x), 'f', -1, 64)
}

func percent(x float64) string { return fmt.Sprintf("%.0f %%", x*100) }

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok {
		return fmt.Sprintf("%d %sies", n, stem)
	}
	if strings.HasSuffix(what, "s") {
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}
