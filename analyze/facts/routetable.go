package facts

import (
	"go/constant"
	"go/token"
	"maps"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Routes kept in a table, a slice of structs or a map, and registered in a loop, or
// handed to a function that registers them: the registration is read once a row, with
// the row's values for what it takes from there.

// maxRows bounds the rows of one registration.
const maxRows = 4000

// wholeCell and keyCell stand for an element itself and for a map's key.
const (
	wholeCell = -1
	keyCell   = -2
	// partly is in rows that may have values which are not known.
	partly = -3
)

// cell is a value that a loop takes from an element of a table, or a function from a
// struct that it is given.
type cell struct {
	value, table ssa.Value
	field        int
}

// standIns are the values of one row: what stands for the values of the code.
type standIns map[ssa.Value]ssa.Value

// rows gives for each row of the tables that a registration takes its values from
// what stands for these values; one empty row if there is no table.
func (r *routeFinder) rows(rc routeCall) []standIns {
	values := append(r.chainArgs(rc.recv, 0), rc.args...)
	if v, ok := rc.call.(ssa.Value); ok && rc.router == "gorilla/mux" {
		values = append(values, r.laterArgs(v)...)
	}
	conds := branches(rc.call.Block())
	for _, c := range conds {
		values = append(values, c.value)
	}
	var out []standIns
	for _, row := range r.rowsOf(values, 0) {
		if r.holds(conds, row) {
			out = append(out, row)
		}
	}
	return out
}

// rowsOf gives the rows that values are taken from.
func (r *routeFinder) rowsOf(values []ssa.Value, depth int) []standIns {
	f := &cellFinder{r: r}
	for _, v := range values {
		f.find(v, 0)
	}
	rows := []standIns{nil}
	for _, p := range f.params {
		if rows[0] != nil && rows[0][p] != nil {
			continue // of a function whose callers are rows already
		}
		if list := r.callerRows(p.Parent(), depth); len(list) > 0 {
			rows = combine(rows, list)
		}
	}
	for _, table := range f.tables {
		var next []standIns
		for _, row := range rows {
			if next = append(next, r.expand(row, table, f.cells)...); len(next) > maxRows {
				break
			}
		}
		rows = next[:min(len(next), maxRows)]
	}
	return rows
}

// expand gives a row once for each row of a table.
func (r *routeFinder) expand(row standIns, table ssa.Value, cells []cell) []standIns {
	var out []standIns
	for _, t := range r.tableRows(row.of(table)) {
		if as := t.stand(cells, table); as != nil {
			out = append(out, combine([]standIns{row}, []standIns{as})...)
		}
	}
	if len(out) == 0 {
		return []standIns{row}
	}
	return out
}

// callerRows gives for each call of a function what it is given.
func (r *routeFinder) callerRows(fn *ssa.Function, depth int) []standIns {
	var out []standIns
	if depth > 2 || len(r.e.caller[fn]) > maxRows {
		return nil
	}
	for _, call := range r.liveCalls(fn) {
		as := standIns{}
		if v, ok := call.(*ssa.Call); ok {
			as[caller{fn}] = v
		}
		var args []ssa.Value
		for p, a := range bind(call, fn, nil).args {
			as[p] = a
		}
		for _, p := range fn.Params {
			if a := as[p]; a != nil && !r.isRouter(a.Type()) {
				args = append(args, a)
			}
		}
		out = append(out, combine([]standIns{as}, r.rowsOf(args, depth+1))...)
	}
	return out[:min(len(out), maxRows)]
}

// caller is the key, among stand-ins, of the call that runs a function.
type caller struct{ *ssa.Function }

// place is where a route is registered: where its pattern is given, if the call of the
// router is in a function that is given it.
func (r *routeFinder) place(rc routeCall) ssa.CallInstruction {
	if rc.router == "grpc-gateway" {
		return r.calledFromOutside(rc)
	}
	at, args := rc.call, append(r.chainArgs(rc.recv, 0), rc.args...)
	for range 4 {
		fn := topFunc(at.Parent())
		by, ok := r.row[caller{fn}].(*ssa.Call)
		if !ok || !givesPattern(args, fn) {
			break
		}
		at, args = by, by.Call.Args
	}
	return at
}

// givesPattern tells whether all that is said of a pattern comes from the callers of a
// function.
func givesPattern(args []ssa.Value, fn *ssa.Function) bool {
	given := false
	for _, a := range args {
		if !isString(a.Type()) {
			continue
		}
		from, own := patternParts(a, fn)
		if own {
			return false
		}
		given = given || from
	}
	return given
}

// patternParts tells whether a text has parts that a function is given, and whether it
// has others than methods.
func patternParts(v ssa.Value, fn *ssa.Function) (given, own bool) {
	switch v := v.(type) {
	case *ssa.Const:
		text, _ := constantText(v)
		return false, strings.Contains(text, "/")
	case *ssa.BinOp:
		a, ownA := patternParts(v.X, fn)
		b, ownB := patternParts(v.Y, fn)
		return a || b, ownA || ownB
	}
	p := paramOf(v)
	return p != nil && p.Parent() == fn, p == nil || p.Parent() != fn
}

// liveCalls gives the calls of a function, without those from functions that nobody
// calls, such as generators write beside the one that is used, if there are others.
func (r *routeFinder) liveCalls(fn *ssa.Function) []ssa.CallInstruction {
	var live []ssa.CallInstruction
	for _, call := range r.e.caller[fn] {
		if r.live(call.Parent()) {
			live = append(live, call)
		}
	}
	if len(live) == 0 {
		return r.e.caller[fn]
	}
	return live
}

// live tells whether a function may run as far as the module tells: methods and
// anonymous functions always, since others may call them.
func (r *routeFinder) live(fn *ssa.Function) bool {
	return fn.Parent() != nil || fn.Signature.Recv() != nil || fn.Name() == "main" || fn.Name() == "init" ||
		len(r.e.caller[fn]) > 0 || len(r.calls[fn]) > 0
}

// combine joins each row of one list with each of another.
func combine(a, b []standIns) []standIns {
	var out []standIns
	for _, x := range a {
		for _, y := range b {
			if len(out) == maxRows {
				return out
			}
			switch {
			case len(y) == 0:
				out = append(out, x)
			case len(x) == 0:
				out = append(out, y)
			default:
				both := maps.Clone(x)
				maps.Copy(both, y)
				out = append(out, both)
			}
		}
	}
	return out
}

// of gives what stands for a value, or the value.
func (s standIns) of(v ssa.Value) ssa.Value {
	for range 8 {
		other, ok := s[v]
		if !ok || other == v {
			break
		}
		v = other
	}
	return v
}

// chainArgs gives the arguments of the calls before, of the same chain:
// router.Methods(m).Path(p).Handler(h).
func (r *routeFinder) chainArgs(v ssa.Value, depth int) []ssa.Value {
	call, ok := v.(*ssa.Call)
	if !ok || depth > 10 {
		return nil
	}
	rc, ok := r.asRoute(call)
	if !ok {
		return nil
	}
	return append(r.chainArgs(rc.recv, depth+1), rc.args...)
}

// laterArgs gives those of the calls after: router.HandleFunc(p, h).Methods(m).
func (r *routeFinder) laterArgs(v ssa.Value) []ssa.Value {
	var out []ssa.Value
	if v.Referrers() == nil {
		return nil
	}
	for _, in := range *v.Referrers() {
		call, ok := in.(*ssa.Call)
		if !ok {
			continue
		}
		if rc, ok := r.asRoute(call); ok && rc.recv == v {
			out = append(append(out, rc.args...), r.laterArgs(call)...)
		}
	}
	return out
}

// branch is a comparison with a constant that decides whether a block runs.
type branch struct {
	value ssa.Value
	text  string
	equal bool
}

// branches gives the comparisons with constants that lead to a block: a switch over
// the methods of a table's rows.
func branches(b *ssa.BasicBlock) []branch {
	var out []branch
	for d := b.Idom(); d != nil; d = d.Idom() {
		test, ok := d.Instrs[len(d.Instrs)-1].(*ssa.If)
		if !ok {
			continue
		}
		op, ok := test.Cond.(*ssa.BinOp)
		if !ok || op.Op != token.EQL && op.Op != token.NEQ {
			continue
		}
		c, ok := op.Y.(*ssa.Const)
		if !ok || c.Value == nil || c.Value.Kind() != constant.String {
			continue
		}
		for i, next := range d.Succs {
			if len(next.Preds) == 1 && next.Dominates(b) {
				out = append(out, branch{op.X, constant.StringVal(c.Value), (op.Op == token.EQL) == (i == 0)})
			}
		}
	}
	return out
}

// holds tells whether a row comes to the registration.
func (r *routeFinder) holds(conds []branch, row standIns) bool {
	for _, c := range conds {
		v, ok := row.of(c.value).(*ssa.Const)
		if ok && v.Value != nil && v.Value.Kind() == constant.String && (constant.StringVal(v.Value) == c.text) != c.equal {
			return false
		}
	}
	return true
}
