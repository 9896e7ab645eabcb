package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Prepared statements that are kept: in a field or variable, filled by db.Prepare or
// by a library that reads the field's tag. Whoever runs one accesses its tables; where
// it is prepared and run in one function, the preparation stands for both.

var statementTypes = []string{"database/sql.Stmt", "github.com/jmoiron/sqlx.Stmt", "github.com/jmoiron/sqlx.NamedStmt"}

func isStatement(t types.Type) bool {
	return slices.Contains(statementTypes, bareTypePath(t))
}

// runsStatement tells whether a method of that name runs a prepared statement.
func runsStatement(name string) bool {
	switch strings.TrimPrefix(strings.TrimSuffix(name, "Context"), "Must") {
	case "Exec", "Query", "QueryRow", "Queryx", "QueryRowx", "Get", "Select":
		return true
	}
	return false
}

// statementSink finds the prepared statement that a call runs.
func (e *extractor) statementSink(call ssa.CallInstruction) (sink, bool) {
	com := call.Common()
	callee := com.StaticCallee()
	if callee == nil || callee.Blocks != nil || callee.Signature.Recv() == nil || len(com.Args) == 0 || !runsStatement(callee.Name()) {
		return sink{}, false
	}
	if !isStatement(callee.Signature.Recv().Type()) {
		return sink{}, false
	}
	return sink{value: com.Args[0], prepared: true}, true
}

// preparedText resolves the SQL of a call that prepares a statement.
func (r *stringResolver) preparedText(call *ssa.Call, en *env) []string {
	if !r.named || !givesStatement(call.Call.Signature()) {
		return nil
	}
	s, ok := r.e.sinkOf(call)
	if !ok || s.prepared {
		return nil
	}
	r.prepared = true
	return r.texts(s.value, en)
}

func givesStatement(sig *types.Signature) bool {
	return sig.Results().Len() > 0 && isStatement(sig.Results().At(0).Type())
}

// kept tells whether the statement that was resolved was prepared elsewhere.
func (r *stringResolver) kept() bool { return r.tagged || r.prepared && r.looked }

// statementOperand gives the statement that a call makes another of, for a
// transaction: tx.Stmtx(stmt), stmt.Unsafe().
func statementOperand(com *ssa.CallCommon) ssa.Value {
	if com.IsInvoke() || !givesStatement(com.Signature()) {
		return nil
	}
	for _, a := range com.Args {
		if m, ok := a.(*ssa.MakeInterface); ok {
			a = m.X
		}
		if isStatement(a.Type()) {
			return a
		}
	}
	return nil
}

// preparedAs gives the SQL that pgx was asked to prepare under the name that a value
// is, else the value: tx.Prepare(ctx, "add", sql), then tx.Exec(ctx, "add").
func (e *extractor) preparedAs(v ssa.Value) ssa.Value {
	name, ok := constantText(v)
	if !ok {
		return v
	}
	if e.prepared == nil {
		e.prepared = map[string]ssa.Value{}
		for _, fn := range e.funcs {
			e.eachCall(fn, e.notePrepared)
		}
	}
	if text := e.prepared[name]; text != nil {
		return text
	}
	return v
}

func (e *extractor) notePrepared(call ssa.CallInstruction) {
	fn, args := calledFunc(call)
	if fn == nil || fn.Name() != "Prepare" || fn.Pkg() == nil || !strings.HasPrefix(barePath(fn.Pkg().Path()), "github.com/jackc/pgx") || len(args) < 3 {
		return
	}
	if name, ok := constantText(args[1]); ok && name != "" && isString(args[2].Type()) {
		e.prepared[name] = args[2]
	}
}
