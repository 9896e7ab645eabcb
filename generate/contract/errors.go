package contract

import (
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// alwaysSentinels are tested for whatever the code; sqlSentinels only where
// database/sql is linked anyway.
var (
	alwaysSentinels = map[string][]string{
		"context": {"Canceled", "DeadlineExceeded"},
		"io":      {"EOF", "ErrUnexpectedEOF"},
		"io/fs":   {"ErrNotExist", "ErrExist", "ErrPermission", "ErrInvalid", "ErrClosed"},
	}
	sqlSentinels = map[string][]string{"database/sql": {"ErrNoRows", "ErrTxDone", "ErrConnDone"}}
)

// addErrors finds the sentinels and typed errors that can be met on either side:
// those of the boundary's packages and of the module's packages that they import,
// those of others that the module names, and the standard library's usual ones.
func (b *builder) addErrors(c *Contract, s *surface) {
	linked := b.linked()
	seen := map[*types.Var]bool{}
	add := func(v *types.Var) {
		if !seen[v] && b.isSentinel(v) {
			seen[v] = true
			id := wireID(b.module, v)
			c.Sentinels = append(c.Sentinels, &Sentinel{ID: id, Var: v, Code: statusCode(v.Name())})
		}
	}
	for _, pkg := range linked {
		if b.inModule(pkg.Path()) {
			for _, name := range pkg.Scope().Names() {
				switch obj := pkg.Scope().Lookup(name).(type) {
				case *types.Var:
					add(obj)
				case *types.TypeName:
					b.addTypedError(c, s, obj)
				}
			}
		}
		for _, name := range sqlSentinels[pkg.Path()] {
			if v, ok := pkg.Scope().Lookup(name).(*types.Var); ok {
				add(v)
			}
		}
	}
	for _, v := range b.namedErrors() {
		add(v)
	}
	for _, v := range standardSentinels() {
		known := slices.ContainsFunc(c.Sentinels, func(s *Sentinel) bool { return s.ID == wireID(b.module, v) })
		if !known {
			c.Sentinels = append(c.Sentinels, &Sentinel{ID: wireID(b.module, v), Var: v, Code: statusCode(v.Name())})
		}
	}
	slices.SortFunc(c.Sentinels, func(a, b *Sentinel) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(c.TypedErrors, func(a, b *TypedError) int { return strings.Compare(a.ID, b.ID) })
}

// standardSentinels stand for variables that every program links, whether or not the
// module's types lead to their packages.
func standardSentinels() []*types.Var {
	var list []*types.Var
	for _, p := range slices.Sorted(maps.Keys(alwaysSentinels)) {
		pkg := types.NewPackage(p, path.Base(p))
		for _, name := range alwaysSentinels[p] {
			list = append(list, types.NewVar(token.NoPos, pkg, name, types.Universe.Lookup("error").Type()))
		}
	}
	return list
}

// linked are the boundary's packages and all that they import, by path.
func (b *builder) linked() []*types.Package {
	all := map[string]*types.Package{}
	var visit func(*types.Package)
	visit = func(p *types.Package) {
		if all[p.Path()] != nil {
			return
		}
		all[p.Path()] = p
		for _, imp := range p.Imports() {
			visit(imp)
		}
	}
	for _, p := range b.boundary {
		visit(p)
	}
	var list []*types.Package
	for _, path := range slices.Sorted(maps.Keys(all)) {
		list = append(list, all[path])
	}
	return list
}

// isSentinel reports whether the variable is one that generated code can name.
func (b *builder) isSentinel(v *types.Var) bool {
	return v.Exported() && v.Pkg().Name() != "main" && v.Parent() == v.Pkg().Scope() &&
		importable(b.classifier.importer, v.Pkg().Path()) &&
		types.Identical(v.Type(), types.Universe.Lookup("error").Type())
}

// namedErrors are the error variables of other modules that the boundary's code and
// the packages that call it name.
func (b *builder) namedErrors() []*types.Var {
	found := map[*types.Var]bool{}
	for _, pkg := range b.prog.Packages {
		if pkg.TypesInfo == nil {
			continue
		}
		for _, obj := range pkg.TypesInfo.Uses {
			v, ok := obj.(*types.Var)
			if ok && !v.IsField() && v.Pkg() != nil && !b.inModule(v.Pkg().Path()) && v.Parent() == v.Pkg().Scope() && b.boundaryImports(v.Pkg()) {
				found[v] = true
			}
		}
	}
	return sortedVars(mapKeys(found))
}

func mapKeys(m map[*types.Var]bool) map[*types.Var][]caller {
	out := map[*types.Var][]caller{}
	for v := range m {
		out[v] = nil
	}
	return out
}

// boundaryImports reports whether the boundary links the package.
func (b *builder) boundaryImports(pkg *types.Package) bool {
	if b.links == nil {
		b.links = map[string]bool{}
		for _, p := range b.linked() {
			b.links[p.Path()] = true
		}
	}
	return b.links[pkg.Path()]
}

// addTypedError takes a type that implements error and can be carried.
func (b *builder) addTypedError(c *Contract, s *surface, tn *types.TypeName) {
	n, ok := tn.Type().(*types.Named)
	if !ok || tn.IsAlias() || !tn.Exported() || n.TypeParams().Len() > 0 || types.IsInterface(n) {
		return
	}
	iface := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	value, pointer := types.Implements(n, iface), types.Implements(types.NewPointer(n), iface)
	if !value && !pointer {
		return
	}
	shape, obs := b.classifier.shape(n)
	if len(obs) > 0 {
		if s.types[tn] {
			b.refuseAt(CodeTypedError, tn.Pos(), show(n), show(n)+" is an error type used outside of "+b.service+", and it "+obs[0].reason, append([]string{show(n)}, obs[0].lineage...), "")
		} else {
			b.note(tn.Pos(), show(n), "this error type cannot be carried ("+obs[0].reason+"): it arrives with its text and its causes, errors.As does not find it")
		}
		return
	}
	t := &TypedError{ID: wireID(b.module, tn), Type: n, Pointer: !value, Message: shape.Message, Code: statusCode(tn.Name())}
	if t.Message == nil {
		t.Message = b.classifier.message("wrapper "+types.TypeString(n, nil), func(m *Message) {
			m.Wrapper, m.Type = true, n
			m.Fields = []*Field{{GoName: "Value", ProtoName: "value", Shape: shape}}
		})
	}
	c.TypedErrors = append(c.TypedErrors, t)
}

// statusCode guesses the gRPC code for readers in other languages from an error's
// name; Go callers use errors.Is and errors.As.
func statusCode(name string) string {
	name = strings.ToLower(name)
	for _, rule := range []struct {
		code  string
		words []string
	}{
		{"NotFound", []string{"notfound", "norows", "notexist", "missing", "unknown", "nosuch"}},
		{"AlreadyExists", []string{"exist", "duplicate", "taken"}},
		{"Canceled", []string{"canceled", "cancelled"}},
		{"DeadlineExceeded", []string{"deadline", "timeout"}},
		{"PermissionDenied", []string{"permission", "forbidden", "denied", "notallowed"}},
		{"Unauthenticated", []string{"unauthenticated", "unauthorized", "credentials", "password"}},
		{"ResourceExhausted", []string{"toomany", "toolarge", "exhausted", "quota", "ratelimit"}},
		{"InvalidArgument", []string{"invalid", "malformed", "validation", "mismatch", "required", "bad", "syntax"}},
		{"Aborted", []string{"conflict", "concurrent", "stale"}},
		{"Unimplemented", []string{"notimplemented", "unsupported"}},
		{"FailedPrecondition", []string{"closed", "outof", "insufficient", "not", "txdone", "conndone"}},
	} {
		for _, w := range rule.words {
			if strings.Contains(name, w) {
				return rule.code
			}
		}
	}
	return "Unknown"
}
