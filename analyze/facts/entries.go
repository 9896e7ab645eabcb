package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// entryPoints lists what starts something besides routes: mains, commands of
// command lines, schedules, consumers, gRPC services, GraphQL resolvers and background
// loops.
func (e *extractor) entryPoints() {
	e.mains()
	e.commands()
	e.files(e.commandLiterals)
	e.graphqlResolvers()
	e.jobs()
	e.consumerLoops()
}

func (e *extractor) mains() {
	for i, pkg := range e.p.SSA {
		if pkg == nil || e.p.Packages[i].Name != "main" {
			continue
		}
		if fn := pkg.Func("main"); fn != nil {
			if ref, ok := e.refFunc(fn); ok {
				path := barePath(e.p.Packages[i].PkgPath)
				e.out.EntryPoints = append(e.out.EntryPoints, EntryPoint{Kind: "main", Name: path[strings.LastIndexByte(path, '/')+1:],
					Func: ref, Registrar: ref, Evidence: e.evidence(fn.Pos(), model.Proved, "")})
			}
		}
	}
}

// recipe is a function or method that registers what is to run.
type recipe struct {
	path string // of the package, without the major version
	name string
	kind string
	text int // argument that names the schedule, topic or task; -1: none
	run  int // argument that runs
	// method of an argument that is no function.
	method string
}

// recipes of schedulers, task queues and message brokers. Of what is not listed
// here the functions are known by the calls, but not as entry points.
var recipes = []recipe{
	{path: "github.com/robfig/cron", name: "AddFunc", kind: "cron", text: 0, run: 1},
	{path: "github.com/robfig/cron", name: "AddJob", kind: "cron", text: 0, run: 1, method: "Run"},
	{path: "github.com/robfig/cron", name: "Schedule", kind: "cron", text: -1, run: 1, method: "Run"},
	{path: "github.com/gogs/cron", name: "AddFunc", kind: "cron", text: 1, run: 2},
	{path: gocronPath, name: "NewJob", kind: "cron", text: 0, run: 1},
	{path: gocronPath, name: "Do", kind: "cron", text: -1, run: 0},
	{path: "github.com/hibiken/asynq", name: "HandleFunc", kind: "task", text: 0, run: 1},
	{path: "github.com/hibiken/asynq", name: "Handle", kind: "task", text: 0, run: 1, method: "ProcessTask"},
	{path: "github.com/riverqueue/river", name: "AddWorker", kind: "task", text: -1, run: 1, method: "Work"},
	{path: "github.com/riverqueue/river", name: "AddWorkerSafely", kind: "task", text: -1, run: 1, method: "Work"},
	{path: kqPath, name: "NewQueue", kind: "consumer", text: -1, run: 1, method: "Consume"},
	{path: kqPath, name: "MustNewQueue", kind: "consumer", text: -1, run: 1, method: "Consume"},
	{path: machineryPath, name: "RegisterTask", kind: "task", text: 0, run: 1},
	{path: pubsubPath, name: "Receive", kind: "consumer", text: -1, run: 1},
	{path: mqttPath, name: "Subscribe", kind: "consumer", text: 0, run: 2},
	{path: mqttPath, name: "AddRoute", kind: "consumer", text: 0, run: 1},
	{path: nsqPath, name: "AddHandler", kind: "consumer", text: -1, run: 0, method: "HandleMessage"},
	{path: nsqPath, name: "AddConcurrentHandlers", kind: "consumer", text: -1, run: 0, method: "HandleMessage"},
	{path: workPath, name: "Job", kind: "task", text: 0, run: 1},
	{path: workPath, name: "JobWithOptions", kind: "task", text: 0, run: 2},
	{path: natsPath, name: "Subscribe", kind: "consumer", text: 0, run: 1},
	{path: natsPath, name: "QueueSubscribe", kind: "consumer", text: 0, run: 2},
	{path: streamPath, name: "Consume", kind: "consumer", text: -1, run: 0},
	{path: saramaPath, name: "Consume", kind: "consumer", text: 1, run: 2, method: "ConsumeClaim"},
	{path: oldSaramaPath, name: "Consume", kind: "consumer", text: 1, run: 2, method: "ConsumeClaim"},
	{path: "github.com/ThreeDotsLabs/watermill/message", name: "AddNoPublisherHandler", kind: "consumer", text: 1, run: 3},
	{path: "github.com/ThreeDotsLabs/watermill/message", name: "AddConsumerHandler", kind: "consumer", text: 1, run: 3},
	{path: "github.com/ThreeDotsLabs/watermill/message", name: "AddHandler", kind: "consumer", text: 1, run: 5},
}

