package contract

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// splitType is a type of the module whose methods the model has in several services:
// that of a god type, whose methods are atoms.
type splitType struct {
	id   string                 // atom ID
	home string                 // of the type
	away map[string][]*methodAt // by service, of methods that are not with the type
}

type methodAt struct {
	name string
	pos  token.Pos
}

// findSplit looks for types with a method in another service than the type. Methods
// that nobody placed in a service stay with the type.
func (b *builder) findSplit() {
	b.split = map[*types.Named]*splitType{}
	b.eachFunc(func(f *types.Func) {
		n := receiverOf(f)
		if n == nil || types.IsInterface(n) {
			return
		}
		id := f.Pkg().Path() + "." + n.Obj().Name()
		service, home := b.owners.atoms[id+"."+f.Name()], b.owners.of(n.Obj())
		if !model.IsService(service) || service == home {
			return
		}
		s := b.split[n]
		if s == nil {
			s = &splitType{id: id, home: home, away: map[string][]*methodAt{}}
			b.split[n] = s
		}
		s.away[service] = append(s.away[service], &methodAt{f.Name(), f.Pos()})
	})
}

// ownsMethod reports whether the service has a method of a type that it does not own.
func (b *builder) ownsMethod(obj types.Object) bool {
	n := namedOf(obj.Type())
	return n != nil && b.split[n] != nil && len(b.split[n].away[b.service]) > 0
}

// checkSplit refuses types that the boundary cuts through: Go has the methods of a type
// in one package, and one process has the value. It reports whether there is one.
func (b *builder) checkSplit() bool {
	before := len(b.refusals)
	named := slices.SortedFunc(maps.Keys(b.split), func(x, y *types.Named) int { return cmp.Compare(b.split[x].id, b.split[y].id) })
	for _, n := range named {
		s := b.split[n]
		name := n.Obj().Pkg().Name() + "." + n.Obj().Name()
		if own := s.away[b.service]; len(own) > 0 {
			slices.SortFunc(own, func(x, y *methodAt) int { return cmp.Compare(x.name, y.name) })
			b.refuseSplit(n, own[0].pos, name+"."+own[0].name, fmt.Sprintf("%s of %s %s %s, the type to %s", methodNames(own), name,
				belong(len(own)), b.service, homeWords(s.home)))
			continue
		}
		if s.home == b.service {
			var others []string
			for _, service := range slices.Sorted(maps.Keys(s.away)) {
				others = append(others, fmt.Sprintf("%d to %s", len(s.away[service]), service))
			}
			b.refuseSplit(n, n.Obj().Pos(), name, fmt.Sprintf("%s belongs to %s, and of its methods %s", name, b.service, strings.Join(others, ", ")))
		}
	}
	return len(b.refusals) > before
}

func (b *builder) refuseSplit(n *types.Named, pos token.Pos, subject, reason string) {
	b.refusals = append(b.refusals, Refusal{
		Code: CodeSplitType, Position: b.position(pos), Func: subject, Reason: reason,
		Cures: b.cures(CodeSplitType, map[string]string{"service": b.service,
			"type": short(b.module, n.Obj().Pkg().Path()) + "." + n.Obj().Name()}),
	})
}

// mostNames is how many methods a reason names.
const mostNames = 4

func methodNames(list []*methodAt) string {
	var names []string
	for _, m := range list[:min(len(list), mostNames)] {
		names = append(names, m.name)
	}
	text := strings.Join(names, ", ")
	if more := len(list) - mostNames; more > 0 {
		return fmt.Sprintf("%s and %d more methods", text, more)
	}
	return text
}

func belong(n int) string {
	if n == 1 {
		return "belongs to"
	}
	return "belong to"
}

func homeWords(home string) string {
	if model.IsService(home) {
		return home
	}
	return "no service"
}
