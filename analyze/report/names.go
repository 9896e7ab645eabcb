package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// ErrName is wrapped by the errors for names that the model does not have, or has
// several times.
var ErrName = errors.New("unknown name")

// nameError is an ErrName with a message of its own.
type nameError struct{ message string }

func (e nameError) Error() string { return e.message }
func (e nameError) Unwrap() error { return ErrName }

func unknownName(name string, known []string, what string) error {
	hint := ""
	if best := plan.Closest(name, known); best != "" {
		hint = "; did you mean " + best + "?"
	} else if len(known) > 0 && len(known) <= 12 {
		hint = "; known are " + strings.Join(known, ", ")
	} else if near := containing(name, known); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, ", or ") + "?"
	} else if len(known) > 0 {
		hint = "; list the declarations with: ficus report --format atoms"
	}
	return nameError{fmt.Sprintf("find %s %q: the model has none of that name%s", what, name, hint)}
}

// containing are the names that have the last word of another in them, the shortest
// three.
func containing(name string, known []string) []string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune(" /.#:{}*()", r) })
	if len(words) == 0 || len(words[len(words)-1]) < 3 {
		return nil
	}
	var out []string
	for _, k := range known {
		if strings.Contains(strings.ToLower(k), words[len(words)-1]) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return firstN(slices.Compact(out), 3)
}

// TargetKind tells what a name on the command line means.
type TargetKind string

// The kinds of targets, in the order in which a name is tried.
const (
	TargetService TargetKind = "service" // also @library, @root, @unassigned
	TargetPackage TargetKind = "package"
	TargetUnit    TargetKind = "unit" // a part of a package
	TargetTable   TargetKind = "table"
	TargetRoute   TargetKind = "route"
	TargetSymbol  TargetKind = "symbol"
)

// Target is what a name means in a model.
type Target struct {
	Kind TargetKind `json:"kind"`
	// ID is the service's name, the package's or unit's path, or the atom's ID.
	ID string `json:"id"`
	// Method is the method, when the name was one of a type's.
	Method string `json:"method,omitempty"`
}

// Resolve finds what a name means: a service, a package or a part of one (by path
// or the end of its path), a table, a route ("GET /orders/{id}", or a path), or a
// declaration (orders.Service, orders.(*Service).Place, Place). A name of several
// kinds means the first of these; the others come back as also. A prefix such as
// "table:" asks for one kind. The error is an ErrName, with what was probably
// meant, or all that the name could mean.
func Resolve(m *model.Model, name string) (found Target, also []Target, err error) {
	ix := newIndex(m)
	for _, kind := range []TargetKind{TargetService, TargetPackage, TargetUnit, TargetTable, TargetRoute, TargetSymbol} {
		text := name
		if prefix, rest, ok := strings.Cut(name, ":"); ok && isTargetKind(prefix) {
			if prefix != string(kind) {
				continue
			}
			text = strings.TrimSpace(rest)
		}
		switch targets := ix.named(kind, text); {
		case len(targets) == 0:
		case found.ID != "":
			also = append(also, firstN(targets, 3)...)
		case len(targets) > 1:
			return Target{}, nil, ix.ambiguous(name, targets)
		default:
			found = targets[0]
		}
	}
	if found.ID == "" {
		return Target{}, nil, unknownName(name, ix.allNames(), "name")
	}
	return found, also, nil
}

func isTargetKind(s string) bool {
	switch TargetKind(s) {
	case TargetService, TargetPackage, TargetUnit, TargetTable, TargetRoute, TargetSymbol:
		return true
	}
	return false
}

// named are all things of one kind that a name means.
func (ix *index) named(kind TargetKind, name string) []Target {
	switch kind {
	case TargetService:
		return ix.services(name)
	case TargetPackage:
		return ix.packages(name)
	case TargetUnit:
		return ix.parts(name)
	case TargetTable:
		if t := ix.tables[name]; t != nil {
			return []Target{{Kind: TargetTable, ID: "table:" + t.Name}}
		}
	case TargetRoute:
		return ix.routes(name)
	case TargetSymbol:
		return ix.symbols(name)
	}
	return nil
}

func (ix *index) services(name string) []Target {
	known := slices.ContainsFunc(ix.m.Services, func(s model.Service) bool { return s.Name == name })
	if known || name == model.Library || name == model.Root || name == model.Unassigned {
		return []Target{{Kind: TargetService, ID: name}}
	}
	return nil
}

