package facts

import (
	"go/token"
	"go/types"
	"slices"
	"sort"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// txTypes are the transactions of the database libraries.
var txTypes = map[string]bool{
	"database/sql.Tx": true, "github.com/jackc/pgx.Tx": true, "github.com/jackc/pgx/pgxpool.Tx": true, "github.com/jmoiron/sqlx.Tx": true,
	"github.com/uptrace/bun.Tx": true, "github.com/go-pg/pg.Tx": true, "gorm.io/gorm.TxCommitter": true, "github.com/gocraft/dbr.Tx": true,
	dbxPath + ".Tx": true, "github.com/doug-martin/goqu.TxDatabase": true, beegoORM + ".TxOrmer": true,
	firestorePath + ".Transaction": true, boltPath + ".Tx": true, reformPath + ".TX": true, badgerPath + ".Txn": true,
}

// sessionTypes are connections that may be in a transaction: only the flow of
// values tells.
var sessionTypes = map[string]bool{
	"gorm.io/gorm.DB": true, "github.com/jinzhu/gorm.DB": true, "xorm.io/xorm.Session": true, "github.com/go-xorm/xorm.Session": true,
	"github.com/uptrace/bun.DB": true, popPath + ".Connection": true, "context.Context": true,
	stormPath + ".Node": true, upperPath + ".Session": true,
}

// txHelpers are functions of libraries that run a function inside a transaction.
var txHelpers = map[string]bool{"Transaction": true, "RunInTx": true, "RunInTransaction": true, "ExecuteTx": true, "BeginFunc": true,
	"BeginTxFunc": true, "InTx": true, "WithTx": true, "WithTransaction": true, "DoTx": true, "DoTxWithCtx": true, "Transactional": true, "TransactionalContext": true, "Tx": true, "TxContext": true}

// transactions finds where transactions are opened and what they reach: calls that
// are given the transaction, something made with it, or a context that carries it,
// and the SQL that runs through it.
func (e *extractor) transactions() {
	t := &txFinder{e: e, openers: map[*ssa.Function]bool{}, helpers: map[*ssa.Parameter]*txBody{}, runs: map[ssa.CallInstruction][]ssa.CallInstruction{}, given: map[*ssa.Parameter]bool{}}
	t.learn()
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		t.e.eachCall(fn, func(call ssa.CallInstruction) { t.open(fn, call) })
	}
	t.mark()
}

// txFinder knows the module's own ways to open a transaction.
type txFinder struct {
	e *extractor
	// openers give a transaction back to their caller.
	openers map[*ssa.Function]bool
	// helpers run a function that they are given inside one.
	helpers map[*ssa.Parameter]*txBody
	// runs and given remember what runsOf and runsGiven gave.
	runs  map[ssa.CallInstruction][]ssa.CallInstruction
	given map[*ssa.Parameter]bool
}

// txBody is how a helper calls the function that it is given.
type txBody struct {
	carried map[int]bool // parameters that carry the transaction
	all     bool         // none does, still all of it runs inside
}

// isTx tells whether the type is a transaction: of a library, or a struct of the
// module that holds one.
func isTx(t types.Type, depth int) bool {
	if t == nil || depth > 2 {
		return false
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return isTx(p.Elem(), depth)
	}
	n := namedOf(t)
	if n == nil {
		return false
	}
	if txTypes[bareTypePath(n)] || isEntTx(n) {
		return true
	}
	st, ok := n.Underlying().(*types.Struct)
	if !ok || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() == "database/sql" {
		return false
	}
	for i := range st.NumFields() {
		if isTx(st.Field(i).Type(), depth+1) {
			return true
		}
	}
	return false
}

// isEntTx recognises the transaction that ent generates: it holds no other.
func isEntTx(n *types.Named) bool {
	if n.Obj().Name() != "Tx" || n.Obj().Pkg() == nil {
		return false
	}
	for _, name := range []string{"Commit", "Rollback", "Client"} {
		obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), true, n.Obj().Pkg(), name)
		if _, ok := obj.(*types.Func); !ok {
			return false
		}
	}
	return true
}

