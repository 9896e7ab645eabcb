package contract

import (
	"context"
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/source"
)

// Options of Build.
type Options struct {
	// Lock is that of the last generation; nil the first time. It is not changed.
	Lock *Lock
}

// Build decides what crosses the boundary of a service. All refusals are reported
// at once, sorted by position; with any, the contract must not be generated from.
// The plan may be nil. An error means that the question could not be answered:
// no such service, packages that do not type-check.
func Build(ctx context.Context, prog *source.Program, m *model.Model, p *plan.Plan, service string, o Options) (*Contract, []Refusal, error) {
	owners, err := newOwners(m, p, service)
	if err != nil {
		return nil, nil, err
	}
	b := &builder{
		prog: prog, model: m, plan: p, service: service, module: prog.Module.Path, owners: owners,
		classifier: newClassifier(prog.Module.Path, service),
		lock:       o.Lock.clone(service),
	}
	if err := b.readBoundary(); err != nil {
		return nil, nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("generate %s: %w", service, err)
	}
	c := b.build()
	sortRefusals(b.refusals)
	return c, b.refusals, nil
}

// builder holds what one Build gathers.
type builder struct {
	prog       *source.Program
	model      *model.Model
	plan       *plan.Plan
	service    string
	module     string
	owners     *owners
	classifier *classifier
	lock       *Lock

	boundary      []*types.Package // with at least one declaration of the service
	boundaryTypes []*types.Named
	fieldOwner    map[*types.Var]*types.Named // of the boundary's structs
	links         map[string]bool             // import paths that the boundary links
	data          map[*types.Named]bool       // types that travel in signatures
	split         map[*types.Named]*splitType // types whose methods are in several services
	mutated       *mutations
	reach         map[*ssa.Function][]*ssa.Function
	allTypes      []*types.Named
	refusals      []Refusal
	notes         []Note
}

// readBoundary finds the service's packages and types.
func (b *builder) readBoundary() error {
	b.fieldOwner = map[*types.Var]*types.Named{}
	b.findSplit()
	var broken []string
	for _, pkg := range b.prog.Packages {
		if pkg.Types == nil {
			continue
		}
		owned := false
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			obj := scope.Lookup(name)
			if !b.owners.owns(obj) {
				_, isType := obj.(*types.TypeName)
				owned = owned || isType && b.ownsMethod(obj)
				continue
			}
			owned = true
			if tn, ok := obj.(*types.TypeName); ok && !tn.IsAlias() {
				b.addType(tn)
			}
		}
		if !owned {
			continue
		}
		b.boundary = append(b.boundary, pkg.Types)
		if b.prog.Broken(pkg.PkgPath) {
			broken = append(broken, pkg.PkgPath)
		}
	}
	if len(broken) > 0 {
		return fmt.Errorf("generate %s: %s does not compile: make go build %s succeed first", b.service, strings.Join(broken, ", "), strings.Join(broken, " "))
	}
	if len(b.boundary) == 0 {
		return fmt.Errorf("generate %s: none of its code was found in %s: run ficus analyze again, the model may be of another state", b.service, b.module)
	}
	return nil
}

func (b *builder) addType(tn *types.TypeName) {
	n, ok := tn.Type().(*types.Named)
	if !ok {
		return
	}
	b.boundaryTypes = append(b.boundaryTypes, n)
	if st, ok := n.Underlying().(*types.Struct); ok {
		for i := range st.NumFields() {
			b.fieldOwner[st.Field(i)] = n
		}
	}
}

func (b *builder) build() *Contract {
	c := &Contract{
		Service: b.service, Module: b.module,
		ProtoPackage: protoName(b.service) + ".v1", Command: b.command(),
	}
	c.PBName = strings.TrimSuffix(c.ProtoPackage, ".v1") + "pb"
	c.PBImport = b.module + "/services/" + b.service + "/" + c.PBName
	s := b.surfaceOf()
	b.data = b.dataTypes(s)
	b.checkPlan()
	cut := b.checkSplit()
	b.checkOutgoing()
	before := len(b.refusals)
	b.addMethods(c, s)
	nothing := len(c.Receivers) == 0 && len(b.refusals) == before && !cut
	b.checkVariables(s)
	b.checkFields(s)
	if nothing && !b.ownsRoutes(c) {
		b.refuseService(CodeNothing, "no function of "+b.service+" is called from outside of it")
	}
	b.addErrors(c, s)
	b.finish(c)
	return c
}

// command is the folder of the service's program: cmd/catalogue, or
// cmd/catalogue-service where the monolith has a program or package of that name.
func (b *builder) command() string {
	dir := "cmd/" + b.service
	if pkg := b.prog.Package(b.module + "/" + dir); pkg != nil && !slices.ContainsFunc(pkg.Syntax, source.ByFicus) {
		dir += "-service"
	}
	return dir
}

// protoName is a service's name as protobuf and Go allow it for a package.
func protoName(service string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(service))
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return "s" + name
	}
	return name
}

