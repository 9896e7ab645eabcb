package contract

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// owners tell which service a declaration belongs to, as the model has it.
type owners struct {
	service  string
	atoms    map[string]string // by atom ID
	packages map[string]string // by import path
}

// newOwners reads the assignment from the model; the service must be in it, or be
// given code by the plan.
func newOwners(m *model.Model, p *plan.Plan, service string) (*owners, error) {
	o := &owners{service: service, atoms: map[string]string{}, packages: map[string]string{}}
	known := map[string]bool{}
	for _, s := range m.Services {
		known[s.Name] = true
		for _, pkg := range s.Packages {
			o.packages[pkg] = s.Name
		}
	}
	for _, u := range m.Units {
		if u.ID == u.Package {
			o.packages[u.Package] = u.Service
		}
		for _, a := range u.Atoms {
			o.atoms[a] = u.Service
		}
	}
	for _, a := range m.Atoms {
		o.atoms[a.ID] = a.Service
	}
	if known[service] {
		return o, nil
	}
	if p != nil && o.fromPlan(m, p) {
		return o, nil
	}
	names := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
	if names == "" {
		return nil, fmt.Errorf("generate %s: the model has no services: run ficus analyze, or name the service's packages in ficus.yaml: services: {%s: {owns: [internal/PACKAGE]}}", service, service)
	}
	return nil, fmt.Errorf("generate %s: no such service, the model has %s: name one of them, or run ficus analyze after a change of the plan", service, names)
}

// fromPlan takes the service's code from services.X.owns; it reports whether any
// matched.
func (o *owners) fromPlan(m *model.Model, p *plan.Plan) bool {
	s := p.Service(o.service)
	if s == nil {
		return false
	}
	found := false
	for _, ref := range s.Owns {
		for _, pkg := range m.Packages {
			if ref.MatchPackage(m.Module.Path, pkg.Path) {
				o.packages[pkg.Path] = o.service
				found = true
			}
		}
		for _, a := range m.Atoms {
			if a.Package != "" && ref.Match(m.Module.Path, a) {
				o.atoms[a.ID] = o.service
				found = true
			}
		}
	}
	return found
}

// of gives the owner of a package-level object, method or field's owner type.
func (o *owners) of(obj types.Object) string {
	if obj == nil || obj.Pkg() == nil {
		return model.Unassigned
	}
	name := obj.Name()
	if f, ok := obj.(*types.Func); ok {
		if n := receiverOf(f); n != nil {
			name = n.Obj().Name()
			if s := o.atoms[obj.Pkg().Path()+"."+name+"."+f.Name()]; s != "" {
				return s // a god type's method
			}
		}
	}
	return o.named(obj.Pkg().Path(), name)
}

func (o *owners) named(pkg, name string) string {
	if s, ok := o.atoms[pkg+"."+name]; ok && s != "" {
		return s
	}
	if s, ok := o.packages[pkg]; ok {
		return s
	}
	return model.Unassigned
}

// ofDecl gives the owner of a top-level declaration.
func (o *owners) ofDecl(pkg string, d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil && len(d.Recv.List) > 0 {
			name := baseName(d.Recv.List[0].Type)
			if s := o.atoms[pkg+"."+name+"."+d.Name.Name]; s != "" {
				return s
			}
			return o.named(pkg, name)
		}
		return o.named(pkg, d.Name.Name)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				return o.named(pkg, spec.Name.Name)
			case *ast.ValueSpec:
				return o.named(pkg, spec.Names[0].Name)
			}
		}
	}
	return o.named(pkg, "")
}

// owns reports whether the boundary's service owns the object.
func (o *owners) owns(obj types.Object) bool { return o.of(obj) == o.service }

// baseName is the type's name in a receiver expression.
func baseName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return baseName(e.X)
	case *ast.ParenExpr:
		return baseName(e.X)
	case *ast.IndexExpr:
		return baseName(e.X)
	case *ast.IndexListExpr:
		return baseName(e.X)
	}
	return ""
}

// receiverOf is the named type of a method's receiver; nil for functions and for
// methods of interface literals.
func receiverOf(f *types.Func) *types.Named {
	recv := f.Signature().Recv()
	if recv == nil {
		return nil
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	if n == nil {
		return nil
	}
	return n.Origin()
}
