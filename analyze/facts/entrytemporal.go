package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Temporal, and Cadence before it: workers register workflows and activities, which run
// when others ask for them by function or by name. An object registers each of its
// exported methods as an activity.

// temporalPaths are the packages whose functions and methods register.
var temporalPaths = map[string]bool{"go.temporal.io/sdk/worker": true, "go.uber.org/cadence/worker": true,
	"go.uber.org/cadence/internal": true, "go.uber.org/cadence/workflow": true, "go.uber.org/cadence/activity": true}

// temporalAsks are the functions that ask for a workflow or an activity, and which
// argument says for which.
var temporalAsks = map[string]int{"ExecuteActivity": 1, "ExecuteLocalActivity": 1, "ExecuteChildWorkflow": 1,
	"ExecuteWorkflow": 2, "StartWorkflow": 2, "SignalWithStartWorkflow": 5}

const temporalVia = "temporal"

// temporalRegisters tells whether a call registers a workflow or an activity.
func temporalRegisters(fn *types.Func, args []ssa.Value) bool {
	name := fn.Name()
	return len(args) > 0 && temporalPaths[barePath(fn.Pkg().Path())] && (strings.HasPrefix(name, "RegisterWorkflow") ||
		strings.HasPrefix(name, "RegisterActivity") || name == "Register" || name == "RegisterWithOptions")
}

// temporalEntry records what a worker registers.
func (e *extractor) temporalEntry(call ssa.CallInstruction, fn *types.Func, args []ssa.Value) bool {
	if !temporalRegisters(fn, args) {
		return false
	}
	for _, job := range e.temporalJobs(call, args) {
		e.addEntry(job.at, "task", strings.ReplaceAll(job.name, hole, "…"), job.run)
	}
	return true
}

// temporalJob is a workflow or an activity that is registered somewhere.
type temporalJob struct {
	at   ssa.CallInstruction
	name string
	run  Ref
}

// temporalJobs reads a registration, where it is given what it registers.
func (e *extractor) temporalJobs(call ssa.CallInstruction, args []ssa.Value) []temporalJob {
	var named []ssa.Value
	if len(args) > 1 {
		named = (&routeFinder{e: e}).structField(args[1], "Name", 0)
	}
	var out []temporalJob
	for _, f := range e.entryFrames(call, append(append([]ssa.Value(nil), named...), args[0]), nil, 0) {
		run := bareValue(e.behindRun(args[0], f.env, 0))
		for _, name := range e.entryNames(named, f.env) {
			if isFunc(run.Type()) {
				for _, ref := range e.runners(run, "") {
					out = append(out, temporalJob{f.at, temporalName(name, run), ref})
				}
				continue
			}
			out = append(out, e.temporalMethods(f.at, name, run.Type())...)
		}
	}
	return out
}

// temporalName is the name that is given, or that of the function.
func temporalName(name string, run ssa.Value) string {
	for _, fn := range functionsOf(run) {
		if name == "" {
			name = shortFunc(fn)
		}
	}
	return name
}

// shortFunc is a function's name as Temporal takes it: that of a method value without
// what Go adds.
func shortFunc(fn *ssa.Function) string {
	name, _, _ := strings.Cut(fn.Name(), "$")
	return name
}

// temporalMethods are the activities of an object: a prefix and the method's name.
func (e *extractor) temporalMethods(at ssa.CallInstruction, prefix string, t types.Type) []temporalJob {
	var out []temporalJob
	set := types.NewMethodSet(t)
	for i := range set.Len() {
		fn, ok := set.At(i).Obj().(*types.Func)
		if !ok || !fn.Exported() || fn.Signature().Results().Len() == 0 ||
			!isErrorType(fn.Signature().Results().At(fn.Signature().Results().Len()-1).Type()) {
			continue
		}
		if ref, ok := e.refOf(fn); ok {
			out = append(out, temporalJob{at, prefix + fn.Name(), ref})
		}
	}
	return out
}

// temporal records the workflows and activities that are registered and asked for, by
// name.
func (f *resourceFinder) temporal(c outsideCall) {
	if temporalRegisters(c.fn, c.args) {
		for _, job := range f.e.temporalJobs(c.call, c.args) {
			if name := resourceName(model.ResourceTopic, job.name); name != "" {
				f.add(temporalSite(job.at, model.Consume, c.fn.Name()), name)
			}
		}
		return
	}
	at, ok := temporalAsks[c.fn.Name()]
	if !ok || at >= len(c.args) || !strings.HasPrefix(c.path, "go.temporal.io/sdk/") && !strings.HasPrefix(c.path, "go.uber.org/cadence/") {
		return
	}
	v := bareValue(c.args[at])
	switch {
	case isString(v.Type()):
		f.use(c.call, model.ResourceTopic, model.Publish, temporalVia, c.fn.Name(), v)
	case isFunc(v.Type()) && c.fn.Name() != "ExecuteLocalActivity": // which runs in place, registered or not
		if name := temporalName("", v); name != "" {
			f.add(temporalSite(c.call, model.Publish, c.fn.Name()), name)
		}
	}
}

func temporalSite(at ssa.Instruction, access model.Access, detail string) resourceSite {
	return resourceSite{chain: []ssa.Instruction{at}, kind: model.ResourceTopic, access: access, via: temporalVia, detail: detail}
}
