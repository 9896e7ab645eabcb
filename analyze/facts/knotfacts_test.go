package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// knots asks the facts of the shop.
type knots struct {
	f   *Facts
	mod string
}

func (k *knots) domain(r Ref) string {
	s := strings.TrimPrefix(r.Atom, k.mod+"/internal/")
	s, _, _ = strings.Cut(s, ".")
	return s
}

// production leaves out the helpers of tests and the composition root.
func (k *knots) production(r Ref) bool { return k.domain(r) != "shoptest" && k.domain(r) != "app" }

func set(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func (k *knots) unresolved() (out []string) {
	for _, u := range k.f.Unresolved {
		out = append(out, u.File+": "+u.Message)
	}
	return out
}

func (k *knots) written(tx string) (out []string) {
	for _, x := range k.f.Transactions {
		if strings.TrimPrefix(x.From.Atom+"."+x.From.Method, k.mod+"/") != tx {
			continue
		}
		for _, i := range x.Reached {
			if a := k.f.Accesses[i]; a.Access != "read" {
				out = append(out, a.Table)
			}
		}
	}
	return set(out)
}

func (k *knots) writers(table string) (out []string) {
	for _, a := range k.f.Accesses {
		if a.Table == table && a.Access != "read" && k.production(a.From) {
			out = append(out, k.domain(a.From))
		}
	}
	return set(out)
}

func (k *knots) variables() (out []string) {
	for _, s := range k.f.States {
		if s.Access != "read" && !s.Init && !s.Infra && k.production(s.From) {
			out = append(out, strings.TrimPrefix(s.Var, k.mod+"/internal/"))
		}
	}
	return set(out)
}

func (k *knots) obstacles(kind, path string) (out []string) {
	for _, s := range k.f.Surfaces {
		for _, o := range s.Obstacles {
			if o.Kind == kind && strings.HasPrefix(o.Path, path) && k.production(s.Func) {
				name := strings.TrimPrefix(s.Func.Atom, k.mod+"/internal/")
				if s.Func.Method != "" {
					name += "." + s.Func.Method
				}
				out = append(out, name)
			}
		}
	}
	return set(out)
}

func (k *knots) providers() (out []string) {
	for _, c := range k.f.Calls {
		if c.Mode == Dynamic && c.To.Method == "Authorize" {
			out = append(out, strings.TrimPrefix(c.To.Atom, k.mod+"/internal/"))
		}
	}
	return set(out)
}

// domains of the shop.
const domains = " customers catalogue cart inventory orders payments billing events recommendations webhooks "

func (k *knots) loops() (out []string) {
	for _, c := range k.f.Calls {
		from, to := k.domain(c.From), k.domain(c.To)
		if c.InLoop && !c.Callback && from != to && strings.Contains(domains, " "+from+" ") && strings.Contains(domains, " "+to+" ") {
			out = append(out, from+"→"+to)
		}
	}
	return set(out)
}

func (k *knots) unhandled() (out []string) {
	for _, r := range k.f.Routes {
		if r.Handler.Atom == "" {
			out = append(out, r.Method+" "+r.Pattern)
		}
	}
	return out
}

// name writes a Ref as orders.Service.Place.
func (k *knots) name(r Ref) string {
	s := k.atom(r.Atom)
	if r.Method != "" {
		s += "." + r.Method
	}
	return s
}

func (k *knots) atom(id string) string { return strings.TrimPrefix(id, k.mod+"/internal/") }

func isDomain(name string) bool { return strings.Contains(domains, " "+name+" ") }

// domainOf gives the package of a name.
func domainOf(name string) string {
	d, _, _ := strings.Cut(name, ".")
	return d
}

func inDomains(names []string) (out []string) {
	for _, n := range names {
		if isDomain(domainOf(n)) {
			out = append(out, n)
		}
	}
	return out
}

func within(names []string, domain string) (out []string) {
	for _, n := range names {
		if domainOf(n) == domain {
			out = append(out, n)
		}
	}
	return out
}

// owners gives the domains that write each table.
func (k *knots) owners() map[string][]string {
	out := map[string][]string{}
	for _, a := range k.f.Accesses {
		if d := k.domain(a.From); a.Access != "read" && isDomain(d) {
			out[a.Table] = set(append(out[a.Table], d))
		}
	}
	return out
}

// owner gives the domain that writes each table at most places.
func (k *knots) owner() map[string]string {
	writes := map[string]map[string]int{}
	for _, a := range k.f.Accesses {
		if d := k.domain(a.From); a.Access != "read" && isDomain(d) {
			if writes[a.Table] == nil {
				writes[a.Table] = map[string]int{}
			}
			writes[a.Table][d]++
		}
	}
	out := map[string]string{}
	for table, by := range writes {
		for _, d := range slices.Sorted(maps.Keys(by)) {
			if by[d] > by[out[table]] {
				out[table] = d
			}
		}
	}
	return out
}

// crossing: transactions that write another domain's table.
func (k *knots) crossing() (out []string) {
	owner := k.owner()
	for _, x := range k.f.Transactions {
		d := k.domain(x.From)
		if !isDomain(d) {
			continue
		}
		for _, i := range x.Reached {
			if a := k.f.Accesses[i]; a.Access != "read" && owner[a.Table] != d {
				out = append(out, k.name(x.From))
			}
		}
	}
	return set(out)
}

// godPackages are those with more than ten types that, taken together, at least ten
// packages use. It is derived: deciding who owns what of such a package is for the
// partition, which sees the owners.
func (k *knots) godPackages() (out []string) {
	types, users := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, u := range k.f.Uses {
		from, to := k.domain(u.From), domainOf(k.atom(u.To))
		if u.Kind != model.CouplingType || from == to {
			continue
		}
		if types[to] == nil {
			types[to], users[to] = map[string]bool{}, map[string]bool{}
		}
		types[to][u.To], users[to][from] = true, true
	}
	for pkg := range types {
		if len(types[pkg]) > 10 && len(users[pkg]) >= 10 {
			out = append(out, pkg)
		}
	}
	return set(out)
}

func (k *knots) sharedTables() (out []string) {
	for table, writers := range k.owners() {
		if len(writers) > 1 {
			out = append(out, table+":"+strings.Join(writers, ","))
		}
	}
	return set(out)
}

func (k *knots) foreign(a TableAccess, table string) bool {
	d := k.domain(a.From)
	return isDomain(d) && a.Access == "read" && !slices.Contains(k.owners()[table], d)
}

func (k *knots) foreignReads() (out []string) {
	for _, a := range k.f.Accesses {
		if k.foreign(a, a.Table) {
			out = append(out, k.name(a.From)+":"+a.Table)
		}
	}
	return set(out)
}

func (k *knots) foreignJoins() (out []string) {
	for _, a := range k.f.Accesses {
		if len(a.Joined) > 0 && k.foreign(a, a.Table) {
			out = append(out, k.name(a.From)+":"+a.Table+"×"+strings.Join(a.Joined, ","))
		}
	}
	return set(out)
}

// sharedPrefixes: first parts of paths that handlers of several domains answer. It
// is derived from the routes.
func (k *knots) sharedPrefixes() (out []string) {
	by := map[string][]string{}
	for _, r := range k.f.Routes {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.Pattern, "/"), "/")
		if d := k.domain(r.Handler); isDomain(d) {
			by["/"+first] = set(append(by["/"+first], d))
		}
	}
	for prefix, list := range by {
		if len(list) > 1 {
			out = append(out, prefix+":"+strings.Join(list, ","))
		}
	}
	return set(out)
}