// open records a transaction that a call opens.
func (t *txFinder) open(fn *ssa.Function, call ssa.CallInstruction) {
	if t.begins(call) && !t.openers[fn] && !t.runsParam(fn) {
		w := t.walker()
		w.walk(fn, seedOf(call), false, call, 0)
		t.kept(call, w)
		t.record(call, w)
		return
	}
	for _, i := range sortedKeys(t.helperArgs(call)) {
		body := t.helperArgs(call)[i]
		if p := paramOf(call.Common().Args[i]); p != nil && t.helpers[p] != nil {
			continue
		}
		fns := functionsOf(call.Common().Args[i])
		if t.runsParam(fn) && len(fns) == 1 && fns[0].Parent() == fn {
			continue // the helper's own closure around the function it is given
		}
		w := t.walker()
		for _, f := range fns {
			w.walk(f, bodyParams(f, body), body.all, nil, 0)
			t.inside(f)
		}
		t.record(call, w)
	}
}

// kept follows a transaction that is kept in a field of a struct of the module, to
// all functions that take it from there.
func (t *txFinder) kept(call ssa.CallInstruction, w *txWalker) {
	v, ok := call.(*ssa.Call)
	if !ok {
		return
	}
	for _, f := range keptIn(v, 0) {
		for _, fn := range t.e.funcs {
			loads := map[ssa.Value]bool{}
			eachInstr(fn, func(in ssa.Instruction) {
				if u, ok := in.(*ssa.UnOp); ok && u.Op == token.MUL {
					if fa, ok := u.X.(*ssa.FieldAddr); ok && fieldOf(fa.X.Type(), fa.Field) == f {
						loads[u] = true
					}
				}
			})
			if len(loads) > 0 {
				w.walk(fn, loads, false, nil, 1)
			}
		}
	}
}

// keptIn gives the fields that a transaction, as a call gives it, is stored in.
func keptIn(v ssa.Value, depth int) []*types.Var {
	var out []*types.Var
	if depth > 3 || v.Referrers() == nil {
		return nil
	}
	for _, in := range *v.Referrers() {
		switch in := in.(type) {
		case *ssa.Extract:
			out = append(out, keptIn(in, depth+1)...)
		case *ssa.MakeInterface:
			out = append(out, keptIn(in, depth+1)...)
		case *ssa.Store:
			fa, ok := in.Addr.(*ssa.FieldAddr)
			if ok && in.Val == v && (isTx(v.Type(), 0) || sessionTypes[bareTypePath(v.Type())]) {
				if _, local := fa.X.(*ssa.Alloc); !local { // of a literal: followed by value
					out = append(out, fieldOf(fa.X.Type(), fa.Field))
				}
			}
		}
	}
	return out
}

// inside marks all calls of a transaction's closure: they hold it up, and are not
// undone with it.
func (t *txFinder) inside(fn *ssa.Function) {
	if fn.Parent() == nil {
		return
	}
	visitWithAnon(fn, func(in ssa.Instruction) {
		if call, ok := in.(ssa.CallInstruction); ok {
			t.e.txCall[call] = true
		}
	})
}

// record adds a transaction with the accesses that it reaches.
func (t *txFinder) record(call ssa.CallInstruction, w *txWalker) {
	from, ok := t.e.refInstr(call)
	if !ok {
		return
	}
	tx := Transaction{From: from, Evidence: t.e.evidence(t.e.posOf(call), model.Resolved, calleeShort(call.Common()))}
	for _, a := range t.within(w) {
		tx.Reached = append(tx.Reached, a.index)
		t.e.out.Accesses[a.index].InTx = true
	}
	sort.Ints(tx.Reached)
	for i, old := range t.e.out.Transactions {
		if old.Evidence == tx.Evidence && old.From == tx.From { // another instance of a generic
			t.e.out.Transactions[i].Reached = append(old.Reached, tx.Reached...)
			return
		}
	}
	t.e.out.Transactions = append(t.e.out.Transactions, tx)
	for c := range w.reached {
		t.e.txCall[c] = true
	}
}

