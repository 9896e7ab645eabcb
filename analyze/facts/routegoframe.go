package facts

import (
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// GoFrame binds objects: of group.Bind(controller) each method func(ctx, *Req) (*Res,
// error) is a route, whose path and method stand in the tag of the field g.Meta that Req
// embeds. Beside it are patterns with a method before them ("GET:/x"), and objects
// whose methods are named by the path.

const (
	goFramePath = "github.com/gogf/gf/net/ghttp"
	goFrameMeta = "github.com/gogf/gf/util/gmeta.Meta"
)

// readGoFrame reads the methods of a server and a group that register.
func (r *routeFinder) readGoFrame(rc routeCall) []registration {
	upper := strings.ToUpper(rc.name)
	switch {
	case rc.name == "Bind":
		return r.goFrameBound(rc.args)
	case len(rc.args) < 2 || !isString(rc.args[0].Type()):
		return nil
	case httpMethods[upper]:
		return r.goFrameObject(upper, rc)
	case rc.name == "ALL" || rc.name == "BindHandler" || rc.name == "BindObject":
		return r.goFrameObject("", rc)
	case rc.name == "REST" || rc.name == "BindObjectRest":
		return r.goFrameRest(rc)
	case rc.name == "BindObjectMethod" && len(rc.args) > 2:
		return r.goFrameObject("", rc)
	}
	return nil
}

// goFrameBound reads the handlers and objects that Bind is given.
func (r *routeFinder) goFrameBound(args []ssa.Value) []registration {
	var out []registration
	for _, a := range args {
		v := bareValue(a)
		if sig, ok := v.Type().Underlying().(*types.Signature); ok {
			for _, reg := range goFrameRoutes(sig) {
				reg.handler, reg.handlers, reg.at = v, []ssa.Value{v}, written(v)
				out = append(out, reg)
			}
			continue
		}
		for _, t := range r.e.madeTypes(a) {
			out = append(out, r.goFrameMethods(t, v)...)
		}
	}
	return out
}

// goFrameMethods reads the methods of an object whose requests say where they are
// answered.
func (r *routeFinder) goFrameMethods(t types.Type, v ssa.Value) []registration {
	var out []registration
	set := types.NewMethodSet(addressed(t))
	for i := range set.Len() {
		fn, ok := set.At(i).Obj().(*types.Func)
		if !ok || !fn.Exported() {
			continue
		}
		for _, reg := range goFrameRoutes(fn.Signature()) {
			if ref, ok := r.e.refOf(fn); ok {
				reg.ref, reg.at = ref, written(v)
				out = append(out, reg)
			}
		}
	}
	return out
}

// goFrameRoutes reads the tag of what a handler func(ctx, *Req) (*Res, error) asks for:
// a path and one method or several; without one, all.
func goFrameRoutes(sig *types.Signature) []registration {
	if sig.Params().Len() != 2 || sig.Results().Len() != 2 || bareTypePath(sig.Params().At(0).Type()) != "context.Context" {
		return nil
	}
	st, ok := derefStruct(sig.Params().At(1).Type())
	if !ok || st == nil {
		return nil
	}
	for i := range st.NumFields() {
		if f := st.Field(i); !f.Embedded() || bareTypePath(f.Type()) != goFrameMeta {
			continue
		}
		tag := reflect.StructTag(st.Tag(i))
		var out []registration
		for _, m := range strings.Split(tag.Get("method"), ",") {
			if m = strings.ToUpper(strings.TrimSpace(m)); m == "ALL" {
				m = ""
			}
			out = append(out, registration{method: m, pattern: tag.Get("path")})
		}
		return out
	}
	return nil
}

// goFrameObject reads a pattern with a function, or with an object: its method of the
// name that follows, or each func(*ghttp.Request) by its name.
func (r *routeFinder) goFrameObject(method string, rc routeCall) []registration {
	var out []registration
	v := bareValue(rc.args[1])
	for _, text := range r.strings(rc.args[0]) {
		m, pattern := goFramePattern(text, method)
		if isFunc(v.Type()) {
			out = append(out, registration{method: m, pattern: pattern, handler: v, handlers: []ssa.Value{v}})
			continue
		}
		names := r.goFrameNames(rc.args[2:])
		for _, t := range r.e.madeTypes(rc.args[1]) {
			for _, fn := range requestMethods(t) {
				at := pattern
				if len(names) > 0 && !names[fn.Name()] {
					continue
				}
				if rc.name != "BindObjectMethod" && len(names) == 0 && fn.Name() != "Index" {
					at = joinPattern(pattern, "/"+kebab(fn.Name()))
				}
				if ref, ok := r.e.refOf(fn); ok {
					out = append(out, registration{method: m, pattern: at, ref: ref})
				}
			}
		}
	}
	return out
}

// goFrameNames reads the lists of methods that follow an object.
func (r *routeFinder) goFrameNames(args []ssa.Value) map[string]bool {
	names := map[string]bool{}
	for _, a := range args {
		for _, list := range r.strings(bareValue(a)) {
			for _, name := range strings.Split(list, ",") {
				names[strings.TrimSpace(name)] = true
			}
		}
	}
	return names
}

// goFrameRest reads an object whose methods are named as HTTP's.
func (r *routeFinder) goFrameRest(rc routeCall) []registration {
	var out []registration
	for _, text := range r.strings(rc.args[0]) {
		_, pattern := goFramePattern(text, "")
		for _, t := range r.e.madeTypes(rc.args[1]) {
			for _, fn := range requestMethods(t) {
				method := strings.ToUpper(fn.Name())
				if ref, ok := r.e.refOf(fn); ok && httpMethods[method] {
					out = append(out, registration{method: method, pattern: pattern, ref: ref})
				}
			}
		}
	}
	return out
}

// addressed is the pointer to a type that is none: GoFrame makes one of a struct.
func addressed(t types.Type) types.Type {
	if _, ok := t.Underlying().(*types.Struct); ok {
		return types.NewPointer(t)
	}
	return t
}

// requestMethods are the methods func(*ghttp.Request) of a type.
func requestMethods(t types.Type) []*types.Func {
	var out []*types.Func
	set := types.NewMethodSet(addressed(t))
	for i := range set.Len() {
		fn, ok := set.At(i).Obj().(*types.Func)
		if ok && fn.Exported() && fn.Signature().Params().Len() == 1 && bareTypePath(fn.Signature().Params().At(0).Type()) == goFramePath+".Request" {
			out = append(out, fn)
		}
	}
	return out
}

// goFramePattern reads "METHOD:/path@domain".
func goFramePattern(text, method string) (string, string) {
	if m, rest, ok := strings.Cut(text, ":"); ok && (httpMethods[strings.ToUpper(m)] || strings.EqualFold(m, "all")) {
		if text = rest; !strings.EqualFold(m, "all") {
			method = strings.ToUpper(m)
		}
	}
	text, _, _ = strings.Cut(text, "@")
	return method, text
}

// kebab writes a method's name as GoFrame does in paths: UserList as user-list.
func kebab(name string) string { return strings.ToLower(strings.Join(capitalWords(name), "-")) }
