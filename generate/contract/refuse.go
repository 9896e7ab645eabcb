package contract

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"
)

// refuse records why a function cannot cross, one refusal for each obstacle.
func (b *builder) refuse(f *types.Func, obs []obstacle, callers []caller) {
	for _, o := range obs {
		r := Refusal{
			Code: o.code, Position: b.position(f.Pos()), Func: funcName(f),
			Reason: f.Name() + " " + o.phrase(),
		}
		if o.code == CodeTransaction {
			r.Lineage = append(r.Lineage, b.callerText(callers))
		}
		r.Lineage = append(append(r.Lineage, funcName(f)), o.lineage...)
		r.Cures = b.cures(o.code, map[string]string{
			"func": b.planRef(f), "short": f.Name(), "service": b.service,
			"callee": b.service, "together": b.together(f.Pkg(), callers),
		})
		b.refusals = append(b.refusals, r)
	}
}

// phrase puts the place of the obstacle before its reason: takes parameter progress,
// which is a function value.
func (o obstacle) phrase() string {
	if len(o.lineage) < 2 {
		return o.reason
	}
	place := o.lineage[0]
	switch {
	case strings.HasPrefix(place, "parameter "):
		place = "takes " + place
	case strings.HasPrefix(place, "result "):
		place = "returns " + place
	default:
		return o.reason
	}
	if steps := o.lineage[1 : len(o.lineage)-1]; len(steps) > 0 {
		return place + ", whose " + strings.Join(steps, " → ") + " " + o.reason
	}
	if strings.HasPrefix(o.reason, "takes ") || strings.HasPrefix(o.reason, "changes ") {
		return o.reason
	}
	return place + ", which " + o.reason
}

// refuseAt records a refusal that is no function's.
func (b *builder) refuseAt(code Code, pos token.Pos, subject, reason string, lineage []string, together string) {
	b.refusals = append(b.refusals, Refusal{
		Code: code, Position: b.position(pos), Func: subject, Reason: reason, Lineage: lineage,
		Cures: b.cures(code, map[string]string{"service": b.service, "together": together}),
	})
}

// refuseService records a refusal of the service as a whole.
func (b *builder) refuseService(code Code, reason string) {
	b.refuseAt(code, b.boundaryPos(), b.service, reason, nil, "")
}

// boundaryPos is where the service's first package begins.
func (b *builder) boundaryPos() token.Pos {
	if pkg := b.prog.Package(b.boundary[0].Path()); pkg != nil && len(pkg.Syntax) > 0 {
		return pkg.Syntax[0].Name.Pos()
	}
	return token.NoPos
}

// cures are those of the code with the names filled in; a cure about a name that is
// not there is left out.
func (b *builder) cures(code Code, with map[string]string) []string {
	rule, _ := RuleOf(code)
	var out []string
	for _, cure := range rule.Cures {
		missing := false
		for _, key := range slices.Sorted(maps.Keys(with)) {
			if with[key] == "" && strings.Contains(cure, "{"+key+"}") {
				missing = true
			}
			cure = strings.ReplaceAll(cure, "{"+key+"}", with[key])
		}
		if !missing && !strings.Contains(cure, "{func}") {
			out = append(out, cure)
		}
	}
	return out
}

// planRef is how the plan refers to a function: billing.Service.Export, with folders
// where another package ends in the same name.
func (b *builder) planRef(f *types.Func) string {
	pkg := f.Pkg().Path()
	name := path.Base(pkg)
	for _, other := range b.prog.Packages {
		if other.PkgPath != pkg && path.Base(other.PkgPath) == name {
			name = short(b.module, pkg)
		}
	}
	return name + "." + planName(f)
}

// together lists the packages of the first caller and of the function, for a pin.
func (b *builder) together(pkg *types.Package, callers []caller) string {
	for _, c := range callers {
		if c.pkg != pkg && !c.root() {
			list := []string{short(b.module, c.pkg.Path()), short(b.module, pkg.Path())}
			slices.Sort(list)
			return strings.Join(list, ", ")
		}
	}
	return ""
}

// callerText is the first caller with its place.
func (b *builder) callerText(callers []caller) string {
	if len(callers) == 0 {
		return "a caller"
	}
	c := callers[0]
	at := b.position(c.pos)
	return fmt.Sprintf("%s.%s (%s:%d)", c.pkg.Name(), c.name, at.Filename, at.Line)
}

// sortRefusals orders by position, then code, then reason.
func sortRefusals(list []Refusal) {
	slices.SortStableFunc(list, func(a, b Refusal) int {
		for _, c := range []int{
			strings.Compare(a.Position.Filename, b.Position.Filename),
			a.Position.Line - b.Position.Line, a.Position.Column - b.Position.Column,
			strings.Compare(string(a.Code), string(b.Code)), strings.Compare(a.Reason, b.Reason),
		} {
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// String is the refusal in the form of a compiler's message, its lineage and cures
// below it.
func (r Refusal) String() string {
	var s strings.Builder
	if r.Position.Line > 0 {
		fmt.Fprintf(&s, "%s:%d:%d: ", r.Position.Filename, r.Position.Line, r.Position.Column)
	}
	fmt.Fprintf(&s, "%s %s\n", r.Code, r.Reason)
	if len(r.Lineage) > 0 {
		fmt.Fprintf(&s, "    %s\n", strings.Join(r.Lineage, " → "))
	}
	if rule, ok := RuleOf(r.Code); ok {
		fmt.Fprintf(&s, "    Why: %s\n", rule.Why)
	}
	for i, cure := range r.Cures {
		word := "Cure: "
		if i > 0 {
			word = "      "
		}
		fmt.Fprintf(&s, "    %s%s\n", word, cure)
	}
	return s.String()
}

// LocalPlan is the part of ficus.yaml that keeps all refused functions local, so that
// the others can be generated; empty when a refusal is no function's.
func LocalPlan(service string, refusals []Refusal) string {
	var refs []string
	for _, r := range refusals {
		ref := ""
		for _, cure := range r.Cures {
			if _, rest, ok := strings.Cut(cure, "{local: ["); ok {
				ref, _, _ = strings.Cut(rest, "]")
			}
		}
		if ref == "" {
			return ""
		}
		refs = append(refs, ref)
	}
	if len(refs) == 0 {
		return ""
	}
	slices.Sort(refs)
	return fmt.Sprintf("services:\n  %s:\n    local: [%s]\n", service, strings.Join(slices.Compact(refs), ", "))
}
