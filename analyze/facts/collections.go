package facts

import (
	"go/constant"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Collections of document databases are tables: what a statement says in SQL, a method
// of the collection does, and its name is given where the collection is made.

// documentStore is a library for a document database.
type documentStore struct {
	via  string
	make string // the method or function that gives a collection by its name
}

const mongoPath = "go.mongodb.org/mongo-driver/mongo"

var documentStores = map[string]documentStore{
	mongoPath:                   {"mongo", "Collection"},
	"gopkg.in/mgo.v2":           {"mgo", "C"},
	"github.com/globalsign/mgo": {"mgo", "C"},
	"github.com/qiniu/qmgo":     {"qmgo", "Collection"},
}

// collectionVerbs are the methods of a collection by what their names begin with, the
// longer first.
var collectionVerbs = []struct {
	prefix string
	access model.Access
}{
	{"FindOneAnd", model.ReadWrite}, {"Find", model.Read}, {"Aggregate", model.Read}, {"Pipe", model.Read}, {"Count", model.Read},
	{"EstimatedDocumentCount", model.Read}, {"Distinct", model.Read}, {"Watch", model.Read},
	{"Insert", model.Write}, {"Update", model.Write}, {"Replace", model.Write}, {"Upsert", model.Write}, {"Delete", model.Write},
	{"Remove", model.Write}, {"Bulk", model.Write}, {"Drop", model.Write},
}

// collectionSink recognises a method of a collection: the collection is what names
// the table.
func (e *extractor) collectionSink(call ssa.CallInstruction) (sink, bool) {
	com := call.Common()
	if s, ok := handleSink(com); ok {
		return s, true
	}
	if s, ok := upperSink(com); ok {
		return s, true
	}
	var recv ssa.Value
	var store documentStore
	name := ""
	switch {
	case com.IsInvoke():
		store, recv, name = e.collectionBehind(call), com.Value, com.Method.Name()
	default:
		callee := com.StaticCallee()
		if callee == nil || callee.Blocks != nil || callee.Signature.Recv() == nil || len(com.Args) == 0 {
			return sink{}, false
		}
		path, is := strings.CutSuffix(bareTypePath(callee.Signature.Recv().Type()), ".Collection")
		if !is {
			return sink{}, false
		}
		store, recv, name = documentStores[path], com.Args[0], callee.Name()
	}
	if store.via == "" {
		return sink{}, false
	}
	for _, v := range collectionVerbs {
		if strings.HasPrefix(name, v.prefix) {
			return sink{value: recv, collection: true, access: v.access, via: store.via}, true
		}
	}
	return sink{}, false
}

// collectionBehind tells an interface of the module that only the library's collection
// is behind: no type of the module has the method, and it gives what the library gives.
func (e *extractor) collectionBehind(call ssa.CallInstruction) documentStore {
	if len(e.sites[call]) > 0 {
		return documentStore{}
	}
	for v := range call.Common().Signature().Results().Variables() {
		if n := namedOf(v.Type()); n != nil && n.Obj().Pkg() != nil && (strings.HasSuffix(n.Obj().Name(), "Result") || n.Obj().Name() == "Cursor") {
			if store := documentStores[barePath(n.Obj().Pkg().Path())]; store.via != "" {
				return store
			}
		}
	}
	return documentStore{}
}

// collectionOperand gives the name that a collection is made by.
func collectionOperand(com *ssa.CallCommon) ssa.Value {
	var fn *types.Func
	args := com.Args
	if com.IsInvoke() {
		fn = com.Method
	} else if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil {
		fn, _ = callee.Object().(*types.Func)
	}
	if fn == nil || fn.Pkg() == nil || documentStores[barePath(fn.Pkg().Path())].make != fn.Name() {
		return nil
	}
	if !com.IsInvoke() && len(args) > 0 {
		args = args[1:]
	}
	if len(args) == 0 || !isString(args[0].Type()) {
		return nil
	}
	return args[0]
}

// readCollection reads the name of a collection; of one that is partly known the rest is a
// family, as of keys.
func (s sink) readCollection(text string) statement {
	st := statement{verb: "COLLECTION"}
	if s.via == handleStores[firestorePath].via {
		text = collectionOfPath(text)
	}
	if s.via == handleStores[docstorePath].via {
		text = collectionOfURL(text)
	}
	name, ok := familyName(strings.TrimSpace(text))
	if !ok {
		st.open = true
		return st
	}
	st.touch(name, s.access)
	return st
}

// familyName writes a name with holes as the pattern of what has such a name: false if
// too little of it is known to tell it from others.
func familyName(name string) (string, bool) {
	if !strings.Contains(name, hole) {
		return name, name != ""
	}
	known := 0
	for _, c := range name {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			known++
		}
	}
	for strings.Contains(name, hole+hole) {
		name = strings.ReplaceAll(name, hole+hole, hole)
	}
	return strings.ReplaceAll(name, hole, "…"), known >= 3
}

