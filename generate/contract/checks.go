package contract

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// inMain is the obstacle of a function in package main. Others of the service's code
// there are no obstacle: the program that ran it goes on being one, beside the
// generated one.
func (b *builder) inMain(f *types.Func) []obstacle {
	if f.Pkg().Name() != "main" {
		return nil
	}
	return []obstacle{{CodeMain, "is in package main (" + short(b.module, f.Pkg().Path()) + ")", nil}}
}

// checkPlan refuses names in services.X.local that match no function of the module.
func (b *builder) checkPlan() {
	if b.plan == nil || b.plan.Service(b.service) == nil {
		return
	}
	for _, ref := range b.plan.Service(b.service).Local {
		near, found := "", false
		b.eachFunc(func(f *types.Func) {
			found = found || ref.MatchFunc(b.module, f.Pkg().Path(), planName(f))
			_, name, _ := strings.Cut(ref.Text[strings.LastIndex(ref.Text, "/")+1:], ".")
			last := name[strings.LastIndex(name, ".")+1:]
			if near == "" && last != "" && strings.EqualFold(f.Name(), last) {
				near = b.planRef(f)
			}
		})
		if found {
			continue
		}
		at := token.Position{Filename: b.plan.File, Line: ref.Pos.Line, Column: ref.Pos.Column}
		b.refusals = append(b.refusals, Refusal{
			Code: CodePlan, Position: at, Func: ref.Text,
			Reason: "services." + b.service + ".local has " + ref.Text + ", and no function of the module is called that",
			Cures:  b.cures(CodePlan, map[string]string{"near": near, "service": b.service}),
		})
	}
}

// eachFunc visits the functions and methods declared in the module, by package and
// name.
func (b *builder) eachFunc(visit func(*types.Func)) {
	for _, pkg := range b.prog.Packages {
		if pkg.Types == nil {
			continue
		}
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			switch obj := scope.Lookup(name).(type) {
			case *types.Func:
				visit(obj)
			case *types.TypeName:
				if n, ok := obj.Type().(*types.Named); ok && !obj.IsAlias() {
					for m := range n.Methods() {
						visit(m)
					}
				}
			}
		}
	}
}

// checkVariables refuses package variables of the boundary that others write.
func (b *builder) checkVariables(s *surface) {
	for _, v := range sortedVars(s.vars) {
		callers := slices.DeleteFunc(slices.Clone(s.vars[v]), caller.root)
		if len(callers) == 0 {
			continue
		}
		name := v.Pkg().Name() + "." + v.Name()
		b.refuseAt(CodeVariable, v.Pos(), name,
			name+" is written, locked or has its address taken from outside of "+b.service,
			[]string{b.callerText(callers), name}, b.together(v.Pkg(), callers))
	}
}

// checkFields refuses fields of live types that others touch, once a type.
func (b *builder) checkFields(s *surface) {
	working := s.receivers()
	byOwner := map[*types.Named][]*types.Var{}
	var owners []*types.Named
	for _, v := range sortedVars(s.fields) {
		owner := b.fieldOwner[v]
		if !b.live(owner) || !working[owner] && !b.hasLiveParts(owner, map[*types.Named]bool{}) {
			continue
		}
		if !working[owner] && !slices.ContainsFunc(s.fields[v], func(c caller) bool { return !c.builds }) {
			continue // callers make values of their own
		}
		if byOwner[owner] == nil {
			owners = append(owners, owner)
		}
		byOwner[owner] = append(byOwner[owner], v)
	}
	for _, owner := range owners {
		b.refuseFields(s, owner, byOwner[owner])
	}
}

// refuseFields refuses the fields of one type at the first of them.
func (b *builder) refuseFields(s *surface, owner *types.Named, fields []*types.Var) {
	first := fields[0]
	subject := owner.Obj().Pkg().Name() + "." + owner.Obj().Name()
	reason := subject + "." + first.Name() + " is used from outside of " + b.service
	if len(fields) > 1 {
		var names []string
		for _, v := range fields {
			names = append(names, v.Name())
		}
		reason = fmt.Sprintf("%d fields of %s are used from outside of %s: %s", len(fields), subject, b.service, strings.Join(names, ", "))
	}
	subject += "." + first.Name()
	b.refuseAt(CodeLiveField, first.Pos(), subject, reason, []string{b.callerText(s.fields[first]), subject}, "")
}

// ownsRoutes reports whether the service answers HTTP routes: with them it can move
// although no function crosses.
func (b *builder) ownsRoutes(c *Contract) bool {
	for _, s := range b.model.Services {
		if s.Name == b.service && len(s.Routes) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(c.Left, func(l Left) bool { return l.Reason == LeftRoutes })
}

// checkOutgoing refuses calls from inside the boundary that hand a transaction to
// another service's function, unless the plan keeps that function local.
func (b *builder) checkOutgoing() {
	for _, pkg := range b.prog.Packages {
		if pkg.TypesInfo == nil {
			continue
		}
		for _, file := range pkg.Syntax {
			for _, d := range file.Decls {
				if b.owners.ofDecl(pkg.PkgPath, d) != b.service {
					continue
				}
				from := caller{pkg: pkg.Types, name: declName(d), owner: b.service}
				ast.Inspect(d, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						if f, ok := pkg.TypesInfo.Uses[id].(*types.Func); ok {
							from.pos = id.Pos()
							b.outgoing(f.Origin(), from)
						}
					}
					return true
				})
			}
		}
	}
}

// outgoing refuses one use of a function that takes a transaction.
func (b *builder) outgoing(f *types.Func, from caller) {
	owner := b.owners.of(f)
	if owner == b.service || strings.HasPrefix(owner, "@") || b.localByPlan(f) {
		return
	}
	for i := range f.Signature().Params().Len() {
		t := f.Signature().Params().At(i).Type()
		elem := types.Unalias(t)
		if p, ok := elem.(*types.Pointer); ok {
			elem = types.Unalias(p.Elem())
		}
		n := namedOf(elem)
		if n == nil || !transactionTypes[qualified(n)] {
			continue
		}
		b.refusals = append(b.refusals, Refusal{
			Code: CodeTransaction, Position: b.position(from.pos), Func: from.pkg.Name() + "." + from.name,
			Reason:  from.name + " passes its transaction (" + show(t) + ") to " + funcName(f) + ", which belongs to " + owner,
			Lineage: []string{from.pkg.Name() + "." + from.name, funcName(f), show(t)},
			Cures: b.cures(CodeTransaction, map[string]string{
				"func": b.planRef(f), "short": f.Name(), "service": b.service,
				"callee": owner, "together": b.together(f.Pkg(), []caller{from}),
			}),
		})
		return
	}
}

func sortedVars(m map[*types.Var][]caller) []*types.Var {
	list := slices.Collect(maps.Keys(m))
	slices.SortFunc(list, func(a, b *types.Var) int {
		if c := compareStrings(a.Pkg().Path(), b.Pkg().Path()); c != 0 {
			return c
		}
		return int(a.Pos()) - int(b.Pos())
	})
	return list
}
