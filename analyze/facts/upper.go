package facts

import (
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// upper/db has collections too, named as tables are: what Find gives of one is read,
// changed or deleted later, session.Collection("orders").Find(id).Delete().

// upperVerbs are the methods of its collections and results, as Type.Method.
var upperVerbs = accesses("Collection.Find Collection.Count",
	"Collection.Insert Collection.InsertReturning Collection.UpdateReturning Collection.Truncate Result.Update Result.Delete")

// upperSink recognises what is done to a collection of upper/db.
func upperSink(com *ssa.CallCommon) (sink, bool) {
	if !com.IsInvoke() {
		return sink{}, false
	}
	name, is := strings.CutPrefix(bareTypePath(com.Value.Type()), upperPath+".")
	if !is {
		return sink{}, false
	}
	a := upperVerbs[name+"."+com.Method.Name()]
	return sink{value: com.Value, collection: true, access: a, via: "upper"}, a != model.Access("")
}

// upperOperand steps from what such a call gives to the collection, or to its name.
func upperOperand(com *ssa.CallCommon) ssa.Value {
	if !com.IsInvoke() {
		return nil
	}
	name, is := strings.CutPrefix(bareTypePath(com.Value.Type()), upperPath+".")
	switch {
	case !is:
	case name == "Session" && com.Method.Name() == "Collection" && len(com.Args) == 1:
		return com.Args[0]
	case name == "Collection" || name == "Result":
		return com.Value
	}
	return nil
}
