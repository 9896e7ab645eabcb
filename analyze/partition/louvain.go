package partition

import "context"

// resolutions are those of Reichardt and Bornholdt (doi:10.1103/PhysRevE.74.016110)
// at which the ensemble looks: half the customary one finds the coarse structure,
// twice as much the fine one.
var resolutions = [...]float64{0.5, 0.75, 1, 1.5, 2}

// runsPerResolution is how many seeds are tried at each resolution.
const runsPerResolution = 8

// louvain gives the share of the ensemble's runs in which two of the active nodes
// fall into one community (the co-association of Fred and Jain,
// doi:10.1109/TPAMI.2005.113). Nodes without links stay alone.
func louvain(ctx context.Context, net *network, active []int, seed uint64) (*square, error) {
	var runs []run
	for r, resolution := range resolutions {
		for n := range runsPerResolution {
			runs = append(runs, run{resolution, seed, uint64(r*runsPerResolution + n)})
		}
	}
	groupings, err := modularizeAll(ctx, tiesOf(net, active), runs)
	if err != nil {
		return nil, err
	}
	together := newSquare(len(active))
	for _, g := range groupings {
		for _, members := range membersOf(g.of, g.groups) {
			for i, a := range members {
				for _, b := range members[:i] {
					together.add(a, b, 1)
				}
			}
		}
	}
	together.scale(1 / float64(len(runs)))
	return together, nil
}

// membersOf lists the members of every group.
func membersOf(group []int32, groups int) [][]int {
	members := make([][]int, groups)
	for i, g := range group {
		members[g] = append(members[g], i)
	}
	return members
}
