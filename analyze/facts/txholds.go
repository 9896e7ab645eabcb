package facts

import (
	"go/types"
	"strings"
)

// kinds remember what was told of types: a walk asks for each value that it comes by.
type kinds map[types.Type]bool

func (k *kinds) of(t types.Type, tell func(types.Type) bool) bool {
	is, known := (*k)[t]
	if !known {
		if *k == nil {
			*k = kinds{}
		}
		is = tell(t)
		(*k)[t] = is
	}
	return is
}

// isTxType is isTx, asked once for each type.
func (e *extractor) isTxType(t types.Type) bool {
	return e.txTyped.of(t, func(t types.Type) bool { return isTx(t, 0) })
}

// canHold is canHoldTx, asked once for each type.
func (e *extractor) canHold(t types.Type) bool {
	return e.txHolding.of(t, func(t types.Type) bool { return canHoldTx(t, 0) })
}

// canHoldTx tells whether a value of the type may hold a transaction or stand for
// one: a context, a session, an interface with methods, a struct with such a field.
func canHoldTx(t types.Type, depth int) bool {
	if t == nil || depth > 3 {
		return false
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return canHoldTx(p.Elem(), depth)
	}
	path := bareTypePath(t)
	if txTypes[path] || sessionTypes[path] || runsWith(path) || depth == 0 && isStatement(t) { // tx.Stmt(prepared)
		return true
	}
	if resultTypes[path] || strings.HasPrefix(path, "time.") {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return depth > 0 && holdsQueries(u) || depth == 0 && u.NumMethods() > 0 && path != "" || holdsQueries(u)
	case *types.Struct:
		if path == "" {
			return false
		}
		for i := range u.NumFields() {
			ft := u.Field(i).Type()
			if bareTypePath(ft) != "context.Context" && canHoldTx(ft, depth+1) {
				return true
			}
		}
	}
	return false
}

// holdsQueries tells whether an interface is one that SQL goes through.
func holdsQueries(i *types.Interface) bool {
	for m := range i.Methods() {
		for _, p := range []string{"Exec", "Query", "Begin", "Commit", "Prepare"} {
			if strings.HasPrefix(m.Name(), p) {
				return true
			}
		}
	}
	return false
}
