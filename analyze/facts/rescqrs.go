package facts

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// watermill's cqrs component names topics by the types of events and commands: what is
// published is an event's type, and handlers are made for one.

const cqrsPath = "github.com/ThreeDotsLabs/watermill/components/cqrs"

// cqrsHandlers are the functions that make a handler, and which argument runs.
var cqrsHandlers = map[string]int{"NewGroupEventHandler": 0, "NewEventHandler": 1, "NewCommandHandler": 1}

// cqrs records the events and commands that are published and handled.
func (f *resourceFinder) cqrs(c outsideCall) {
	if c.path != cqrsPath {
		return
	}
	name := c.fn.Name()
	if (name == "Publish" || name == "Send" || name == "SendWithModifiedMessage") && c.fn.Signature().Recv() != nil && len(c.args) > 1 {
		f.published(c.call, c.args[1], name, 0)
	}
	if _, ok := cqrsHandlers[name]; !ok {
		return
	}
	for _, at := range f.e.behindInstances(c.call, 0) {
		if event := f.e.eventName(handledType(c.call)); event != "" {
			f.add(resourceSite{chain: []ssa.Instruction{at}, kind: model.ResourceTopic, access: model.Consume, via: "watermill", detail: name}, event)
		}
	}
}

// published records an event by its type; of one that is given, where it is given.
func (f *resourceFinder) published(at ssa.CallInstruction, v ssa.Value, detail string, depth int) {
	for {
		x, ok := v.(*ssa.ChangeInterface)
		if !ok {
			break
		}
		v = x.X
	}
	if m, ok := v.(*ssa.MakeInterface); ok {
		if event := f.e.eventName(m.X.Type()); event != "" {
			f.add(resourceSite{chain: []ssa.Instruction{at}, kind: model.ResourceTopic, access: model.Publish, via: "watermill", detail: detail}, event)
		}
		return
	}
	p, ok := v.(*ssa.Parameter)
	if !ok || depth >= maxWrappers {
		return
	}
	for _, call := range f.e.caller[p.Parent()] {
		if a, ok := bind(call, p.Parent(), nil).args[p]; ok {
			f.published(call, a, detail, depth+1)
		}
	}
}

// eventName names the module's own type of an event: package.Type.
func (e *extractor) eventName(t types.Type) string {
	n := namedOf(t)
	if n == nil || n.Obj().Pkg() == nil || !e.own[n.Obj().Pkg()] || types.IsInterface(n) {
		return ""
	}
	return n.Obj().Pkg().Name() + "." + n.Obj().Name()
}

// handledType is the type that a generic handler is made for.
func handledType(call ssa.CallInstruction) types.Type {
	callee := call.Common().StaticCallee()
	if callee == nil || len(callee.TypeArgs()) != 1 {
		return types.Typ[types.Invalid]
	}
	return callee.TypeArgs()[0]
}

// behindInstances gives the places that a call in generic code of the module stands
// for: where its instance is made.
func (e *extractor) behindInstances(call ssa.CallInstruction, depth int) []ssa.CallInstruction {
	fn := call.Parent()
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	if len(fn.TypeArgs()) == 0 || depth >= maxWrappers || len(e.caller[fn]) == 0 {
		return []ssa.CallInstruction{call}
	}
	var out []ssa.CallInstruction
	for _, c := range e.caller[fn] {
		for _, at := range e.behindInstances(c, depth+1) {
			if !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	}
	return out
}

// cqrsEntry records a handler of watermill's cqrs component as an entry point.
func (e *extractor) cqrsEntry(call ssa.CallInstruction, fn *types.Func, args []ssa.Value) bool {
	run, ok := cqrsHandlers[fn.Name()]
	if !ok || barePath(fn.Pkg().Path()) != cqrsPath || run >= len(args) {
		return false
	}
	if _, open := handledType(call).(*types.TypeParam); open {
		return true // its instances are read
	}
	event := e.eventName(handledType(call))
	for _, f := range e.entryFrames(call, args[run:run+1], nil, 0) {
		runs := e.runners(e.behindRun(args[run], f.env, 0), "")
		for _, ref := range runs {
			e.addEntry(f.at, "consumer", event, ref)
		}
	}
	return true
}
