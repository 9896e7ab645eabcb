package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// busVia marks what goes through a bus of the module itself: in the process, and
// told by the names of its methods.
const busVia = "in-process bus"

var (
	publishNames = []string{"Publish", "Emit", "Dispatch", "Broadcast", "Fire", "Raise", "Trigger"}
	consumeNames = []string{"Subscribe", "On", "Listen", "AddListener", "AddSubscriber", "RegisterHandler", "Handle"}
)

// buses are the types of the module that both publish and subscribe.
func (e *extractor) buses() map[*types.TypeName]bool {
	out := map[*types.TypeName]bool{}
	for _, pkg := range e.p.Packages {
		if pkg.Types == nil {
			continue
		}
		for _, name := range pkg.Types.Scope().Names() {
			tn, ok := pkg.Types.Scope().Lookup(name).(*types.TypeName)
			if ok && hasMethod(tn.Type(), publishNames, nil) && hasMethod(tn.Type(), consumeNames, subscribes) {
				out[tn] = true
			}
		}
	}
	return out
}

// subscribes tells whether a method takes what to listen to by name, or who is to be
// told, or gives a channel.
func subscribes(sig *types.Signature) bool {
	for v := range sig.Params().Variables() {
		switch t := v.Type().Underlying().(type) {
		case *types.Signature, *types.Chan:
			return true
		case *types.Basic:
			if t.Info()&types.IsString != 0 {
				return true
			}
		case *types.Interface:
			for m := range t.Methods() {
				if startsWith(m.Name(), listenNames) {
					return true
				}
			}
		}
	}
	for v := range sig.Results().Variables() {
		if _, ok := v.Type().Underlying().(*types.Chan); ok {
			return true
		}
	}
	return false
}

// listenNames are methods of those who are told.
var listenNames = []string{"Handle", "On", "Notify", "Consume", "Receive", "Execute", "Listen", "Update"}

func hasMethod(t types.Type, names []string, fits func(*types.Signature) bool) bool {
	if _, ok := t.(*types.Named); !ok {
		return false
	}
	set := types.NewMethodSet(types.NewPointer(t))
	if types.IsInterface(t) {
		set = types.NewMethodSet(t)
	}
	for i := range set.Len() {
		sig, _ := set.At(i).Type().(*types.Signature)
		if startsWith(set.At(i).Obj().Name(), names) && (fits == nil || sig != nil && fits(sig)) {
			return true
		}
	}
	return false
}

// startsWith: On, but OnPlaced too; not Once.
func startsWith(name string, names []string) bool {
	for _, n := range names {
		if rest, ok := strings.CutPrefix(name, n); ok && (rest == "" || rest[0] >= 'A' && rest[0] <= 'Z') {
			return true
		}
	}
	return false
}

// bus records what is published and subscribed to on a bus of the module: by the
// topic's name, or by the type of the event.
func (f *resourceFinder) bus(buses map[*types.TypeName]bool, call ssa.CallInstruction, fn *types.Func, args []ssa.Value) {
	recv := fn.Signature().Recv()
	if recv == nil {
		return
	}
	n := namedOf(recv.Type())
	if n == nil || !buses[n.Obj()] {
		return
	}
	access := model.Access("")
	switch {
	case startsWith(fn.Name(), publishNames):
		access = model.Publish
	case startsWith(fn.Name(), consumeNames):
		access = model.Consume
	}
	if access == "" {
		return
	}
	for _, a := range args {
		switch {
		case isString(a.Type()):
			f.use(call, model.ResourceTopic, access, busVia, fn.Name(), a)
			return
		case f.event(a) != "":
			f.add(resourceSite{chain: []ssa.Instruction{call}, kind: model.ResourceTopic, access: access, via: busVia, detail: fn.Name()}, f.event(a))
			return
		}
	}
}

// event names the type of the module's own that an event has.
func (f *resourceFinder) event(v ssa.Value) string {
	m, ok := v.(*ssa.MakeInterface)
	if !ok {
		return ""
	}
	n := namedOf(m.X.Type())
	if n == nil || n.Obj().Pkg() == nil || !f.e.own[n.Obj().Pkg()] {
		return ""
	}
	if _, ok := n.Underlying().(*types.Struct); !ok {
		return ""
	}
	return n.Obj().Pkg().Name() + "." + n.Obj().Name()
}
