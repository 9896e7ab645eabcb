package contract

import (
	"go/token"
	"go/types"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// note records a lossy or conditional mapping.
func (b *builder) note(pos token.Pos, subject, text string) {
	b.notes = append(b.notes, Note{Position: b.position(pos), Subject: subject, Text: text})
}

// noteLeft says what stays local and what that means.
func (b *builder) noteLeft(f *types.Func, reason LeftReason, callers []caller) {
	name := funcName(f)
	switch reason {
	case LeftConstructor:
		if n := namedOf(f.Signature().Results().At(0).Type()); n != nil {
			if _, option := n.Underlying().(*types.Signature); option {
				return
			}
		}
		for _, c := range callers {
			if !c.root() {
				b.note(f.Pos(), name, "called by "+b.callerText([]caller{c})+", which is no composition root: what it builds there stays local until it is given the client")
				return
			}
		}
	case LeftByPlan:
		b.note(f.Pos(), name, "kept local by ficus.yaml: it runs in the caller's process, with the caller's connections and caches")
	case LeftValueObject:
		if slices.Contains([]string{"Error", "Unwrap", "Is", "As", "String"}, f.Name()) {
			return
		}
		b.note(f.Pos(), name, "a method of a plain value: it runs on the caller's copy")
	case LeftWiring:
		b.note(f.Pos(), name, "called by the composition root only, and cannot cross: it stays part of the wiring, and works in the monolith's process")
	}
}

// addNotes goes through all that crosses.
func (b *builder) addNotes(c *Contract) {
	for _, r := range c.Receivers {
		for _, m := range r.Methods {
			b.noteMethod(m)
		}
	}
	for _, m := range c.Messages {
		b.noteMessage(m)
	}
	b.noteCrossings(c)
	b.noteState()
}

func (b *builder) noteMethod(m *Method) {
	name := funcName(m.Func)
	if !m.Context {
		b.note(m.Func.Pos(), name, "takes no context: the caller cannot end it early, a remote call ends after the client's default deadline")
	}
	for _, f := range m.Response.Fields {
		if f.Shape.Kind == Pointer {
			b.note(m.Func.Pos(), name+" → result "+f.GoName, "a new object with every call: the pointer never equals an earlier one, and changes through it stay on the caller's side")
		}
	}
	for _, f := range append(slices.Clone(m.Request.Fields), m.Response.Fields...) {
		b.noteShape(m.Func.Pos(), name+" → "+f.GoName, f.Shape)
	}
}

func (b *builder) noteMessage(m *Message) {
	if m.Type == nil {
		return
	}
	pos := token.NoPos
	if n := namedOf(m.Type); n != nil {
		pos = n.Obj().Pos()
	}
	if m.Recursive {
		b.note(pos, show(m.Type), "may contain itself: values nested deeper than 9000, and those that contain themselves, are refused with an error")
	}
	for _, f := range m.Fields {
		subject := show(m.Type) + "." + f.GoName
		if m.Wrapper {
			subject = show(m.Type)
		}
		b.noteShape(pos, subject, f.Shape)
	}
}

// noteShape says what a marshaler or an error inside a value means.
func (b *builder) noteShape(pos token.Pos, subject string, s *Shape) {
	switch s.Kind {
	case Text:
		b.note(pos, subject, show(s.Type)+" goes through its MarshalText and UnmarshalText: what they leave out is lost")
	case Binary:
		b.note(pos, subject, show(s.Type)+" goes through its MarshalBinary and UnmarshalBinary: what they leave out is lost")
	case Error:
		b.note(pos, subject, "an error inside a value keeps its text, causes, sentinels and typed errors; other types become text")
	case Map:
		if s.Key.Kind == Float32 || s.Key.Kind == Float64 {
			b.note(pos, subject, "NaN keys come back as new keys")
		}
	}
	for _, next := range []*Shape{s.Key, s.Elem} {
		if next != nil && next.Wrapper == nil {
			b.noteShape(pos, subject, next)
		}
	}
}

// noteCrossings says which calls into the boundary will be slower or lose a guarantee.
func (b *builder) noteCrossings(c *Contract) {
	names := map[string]string{} // as the model has them
	for _, r := range c.Receivers {
		for _, m := range r.Methods {
			names[m.Func.Pkg().Path()+"."+planName(m.Func)] = funcName(m.Func)
		}
	}
	for _, bill := range b.model.Bills {
		if bill.Service != b.service {
			continue
		}
		for _, x := range bill.Crossings {
			if x.Kind != model.CouplingCall || x.ToService != b.service || len(x.Evidence) == 0 {
				continue
			}
			at := x.Evidence[0].File + ":" + itoa(x.Evidence[0].Line)
			subject := names[x.Callee]
			if subject == "" {
				continue // stays local, or is called the other way round
			}
			if x.InLoop {
				b.notes = append(b.notes, Note{Subject: subject, Text: "called in a loop at " + at + ": each turn becomes a round trip"})
			}
			if x.InTx {
				b.notes = append(b.notes, Note{Subject: subject, Text: "called while a transaction of the caller is open at " + at + ": its own work commits on its own, as before, but the transaction now waits for the network"})
			}
		}
	}
}

// noteState lists package variables of the module that both sides use: each process
// has its own after the cut.
func (b *builder) noteState() {
	users := map[string][2]bool{} // inside, outside
	for _, x := range b.model.Couplings {
		if x.Kind != model.CouplingState {
			continue
		}
		u := users[x.To]
		if b.owners.atoms[x.From] == b.service {
			u[0] = true
		} else {
			u[1] = true
		}
		if x.Access != model.Read {
			users[x.To+" written"] = [2]bool{true, true}
		}
		users[x.To] = u
	}
	for name, u := range users {
		if u[0] && u[1] && users[name+" written"][0] {
			b.notes = append(b.notes, Note{Subject: short(b.module, name), Text: "a package variable that both sides use and one of them changes: each process has its own"})
		}
	}
}
