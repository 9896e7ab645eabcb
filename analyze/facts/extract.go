package facts

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
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
		{"containers", e.containers},
		{"buses", e.reflectBuses},
		{"loops", e.repeats},
		{"blind spots", e.blindSpots},
		{"uses", e.uses},
		{"state", e.states},
		{"schema", e.schema},
		{"data", e.tables},
		{"models", e.mapped},
		{"transactions", e.transactions},
		{"resources", e.resources},
		{"routes", e.routes},
		{"surfaces", e.surfaces},
		{"plain functions", e.plain},
		{"error tests", e.errorTests},
		{"interfaces", e.interfaces},
		{"comparisons", e.identities},
		{"tests for nil", e.nilTests},
		{"results that are nil", e.nilResults},
		{"entry points", e.entryPoints},
		{"effects of imports", e.initEffects},
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
	std   map[string]bool         // import paths of the standard library
	spans spans                   // declarations by position
	inits map[*types.Func]string  // init functions: their atom's name

	funcs  []*ssa.Function                         // functions of the module that have a body, sorted
	picked map[*ssa.Function][]ssa.CallInstruction // by eachCall
	// sites are the functions that a call reaches, wrappers and bound methods looked
	// through.
	sites map[ssa.CallInstruction][]*ssa.Function
	// outside are calls that reach methods of other modules' types, assumed those
	// whose receiver comes back from a dependency: see assume.
	outside, assumed map[ssa.CallInstruction]bool
	caller           map[*ssa.Function][]ssa.CallInstruction // who calls, through dispatch too
	loops            map[*ssa.Function]map[*ssa.BasicBlock]bool

	stores   *storeIndex
	comments []tableComment
	// usesLines are the lines that a //ficus:uses comment speaks of, by file.
	usesLines map[string]map[int]bool

	access    []accessSite // of out.Accesses while they are gathered
	callAt    map[callKey]int
	callIndex map[ssa.CallInstruction][]int // into out.Calls
	txCall    map[ssa.CallInstruction]bool
	mutated   mutations
	inPlace   map[keeper]ssa.Instruction // see changedInPlace
	wireable  map[*types.Named]*carried
	// marshalling remembers which types say themselves how they go on a wire.
	marshalling map[*types.Named]bool
	fileRank    map[*token.File]int64 // by name
	impls       map[*types.Interface][]string
	methods     *methodIndex
	embeds      embeds
	named       namedQueries
	sessions    []types.Type // of mappers
	// behindInterface has the mapper that an interface of the module is for, or "".
	behindInterface map[*types.Interface]string
	reads           map[string]string // files other than Go's: name → sum
	altered         []TableDef        // by SQL in the code
	renames         [][2]string
	finder          *tableFinder
	knownReflection map[ssa.CallInstruction]bool // calls of which all targets are known
	prefixed        bool                         // .sql files put a prefix of the installation before names
	gorpNames       map[*types.Named][]string
	beegoPrefixes   map[*types.Named]string
	filled          map[*types.Var]bool     // see setOutside
	links           *linkage                // see linkedStores
	txTyped         kinds                   // see isTxType
	txHolding       kinds                   // see canHold
	prepared        map[string]ssa.Value    // see preparedAs
	illTyped        map[*types.Package]bool // see methodValue
	halfBuilt       bool                    // the same
}

func newExtractor(ctx context.Context, p *source.Program, opt Options) *extractor {
	e := &extractor{
		ctx: ctx, p: p, opt: opt, out: &Facts{},
		reads: map[string]string{}, own: map[*types.Package]bool{}, paths: map[string]bool{}, std: stdPaths(p), inits: map[*types.Func]string{},
		picked: map[*ssa.Function][]ssa.CallInstruction{}, outside: map[ssa.CallInstruction]bool{}, assumed: map[ssa.CallInstruction]bool{},
		caller: map[*ssa.Function][]ssa.CallInstruction{},
		loops:  map[*ssa.Function]map[*ssa.BasicBlock]bool{},
		callAt: map[callKey]int{}, impls: map[*types.Interface][]string{}, wireable: map[*types.Named]*carried{}, marshalling: map[*types.Named]bool{}, callIndex: map[ssa.CallInstruction][]int{}, txCall: map[ssa.CallInstruction]bool{},
	}
	for _, pkg := range p.Packages {
		e.paths[pkg.PkgPath] = true
		if pkg.Types != nil {
			e.own[pkg.Types] = true
		}
	}
	return e
}

