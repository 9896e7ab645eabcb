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
	serves, writes := l.packages.serves, l.packages.writes
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
//
// What implements an interface of what is in both does not count: it is the adapter in
// which the two differ.
func (l *layout) overlap(a, b []int32, owns func(int32) bool) float64 {
	both, apart, any := 0, 0, false
	for _, p := range a {
		if slices.Contains(b, p) {
			both += l.written(int(p))
			any = any || owns(p)
		}
	}
	common := func(p int32) bool { return slices.Contains(a, p) && slices.Contains(b, p) }
	adapter := l.implementers(common)
	differs := func(list []int32) bool {
		return slices.ContainsFunc(list, func(p int32) bool { return !common(p) && adapter[p] })
	}
	if !any && !(differs(a) && differs(b)) {
		return 0
	}
	for _, p := range slices.Concat(a, b) {
		if !common(p) && !adapter[p] {
			apart += l.written(int(p))
		}
	}
	return ratioOf(both, both+apart)
}

// implementers are the packages with a type that implements an interface, written by
// hand, of one of the given packages.
func (l *layout) implementers(of func(p int32) bool) map[int32]bool {
	out := map[int32]bool{}
	for _, i := range l.g.Implements {
		if in := l.g.Atoms[i.Interface]; !in.Generated && of(in.Package) {
			out[l.g.Atoms[i.Type].Package] = true
		}
	}
	return out
}
