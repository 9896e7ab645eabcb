package facts

import (
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// dynamoInputs are what the structs that DynamoDB is asked with do to the table that they
// name, by what the structs' names begin with: both versions of the library, the items
// of a transaction, and a page of a paginator, which is made of the same struct.
var dynamoInputs = []struct {
	prefix string
	access model.Access
}{
	{"GetItemInput", model.Read}, {"QueryInput", model.Read}, {"ScanInput", model.Read}, {"Get", model.Read}, {"ConditionCheck", model.Read},
	{"PutItemInput", model.Write}, {"DeleteItemInput", model.Write}, {"UpdateItemInput", model.ReadWrite},
	{"Put", model.Write}, {"Delete", model.Write}, {"Update", model.ReadWrite},
}

// dynamoBatches hold several of them.
var dynamoBatches = listed("BatchGetItemInput BatchWriteItemInput TransactGetItemsInput TransactWriteItemsInput")

// dynamoType gives the name of a struct of the library.
func dynamoType(v ssa.Value) string {
	path, name, ok := cutLast(bareTypePath(v.Type()), ".")
	if !ok || !strings.HasPrefix(path, "github.com/aws/") {
		return ""
	}
	if p := strings.TrimSuffix(path, "/types"); !strings.HasSuffix(p, "/service/dynamodb") {
		return ""
	}
	return name
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func dynamoAccess(name string) model.Access {
	for _, in := range dynamoInputs {
		if name == in.prefix {
			return in.access
		}
	}
	return ""
}

// dynamoTable gives what a struct has as the table's name.
func dynamoTable(v *ssa.Alloc) ssa.Value {
	if dynamoAccess(dynamoType(v)) == "" {
		return nil
	}
	return storedField(v, "TableName")
}

// storedField gives what is stored in a field of a struct, where one place does.
func storedField(v ssa.Value, name string) (out ssa.Value) {
	for _, in := range *v.Referrers() {
		at, ok := in.(*ssa.FieldAddr)
		if !ok {
			continue
		}
		if f := fieldOf(at.X.Type(), at.Field); f == nil || f.Name() != name {
			continue
		}
		for _, ref := range *at.Referrers() {
			if st, ok := ref.(*ssa.Store); ok && st.Addr == at {
				out = st.Val
			}
		}
	}
	return out
}

// dynamo records what a call does to tables of DynamoDB: whoever declares the method, its
// argument tells.
func (t *tableFinder) dynamo(call ssa.CallInstruction) {
	com := call.Common()
	if com.IsInvoke() {
		if len(t.e.sites[call]) > 0 && !t.e.outside[call] {
			return // a function of the module, which asks in its turn
		}
	} else if callee := com.StaticCallee(); callee == nil || callee.Blocks != nil {
		return
	}
	for _, a := range com.Args {
		switch name := dynamoType(a); {
		case name == "":
		case dynamoAccess(name) != "":
			t.dynamoSite(call, a, dynamoAccess(name))
		case dynamoBatches[name]:
			w := &dynamoBatch{seen: map[ssa.Value]bool{}, keys: model.Write, do: func(v ssa.Value, a model.Access) { t.dynamoSite(call, v, a) }}
			if strings.HasPrefix(name, "BatchGet") {
				w.keys = model.Read
			}
			w.walk(a)
		}
	}
}

func (t *tableFinder) dynamoSite(call ssa.CallInstruction, v ssa.Value, a model.Access) {
	t.site(sqlSite{chain: []ssa.CallInstruction{call}, sink: sink{value: v, collection: true, access: a, via: "dynamodb"}})
}

// dynamoBatch walks the struct of a batch to what names tables in it: items, and the keys
// of a map.
type dynamoBatch struct {
	seen map[ssa.Value]bool
	keys model.Access
	do   func(name ssa.Value, a model.Access)
}

func (w *dynamoBatch) walk(v ssa.Value) {
	v = bareValue(v)
	if v == nil || w.seen[v] {
		return
	}
	w.seen[v] = true
	switch v := v.(type) {
	case *ssa.Alloc:
		if a := dynamoAccess(dynamoType(v)); a != "" {
			w.do(v, a)
			return
		}
		w.inside(v)
	case *ssa.FieldAddr, *ssa.IndexAddr:
		w.inside(v)
	case *ssa.MakeMap:
		for _, in := range *v.Referrers() {
			if up, ok := in.(*ssa.MapUpdate); ok && up.Map == v {
				w.do(up.Key, w.keys)
			}
		}
	case *ssa.Slice:
		w.walk(v.X)
	case *ssa.UnOp:
		w.walk(v.X)
	case *ssa.Phi:
		for _, e := range v.Edges {
			w.walk(e)
		}
	case *ssa.Call:
		if b, ok := v.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" {
			w.walk(v.Call.Args[0])
			w.walk(v.Call.Args[1])
		}
	}
}

// inside walks what is stored in a struct or list, or in a part of it.
func (w *dynamoBatch) inside(at ssa.Value) {
	for _, in := range *at.Referrers() {
		switch in := in.(type) {
		case *ssa.Store:
			if in.Addr == at {
				w.walk(in.Val)
			}
		case *ssa.FieldAddr:
			w.walk(in)
		case *ssa.IndexAddr:
			w.walk(in)
		}
	}
}
