package contract

import (
	"fmt"
	"go/types"
	"path"
	"slices"
	"strings"
	"unicode"
)

// words splits a Go identifier: HTTPServerID → http server id. Letters outside of
// ASCII, which protobuf does not know, become their code points.
func words(name string) []string {
	var out []string
	var cur []rune
	runes := []rune(name)
	flush := func() {
		if len(cur) > 0 {
			out = append(out, asciiWord(cur))
			cur = nil
		}
	}
	for i, r := range runes {
		switch {
		case r == '_':
			flush()
			continue
		case unicode.IsUpper(r):
			after := i + 1
			if i > 0 && (!unicode.IsUpper(runes[i-1]) || after < len(runes) && unicode.IsLower(runes[after])) {
				// IDs and URLs stay one word
				if !(unicode.IsUpper(runes[i-1]) && runes[after] == 's' && after+1 == len(runes)) {
					flush()
				}
			}
		}
		cur = append(cur, unicode.ToLower(r))
	}
	flush()
	return out
}

func asciiWord(word []rune) string {
	var b strings.Builder
	for _, r := range word {
		if r < unicode.MaxASCII {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "u%04x", r)
		}
	}
	return b.String()
}

// snake is a proto field name: max_per_order.
func snake(name string) string {
	s := strings.Join(words(name), "_")
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		s = "f" + s
	}
	return s
}

// camel is a proto message name: acronyms stay as the Go name has them.
func camel(name string) string {
	var b strings.Builder
	for _, part := range strings.Split(name, "_") {
		if part == "" {
			continue
		}
		for i, r := range part {
			if i == 0 {
				r = unicode.ToUpper(r)
			}
			if r < unicode.MaxASCII {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, "U%04x", r)
			}
		}
	}
	if b.Len() == 0 {
		return "X"
	}
	return b.String()
}

// GoField is the name that protoc-gen-go gives a field: MaxPerOrder.
func GoField(protoName string) string {
	var b strings.Builder
	upper := true
	for i := range len(protoName) {
		ch := protoName[i]
		switch {
		case ch == '_' && i+1 < len(protoName) && protoName[i+1] >= 'a' && protoName[i+1] <= 'z':
			upper = true
			continue
		case ch >= '0' && ch <= '9':
			b.WriteByte(ch)
			upper = true
			continue
		case upper && ch >= 'a' && ch <= 'z':
			ch -= 'a' - 'A'
		}
		b.WriteByte(ch)
		upper = false
	}
	return b.String()
}

// goReserved are the methods of generated messages, which protoc-gen-go's fields
// must not be called.
var goReserved = []string{"Reset", "String", "ProtoMessage", "ProtoReflect", "Marshal", "Unmarshal",
	"ExtensionRangeArray", "ExtensionMap", "Descriptor", "EmptyFields"}

// fieldNames gives all fields of a message distinct proto names, whose Go and JSON
// names are distinct as well.
func fieldNames(m *Message) {
	used := map[string]bool{}
	for _, name := range goReserved {
		used[strings.ToLower(name)] = true
	}
	free := func(proto string) bool {
		name := strings.ToLower(strings.ReplaceAll(proto, "_", ""))
		return !used[name] && !used["get"+name] && !used[strings.TrimPrefix(name, "get")]
	}
	for _, f := range m.Fields {
		base := snake(f.GoName)
		name := base
		for n := 2; !free(name); n++ {
			if name = base + "_value"; n > 2 {
				name = fmt.Sprintf("%s_value_%d", base, n)
			}
		}
		used[strings.ToLower(strings.ReplaceAll(name, "_", ""))] = true
		f.ProtoName = name
	}
}

