package bill

import (
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// registration is an atom that names what is to run, and what runs.
type registration struct {
	registrar string
	run       facts.Ref
}

// registrations say of routes and other entry points what they are registered as.
func registrations(f *facts.Facts) map[registration]string {
	out := map[registration]string{}
	for _, r := range f.Routes {
		out[registration{r.Registrar.Atom, r.Handler}] = "route " + strings.TrimPrefix(model.RouteID(r.Method, r.Host, r.Pattern), "route:")
	}
	for _, e := range f.EntryPoints {
		out[registration{e.Registrar.Atom, e.Func}] = strings.TrimSpace(e.Kind + " " + e.Name)
	}
	return out
}

// seams are the interfaces that stand where they are called, by their packages.
type seams struct {
	pkg map[string]string            // of atoms
	by  map[string][]facts.Interface // package → its caller-side interfaces
}

func seamsOf(f *facts.Facts) seams {
	s := seams{pkg: map[string]string{}, by: map[string][]facts.Interface{}}
	for _, d := range f.Decls {
		s.pkg[d.ID] = d.Package
	}
	for _, i := range f.Interfaces {
		if i.CallerSide {
			s.by[s.pkg[i.Type]] = append(s.by[s.pkg[i.Type]], i)
		}
	}
	return s
}

// of is the interface of the caller's package that the callee implements; empty
// when there is none, or several: then it is not told which is called.
func (s seams) of(from, to string) string {
	found := ""
	for _, i := range s.by[s.pkg[from]] {
		if !slices.Contains(i.Implementations, to) {
			continue
		}
		if found != "" {
			return ""
		}
		found = i.Type
	}
	return found
}
