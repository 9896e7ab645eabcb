package contract

import (
	"go/types"
	"slices"
	"strings"
)

// obstacle is why a type cannot go on the wire, seen from that type.
type obstacle struct {
	code    Code
	reason  string   // is a channel (<-chan int)
	lineage []string // field Progress, chan int
}

// classifier gives types their shapes. One message stands for each struct type;
// which of them the contract has is decided by who is reachable at the end.
type classifier struct {
	module   string
	importer string // import path below which generated code stands
	messages map[string]*Message
	found    map[*Message][]obstacle
	open     map[*Message]bool // being classified: a recursive type
	nested   map[string]bool   // named types being classified that are no structs
}

func newClassifier(module, service string) *classifier {
	return &classifier{
		module: module, importer: module + "/services/" + service,
		messages: map[string]*Message{},
		found:    map[*Message][]obstacle{},
		open:     map[*Message]bool{},
		nested:   map[string]bool{},
	}
}

// shape classifies one type; with obstacles the shape must not be used.
func (c *classifier) shape(t types.Type) (*Shape, []obstacle) {
	if o, bad := knownObstacle(t); bad {
		return nil, []obstacle{o}
	}
	if named := namedOf(t); named != nil {
		if o := c.unnameable(named); o != nil {
			return nil, []obstacle{*o}
		}
		if s := wellKnown(t, named); s != nil {
			return s, nil
		}
	}
	if _, ok := t.Underlying().(*types.Struct); !ok && namedOf(t) != nil {
		key := types.TypeString(types.Unalias(t), nil)
		if c.nested[key] {
			return nil, []obstacle{{CodeRecursive, "contains itself without a struct between (" + show(t) + ")", []string{show(t)}}}
		}
		c.nested[key] = true
		defer delete(c.nested, key)
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return c.basic(t, u)
	case *types.Pointer:
		return c.container(&Shape{Kind: Pointer, Type: t}, u.Elem(), "")
	case *types.Slice:
		if types.Identical(u.Elem(), types.Typ[types.Byte]) {
			return &Shape{Kind: Bytes, Type: t}, nil
		}
		return c.container(&Shape{Kind: Slice, Type: t}, u.Elem(), "element")
	case *types.Array:
		return c.container(&Shape{Kind: Array, Type: t, Len: u.Len()}, u.Elem(), "element")
	case *types.Map:
		return c.mapShape(t, u)
	case *types.Struct:
		return c.structShape(t, u)
	}
	return nil, []obstacle{refusedKind(t)}
}

// wellKnown are types that have a wire form of their own.
func wellKnown(t types.Type, named *types.Named) *Shape {
	switch qualified(named) {
	case "time.Time":
		return &Shape{Kind: Time, Type: t}
	case "time.Duration":
		return &Shape{Kind: Duration, Type: t}
	case "error":
		return &Shape{Kind: Error, Type: t}
	}
	return nil
}

func (c *classifier) basic(t types.Type, u *types.Basic) (*Shape, []obstacle) {
	var kind ShapeKind
	switch info := u.Info(); {
	case u.Kind() == types.Invalid:
		return nil, []obstacle{{CodeUnnameable, "is of a type that does not compile", []string{show(t)}}}
	case u.Kind() == types.UnsafePointer || u.Kind() == types.Uintptr:
		return nil, []obstacle{{CodeUnsafe, "is an address of this process (" + show(t) + ")", []string{show(t)}}}
	case info&types.IsBoolean != 0:
		kind = Bool
	case info&types.IsUnsigned != 0:
		kind = Uint
	case info&types.IsInteger != 0:
		kind = Int
	case u.Kind() == types.Float32:
		kind = Float32
	case u.Kind() == types.Float64:
		kind = Float64
	case info&types.IsString != 0:
		kind = String
	default:
		return nil, []obstacle{{CodeComplex, "is a complex number (" + show(t) + ")", []string{show(t)}}}
	}
	return &Shape{Kind: kind, Type: t}, nil
}

// container fills in the element of a pointer, slice or array.
func (c *classifier) container(s *Shape, elem types.Type, step string) (*Shape, []obstacle) {
	e, obs := c.shape(elem)
	if len(obs) > 0 {
		if s.Kind == Pointer {
			return nil, pointed(s.Type, elem, obs)
		}
		return nil, under(step, obs)
	}
	s.Elem = e
	if s.IsByteArray() {
		return s, nil
	}
	s.Elem = c.wrapped(e)
	return s, nil
}

