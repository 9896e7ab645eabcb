package facts

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Controllers of iris: mvc.New(app.Party("/users")).Handle(new(Users)) makes a route of
// each method whose name begins with one of HTTP's. GetBy(id) is GET /{param1},
// PostLogin POST /login; BeforeActivation names others by hand. The rules are those of
// iris's mvc/controller_method_parser.go.

const (
	irisPath = "github.com/kataras/iris"
	irisMVC  = "iris mvc"
)

// irisGroups are the methods of a party, and of a controller's application, that give one
// below or hand it on.
var irisGroups = map[string]bool{"Party": true, "PartyFunc": true, "PartyConfigure": true, "Configure": true, "ConfigureContainer": true}

// irisPrefixes gives what stands before the patterns of an application of controllers.
func (r *routeFinder) irisPrefixes(rc routeCall, outer func() []string, depth int, seen map[ssa.Value]bool) []string {
	switch {
	case rc.name == "Party" && len(rc.args) > 0:
		return joinAll(outer(), r.strings(rc.args[0]))
	case rc.name == "Clone" && len(rc.args) == 1:
		return r.prefixes(rc.args[0], depth+1, seen)
	}
	return outer()
}

// readIris reads Handle(controller) of an application of controllers.
func (r *routeFinder) readIris(rc routeCall) []registration {
	if rc.name != "Handle" || len(rc.args) == 0 || bareTypePath(rc.recv.Type()) != irisPath+"/mvc.Application" {
		return nil
	}
	var out []registration
	for _, t := range r.e.madeTypes(rc.args[0]) {
		out = append(out, r.irisController(addressed(t))...)
	}
	return out
}

// irisController reads the methods of a controller; those that BeforeActivation names
// are where that says.
func (r *routeFinder) irisController(t types.Type) []registration {
	out := r.irisActivation(t)
	var named []Ref
	for _, reg := range out {
		named = append(named, reg.ref)
	}
	set := types.NewMethodSet(t)
	for i := range set.Len() {
		fn, ok := set.At(i).Obj().(*types.Func)
		if !ok || !fn.Exported() {
			continue
		}
		method, path, ok := irisMethod(fn)
		if ref, known := r.e.refOf(fn); ok && known && !slices.Contains(named, ref) {
			out = append(out, registration{method: method, pattern: path, ref: ref})
		}
	}
	return out
}

// irisActivation reads b.Handle("GET", "/x", "Method", middleware...) of a controller's
// BeforeActivation.
func (r *routeFinder) irisActivation(t types.Type) []registration {
	var out []registration
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "BeforeActivation")
	before, ok := obj.(*types.Func)
	if !ok || r.e.p.Prog == nil || r.e.p.Prog.FuncValue(before) == nil {
		return nil
	}
	r.e.eachCall(r.e.p.Prog.FuncValue(before), func(call ssa.CallInstruction) {
		fn, args := calledFunc(call)
		if fn == nil || fn.Pkg() == nil || barePath(fn.Pkg().Path()) != irisPath+"/mvc" || len(args) < 3 ||
			fn.Name() != "Handle" && fn.Name() != "HandleMany" {
			return
		}
		for _, name := range r.strings(args[2]) {
			ref, known := r.e.methodRef(t, name)
			for _, reg := range r.irisMany(args[0], args[1]) {
				if reg.ref, reg.at = ref, call.Pos(); known {
					out = append(out, reg)
				}
			}
		}
	})
	return out
}

// irisMany reads lists of methods and paths, with spaces between.
func (r *routeFinder) irisMany(methods, paths ssa.Value) []registration {
	var out []registration
	for _, m := range r.strings(methods) {
		for _, method := range strings.Fields(m) {
			if method = strings.ToUpper(method); method == "ANY" || method == "ALL" {
				method = ""
			}
			for _, p := range r.strings(paths) {
				for _, path := range strings.Fields(p) {
					out = append(out, registration{method: method, pattern: path})
				}
			}
		}
	}
	return out
}

// irisMethod reads method and path from the name of a controller's method, and from its
// parameters what By stands for.
func irisMethod(fn *types.Func) (method, path string, ok bool) {
	words := capitalWords(fn.Name())
	for _, m := range []string{"GET", "POST", "PUT", "DELETE", "CONNECT", "HEAD", "PATCH", "OPTIONS", "TRACE", "ALL", "ANY"} {
		if strings.HasPrefix(words[0], m[:1]+strings.ToLower(m[1:])) {
			method, ok = m, true
			break
		}
	}
	if !ok {
		return "", "", false
	}
	if method == "ALL" || method == "ANY" {
		method = ""
	}
	next := 0 // parameter
	for i := 1; i < len(words); i++ {
		last := i == len(words)-1
		switch params := irisParams(fn.Signature(), next, words[i] == "By" && last); {
		case words[i] == "Wildcard" && words[i-1] == "By" && next > 0:
			path = strings.TrimSuffix(path, "}") + "...}"
		case words[i] == "By" && len(params) > 0:
			for _, p := range params {
				path, next = path+"/{param"+strconv.Itoa(p+1)+"}", p+1
			}
		default:
			path += "/" + strings.ToLower(words[i])
		}
	}
	return method, path, true
}

// irisParams gives the next parameter of a basic type, or all that are left.
func irisParams(sig *types.Signature, from int, all bool) []int {
	var out []int
	for i := from; i < sig.Params().Len(); i++ {
		if _, basic := sig.Params().At(i).Type().Underlying().(*types.Basic); basic {
			if out = append(out, i); !all {
				break
			}
		}
	}
	return out
}

// capitalWords cuts a name before each capital letter.
func capitalWords(name string) []string {
	var out []string
	start := 0
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' {
			out = append(out, name[start:i])
			start = i
		}
	}
	return append(out, name[start:])
}
