package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Pinned is a decision about one atom.
type Pinned struct {
	Service string // a service, model.Library or model.Root
	Ref     Ref    // the reference that decided
	Why     string // the pin's, may be empty
}

// Assign gives the place of every atom that is pinned to one, by atom ID. Where
// several references name an atom the most specific wins; of equally specific
// ones (trees) the longest. Of the atoms, ID, Package, Name and Unit are read.
func (p *Plan) Assign(module string, atoms []model.Atom) map[string]Pinned {
	out := map[string]Pinned{}
	ix := newAtomIndex(module, atoms)
	for _, pin := range p.Decisions() {
		home := pin.home()
		if home == "" {
			continue
		}
		for _, r := range pin.Refs {
			ix.each(r, func(i int) bool {
				if before, ok := out[atoms[i].ID]; !ok || r.over(before.Ref) {
					out[atoms[i].ID] = Pinned{Service: home, Ref: r, Why: pin.Why}
				}
				return true
			})
		}
	}
	return out
}

// over reports whether r decides where both references name an atom.
func (r Ref) over(other Ref) bool {
	if r.Specificity() != other.Specificity() {
		return r.Specificity() > other.Specificity()
	}
	return len(r.Text) > len(other.Text)
}

// Check compares the plan with what analysis found: references that name
// nothing, functions and services that do not exist. The error is Problems.
func (p *Plan) Check(m *model.Model) error {
	c := &modelChecker{plan: p, model: m, atoms: newAtomIndex(m.Module.Path, m.Atoms)}
	if p.Module != "" && m.Module.Path != "" && p.Module != m.Module.Path {
		c.errorf(Pos{1, 1}, "the plan is for module %s, the model for %s; run ficus analyze in the plan's module", p.Module, m.Module.Path)
		return c.problems.err()
	}
	c.collect()
	for _, pin := range p.Decisions() {
		for _, r := range pin.Refs {
			c.ref(r)
		}
	}
	for _, s := range p.Services {
		c.service(s)
	}
	return c.problems.err()
}

type modelChecker struct {
	plan     *Plan
	model    *model.Model
	atoms    *atomIndex
	names    []string // all that a reference can name, as it would be written
	problems Problems
}

func (c *modelChecker) errorf(pos Pos, format string, args ...any) {
	c.problems = append(c.problems, Problem{File: c.plan.File, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

func (c *modelChecker) collect() {
	for _, pkg := range c.model.Packages {
		c.names = append(c.names, relative(c.model.Module.Path, pkg.Path))
	}
	for _, u := range c.model.Units {
		c.names = append(c.names, relative(c.model.Module.Path, u.ID))
	}
	for _, a := range c.model.Atoms {
		c.names = append(c.names, relative(c.model.Module.Path, a.ID))
	}
	slices.Sort(c.names)
	c.names = slices.Compact(c.names)
}

func (c *modelChecker) ref(r Ref) {
	module := c.model.Module.Path
	if c.atoms.has(r) || slices.ContainsFunc(c.model.Packages, func(p model.Package) bool { return r.MatchPackage(module, p.Path) }) {
		return
	}
	if a, ok := c.method(r); ok {
		c.errorf(r.Pos, "%s is a method: it goes where its type goes; pin %s", r.Text, relative(module, a.ID))
		return
	}
	c.errorf(r.Pos, "%s names nothing in module %s%s", r.Text, module, didYouMean(relative(module, r.Text), c.names))
}

// method finds the type whose method the reference names.
func (c *modelChecker) method(r Ref) (model.Atom, bool) {
	for _, a := range c.model.Atoms {
		for _, name := range a.Methods {
			if r.MatchFunc(c.model.Module.Path, a.Package, a.Name+"."+name) {
				return a, true
			}
		}
	}
	return model.Atom{}, false
}

func (c *modelChecker) service(s Service) {
	var known []string
	for _, o := range c.model.Services {
		known = append(known, o.Name)
	}
	if len(known) > 0 && !slices.Contains(known, s.Name) && len(s.Owns) == 0 && !c.pinnedTo(s.Name) {
		c.errorf(s.Pos, "service %s owns nothing: the proposal has no service of that name (%s)%s; give it owns, or remove it",
			s.Name, strings.Join(known, ", "), didYouMean(s.Name, known))
	}
	for _, r := range s.Local {
		if !c.hasFunc(r) {
			c.errorf(r.Pos, "%s names no function of module %s%s", r.Text, c.model.Module.Path, didYouMean(r.Text, c.functions()))
		}
	}
}

func (c *modelChecker) pinnedTo(service string) bool {
	return slices.ContainsFunc(c.plan.Pins, func(p Pin) bool { return p.Service == service })
}

func (c *modelChecker) hasFunc(r Ref) bool {
	_, isMethod := c.method(r)
	return isMethod || slices.ContainsFunc(c.model.Atoms, func(a model.Atom) bool {
		return (a.Kind == model.KindFunc || a.Kind == model.KindMethod) && r.MatchFunc(c.model.Module.Path, a.Package, a.Name)
	})
}

// functions are all functions and methods as local would name them.
func (c *modelChecker) functions() []string {
	var names []string
	for _, a := range c.model.Atoms {
		short := lastElement(a.Package) + "." + a.Name
		if a.Kind == model.KindFunc || a.Kind == model.KindMethod {
			names = append(names, short)
		}
		for _, m := range a.Methods {
			names = append(names, short+"."+m)
		}
	}
	return names
}
