package partition

import "slices"

const (
	// variantMains is the share of the mains that reach what is specific to a service
	// at most: what more of them reach is a library.
	variantMains = 1.0 / 3
	// variantShare is the share of what is specific to either of two mains that both
	// reach, from which they are of one service.
	variantShare = 0.5
)

// joinVariants finds the mains that are one service: its API, its consumer and its
// jobs, or one binary a database. They share much of what few others reach, and among
// that what answers entry points or writes tables: two binaries with one API or one
// set of tables are one service, two with a library in common are not. It gives every
// such main the first of them.
func (l *layout) joinVariants(mains []int32, reach map[int32][]bool) map[int32]int32 {
	few := int(variantMains * float64(len(mains)))
	specific := map[int32][]int32{}
	for p := range l.g.Packages {
		var by []int32
		for _, m := range mains {
			if reach[m][p] {
				by = append(by, m)
			}
		}
		if len(by) <= few {
			for _, m := range by {
				specific[m] = append(specific[m], int32(p))
			}
		}
	}
	serves, writes := l.serves()
	owns := func(p int32) bool { return serves[p] || writes[p] }
	first := map[int32]int32{}
	for i, m := range mains {
		first[m] = m
		for _, o := range mains[:i] {
			if !l.without.off(RuleVariants) && first[o] != first[m] && l.overlap(specific[m], specific[o], owns) >= variantShare {
				was, to := max(first[m], first[o]), min(first[m], first[o])
				for _, x := range mains[:i+1] {
					if first[x] == was {
						first[x] = to
					}
				}
			}
		}
	}
	return first
}

// overlap is the share of the lines in either list that are in both; 0 when none of
// those in both owns anything.
func (l *layout) overlap(a, b []int32, owns func(int32) bool) float64 {
	both, all, any := 0, 0, false
	for _, p := range a {
		all += l.written(int(p))
		if slices.Contains(b, p) {
			both += l.written(int(p))
			any = any || owns(p)
		}
	}
	for _, p := range b {
		if !slices.Contains(a, p) {
			all += l.written(int(p))
		}
	}
	if !any {
		return 0
	}
	return ratioOf(both, all)
}
