package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Validate checks the invariants that readers lean on, and returns all that are
// broken: lists sorted and without doubles, names resolved, every unit, atom,
// table and route assigned, every crossing in the bills of its two services.
func (m *Model) Validate() error {
	v := &validator{m: m}
	v.lists()
	v.units()
	v.atoms()
	v.services()
	v.bills()
	return errors.Join(v.errs...)
}

type validator struct {
	m    *Model
	errs []error
}

func (v *validator) failf(format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("model: "+format, args...))
}

func (v *validator) lists() {
	m := v.m
	sorted(v, "packages", m.Packages, func(p Package) string { return p.Path })
	sorted(v, "atoms", m.Atoms, func(a Atom) string { return a.ID })
	sorted(v, "tables", m.Tables, func(t Table) string { return t.Name })
	sorted(v, "resources", m.Resources, func(r Resource) string { return string(r.Kind) + " " + r.Name })
	sorted(v, "units", m.Units, func(u Unit) string { return u.ID })
	sorted(v, "services", m.Services, func(s Service) string { return s.Name })
	sorted(v, "bills", m.Bills, func(b Bill) string { return b.Service })
}

func sorted[T any](v *validator, what string, list []T, key func(T) string) {
	for i := 1; i < len(list); i++ {
		switch strings.Compare(key(list[i-1]), key(list[i])) {
		case 0:
			v.failf("%s: %q stands twice", what, key(list[i]))
		case 1:
			v.failf("%s: %q stands after %q", what, key(list[i]), key(list[i-1]))
		}
	}
}

// known reports whether name is a service of the model or one of the roles.
func (v *validator) known(name string) bool {
	if name == Library || name == Root || name == Unassigned {
		return true
	}
	_, ok := v.m.Service(name)
	return ok
}

func (v *validator) units() {
	for _, u := range v.m.Units {
		if _, ok := v.m.Package(u.Package); !ok {
			v.failf("unit %s: package %s is not listed", u.ID, u.Package)
		}
		if !v.known(u.Service) {
			v.failf("unit %s: service %q is not listed", u.ID, u.Service)
		}
		if u.Stability < 0 || u.Stability > 1 {
			v.failf("unit %s: stability %v is not between 0 and 1", u.ID, u.Stability)
		}
	}
}

func (v *validator) atoms() {
	for _, a := range v.m.Atoms {
		if !v.known(a.Service) {
			v.failf("atom %s: service %q is not listed", a.ID, a.Service)
		}
		if a.Kind == KindTable || a.Kind == KindRoute {
			continue
		}
		if u, ok := v.m.Unit(a.Unit); !ok {
			v.failf("atom %s: unit %q is not listed", a.ID, a.Unit)
		} else if u.Service != a.Service {
			v.failf("atom %s is in %s, its unit %s in %s", a.ID, a.Service, u.ID, u.Service)
		}
	}
}

func (v *validator) services() {
	for _, s := range v.m.Services {
		if !IsService(s.Name) {
			v.failf("service %q: not a name of a service", s.Name)
		}
		if len(s.Units) == 0 {
			v.failf("service %s owns no unit", s.Name)
		}
		for _, id := range s.Units {
			if u, ok := v.m.Unit(id); !ok || u.Service != s.Name {
				v.failf("service %s: unit %s is not its own", s.Name, id)
			}
		}
		if _, ok := v.m.Bill(s.Name); !ok {
			v.failf("service %s has no bill", s.Name)
		}
	}
}

func (v *validator) bills() {
	at := map[string][]string{}
	for _, b := range v.m.Bills {
		if _, ok := v.m.Service(b.Service); !ok {
			v.failf("bill of %q: no such service", b.Service)
		}
		sum := 0.0
		for _, c := range b.Crossings {
			sum += c.Price
			at[c.ID] = append(at[c.ID], b.Service)
			if c.FromService == c.ToService || c.FromService != b.Service && c.ToService != b.Service {
				v.failf("bill of %s: crossing %s goes from %s to %s", b.Service, c.ID, c.FromService, c.ToService)
			}
		}
		if d := sum - b.Price; d > 0.01 || d < -0.01 {
			v.failf("bill of %s: price %v, but its crossings cost %v", b.Service, b.Price, sum)
		}
	}
	v.twice(at)
}

// twice checks that every crossing stands in the bills of both its services.
func (v *validator) twice(at map[string][]string) {
	for _, b := range v.m.Bills {
		for _, c := range b.Crossings {
			for _, side := range []string{c.FromService, c.ToService} {
				if IsService(side) && !slices.Contains(at[c.ID], side) {
					v.failf("crossing %s is missing in the bill of %s", c.ID, side)
				}
			}
		}
	}
}
