package facts

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// containerCalls are the functions of containers of dependency injection that are
// given functions to call, by package. What wire generates is plain code.
var containerCalls = map[string]map[string]bool{
	"go.uber.org/fx":         {"Provide": true, "Invoke": true, "Decorate": true, "Annotate": true},
	"go.uber.org/dig":        {"Provide": true, "Invoke": true, "Decorate": true},
	"github.com/samber/do":   {"Provide": true, "ProvideNamed": true, "ProvideTransient": true, "Override": true, "Lazy": true},
	"github.com/sarulabs/di": {"Add": true},
}

// containerCall tells whether a call gives functions to a container.
func containerCall(call ssa.CallInstruction) bool {
	fn, _ := calledFunc(call)
	return fn != nil && fn.Pkg() != nil && containerCalls[barePath(fn.Pkg().Path())][fn.Name()]
}

// containers adds the calls that a container makes: it runs the constructors and the
// functions that want what these make in the name of whoever gave them to it.
// What arrives at their parameters, assume finds by its type.
func (e *extractor) containers() {
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if !containerCall(call) {
				return
			}
			for _, given := range e.given(call) {
				e.contained(call, given)
			}
		})
	}
}

// given lists the functions of the module among a call's arguments.
func (e *extractor) given(call ssa.CallInstruction) []*ssa.Function {
	var out []*ssa.Function
	com := call.Common()
	for i, a := range com.Args {
		items := []ssa.Value{a}
		if i == len(com.Args)-1 && com.Signature().Variadic() {
			items = sliceItems(a)
		}
		for _, item := range items {
			for _, fn := range functionsOf(item) {
				out = append(out, e.through(fn)...)
			}
		}
	}
	return out
}

func (e *extractor) contained(call ssa.CallInstruction, fn *ssa.Function) {
	from, ok := e.refInstr(call)
	to, ok2 := e.refFunc(fn)
	if !ok || !ok2 || from == to {
		return
	}
	e.addCall(Call{From: from, To: to, Mode: Dynamic, Evidence: e.evidence(e.posOf(call), model.Resolved, e.callName(to)+" by "+calleeShort(call.Common()))})
}

// madeByContainers gives the types that constructors given to containers make.
func (e *extractor) madeByContainers() []types.Type {
	var out []types.Type
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if !containerCall(call) {
				return
			}
			for _, given := range e.given(call) {
				for r := range given.Signature.Results().Variables() {
					if !types.IsInterface(r.Type()) {
						out = append(out, r.Type())
					}
				}
			}
		})
	}
	return out
}