// commands reads the calls that register entry points, and the records that do.
func (e *extractor) commands() {
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		e.eachCall(fn, e.entryCall)
	}
	e.describedStores()
}

func (e *extractor) entryCall(call ssa.CallInstruction) {
	fn, args := calledFunc(call)
	if fn == nil || fn.Pkg() == nil {
		return
	}
	if e.rpcServer(call, fn, args) || e.graphqlRoot(call, fn, args) || e.cqrsEntry(call, fn, args) ||
		e.temporalEntry(call, fn, args) {
		return
	}
	path := barePath(fn.Pkg().Path())
	for _, r := range recipes {
		if r.path == path && r.name == fn.Name() && r.run < len(args) && !isNil(args[r.run]) {
			e.entryOf(call, r, args)
		}
	}
}

// calledFunc gives the declared function or method of a call and its arguments
// without the receiver.
func calledFunc(call ssa.CallInstruction) (*types.Func, []ssa.Value) {
	com := call.Common()
	if com.IsInvoke() {
		return com.Method, com.Args
	}
	callee := com.StaticCallee()
	if callee == nil {
		return nil, nil
	}
	if o := callee.Origin(); o != nil {
		callee = o
	}
	fn, _ := callee.Object().(*types.Func)
	if fn != nil && fn.Signature().Recv() != nil && len(com.Args) > 0 {
		return fn, com.Args[1:]
	}
	return fn, com.Args
}

func (e *extractor) entryOf(call ssa.CallInstruction, r recipe, args []ssa.Value) {
	values := append(e.entryValues(call, r, args), args[r.run])
	for _, f := range e.entryFrames(call, values, nil, 0) {
		names := e.entryNames(values[:len(values)-1], f.env)
		runs := e.runners(e.behindRun(args[r.run], f.env, 0), r.method)
		if runs[0].Atom == "" {
			runs = e.runners(args[r.run], r.method)
		}
		for _, name := range names {
			for _, ref := range runs {
				e.addEntry(f.at, r.kind, strings.ReplaceAll(name, hole, "…"), ref)
			}
		}
	}
}

// entryValues are what names the schedules, topics or tasks that are registered.
func (e *extractor) entryValues(call ssa.CallInstruction, r recipe, args []ssa.Value) []ssa.Value {
	var values []ssa.Value
	switch callee := call.Common().StaticCallee(); {
	case strings.HasPrefix(r.name, "AddWorker"):
		if callee != nil && len(callee.TypeArgs()) == 1 {
			values = []ssa.Value{e.kindOf(callee.TypeArgs()[0])}
		}
	case r.text < 0:
	case r.path == gocronPath && r.name == "NewJob":
		values = gocronSchedule(args[r.text])
	case isString(args[r.text].Type()):
		values = slices.Clone(args[r.text : r.text+1])
	default:
		values = slices.Clone(sliceItems(args[r.text]))
	}
	return slices.DeleteFunc(values, func(v ssa.Value) bool { return v == nil })
}

// entryNames resolves them; one empty name stands for none, and for what is not known.
func (e *extractor) entryNames(values []ssa.Value, en *env) []string {
	var names []string
	for _, v := range values {
		names = append(names, e.resolver(nil).texts(v, en)...)
	}
	if len(names) == 0 {
		return []string{""}
	}
	return names
}

const gocronPath = "github.com/go-co-op/gocron"

// gocronSchedule is the text of gocron.CronJob(text, seconds); of other schedules
// there is none.
func gocronSchedule(v ssa.Value) []ssa.Value {
	if call, ok := bareValue(v).(*ssa.Call); ok && calleeShort(&call.Call) == "CronJob" && len(call.Call.Args) > 0 {
		return call.Call.Args[:1]
	}
	return nil
}