// within gives the accesses that a transaction reaches. Of code that several give a
// table's name those are meant that were made with the transaction, if one was.
func (t *txFinder) within(w *txWalker) []accessSite {
	var out []accessSite
	made := map[ssa.CallInstruction]bool{}
	for _, a := range t.e.access {
		if w.reached[a.chain[0]] || a.built && slices.ContainsFunc(t.runsOf(a.chain[0]), func(c ssa.CallInstruction) bool { return w.reached[c] }) {
			out = append(out, a)
			made[a.chain[0]] = made[a.chain[0]] || a.madeBy(w)
		}
	}
	return slices.DeleteFunc(out, func(a accessSite) bool {
		return a.giver != nil && made[a.chain[0]] && !a.madeBy(w)
	})
}

// madeBy tells whether the table's name was given in a function that a transaction
// was followed into.
func (a accessSite) madeBy(w *txWalker) bool {
	return a.giver != nil && w.entered[topFunc(a.giver.Parent())]
}

// mark sets InTx on the calls that are given a transaction.
func (t *txFinder) mark() {
	for _, fn := range t.e.funcs {
		t.e.eachCall(fn, func(call ssa.CallInstruction) {
			if !t.e.txCall[call] {
				return
			}
			for _, i := range t.e.callIndex[call] {
				t.e.out.Calls[i].InTx = true
			}
		})
	}
}

// paramOf gives the parameter that a function value is, also captured by a closure.
func paramOf(v ssa.Value) *ssa.Parameter {
	for range 6 {
		switch x := v.(type) {
		case *ssa.Parameter:
			return x
		case *ssa.FreeVar:
			v = freeVar(x)
		case *ssa.ChangeType:
			v = x.X
		case *ssa.UnOp:
			cell := x.X
			if fv, ok := cell.(*ssa.FreeVar); ok {
				cell = freeVar(fv)
			}
			al, ok := cell.(*ssa.Alloc)
			if !ok {
				return nil
			}
			vals := storedIn(al)
			if len(vals) != 1 {
				return nil
			}
			v = vals[0]
		case *ssa.Alloc:
			vals := storedIn(x)
			if len(vals) != 1 {
				return nil
			}
			v = vals[0]
		default:
			return nil
		}
	}
	return nil
}

// functionsOf gives the functions that a value is known to be.
func functionsOf(v ssa.Value) []*ssa.Function {
	switch v := v.(type) {
	case *ssa.Function:
		return []*ssa.Function{v}
	case *ssa.MakeClosure:
		return []*ssa.Function{v.Fn.(*ssa.Function)}
	case *ssa.ChangeType:
		return functionsOf(v.X)
	case *ssa.MakeInterface:
		return functionsOf(v.X)
	case *ssa.Phi:
		var out []*ssa.Function
		for _, x := range v.Edges {
			if _, again := x.(*ssa.Phi); !again {
				out = append(out, functionsOf(x)...)
			}
		}
		return out
	case *ssa.FreeVar:
		if x := freeVar(v); x != nil {
			if _, again := x.(*ssa.FreeVar); !again {
				return functionsOf(x)
			}
		}
	case *ssa.UnOp:
		cell := v.X
		for range 4 { // captured by closures in closures
			if fv, ok := cell.(*ssa.FreeVar); ok {
				cell = freeVar(fv)
			}
		}
		if al, ok := cell.(*ssa.Alloc); ok {
			var out []*ssa.Function
			for _, x := range storedIn(al) {
				if _, again := x.(*ssa.UnOp); !again {
					out = append(out, functionsOf(x)...)
				}
			}
			return out
		}
	}
	return nil
}