func (c *classifier) mapShape(t types.Type, u *types.Map) (*Shape, []obstacle) {
	if o := mapKey(u.Key()); o != nil {
		return nil, under("key", []obstacle{*o})
	}
	key, obsKey := c.shape(u.Key())
	value, obsValue := c.shape(u.Elem())
	if obs := append(under("key", obsKey), under("value", obsValue)...); len(obs) > 0 {
		return nil, obs
	}
	s := &Shape{Kind: Map, Type: t, Key: key, Elem: value}
	if key.IsProtoKey() {
		s.Elem = c.wrapped(value)
		return s, nil
	}
	s.Entry = c.message("entry "+types.TypeString(t, nil), func(m *Message) {
		m.Entry = true
		m.Fields = []*Field{{GoName: "Key", ProtoName: "key", Shape: key}, {GoName: "Value", ProtoName: "value", Shape: value}}
	})
	return s, nil
}

// mapKey refuses keys that mean an identity in this process.
func mapKey(t types.Type) *obstacle {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Chan:
		return &obstacle{CodeMapKey, "is compared by identity (" + show(t) + ")", []string{show(t)}}
	}
	return nil
}

// wrapped gives an element the message around it where protobuf cannot hold it
// as it is. Below a pointer, scalars are optional and messages absent; below slices
// and maps nothing can be nil.
func (c *classifier) wrapped(e *Shape) *Shape {
	if e.IsScalar() || e.IsMessage() {
		return e
	}
	inner := *e
	e.Wrapper = c.message("wrapper "+types.TypeString(e.Type, nil), func(m *Message) {
		m.Wrapper, m.Type = true, e.Type
		m.Fields = []*Field{{GoName: "Value", ProtoName: "value", Shape: &inner}}
	})
	return e
}

// message finds or makes the message of a key.
func (c *classifier) message(key string, fill func(*Message)) *Message {
	if m := c.messages[key]; m != nil {
		if c.open[m] {
			m.Recursive = true
		}
		return m
	}
	m := &Message{key: key}
	c.messages[key] = m
	c.open[m] = true
	fill(m)
	delete(c.open, m)
	return m
}

func (c *classifier) structShape(t types.Type, u *types.Struct) (*Shape, []obstacle) {
	key := types.TypeString(types.Unalias(t), nil)
	m := c.message(key, func(m *Message) {
		m.Type = types.Unalias(t)
		c.found[m] = c.fields(m, u)
	})
	obs := c.found[m]
	if len(obs) == 0 {
		return &Shape{Kind: Struct, Type: t, Message: m}, nil
	}
	if s := marshaler(t); s != nil {
		return s, nil
	}
	return nil, obs
}

// fields classifies the fields of a struct.
func (c *classifier) fields(m *Message, u *types.Struct) (obs []obstacle) {
	if o := c.hidden(m.Type, u); o != nil {
		return []obstacle{*o}
	}
	for i := range u.NumFields() {
		f := u.Field(i)
		if f.Name() == "_" {
			continue
		}
		s, bad := c.shape(f.Type())
		if len(bad) > 0 {
			obs = append(obs, under("field "+f.Name(), bad)...)
			continue
		}
		m.Fields = append(m.Fields, &Field{GoName: f.Name(), Embedded: f.Embedded(), Shape: s})
	}
	return obs
}

// hidden refuses structs with fields that only their own package can see.
func (c *classifier) hidden(t types.Type, u *types.Struct) *obstacle {
	var names []string
	for i := range u.NumFields() {
		if f := u.Field(i); !f.Exported() && f.Name() != "_" {
			names = append(names, f.Name())
		}
	}
	if len(names) == 0 {
		return nil
	}
	fields := "field " + names[0]
	if len(names) > 1 {
		fields = "fields " + strings.Join(names[:min(3, len(names))], ", ")
		if len(names) > 3 {
			fields += ", …"
		}
	}
	return &obstacle{CodeUnexported, "has unexported " + fields + " and no MarshalText or MarshalBinary (" + show(t) + ")", []string{show(t)}}
}