// bareValue looks through conversions to interfaces.
func bareValue(v ssa.Value) ssa.Value {
	for {
		switch x := v.(type) {
		case *ssa.MakeInterface:
			v = x.X
		case *ssa.ChangeInterface:
			v = x.X
		default:
			return v
		}
	}
}

// wrapped is what a function of another module makes something runnable of: the
// function or value behind cron.NewChain(…).Then(job), river.WorkFunc(f),
// gocron.NewTask(f, args…).
func (e *extractor) wrapped(v ssa.Value) ssa.Value {
	for range maxWrapped {
		call, ok := bareValue(v).(*ssa.Call)
		if !ok || call.Call.StaticCallee() != nil && len(call.Call.StaticCallee().Blocks) > 0 {
			break
		}
		_, args := calledFunc(call)
		i := slices.IndexFunc(args, func(a ssa.Value) bool {
			_, isFunc := bareValue(a).Type().Underlying().(*types.Signature)
			return isFunc || types.Identical(a.Type(), call.Type())
		})
		if i < 0 {
			break
		}
		v = args[i]
	}
	return v
}

// runners names the functions behind a value: a function, or the method of what
// is not one. One empty Ref stands for what is not known.
func (e *extractor) runners(v ssa.Value, method string) []Ref {
	var out []Ref
	v = e.wrapped(v)
	for _, fn := range functionsOf(v) {
		for _, target := range e.through(fn) {
			if ref, ok := e.refFunc(target); ok {
				out = append(out, ref)
			}
		}
	}
	if len(out) == 0 {
		v = bareValue(v)
	}
	if len(out) == 0 && method != "" && !types.IsInterface(v.Type()) {
		if ref, ok := e.methodRef(v.Type(), method); ok {
			out = append(out, ref)
		}
	}
	if call, ok := v.(*ssa.Call); ok && len(out) == 0 {
		out = e.factories(call)
	}
	if len(out) == 0 {
		return []Ref{{}}
	}
	return out
}

// factories names what functions of the module give back to run, or them if that is
// not known.
func (e *extractor) factories(call *ssa.Call) []Ref {
	var out []Ref
	if _, isFunc := call.Type().Underlying().(*types.Signature); !isFunc {
		return nil
	}
	for _, fn := range e.sites[call] {
		var given []Ref
		for _, b := range fn.Blocks {
			ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
			if !ok || len(ret.Results) == 0 {
				continue
			}
			for _, f := range functionsOf(ret.Results[0]) {
				for _, target := range e.through(f) {
					if ref, ok := e.refFunc(target); ok && !slices.Contains(given, ref) {
						given = append(given, ref)
					}
				}
			}
		}
		if ref, ok := e.refFunc(fn); ok && len(given) == 0 {
			given = append(given, ref)
		}
		out = append(out, given...)
	}
	return out
}

// methodRef names a method of a type, promoted ones by who declares them.
func (e *extractor) methodRef(t types.Type, method string) (Ref, bool) {
	var pkg *types.Package
	if n := namedOf(t); n != nil {
		pkg = n.Obj().Pkg()
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, pkg, method)
	fn, ok := obj.(*types.Func)
	if !ok || types.IsInterface(fn.Signature().Recv().Type()) {
		return Ref{}, false
	}
	return e.refOf(fn)
}

func (e *extractor) addEntry(at ssa.Instruction, kind, name string, run Ref) {
	registrar, ok := e.refInstr(at)
	if !ok {
		return
	}
	detail := ""
	if call, ok := at.(ssa.CallInstruction); ok {
		detail = calleeShort(call.Common())
	}
	ev := e.evidence(e.posOf(at), model.Resolved, detail)
	if run.Atom == "" {
		ev.Confidence = model.Guessed
	}
	e.out.EntryPoints = append(e.out.EntryPoints, EntryPoint{Kind: kind, Name: name, Func: run, Registrar: registrar, Evidence: ev})
}
