package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// SeedNames are what a person names to peel a service around.
type SeedNames struct {
	// Routes are patterns: as in the model, with a method or without; * stands for
	// one element, at the end for all that is below.
	Routes []string
	// Tables are names of tables.
	Tables []string
	// Packages are paths or ends of paths, with /... for all below.
	Packages []string
	// Names are any that Resolve takes.
	Names []string
}

// Word is what the first of the names calls the thing: a table, the last element of
// a route or a package's path that is no wildcard.
func (n SeedNames) Word() string {
	for _, list := range [][]string{n.Tables, n.Routes, n.Packages, n.Names} {
		if len(list) == 0 {
			continue
		}
		_, name, ok := strings.Cut(list[0], ":")
		if !ok {
			name = list[0]
		}
		elements := strings.Split(name, "/")
		for _, e := range slices.Backward(elements) {
			if e != "" && e != "*" && e != "..." && !isWildcard(e) {
				return e[strings.LastIndex(e, ".")+1:]
			}
		}
	}
	return ""
}

// Seeds are the IDs of the declarations and tables that the names mean: of a route
// its handler, of a package all its declarations. The error is an ErrName.
func Seeds(m *model.Model, names SeedNames) ([]string, error) {
	s := &seeder{ix: newIndex(m), ids: map[string]bool{}}
	for _, list := range []struct {
		names []string
		add   func(string) error
	}{{names.Routes, s.routes}, {names.Tables, s.table}, {names.Packages, s.packages}, {names.Names, s.name}} {
		for _, name := range list.names {
			if err := list.add(name); err != nil {
				return nil, err
			}
		}
	}
	var out []string
	for id := range s.ids {
		out = append(out, id)
	}
	slices.Sort(out)
	return out, nil
}

type seeder struct {
	ix  *index
	ids map[string]bool
}

func (s *seeder) table(name string) error {
	name = strings.TrimPrefix(name, "table:")
	if s.ix.tables[name] == nil {
		var known []string
		for _, t := range s.ix.m.Tables {
			known = append(known, t.Name)
		}
		return unknownName(name, known, "table")
	}
	s.ids[model.TableID(name)] = true
	return nil
}

func (s *seeder) packages(name string) error {
	tree, all := strings.CutSuffix(name, "/...")
	var paths []string
	for _, t := range s.ix.packages(tree) {
		paths = append(paths, t.ID)
	}
	if len(paths) > 1 && !all {
		return s.ix.ambiguous(name, s.ix.packages(tree))
	}
	found := false
	for _, p := range s.ix.m.Packages {
		below := slices.ContainsFunc(paths, func(path string) bool { return strings.HasPrefix(p.Path, path+"/") }) ||
			strings.HasPrefix(s.ix.short(p.Path), tree+"/")
		if slices.Contains(paths, p.Path) || all && below {
			found = s.declared(func(a *model.Atom) bool { return a.Package == p.Path }) || found
		}
	}
	if !found {
		var known []string
		for _, p := range s.ix.m.Packages {
			known = append(known, s.ix.short(p.Path))
		}
		return unknownName(name, known, "package")
	}
	return nil
}

// declared takes all declarations that fit and says whether there is one.
func (s *seeder) declared(fits func(a *model.Atom) bool) bool {
	found := false
	for i := range s.ix.m.Atoms {
		if a := &s.ix.m.Atoms[i]; a.Package != "" && fits(a) {
			s.ids[a.ID], found = true, true
		}
	}
	return found
}

func (s *seeder) routes(pattern string) error {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "", pattern
	}
	var known, unhandled []string
	found := false
	for i := range s.ix.m.Routes {
		r := &s.ix.m.Routes[i]
		known = append(known, strings.TrimPrefix(r.RouteID(), "route:"), r.Pattern)
		if method != "" && !strings.EqualFold(method, r.Method) || !globMatches(path, r.Host+r.Pattern) && !globMatches(path, r.Pattern) {
			continue
		}
		if r.Atom == "" {
			unhandled = append(unhandled, strings.TrimPrefix(r.RouteID(), "route:"))
			continue
		}
		s.ids[r.Atom], found = true, true
	}
	switch {
	case found:
		return nil
	case len(unhandled) > 0:
		return nameError{fmt.Sprintf("find route %q: who answers %s is not known; name a table, a package or a declaration instead", pattern, unhandled[0])}
	}
	return unknownName(pattern, known, "route")
}

// globMatches reports whether a route's pattern fits: * is one element of the path,
// at the end all that is below, and what is before it too.
func globMatches(glob, pattern string) bool {
	want, have := strings.Split(glob, "/"), strings.Split(pattern, "/")
	for i, w := range want {
		switch {
		case w == "*" && i == len(want)-1:
			return len(have) >= i
		case i >= len(have), w != "*" && w != have[i] && !(isWildcard(w) && isWildcard(have[i])):
			return false
		}
	}
	return len(want) == len(have)
}

func isWildcard(element string) bool {
	return strings.HasPrefix(element, "{") && strings.HasSuffix(element, "}")
}

// name takes what Resolve finds.
func (s *seeder) name(name string) error {
	target, _, err := Resolve(s.ix.m, name)
	if err != nil {
		return err
	}
	switch target.Kind {
	case TargetService:
		if !s.declared(func(a *model.Atom) bool { return a.Service == target.ID }) {
			return nameError{fmt.Sprintf("find name %q: nothing is declared in it", name)}
		}
	case TargetPackage:
		return s.packages(target.ID)
	case TargetUnit:
		s.declared(func(a *model.Atom) bool { return a.Unit == target.ID })
	case TargetTable:
		s.ids[target.ID] = true
	case TargetRoute:
		return s.routes(strings.TrimPrefix(target.ID, "route:"))
	case TargetSymbol:
		s.ids[target.ID] = true
	}
	return nil
}
