package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// jobs lists the functions that do something again and again as time passes: with
// a loop that never ends by itself and waits for a ticker, or, where a goroutine is
// started for it, sleeps. A loop that counts is a retry, no job.
func (e *extractor) jobs() {
	started := e.started()
	e.eachBody(func(fn *ssa.Function, info *types.Info) {
		if how, pos := timedLoop(info, fn.Syntax()); how != "" {
			e.job(fn, how, pos, started)
		}
	})
}

// started gives the places where a goroutine begins with a function: a go
// statement, or Go of a sync.WaitGroup, an errgroup and the like.
func (e *extractor) started() map[*ssa.Function][]ssa.CallInstruction {
	out := map[*ssa.Function][]ssa.CallInstruction{}
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if _, ok := call.(*ssa.Go); ok {
				for _, t := range e.sites[call] {
					out[t] = append(out[t], call)
				}
				return
			}
			if calleeShort(call.Common()) != "Go" {
				return
			}
			for _, a := range call.Common().Args {
				for _, f := range functionsOf(a) {
					for _, t := range e.through(f) {
						out[t] = append(out[t], call)
					}
				}
			}
		})
	}
	return out
}

// maxStarted bounds how far up the callers the start of a goroutine is looked for.
const maxStarted = 4

func (e *extractor) job(fn *ssa.Function, how string, pos token.Pos, started map[*ssa.Function][]ssa.CallInstruction) {
	ref, ok := e.refFunc(fn)
	if !ok {
		return
	}
	found := e.starts(fn, started, map[*ssa.Function]bool{}, 0)
	for _, call := range found {
		if registrar, ok := e.refInstr(call); ok {
			e.out.EntryPoints = append(e.out.EntryPoints, EntryPoint{Kind: "job", Name: how, Func: ref, Registrar: registrar,
				Evidence: e.evidence(e.posOf(call), model.Resolved, "")})
		}
	}
	if len(found) == 0 && how == "ticker" {
		e.out.EntryPoints = append(e.out.EntryPoints, EntryPoint{Kind: "job", Name: how, Func: ref, Registrar: ref,
			Evidence: e.evidence(pos, model.Guessed, "nothing seen starts it as a goroutine")})
	}
}

// starts finds the goroutines that a function runs in, its callers' included.
func (e *extractor) starts(fn *ssa.Function, started map[*ssa.Function][]ssa.CallInstruction, seen map[*ssa.Function]bool, depth int) []ssa.CallInstruction {
	if seen[fn] || depth > maxStarted {
		return nil
	}
	seen[fn] = true
	if calls := started[fn]; len(calls) > 0 {
		return calls
	}
	var out []ssa.CallInstruction
	for _, call := range e.caller[fn] {
		for _, s := range e.starts(call.Parent(), started, seen, depth+1) {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// timedLoop looks in a function's own body for an endless loop that waits for time
// to pass, and says how.
func timedLoop(info *types.Info, fn ast.Node) (how string, pos token.Pos) {
	body := bodyOf(fn)
	if body == nil {
		return "", token.NoPos
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt:
			if n.Cond == nil && n.Post == nil && n.Init == nil {
				how, pos = better(how, pos, waits(info, n.Body), n.Pos())
			}
		case *ast.RangeStmt:
			if w := channelOfTime(info, n.X); w != "" {
				how, pos = better(how, pos, w, n.Pos())
			}
		}
		return true
	})
	return how, pos
}

func better(how string, pos token.Pos, next string, at token.Pos) (string, token.Pos) {
	if next == "" || how == "ticker" || how != "" && next != "ticker" {
		return how, pos
	}
	return next, at
}

func bodyOf(fn ast.Node) *ast.BlockStmt {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Body
	case *ast.FuncLit:
		return fn.Body
	}
	return nil
}

// waits tells what a loop's body waits for.
func waits(info *types.Info, body *ast.BlockStmt) string {
	how := ""
	ast.Inspect(body, func(n ast.Node) bool {
		w := ""
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				w = channelOfTime(info, n.X)
			}
		case *ast.CallExpr:
			if id := calleeIdent(n.Fun); id != nil && isTimeFunc(info.Uses[id], "Sleep") {
				w = "sleep"
			}
		}
		if how == "" || w == "ticker" {
			how = w
		}
		return true
	})
	return how
}

// channelOfTime recognises ticker.C, timer.C, time.Tick(d) and time.After(d).
func channelOfTime(info *types.Info, x ast.Expr) string {
	switch x := ast.Unparen(x).(type) {
	case *ast.SelectorExpr:
		if x.Sel.Name != "C" {
			return ""
		}
		switch bareTypePath(info.TypeOf(x.X)) {
		case "time.Ticker":
			return "ticker"
		case "time.Timer":
			return "timer"
		}
	case *ast.CallExpr:
		id := calleeIdent(x.Fun)
		switch {
		case id == nil:
		case isTimeFunc(info.Uses[id], "Tick"):
			return "ticker"
		case isTimeFunc(info.Uses[id], "After"):
			return "timer"
		}
	}
	return ""
}

func isTimeFunc(obj types.Object, name string) bool {
	fn, ok := obj.(*types.Func)
	return ok && fn.Pkg() != nil && fn.Pkg().Path() == "time" && fn.Name() == name && fn.Signature().Recv() == nil
}
