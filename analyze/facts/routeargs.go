package facts

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// ofRequest tells whether a type of a router's package is about one request: its Get
// and Add register nothing.
func ofRequest(t types.Type) bool {
	n := namedOf(t)
	if n == nil {
		return false
	}
	switch n.Obj().Name() {
	case "Context", "Ctx", "DefaultCtx", "RouteParams", "Params", "Request", "Response":
		return true
	}
	return false
}

// flattened gives arguments with the elements of the variadic one.
func flattened(com *ssa.CallCommon, args []ssa.Value) []ssa.Value {
	var out []ssa.Value
	for i, a := range args {
		if i == len(args)-1 && com.Signature().Variadic() {
			out = append(out, appendedItems(a)...)
			continue
		}
		out = append(out, a)
	}
	return out
}

// appendedItems gives the elements of a slice as far as they are written: those too that
// are appended to what a function gives, as in append(middleware(), handler)....
func appendedItems(v ssa.Value) []ssa.Value {
	if call, ok := v.(*ssa.Call); ok {
		if b, ok := call.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" {
			return append(appendedItems(call.Call.Args[0]), appendedItems(call.Call.Args[1])...)
		}
	}
	return sliceItems(v)
}

// given gives the arguments of a call, with the functions of a variadic one.
func given(com *ssa.CallCommon) []ssa.Value {
	if !com.Signature().Variadic() || len(com.Args) == 0 {
		return com.Args
	}
	last := com.Args[len(com.Args)-1]
	if sl, ok := last.Type().Underlying().(*types.Slice); !ok || !isFunc(sl.Elem()) {
		return com.Args
	}
	return append(slices.Clone(com.Args), sliceItems(last)...)
}

func isFunc(t types.Type) bool {
	_, ok := t.Underlying().(*types.Signature)
	return ok
}
