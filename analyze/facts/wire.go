package facts

import (
	"fmt"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// wire walks the types of one signature.
type wire struct {
	e         *extractor
	context   bool
	err       bool
	fields    int
	obstacles []Obstacle
	stopped   map[string]bool // parameters that cannot cross anyway
	seen      map[types.Type]bool
	reported  map[string]bool
}

func (w *wire) name(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

func (w *wire) signature(fn *types.Func) {
	w.stopped, w.reported = map[string]bool{}, map[string]bool{}
	sig := fn.Signature()
	if sig.TypeParams().Len() > 0 || sig.RecvTypeParams().Len() > 0 {
		w.stop("generic", []string{fn.Name()}, "has type parameters")
	}
	for i := range sig.Params().Len() {
		p := sig.Params().At(i)
		if i == 0 && bareTypePath(p.Type()) == "context.Context" {
			w.context = true
			continue
		}
		name := p.Name()
		if name == "" || name == "_" {
			name = fmt.Sprintf("%d", i+1)
		}
		before := len(w.obstacles)
		w.parameter(p.Type(), "parameter "+name, sig.Variadic() && i == sig.Params().Len()-1)
		if len(w.obstacles) > before && !onlySoft(w.obstacles[before:]) {
			w.stopped[p.Name()] = true
		}
	}
	n := sig.Results().Len()
	for i := range n {
		r := sig.Results().At(i)
		if i == n-1 && isErrorType(r.Type()) {
			w.err = true
			continue
		}
		label := "result"
		if n > 2 || n == 2 && !isErrorType(sig.Results().At(1).Type()) {
			label = fmt.Sprintf("result %d", i+1)
		}
		w.seen = map[types.Type]bool{}
		w.walk(r.Type(), []string{label})
	}
}

// onlySoft: obstacles that do not hide that the argument is changed as well.
func onlySoft(list []Obstacle) bool {
	for _, o := range list {
		if o.Kind != "unexported" && o.Kind != "interface" && o.Kind != "map-key" {
			return false
		}
	}
	return true
}

func (w *wire) parameter(t types.Type, label string, variadic bool) {
	w.seen = map[types.Type]bool{}
	if s, ok := t.(*types.Slice); ok && variadic {
		if optionFunc(s.Elem()) || optionInterface(s.Elem()) {
			w.stop("options", []string{label, "..." + w.name(s.Elem())}, "functional options")
			return
		}
	}
	w.walk(t, []string{label})
}

// optionFunc tells whether the type is a function that sets something in the one
// thing that it is given: it gives nothing back, or an error.
func optionFunc(t types.Type) bool {
	sig, ok := t.Underlying().(*types.Signature)
	if !ok || sig.Params().Len() != 1 || !refers(sig.Params().At(0).Type()) {
		return false
	}
	return sig.Results().Len() == 0 || sig.Results().Len() == 1 && isErrorType(sig.Results().At(0).Type())
}

// optionInterface tells whether the type is an interface that only its own package
// can implement, as options are.
func optionInterface(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for m := range i.Methods() {
		if !m.Exported() {
			return true
		}
	}
	return false
}

func isErrorType(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

func (w *wire) stop(kind string, path []string, detail string) {
	o := Obstacle{Kind: kind, Path: strings.Join(path, " → "), Detail: detail}
	if key := kind + o.Path; !w.reported[key] && len(w.obstacles) < 50 {
		w.reported[key] = true
		w.obstacles = append(w.obstacles, o)
	}
}

// maxFields bounds what is counted of one signature.
const maxFields = 1000

// walk goes through a type as a message would and notes what it cannot carry, with
// the way there.
func (w *wire) walk(t types.Type, path []string) {
	if w.seen[t] || len(path) > 14 || w.fields >= maxFields {
		return
	}
	w.seen[t] = true
	defer delete(w.seen, t)
	if w.known(t, path) {
		return
	}
	switch u := types.Unalias(t).(type) {
	case *types.Named:
		w.named(u, path)
	case *types.TypeParam:
		w.stop("generic", append(path, w.name(t)), "type parameter")
	default:
		w.under(t, path)
	}
}

// carried is what walking a named type finds, whatever the way to it.
type carried struct {
	fields    int
	obstacles []Obstacle // paths from the type on
}

// named walks a named type once and repeats what was found. A recursive type is
// not walked again inside itself.
func (w *wire) named(n *types.Named, path []string) {
	c, ok := w.e.wireable[n]
	if !ok {
		c = &carried{}
		w.e.wireable[n] = c // empty while in progress
		inner := &wire{e: w.e, seen: map[types.Type]bool{}, reported: map[string]bool{}}
		inner.under(n, []string{w.name(n)})
		c.fields, c.obstacles = inner.fields, inner.obstacles
		if !w.e.own[n.Obj().Pkg()] {
			c.obstacles = worst(c.obstacles)
		}
	}
	w.fields = min(w.fields+c.fields, maxFields)
	prefix := strings.Join(path, " → ")
	for _, o := range c.obstacles {
		w.stop(o.Kind, []string{prefix, o.Path}, o.Detail)
	}
}

// worst keeps of what a type of another module cannot carry the one thing that says
// most: nobody can change the type, so its inside is nobody's concern. A lock says
// least, as every type that guards itself has one.
func worst(list []Obstacle) []Obstacle {
	best, rank := -1, len(severity)+1
	for i, o := range list {
		r := slices.Index(severity, o.Kind)
		if r < 0 || lockPath.MatchString(o.Path) {
			r = len(severity)
		}
		if r < rank {
			best, rank = i, r
		}
	}
	if best < 0 {
		return nil
	}
	return list[best : best+1]
}

// severity orders the kinds of obstacles of types, what says most first.
var severity = []string{"transaction", "handle", "channel", "stream", "callback", "interface", "generic", "unexported", "map-key"}

var lockPath = regexp.MustCompile(`(^|→ )\*?(sync|sync/atomic|atomic)\.[A-Za-z]+$`)

func (w *wire) known(t types.Type, path []string) bool {
	named := namedOf(t)
	if named == nil {
		return false
	}
	bare := bareTypePath(named)
	_, isPtr := types.Unalias(t).(*types.Pointer)
	switch {
	case plain[bare]:
		w.fields++
	case handles[bare] != "":
		w.stop(handles[bare], append(path, w.name(t)), "belongs to this process")
	case txTypes[bare], !types.IsInterface(named) && isTx(named, 0):
		w.stop("transaction", append(path, w.name(t)), "the transaction of the caller")
	case named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "io":
		w.stop("stream", append(path, w.name(t)), "a stream")
	case !isPtr && w.marshals(named):
		w.fields++
	default:
		return false
	}
	return true
}

// marshals tells whether the type says itself how it goes on a wire.
func (w *wire) marshals(n *types.Named) bool {
	if types.IsInterface(n) {
		return false
	}
	if is, known := w.e.marshalling[n]; known {
		return is
	}
	is := hasMarshaller(n)
	w.e.marshalling[n] = is
	return is
}

func hasMarshaller(n *types.Named) bool {
	ms := types.NewMethodSet(types.NewPointer(n))
	for _, m := range []string{"MarshalJSON", "MarshalText", "MarshalBinary", "ProtoReflect"} {
		if ms.Lookup(nil, m) != nil {
			return true
		}
	}
	return false
}

func (w *wire) under(t types.Type, path []string) {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Kind() == types.UnsafePointer {
			w.stop("handle", append(path, "unsafe.Pointer"), "an address of this process")
		}
		w.fields++
	case *types.Pointer:
		w.walk(u.Elem(), path)
	case *types.Slice:
		w.element(u.Elem(), path)
	case *types.Array:
		w.element(u.Elem(), path)
	case *types.Map:
		if b, ok := u.Key().Underlying().(*types.Basic); !ok || b.Info()&(types.IsString|types.IsInteger|types.IsBoolean) == 0 {
			w.stop("map-key", append(path, w.name(t)), "keys are no strings or integers")
		}
		w.element(u.Elem(), path)
	case *types.Chan:
		w.stop("channel", append(path, w.name(u)), "a channel")
	case *types.Signature:
		w.stop("callback", append(path, w.name(u)), "a function of this process")
	case *types.Interface:
		w.iface(t, u, path)
	case *types.Struct:
		w.structure(u, path)
	}
}

func (w *wire) element(t types.Type, path []string) {
	if b, ok := t.Underlying().(*types.Basic); ok && b.Kind() == types.Uint8 {
		w.fields++ // bytes
		return
	}
	w.walk(t, append(path, "[]"))
}

func (w *wire) iface(t types.Type, u *types.Interface, path []string) {
	if namedOf(t) == nil {
		path = append(path, w.name(t))
	}
	if isErrorType(t) {
		w.stop("interface", path, "an error that is no result")
		return
	}
	impls := w.e.implementations(u)
	detail := "no type of the module implements it"
	switch {
	case u.NumMethods() == 0:
		detail = "any value"
	case len(impls) > 0:
		detail = "implemented by " + strings.Join(impls, ", ")
	}
	w.stop("interface", path, detail)
}

func (w *wire) structure(st *types.Struct, path []string) {
	if st.NumFields() == 0 {
		return
	}
	told := false
	for i := range st.NumFields() {
		f := st.Field(i)
		if f.Name() == "_" {
			continue
		}
		if !f.Exported() && !f.Embedded() {
			if h := handles[bareTypePath(f.Type())]; h != "" || isTx(f.Type(), 0) {
				w.walk(f.Type(), append(path, f.Name()))
				continue
			}
			if !told {
				told = true
				w.stop("unexported", append(path, f.Name()), "unexported field, and the type does not marshal itself")
			}
			w.fields++
			continue
		}
		w.walk(f.Type(), append(append([]string{}, path...), f.Name()))
	}
}
