package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// sessionNames are the types of mappers that code of a module puts behind an interface
// of its own, to be given an engine or a session alike.
var sessionNames = []string{"DB", "Engine", "Session", "EngineGroup", "Tx", "Conn", "DbMap", "Transaction"}

// mapperBehind gives the package path of the mapper that a call through an interface
// of the module reaches: one of its types has all the methods, and either the call
// graph leads out of the module or the module has no implementation.
func (e *extractor) mapperBehind(call ssa.CallInstruction) string {
	com := call.Common()
	if !com.IsInvoke() || !e.own[com.Method.Pkg()] || !e.outside[call] && len(e.sites[call]) > 0 {
		return ""
	}
	i, ok := com.Value.Type().Underlying().(*types.Interface)
	if !ok {
		return ""
	}
	if path, ok := e.behindInterface[i]; ok {
		return path
	}
	path := ""
	for _, t := range e.mapperSessions() {
		if types.Implements(t, i) {
			path = barePath(namedOf(t).Obj().Pkg().Path())
			break
		}
	}
	if e.behindInterface == nil {
		e.behindInterface = map[*types.Interface]string{}
	}
	e.behindInterface[i] = path
	return path
}

// mapperSessions gives pointers to the mappers' types that the module may use, sorted.
func (e *extractor) mapperSessions() []types.Type {
	if e.sessions != nil {
		return e.sessions
	}
	e.sessions = []types.Type{}
	seen := map[*types.Package]bool{}
	for _, pkg := range e.p.Packages {
		if pkg.Types == nil {
			continue
		}
		for _, imp := range pkg.Types.Imports() {
			if seen[imp] || mappers[barePath(imp.Path())] == "" {
				continue
			}
			seen[imp] = true
			for _, name := range sessionNames {
				if obj, ok := imp.Scope().Lookup(name).(*types.TypeName); ok && !types.IsInterface(obj.Type()) {
					e.sessions = append(e.sessions, types.NewPointer(obj.Type()))
				}
			}
		}
	}
	slices.SortFunc(e.sessions, func(a, b types.Type) int { return strings.Compare(a.String(), b.String()) })
	return e.sessions
}