// marshaler gives the shape of a type that marshals itself: text for the standard
// library's types, whose text loses nothing, else binary before text.
func marshaler(t types.Type) *Shape {
	kinds := []ShapeKind{Binary, Text}
	if n := namedOf(t); n != nil && n.Obj().Pkg() != nil && isStd(n.Obj().Pkg().Path()) {
		kinds = []ShapeKind{Text, Binary}
	}
	for _, k := range kinds {
		name := map[ShapeKind]string{Binary: "Binary", Text: "Text"}[k]
		if hasMethod(t, "Marshal"+name, 0, 2) && hasMethod(t, "Unmarshal"+name, 1, 1) {
			return &Shape{Kind: k, Type: t}
		}
	}
	return nil
}

// hasMethod looks for a method of *T by name and numbers of parameters and results.
func hasMethod(t types.Type, name string, params, results int) bool {
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, nil, name)
	f, ok := obj.(*types.Func)
	return ok && f.Signature().Params().Len() == params && f.Signature().Results().Len() == results
}

// unnameable refuses types that generated code cannot write down.
func (c *classifier) unnameable(n *types.Named) *obstacle {
	obj := n.Obj()
	pkg := obj.Pkg()
	if pkg == nil {
		return nil
	}
	why := ""
	switch {
	case !obj.Exported():
		why = "is of an unexported type"
	case obj.Parent() != pkg.Scope():
		why = "is of a type declared inside a function"
	case pkg.Name() == "main":
		why = "is of a type of package main, which nothing can import"
	case !importable(c.importer, pkg.Path()):
		why = "is of a type that " + c.importer + " cannot import, it is internal"
	}
	if why == "" {
		return nil
	}
	return &obstacle{CodeUnnameable, why + " (" + show(n) + ")", []string{show(n)}}
}

// importable applies the rule of internal folders.
func importable(from, path string) bool {
	parts := strings.Split(path, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i] == "internal" {
			parent := strings.Join(parts[:i], "/")
			return from == parent || strings.HasPrefix(from, parent+"/")
		}
	}
	return true
}

// refusedKind describes the kinds that no message can hold.
func refusedKind(t types.Type) obstacle {
	name := show(t)
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return obstacle{CodeChannel, "is a channel (" + name + ")", []string{name}}
	case *types.Signature:
		return obstacle{CodeCallback, "is a function value (" + name + ")", []string{name}}
	case *types.Interface:
		if _, param := types.Unalias(t).(*types.TypeParam); param {
			return obstacle{CodeGeneric, "is a type parameter (" + name + ")", []string{name}}
		}
		if u.NumMethods() == 0 {
			return obstacle{CodeAny, "is any value (" + name + ")", []string{name}}
		}
		return obstacle{CodeInterface, "is an interface (" + name + ")", []string{name}}
	}
	return obstacle{CodeInterface, "has no wire form (" + name + ")", []string{name}}
}

// under puts a step before the lineage of obstacles.
func under(step string, obs []obstacle) []obstacle {
	if step == "" {
		return obs
	}
	out := make([]obstacle, len(obs))
	for i, o := range obs {
		o.lineage = append([]string{step}, o.lineage...)
		out[i] = o
	}
	return out
}

// pointed says *sql.Tx where the obstacle is sql.Tx itself.
func pointed(pointer, elem types.Type, obs []obstacle) []obstacle {
	out := slices.Clone(obs)
	for i, o := range out {
		if len(o.lineage) == 1 && o.lineage[0] == show(elem) {
			out[i].lineage = []string{show(pointer)}
			out[i].reason = strings.Replace(o.reason, "("+show(elem)+")", "("+show(pointer)+")", 1)
		}
	}
	return out
}

func namedOf(t types.Type) *types.Named {
	n, _ := types.Unalias(t).(*types.Named)
	return n
}

// qualified is the import path, a dot and the name of a named type.
func qualified(n *types.Named) string {
	if n.Obj().Pkg() == nil {
		return n.Obj().Name()
	}
	return n.Obj().Pkg().Path() + "." + n.Obj().Name()
}

// show writes a type as a reader of the source knows it.
func show(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

// isStd reports whether an import path is of the standard library.
func isStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && !slices.Contains([]string{"main"}, first)
}
