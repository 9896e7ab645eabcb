package facts

import (
	"context"
	"fmt"
	"go/ast"
	"go/types"
	"sort"

	"golang.org/x/tools/go/callgraph"
	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

// Options of Extract.
type Options struct {
	// Progress is told what is being done; nil: nobody.
	Progress func(string)
}

// Extract finds all facts of the program. It fails only when ctx ends; what it
// does not understand it lists in Facts.Unresolved.
func Extract(ctx context.Context, p *source.Program, opt Options) (*Facts, error) {
	e := newExtractor(ctx, p, opt)
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"declarations", e.decls},
		{"call graph", e.callGraph},
		{"calls", e.calls},
		{"uses", e.uses},
		{"state", e.states},
		{"schema", e.schema},
		{"data", e.tables},
		{"models", e.mapped},
		{"transactions", e.transactions},
		{"routes", e.routes},
		{"surfaces", e.surfaces},
		{"error tests", e.errorTests},
	} {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("extract facts: %w", err)
		}
		e.progress(step.name)
		e.guard(step.name, step.do)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("extract facts: %w", err)
	}
	e.finish()
	return e.out, nil
}

// extractor holds what the steps share.
type extractor struct {
	ctx context.Context
	p   *source.Program
	opt Options
	out *Facts

	own   map[*types.Package]bool // packages of the module
	paths map[string]bool         // their import paths
	spans spans                   // declarations by position
	inits map[*types.Func]string  // init functions: their atom's name

	funcs  []*ssa.Function // functions of the module that have a body, sorted
	sites  map[ssa.CallInstruction][]*ssa.Function
	caller map[*ssa.Function][]ssa.CallInstruction // who calls, through dispatch too
	loops  map[*ssa.Function]map[*ssa.BasicBlock]bool

	stores   *storeIndex
	comments []tableComment

	access    []accessSite // of out.Accesses while they are gathered
	calls_    map[callKey]int
	callIndex map[ssa.CallInstruction][]int // into out.Calls
	txCall    map[ssa.CallInstruction]bool
	mutated   mutations
	impls     map[*types.Interface][]string
	named     []*types.Named
	embeds    embeds
	altered   []TableDef // by SQL in the code
	renames   [][2]string
	finder    *tableFinder
}

func newExtractor(ctx context.Context, p *source.Program, opt Options) *extractor {
	e := &extractor{
		ctx: ctx, p: p, opt: opt, out: &Facts{},
		own: map[*types.Package]bool{}, paths: map[string]bool{}, inits: map[*types.Func]string{},
		sites:  map[ssa.CallInstruction][]*ssa.Function{},
		caller: map[*ssa.Function][]ssa.CallInstruction{},
		loops:  map[*ssa.Function]map[*ssa.BasicBlock]bool{},
		calls_: map[callKey]int{}, impls: map[*types.Interface][]string{}, callIndex: map[ssa.CallInstruction][]int{}, txCall: map[ssa.CallInstruction]bool{},
	}
	for _, pkg := range p.Packages {
		e.paths[pkg.PkgPath] = true
		if pkg.Types != nil {
			e.own[pkg.Types] = true
		}
	}
	return e
}

func (e *extractor) progress(step string) {
	if e.opt.Progress != nil {
		e.opt.Progress("finding " + step)
	}
}

// guard keeps a defect in one step from losing the facts of all others: it is
// listed as a problem instead.
func (e *extractor) guard(step string, do func()) {
	defer func() {
		if r := recover(); r != nil {
			if e.ctx.Err() != nil {
				return
			}
			e.unresolved(model.Problem{Code: "internal",
				Message: fmt.Sprintf("cannot finish finding %s: %v", step, r),
				Cure:    "report it as a defect of ficus, with the code it was run on"})
		}
	}()
	do()
}

func (e *extractor) unresolved(p model.Problem) {
	e.out.Unresolved = append(e.out.Unresolved, p)
}

// files calls do for each file of the module's packages.
func (e *extractor) files(do func(info *types.Info, pkg *types.Package, f *ast.File)) {
	for _, pkg := range e.p.Packages {
		if pkg.TypesInfo == nil || pkg.Types == nil {
			continue
		}
		for _, f := range pkg.Syntax {
			if e.ctx.Err() != nil {
				return
			}
			do(pkg.TypesInfo, pkg.Types, f)
		}
	}
}

// cut is the callgraph as sites and callers, of the module's functions only.
func (e *extractor) cut(cg *callgraph.Graph) {
	for _, fn := range e.funcs {
		node := cg.Nodes[fn]
		if node == nil {
			continue
		}
		for _, out := range node.Out {
			if out.Site == nil {
				continue
			}
			e.sites[out.Site] = append(e.sites[out.Site], out.Callee.Func)
			for _, target := range e.through(out.Callee.Func) {
				e.caller[target] = append(e.caller[target], out.Site)
			}
		}
	}
	for _, list := range e.sites {
		sort.Slice(list, func(i, j int) bool { return lessFunc(list[i], list[j]) })
	}
	for _, list := range e.caller {
		sort.Slice(list, func(i, j int) bool { return lessInstr(list[i], list[j]) })
	}
}

func lessFunc(a, b *ssa.Function) bool {
	if a.Pos() != b.Pos() {
		return a.Pos() < b.Pos()
	}
	if a.Name() != b.Name() {
		return a.Name() < b.Name()
	}
	return a.String() < b.String()
}

func lessInstr(a, b ssa.Instruction) bool {
	if a.Pos() != b.Pos() {
		return a.Pos() < b.Pos()
	}
	if a.Parent() != b.Parent() {
		return lessFunc(a.Parent(), b.Parent())
	}
	return a.Block().Index < b.Block().Index
}