// typeName is what a message for a type would like to be called.
func typeName(t types.Type, hint string) string {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		name := ""
		for i := range t.TypeArgs().Len() {
			name += typeName(t.TypeArgs().At(i), hint)
		}
		return name + camel(t.Obj().Name())
	case *types.Basic:
		return camel(t.Name())
	case *types.Pointer:
		return "Optional" + typeName(t.Elem(), hint)
	case *types.Slice:
		return typeName(t.Elem(), hint) + "List"
	case *types.Array:
		return fmt.Sprintf("%sArray%d", typeName(t.Elem(), hint), t.Len())
	case *types.Map:
		return typeName(t.Key(), hint) + "To" + typeName(t.Elem(), hint) + "Map"
	case *types.Struct:
		if t.NumFields() == 0 {
			return "Empty"
		}
	}
	return hint
}

// namer gives messages and services names that are unique in the contract.
type namer struct {
	used map[string]bool
	lock *Lock
}

func newNamer(lock *Lock) *namer {
	n := &namer{used: map[string]bool{TimeMessage: true, ErrorMessage: true}, lock: lock}
	for _, s := range lock.Services {
		n.takeService(s.Name)
	}
	for _, m := range lock.Messages {
		n.used[m.Name] = true
	}
	return n
}

// takeService reserves all that the Go stubs of a service declare.
func (n *namer) takeService(name string) {
	for _, s := range []string{name, name + "Client", name + "Server", "New" + name + "Client",
		"Register" + name + "Server", "Unimplemented" + name + "Server", "Unsafe" + name + "Server"} {
		n.used[s] = true
	}
}

// free gives the first candidate that is free, else the last with a number.
func (n *namer) free(candidates ...string) string {
	for _, c := range candidates {
		if c != "" && !n.used[c] {
			return c
		}
	}
	last := candidates[len(candidates)-1]
	for i := 2; ; i++ {
		if name := fmt.Sprint(last, i); !n.used[name] {
			return name
		}
	}
}

// message names a message as the lock says, or anew.
func (n *namer) message(m *Message, hint string) {
	if locked, ok := n.lock.Messages[m.key]; ok {
		m.Name = locked.Name
		return
	}
	base := hint
	if m.Type != nil {
		base = typeName(m.Type, hint)
		if m.Wrapper {
			base = wrapperName(base)
		}
	}
	candidates := []string{base}
	if named := namedOf(orNil(m.Type)); named != nil && named.Obj().Pkg() != nil {
		pkg := named.Obj().Pkg()
		candidates = append(candidates, camel(pkg.Name())+base, camel(strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(pkg.Path()))+base)
	}
	m.Name = n.free(candidates...)
	n.used[m.Name] = true
}

// wrapperName tells a wrapper from the message of the type itself.
func wrapperName(base string) string {
	for _, suffix := range []string{"List", "Map"} {
		if strings.HasSuffix(base, suffix) {
			return base
		}
	}
	if strings.HasPrefix(base, "Optional") {
		return base
	}
	return base + "Value"
}

func orNil(t types.Type) types.Type {
	if t == nil {
		return types.Typ[types.Invalid]
	}
	return t
}

// service names the gRPC service of a receiver: CatalogueService.
func (n *namer) service(r *Receiver, key string) string {
	if locked, ok := n.lock.Services[key]; ok {
		return locked.Name
	}
	pkg := camel(r.Package.Name())
	base := pkg
	if r.Type != nil {
		base = camel(r.Type.Obj().Name())
		if !strings.HasPrefix(strings.ToLower(base), strings.ToLower(pkg)) {
			base = pkg + base
		}
	}
	name := n.free(base, camel(path.Base(path.Dir(r.Package.Path())))+base)
	n.takeService(name)
	return name
}

// short is a package path relative to the module.
func short(module, pkg string) string {
	if pkg == module {
		return "."
	}
	return strings.TrimPrefix(pkg, module+"/")
}

// wireID is the identity of a package-level object on the wire.
func wireID(module string, obj types.Object) string {
	return short(module, obj.Pkg().Path()) + "." + obj.Name()
}

// sortMessages orders by proto name.
func sortMessages(list []*Message) {
	slices.SortFunc(list, func(a, b *Message) int { return strings.Compare(a.Name, b.Name) })
}