// addMethods classifies each function of the surface.
func (b *builder) addMethods(c *Contract, s *surface) {
	receivers := map[string]*Receiver{}
	for _, f := range s.sortedFuncs() {
		if b.split[receiverOf(f)] != nil {
			continue // checkSplit has refused its type
		}
		if reason, ok := b.left(f, s.funcs[f]); ok {
			c.Left = append(c.Left, Left{Func: f, Reason: reason, Position: b.position(f.Pos())})
			b.noteLeft(f, reason, s.funcs[f])
			continue
		}
		m, obs := b.method(f)
		obs = append(append(b.inMain(f), obs...), b.behaviour(f)...)
		if len(obs) > 0 {
			b.refuse(f, obs, s.funcs[f])
			continue
		}
		m.ReadOnly = b.readOnly(f)
		r := b.receiver(receivers, f)
		if r == nil {
			continue
		}
		r.Methods = append(r.Methods, m)
	}
	for _, r := range receivers {
		if len(r.Methods) > 0 {
			c.Receivers = append(c.Receivers, r)
		}
	}
	slices.SortFunc(c.Receivers, func(a, b *Receiver) int { return compareStrings(receiverKey("", a), receiverKey("", b)) })
}

func (b *builder) receiver(all map[string]*Receiver, f *types.Func) *Receiver {
	r := &Receiver{Package: f.Pkg(), Type: receiverOf(f)}
	key := receiverKey(b.module, r)
	if all[key] == nil {
		all[key] = r
	}
	r = all[key]
	if recv := f.Signature().Recv(); recv != nil {
		_, pointer := types.Unalias(recv.Type()).(*types.Pointer)
		r.Pointer = r.Pointer || pointer
	}
	return r
}

// receiverKey identifies a receiver in the lock: internal/catalogue.Service.
func receiverKey(module string, r *Receiver) string {
	key := short(module, r.Package.Path())
	if r.Type != nil {
		key += "." + r.Type.Obj().Name()
	}
	return key
}

// method makes the messages of a function's parameters and results.
func (b *builder) method(f *types.Func) (*Method, []obstacle) {
	sig := f.Signature()
	m := &Method{Func: f, Context: takesContext(f), Error: returnsError(f), Variadic: sig.Variadic()}
	var obs []obstacle
	if sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0 {
		return m, []obstacle{{CodeGeneric, "is generic", nil}}
	}
	if n := receiverOf(f); n != nil {
		if o := b.classifier.unnameable(n); o != nil {
			return m, []obstacle{{o.code, "is a method of a type that generated code cannot name (" + show(n) + ")", []string{show(n)}}}
		}
	}
	first, last := 0, sig.Results().Len()
	if m.Context {
		first = 1
	}
	if m.Error {
		last--
	}
	var bad []obstacle
	m.Request, bad = b.tuple(sig, sig.Params(), first, sig.Params().Len(), "parameter", "p")
	obs = append(obs, bad...)
	m.Response, bad = b.tuple(sig, sig.Results(), 0, last, "result", "r")
	obs = append(obs, bad...)
	if !m.Error {
		obs = append(obs, obstacle{CodeNoError, "returns no error", nil})
	}
	return m, obs
}

// tuple makes a message of parameters or results.
func (b *builder) tuple(sig *types.Signature, tuple *types.Tuple, from, to int, word, prefix string) (*Message, []obstacle) {
	msg := &Message{}
	var obs []obstacle
	for i := from; i < to; i++ {
		v := tuple.At(i)
		name := v.Name()
		if name == "" || name == "_" {
			name = fmt.Sprint(prefix, i-from)
		}
		step := word + " " + name
		if v.Name() == "" || v.Name() == "_" {
			step = fmt.Sprint(word, " ", i+1)
		}
		if o := optionParameter(sig, tuple, i); o != nil {
			obs = append(obs, under(step, []obstacle{*o})...)
			continue
		}
		s, bad := b.classifier.shape(v.Type())
		if len(bad) > 0 {
			obs = append(obs, under(step, bad)...)
			continue
		}
		msg.Fields = append(msg.Fields, &Field{GoName: name, Shape: s})
	}
	return msg, obs
}

// optionParameter recognises functional options: a variadic parameter of functions
// or of an interface called Option.
func optionParameter(sig *types.Signature, tuple *types.Tuple, i int) *obstacle {
	if tuple != sig.Params() || !sig.Variadic() || i != tuple.Len()-1 {
		return nil
	}
	elem := tuple.At(i).Type().(*types.Slice).Elem()
	_, function := elem.Underlying().(*types.Signature)
	n := namedOf(elem)
	if !function && !(n != nil && types.IsInterface(n) && strings.HasSuffix(n.Obj().Name(), "Option")) {
		return nil
	}
	return &obstacle{CodeOptions, "takes functional options (..." + show(elem) + ")", []string{"..." + show(elem)}}
}

// position is relative to the module.
func (b *builder) position(pos token.Pos) token.Position {
	file, line, col := b.prog.Rel(pos)
	return token.Position{Filename: file, Line: line, Column: col}
}

func (b *builder) inModule(path string) bool {
	return path == b.module || strings.HasPrefix(path, b.module+"/")
}

// calledFromOutside reports whether the model, where it has call couplings, knows a
// call of the type's methods from outside the boundary.
func (b *builder) calledFromOutside(n *types.Named) bool {
	id := n.Obj().Pkg().Path() + "." + n.Obj().Name()
	calls := false
	for _, c := range b.model.Couplings {
		if c.Kind != model.CouplingCall {
			continue
		}
		calls = true
		if (c.To == id || strings.HasPrefix(c.To, id+".")) && b.owners.atoms[c.From] != b.service {
			return true
		}
	}
	return !calls
}
