package partition

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// bindContracts joins a contract, a package that is mostly generated (stubs and
// messages of an RPC service), with the code that implements its interfaces by hand,
// when that is in one place: the server owns its contract, however many clients use
// it.
func (s *solver) bindContracts(u *union, apart [][2]int) {
	if s.lay.without.off(RuleContracts) {
		return
	}
	cellOf := s.wholeCells()
	servers := map[int32][]int{} // contract → cells that implement it
	for _, i := range s.g.Implements {
		contract, server := s.g.Atoms[i.Interface].Package, s.cells.cellOf[i.Type]
		if server < 0 || cellOf[contract] < 0 || s.g.Atoms[i.Type].Generated || !isContract(s.g, contract) || s.aside(s.g.Atoms[i.Type].Package) {
			continue
		}
		servers[contract] = append(servers[contract], server)
	}
	for _, p := range sortedKeys32(servers) {
		one := true
		for _, c := range servers[p] {
			one = one && u.find(c) == u.find(servers[p][0])
		}
		if one && u.free(cellOf[p], servers[p][0]) && s.mayJoin(u, []int{cellOf[p], servers[p][0]}, apart) {
			_ = u.join(cellOf[p], servers[p][0], "") // mayJoin has asked
		}
	}
}

// aside reports whether a package takes no part in clustering by its place alone.
func (s *solver) aside(p int32) bool { return s.lay.unreached[p] || s.lay.peeled[p] }

// isContract reports whether most of a package's declarations are generated.
func isContract(g *coupling.Graph, p int32) bool {
	generated, total := 0, 0
	for _, a := range g.Packages[p].Atoms {
		total += g.Atoms[a].Lines
		if g.Atoms[a].Generated {
			generated += g.Atoms[a].Lines
		}
	}
	return 2*generated > total
}

// serverTypes are the types that answer a contract: they implement by hand the server
// side that was generated for it, whatever way they are registered in. That the
// interface's name ends in Server (gRPC), in ServerInterface (oapi-codegen) or in Handler
// (Connect, ogen) is the generators' rule, no one's choice, so a blind analysis reads it
// too.
func serverTypes(g *coupling.Graph) []int32 {
	var out []int32
	for _, i := range g.Implements {
		face, by := g.Atoms[i.Interface], g.Atoms[i.Type]
		if face.Generated && !by.Generated && isServerSide(face.Name) && isContract(g, face.Package) {
			out = append(out, i.Type)
		}
	}
	return out
}

func isServerSide(name string) bool {
	return strings.HasSuffix(name, "Server") || strings.HasSuffix(name, "ServerInterface") || strings.HasSuffix(name, "Handler")
}
