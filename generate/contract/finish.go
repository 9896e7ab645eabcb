package contract

import (
	"go/types"
	"slices"
	"strings"
)

// finish collects the messages that are reachable, names and numbers all, and takes
// the result into the lock.
func (b *builder) finish(c *Contract) {
	names := newNamer(b.lock)
	for _, r := range c.Receivers {
		b.nameService(names, r)
	}
	hints := b.collect(c)
	for _, h := range hints {
		names.message(h.message, h.hint)
		c.Messages = append(c.Messages, h.message)
	}
	for _, m := range c.Messages {
		b.finishMessage(m)
	}
	for _, m := range c.Messages {
		b.lock.number(m.key, m)
	}
	for _, r := range c.Receivers {
		for _, m := range r.Methods {
			for _, msg := range []*Message{m.Request, m.Response} {
				b.finishMessage(msg)
				b.lock.number(msg.key, msg)
			}
		}
	}
	sortMessages(c.Messages)
	b.addNotes(c)
	c.Notes = b.notes
	slices.SortStableFunc(c.Notes, func(a, b Note) int {
		if x := strings.Compare(a.Subject, b.Subject); x != 0 {
			return x
		}
		return strings.Compare(a.Text, b.Text)
	})
	c.Notes = slices.CompactFunc(c.Notes, func(a, b Note) bool { return a.Subject == b.Subject && a.Text == b.Text })
	c.Lock = b.lock
}

// nameService names a receiver's service and its methods' messages.
func (b *builder) nameService(names *namer, r *Receiver) {
	key := receiverKey(b.module, r)
	r.ProtoService = names.service(r, key)
	locked := LockedService{Name: r.ProtoService, Methods: map[string]string{}}
	for name, rpc := range b.lock.Services[key].Methods {
		locked.Methods[name] = rpc
	}
	slices.SortFunc(r.Methods, func(a, b *Method) int { return compareStrings(a.Func.Name(), b.Func.Name()) })
	for _, m := range r.Methods {
		if m.RPC = locked.Methods[m.Func.Name()]; m.RPC == "" {
			m.RPC = camel(m.Func.Name())
		}
		locked.Methods[m.Func.Name()] = m.RPC
		base := r.ProtoService + m.RPC
		m.Request.key = "request of " + key + "." + m.Func.Name()
		m.Response.key = "response of " + key + "." + m.Func.Name()
		m.Request.Name, m.Response.Name = base+"Request", base+"Response"
		m.Request.Doc = "Parameters of " + funcName(m.Func) + "."
		m.Response.Doc = "Results of " + funcName(m.Func) + "."
		names.used[m.Request.Name], names.used[m.Response.Name] = true, true
	}
	b.lock.Services[key] = locked
}

// hinted is a message with the name that it gets when its type has none.
type hinted struct {
	message *Message
	hint    string
}

// collect finds all messages reachable from methods and typed errors, in a stable
// order: by what they stand for.
func (b *builder) collect(c *Contract) []hinted {
	hints := map[*Message]string{}
	var visit func(m *Message, parent string)
	visitShape := func(s *Shape, hint string) {
		var walk func(*Shape)
		walk = func(s *Shape) {
			for _, m := range []*Message{s.Message, s.Wrapper, s.Entry} {
				if m != nil {
					if _, ok := hints[m]; !ok {
						hints[m] = hint
						visit(m, hint)
					}
				}
			}
			for _, next := range []*Shape{s.Elem, s.Key} {
				if next != nil {
					walk(next)
				}
			}
		}
		walk(s)
	}
	visit = func(m *Message, parent string) {
		if n := namedOf(orNil(m.Type)); n != nil && !m.Wrapper && !m.Entry {
			parent = typeName(n, parent)
		}
		for _, f := range m.Fields {
			visitShape(f.Shape, parent+camel(f.GoName))
		}
	}
	for _, r := range c.Receivers {
		for _, m := range r.Methods {
			visit(m.Request, r.ProtoService+m.RPC)
			visit(m.Response, r.ProtoService+m.RPC)
		}
	}
	for _, t := range c.TypedErrors {
		if _, ok := hints[t.Message]; !ok {
			hints[t.Message] = t.Type.Obj().Name()
			visit(t.Message, t.Type.Obj().Name())
		}
	}
	var list []hinted
	for m, hint := range hints {
		if m.Entry {
			hint += "Entry"
		}
		list = append(list, hinted{m, hint})
	}
	slices.SortFunc(list, func(x, y hinted) int {
		if c := strings.Compare(x.message.key, y.message.key); c != 0 {
			return c
		}
		return strings.Compare(x.hint, y.hint)
	})
	return list
}

// finishMessage names the fields and says whether nil and empty are kept apart.
func (b *builder) finishMessage(m *Message) {
	fieldNames(m)
	for _, f := range m.Fields {
		if f.Shape.IsRepeated() {
			m.EmptyFields = true
		}
	}
	if m.Doc != "" {
		return
	}
	switch {
	case m.Entry:
		m.Doc = "One key and value of a map."
	case m.Wrapper:
		m.Doc = "A " + show(m.Type) + " that may be nil, or that cannot stand alone."
	default:
		if _, named := types.Unalias(m.Type).(*types.Named); named {
			m.Doc = "The Go type " + show(m.Type) + "."
		} else {
			m.Doc = "A struct without a name."
		}
	}
}