func (k *knots) routers(router string) (out []string) {
	for _, r := range k.f.Routes {
		if r.Router == router {
			out = append(out, k.name(r.Registrar))
		}
	}
	return set(out)
}

func (k *knots) callers(callee string) (out []string) {
	for _, c := range k.f.Calls {
		if d := k.domain(c.From); k.name(c.To) == callee && isDomain(d) && d != domainOf(callee) {
			out = append(out, d)
		}
	}
	return set(out)
}

// busHandlers: what the bus calls, through Subscribe's closures too.
func (k *knots) busHandlers() (out []string) {
	for _, c := range k.f.Calls {
		from := k.name(c.From)
		if c.Callback && !c.Go && (from == "events.Bus.Publish" || from == "events.Subscribe") {
			out = append(out, k.name(c.To))
		}
	}
	return set(out)
}

func (k *knots) jobs() (out []string) {
	for _, x := range k.f.EntryPoints {
		if x.Kind == "job" {
			out = append(out, k.name(x.Func)+"←"+k.name(x.Registrar))
		}
	}
	return set(out)
}

// foreignKeys: references between tables of different domains.
func (k *knots) foreignKeys() (out []string) {
	owner := k.owner()
	for _, t := range k.f.Tables {
		for _, ref := range t.Refs {
			if owner[t.Name] != owner[ref] {
				out = append(out, t.Name+"→"+ref)
			}
		}
	}
	return set(out)
}