// byPath keeps the exact paths if there are any, else those that end in the name.
func (ix *index) byPath(name string, paths []string, kind TargetKind) []Target {
	var exact, tail []Target
	for _, p := range paths {
		switch {
		case p == name || ix.short(p) == name:
			exact = append(exact, Target{Kind: kind, ID: p})
		case strings.HasSuffix(p, "/"+name):
			tail = append(tail, Target{Kind: kind, ID: p})
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return tail
}

func (ix *index) packages(name string) []Target {
	paths := make([]string, 0, len(ix.m.Packages))
	for _, p := range ix.m.Packages {
		paths = append(paths, p.Path)
	}
	return ix.byPath(strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/"), paths, TargetPackage)
}

func (ix *index) parts(name string) []Target {
	var ids []string
	for _, u := range ix.m.Units {
		if strings.Contains(u.ID, "#") {
			ids = append(ids, u.ID)
		}
	}
	return ix.byPath(name, ids, TargetUnit)
}

// routes finds routes by "METHOD pattern", by pattern, and by a path that the
// pattern matches. Several methods of one pattern are several targets.
func (ix *index) routes(name string) []Target {
	method, path, ok := strings.Cut(name, " ")
	if !ok {
		method, path = "", name
	}
	if !strings.Contains(path, "/") {
		return nil
	}
	var exact, matched []Target
	for i := range ix.m.Routes {
		r := &ix.m.Routes[i]
		target := Target{Kind: TargetRoute, ID: r.RouteID()}
		if method != "" && r.Method != "" && !strings.EqualFold(method, r.Method) {
			continue
		}
		switch {
		case r.Pattern == path || r.Host+r.Pattern == path:
			exact = append(exact, target)
		case strings.HasPrefix(path, "/") && patternMatches(r.Pattern, path):
			matched = append(matched, target)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return matched
}

// patternMatches reports whether a path fits a pattern with {name} wildcards, of
// which {name...} takes the rest.
func patternMatches(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, w := range want {
		wild := strings.HasPrefix(w, "{") && strings.HasSuffix(w, "}")
		switch {
		case wild && (strings.HasSuffix(w, "...}") || strings.HasSuffix(w, "*}")):
			return true
		case i >= len(have), !wild && w != have[i], wild && have[i] == "" && w != "{$}":
			return false
		}
	}
	return len(want) == len(have)
}

// symbols finds declarations by name, qualified as far as the person cared to.
func (ix *index) symbols(name string) []Target {
	text := strings.NewReplacer("(*", "", "(", "", ")", "").Replace(name)
	var exact, tail []Target
	for _, a := range ix.m.Atoms {
		if a.Package == "" {
			continue
		}
		method, whole, ok := ix.matchSymbol(a, text)
		if !ok {
			continue
		}
		target := Target{Kind: TargetSymbol, ID: a.ID, Method: method}
		if whole {
			exact = append(exact, target)
		} else {
			tail = append(tail, target)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return tail
}

// matchSymbol compares a name with an atom and each of its methods; whole means
// that nothing was left out in front.
func (ix *index) matchSymbol(a model.Atom, text string) (method string, whole, ok bool) {
	for _, m := range append([]string{""}, a.Methods...) {
		id := a.ID
		if m != "" {
			id += "." + m
		}
		switch short := ix.short(id); {
		case text == id, text == short:
			return m, true, true
		case strings.HasSuffix(id, "/"+text):
			return m, false, true
		case !strings.ContainsAny(text, "/") && strings.HasSuffix(id, "."+text):
			return m, false, true
		}
	}
	return "", false, false
}

func (ix *index) ambiguous(name string, targets []Target) error {
	const most = 12
	var b strings.Builder
	fmt.Fprintf(&b, "find name %q: it means %d things; say which:", name, len(targets))
	for _, t := range firstN(targets, most) {
		fmt.Fprintf(&b, "\n    ficus explain %s", shellWord(ix.targetName(t)))
	}
	if n := len(targets); n > most {
		fmt.Fprintf(&b, "\n    … and %d more", n-most)
	}
	return nameError{b.String()}
}

// targetName is a target as Resolve would find it and nothing else.
func (ix *index) targetName(t Target) string {
	switch t.Kind {
	case TargetTable:
		return t.ID
	case TargetRoute:
		return strings.TrimPrefix(t.ID, "route:")
	case TargetSymbol:
		if t.Method != "" {
			return ix.short(t.ID) + "." + t.Method
		}
	case TargetService:
		return t.ID
	}
	return ix.short(t.ID)
}

// shellWord quotes what a shell would take apart.
func shellWord(s string) string {
	if strings.ContainsAny(s, " {}()*#$&;|<>") {
		return "'" + s + "'"
	}
	return s
}

// allNames are the names that a misspelt one is compared with.
func (ix *index) allNames() []string {
	var names []string
	for _, s := range ix.m.Services {
		names = append(names, s.Name)
	}
	for _, p := range ix.m.Packages {
		names = append(names, ix.short(p.Path))
	}
	for _, t := range ix.m.Tables {
		names = append(names, t.Name)
	}
	for i := range ix.m.Routes {
		names = append(names, strings.TrimPrefix(ix.m.Routes[i].RouteID(), "route:"))
	}
	for _, a := range ix.m.Atoms {
		if a.Package != "" {
			names = append(names, ix.goName(a.ID))
		}
		for _, m := range a.Methods {
			names = append(names, ix.goName(a.ID)+"."+m)
		}
	}
	return names
}
