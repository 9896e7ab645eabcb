package facts

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// go-zero registers lists of records: server.AddRoutes([]rest.Route{{Method, Path,
// Handler}}, rest.WithPrefix("/v1")).

const goZeroPath = "github.com/zeromicro/go-zero/rest"

// readGoZero reads AddRoutes and AddRoute of a go-zero server.
func (r *routeFinder) readGoZero(rc routeCall) []registration {
	if rc.name != "AddRoutes" && rc.name != "AddRoute" || len(rc.args) == 0 {
		return nil
	}
	prefixes := []string{""}
	for _, opt := range rc.args[1:] {
		if call, ok := opt.(*ssa.Call); ok && calleeShort(&call.Call) == "WithPrefix" && len(call.Call.Args) == 1 {
			prefixes = r.strings(call.Call.Args[0])
		}
	}
	var out []registration
	for _, row := range r.tableRows(behindMiddleware(rc.args[0])) {
		for _, reg := range r.goZeroRow(row, rc.args[0].Type()) {
			for _, p := range prefixes {
				again := reg
				again.pattern = joinPattern(p, reg.pattern)
				out = append(out, again)
			}
		}
	}
	return out
}

// behindMiddleware gives the routes that are wrapped: WithMiddlewares(list, routes...).
func behindMiddleware(v ssa.Value) ssa.Value {
	for range 4 {
		call, ok := v.(*ssa.Call)
		if !ok || !strings.HasPrefix(calleeShort(&call.Call), "WithMiddleware") || len(call.Call.Args) < 2 {
			break
		}
		v = call.Call.Args[len(call.Call.Args)-1]
	}
	return v
}

// written is where code names a value that it makes; of a function by its name it is not
// known.
func written(v ssa.Value) token.Pos {
	if _, ok := v.(ssa.Instruction); ok {
		return v.Pos()
	}
	return token.NoPos
}

// goZeroRow reads one record.
func (r *routeFinder) goZeroRow(row tableRow, list types.Type) []registration {
	elem := list
	if sl, ok := list.Underlying().(*types.Slice); ok {
		elem = sl.Elem()
	}
	st, ok := elem.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	fields := map[string]ssa.Value{}
	for i := range st.NumFields() {
		fields[st.Field(i).Name()] = row[i]
	}
	h := fields["Handler"]
	if fields["Method"] == nil || fields["Path"] == nil || h == nil {
		return nil
	}
	var out []registration
	for _, m := range r.strings(fields["Method"]) {
		for _, p := range r.strings(fields["Path"]) {
			out = append(out, registration{method: strings.ToUpper(m), pattern: p, handler: h, handlers: []ssa.Value{h}, at: written(h)})
		}
	}
	return out
}