// collections records what a method of a collection does: to the collection, and of a
// pipeline to those that it reads ($lookup, $graphLookup, $unionWith) and writes ($out,
// $merge) beside it.
func (t *tableFinder) collections(call ssa.CallInstruction) {
	s, ok := t.e.collectionSink(call)
	if !ok {
		return
	}
	chain := []ssa.CallInstruction{call}
	t.site(sqlSite{chain: chain, sink: s})
	w := &pipelineReader{e: t.e, seen: map[ssa.Value]bool{}, do: func(name ssa.Value, a model.Access) {
		t.site(sqlSite{chain: chain, sink: sink{value: name, collection: true, access: a, via: s.via}})
	}}
	for _, a := range call.Common().Args {
		if a != s.value {
			w.read(a, 0)
		}
	}
}

// pipelineReader walks the literals of a pipeline.
type pipelineReader struct {
	e    *extractor
	do   func(name ssa.Value, a model.Access)
	seen map[ssa.Value]bool
}

var pipelineStages = map[string]model.Access{"$lookup": model.Read, "$graphLookup": model.Read, "$unionWith": model.Read,
	"$out": model.Write, "$merge": model.Write}

func (w *pipelineReader) read(v ssa.Value, depth int) {
	v = bareValue(v)
	if v == nil || w.seen[v] || depth > 12 {
		return
	}
	w.seen[v] = true
	for _, p := range w.pairs(v) {
		if a, stage := pipelineStages[p.key]; stage {
			w.stage(p.value, a)
		}
		w.read(p.value, depth+1)
	}
	for _, x := range w.parts(v) {
		w.read(x, depth+1)
	}
}

// stage names the collection of one stage: the value itself or what stands under
// from, coll or into.
func (w *pipelineReader) stage(v ssa.Value, a model.Access) {
	v = bareValue(v)
	if v != nil && isString(v.Type()) {
		w.do(v, a)
		return
	}
	for _, p := range w.pairs(v) {
		if x := bareValue(p.value); (p.key == "from" || p.key == "coll" || p.key == "into") && x != nil && isString(x.Type()) {
			w.do(x, a)
		}
	}
}

// pair is one key of a document with its value.
type pair struct {
	key   string
	value ssa.Value
}

// pairs reads bson.M{…} and bson.D{{…}}.
func (w *pipelineReader) pairs(v ssa.Value) []pair {
	var out []pair
	switch v := v.(type) {
	case *ssa.MakeMap:
		for _, in := range *v.Referrers() {
			if up, ok := in.(*ssa.MapUpdate); ok && up.Map == v {
				if key, ok := constantText(up.Key); ok {
					out = append(out, pair{key, up.Value})
				}
			}
		}
	case *ssa.Slice:
		al, ok := v.X.(*ssa.Alloc)
		if !ok {
			return nil
		}
		for _, in := range *al.Referrers() {
			if at, ok := in.(*ssa.IndexAddr); ok {
				if p, ok := entryOf(at); ok {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// entryOf reads the Key and Value of an element of bson.D, which is often made aside.
func entryOf(at ssa.Value) (pair, bool) {
	var p pair
	for _, in := range *at.Referrers() {
		switch in := in.(type) {
		case *ssa.FieldAddr:
			f := fieldOf(in.X.Type(), in.Field)
			for _, ref := range *in.Referrers() {
				if st, ok := ref.(*ssa.Store); ok && st.Addr == in && f != nil {
					p.set(f.Name(), st.Val)
				}
			}
		case *ssa.Store:
			if load, ok := in.Val.(*ssa.UnOp); ok && in.Addr == at {
				if aside, ok := load.X.(*ssa.Alloc); ok {
					return entryOf(aside)
				}
			}
		}
	}
	return p, p.key != "" && p.value != nil
}

func (p *pair) set(field string, v ssa.Value) {
	switch field {
	case "Key", "Name":
		p.key, _ = constantText(v)
	case "Value":
		p.value = v
	}
}

// constantText gives a string that stands in the code.
func constantText(v ssa.Value) (string, bool) {
	c, ok := bareValue(v).(*ssa.Const)
	if !ok || c.Value == nil || c.Value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(c.Value), true
}

// parts gives what a list holds, and what a variable, an append or a function of the
// module gives.
func (w *pipelineReader) parts(v ssa.Value) []ssa.Value {
	switch v := v.(type) {
	case *ssa.Slice:
		return append(varargs(v), v.X)
	case *ssa.Alloc:
		return storedIn(v)
	case *ssa.UnOp:
		if al, ok := v.X.(*ssa.Alloc); ok {
			return storedIn(al)
		}
		if g := global(v.X); g != nil {
			return w.e.storesOf().globals[g]
		}
	case *ssa.Phi:
		return v.Edges
	case *ssa.ChangeType:
		return []ssa.Value{v.X}
	case *ssa.Call:
		if b, ok := v.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" {
			return v.Call.Args
		}
		var out []ssa.Value
		for _, fn := range w.e.sites[v] {
			out = append(out, returnedFirst(fn)...)
		}
		return out
	}
	return nil
}
