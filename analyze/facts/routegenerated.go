package facts

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
)

// Servers that are generated (oapi-codegen, goa, kratos, ogen, hertz) register handlers of
// their own, which decode a request and call a method of an interface beside them: what
// the module's authors write. That method is who answers, not the code around the call.

// generatedFunc tells whether a function stands in a generated file.
func (r *routeFinder) generatedFunc(fn *ssa.Function) bool {
	if r.generated == nil {
		r.generated = map[string]bool{}
		for _, f := range r.e.p.Files {
			if f.Generated {
				r.generated[f.Path] = true
			}
		}
	}
	file, _, _ := r.e.p.Rel(topFunc(fn).Pos())
	return r.generated[file]
}

// neverCalled tells whether generated code registers and nobody has it do so: what is
// generated for each service of a contract serves nothing until it is called. Of a module
// without programs others may call it.
func (r *routeFinder) neverCalled(rc routeCall) bool {
	fn := topFunc(rc.call.Parent())
	return fn.Signature.Recv() == nil && len(r.calls[fn]) == 0 && r.generatedFunc(fn) && r.programs() &&
		r.callFromOutside(fn, map[*ssa.Function]bool{}) == nil
}

// programs tells whether the module has a main.
func (r *routeFinder) programs() bool {
	return slices.ContainsFunc(r.e.p.Packages, func(pkg *packages.Package) bool { return pkg.Name == "main" })
}

// maxGenerated bounds how many generated functions stand between a route and who
// answers it: goa has six, with one for security.
const maxGenerated = 40

// writtenBehind finds the one method behind a generated handler that people have written: of
// several, such as one for security, that whose name the handler's has in it.
func (r *routeFinder) writtenBehind(fn *ssa.Function) (Ref, bool) {
	if !r.generatedFunc(fn) {
		return Ref{}, false
	}
	found := map[Ref]string{}
	seen := map[*ssa.Function]bool{fn: true}
	for queue := []*ssa.Function{fn}; len(queue) > 0 && len(seen) < maxGenerated; queue = queue[1:] {
		for _, next := range r.passedTo(queue[0], found) {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return named(found, topFunc(fn).Name())
}

// passedTo gives the generated functions that one calls or makes, and notes the written
// methods that it calls through interfaces.
func (r *routeFinder) passedTo(fn *ssa.Function, found map[Ref]string) []*ssa.Function {
	next := append([]*ssa.Function(nil), fn.AnonFuncs...)
	r.e.eachCall(fn, func(call ssa.CallInstruction) {
		for _, site := range r.e.sites[call] {
			for _, t := range r.e.through(site) {
				switch {
				case r.generatedFunc(t):
					next = append(next, t)
				case call.Common().IsInvoke() && r.e.ofModule(t):
					if ref, ok := r.e.refFunc(t); ok {
						found[ref] = call.Common().Method.Name()
					}
				}
			}
		}
	})
	return next
}

// named chooses the only one, or the one whose name the handler's has in it.
func named(found map[Ref]string, handler string) (Ref, bool) {
	best, longest, several := Ref{}, 0, false
	for ref, name := range found {
		length := len(name)
		if len(found) > 1 && !strings.Contains(strings.ToLower(handler), strings.ToLower(name)) {
			continue
		}
		switch {
		case length > longest:
			best, longest, several = ref, length, false
		case length == longest:
			several = true
		}
	}
	return best, longest > 0 && !several
}