// stdPaths gives the packages of the standard library that the module reaches.
func stdPaths(p *source.Program) map[string]bool {
	std := map[string]bool{}
	packages.Visit(p.Packages, nil, func(pkg *packages.Package) {
		first, _, _ := strings.Cut(pkg.PkgPath, "/")
		if pkg.Module == nil && !strings.Contains(first, ".") {
			std[pkg.PkgPath] = true
		}
	})
	for _, pkg := range p.Packages {
		delete(std, pkg.PkgPath)
	}
	return std
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

// cut keeps of the call graph the targets of each call of the module, behind
// wrappers and bound methods, and the callers of each function.
func (e *extractor) cut(callees callees) {
	rank := make(map[*ssa.Function]int, len(e.funcs))
	for i, fn := range e.funcs {
		rank[fn] = i + 1 // 0: of another module, called directly
	}
	sites := 0
	for _, fn := range e.funcs {
		sites += len(e.callsIn(fn))
	}
	e.sites = make(map[ssa.CallInstruction][]*ssa.Function, sites)
	b := behind{e: e, callees: callees, found: map[*ssa.Function][]*ssa.Function{}}
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if !e.stdDispatch(call.Common()) {
				e.targets(call, &b)
			}
		})
	}
	e.assume()
	e.dropMocks()
	for site, list := range e.sites {
		if len(list) > 1 {
			list = slices.Clone(list)
			slices.SortFunc(list, func(a, b *ssa.Function) int { return rank[a] - rank[b] })
			e.sites[site] = slices.Clip(slices.Compact(list))
		}
	}
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			for _, target := range e.sites[call] {
				e.caller[target] = append(e.caller[target], call)
			}
		})
	}
}

// targets notes what a call reaches behind wrappers; dispatch to what another module
// alone implements is noted as leaving.
func (e *extractor) targets(call ssa.CallInstruction, b *behind) {
	var reached []*ssa.Function
	for _, callee := range b.callees(call) {
		targets := b.of(callee, 0)
		switch {
		case call.Common().IsInvoke() && (len(targets) == 0 || e.foreign(callee)):
			e.outside[call] = true
		case len(reached) == 0:
			reached = slices.Clip(targets) // most calls reach one function: those share a list
		default:
			reached = append(reached, targets...)
		}
	}
	if len(reached) > 0 {
		e.sites[call] = reached
	}
}

// maxWrapped bounds how many wrappers are looked through.
const maxWrapped = 8

// behind gives the functions that a callee stands for: of wrappers and bound methods
// those that they call, through dispatch too, as the bound method of an interface
// does.
type behind struct {
	e       *extractor
	callees callees
	found   map[*ssa.Function][]*ssa.Function
}

func (b *behind) of(fn *ssa.Function, depth int) []*ssa.Function {
	if depth > maxWrapped {
		return b.e.through(fn)
	}
	if depth == 0 {
		if out, ok := b.found[fn]; ok {
			return out
		}
	}
	var out []*ssa.Function
	if isWrapper(fn) {
		b.e.eachCall(fn, func(call ssa.CallInstruction) {
			if !b.e.stdDispatch(call.Common()) {
				for _, callee := range b.callees(call) {
					out = append(out, b.of(callee, depth+1)...)
				}
			}
		})
	}
	if len(out) == 0 {
		out = b.e.through(fn)
	}
	if depth == 0 {
		b.found[fn] = out
	}
	return out
}

// lessFunc orders functions by file name and offset: positions alone depend on the
// order in which files were parsed.
func (e *extractor) lessFunc(a, b *ssa.Function) bool {
	if x, y := e.posKey(a.Pos()), e.posKey(b.Pos()); x != y {
		return x < y
	}
	if a.Name() != b.Name() {
		return a.Name() < b.Name()
	}
	return a.String() < b.String()
}

// posKey is a number that orders positions by file name, then offset.
func (e *extractor) posKey(pos token.Pos) int64 {
	if !pos.IsValid() {
		return -1
	}
	if e.fileRank == nil {
		e.rankFiles()
	}
	f := e.p.Fset.File(pos)
	if f == nil {
		return -1
	}
	return e.fileRank[f]<<32 | int64(f.Offset(pos))
}

func (e *extractor) rankFiles() {
	var files []*token.File
	e.p.Fset.Iterate(func(f *token.File) bool {
		files = append(files, f)
		return true
	})
	slices.SortStableFunc(files, func(a, b *token.File) int { return strings.Compare(a.Name(), b.Name()) })
	e.fileRank = make(map[*token.File]int64, len(files))
	for i, f := range files {
		e.fileRank[f] = int64(i)
	}
}
