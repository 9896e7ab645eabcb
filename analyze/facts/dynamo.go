package facts

import (
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// dynamoInputs are what the structs that DynamoDB is asked with do to the table that they
// name: of both versions of the library, the items of a transaction too. A page of a
// paginator is made of the same struct.
var dynamoInputs = map[string]model.Access{
	"GetItemInput": model.Read, "QueryInput": model.Read, "ScanInput": model.Read, "Get": model.Read, "ConditionCheck": model.Read,
	"PutItemInput": model.Write, "DeleteItemInput": model.Write, "UpdateItemInput": model.ReadWrite,
	"Put": model.Write, "Delete": model.Write, "Update": model.ReadWrite,
}

// dynamoBatches hold several of them.
var dynamoBatches = listed("BatchGetItemInput BatchWriteItemInput TransactGetItemsInput TransactWriteItemsInput")

// dynamoType gives the name of a struct of the library.
func dynamoType(v ssa.Value) string {
	n := namedOf(v.Type())
	if n == nil || n.Obj().Pkg() == nil {
		return ""
	}
	path := n.Obj().Pkg().Path()
	if !strings.HasPrefix(path, "github.com/aws/") || !strings.HasSuffix(strings.TrimSuffix(path, "/types"), "/service/dynamodb") {
		return ""
	}
	return n.Obj().Name()
}

// dynamoTable gives what a struct has as the table's name.
func dynamoTable(v *ssa.Alloc) ssa.Value {
	if dynamoInputs[dynamoType(v)] == "" {
		return nil
	}
	names := fieldStores(v, "TableName")
	if len(names) == 0 {
		return nil
	}
	return names[len(names)-1]
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
		case dynamoInputs[name] != "":
			t.dynamoSite(call, a, dynamoInputs[name])
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
		if a := dynamoInputs[dynamoType(v)]; a != "" {
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
