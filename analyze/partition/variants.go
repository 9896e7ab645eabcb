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
// set of tables are one service, two with a library in common are not. Where each
// answers something of its own besides, they are two services over one store; and what
// is alike to two such services is a tool for both, and of neither. It gives every
// such main the first of them.
func (l *layout) joinVariants(mains []int32, reach map[int32][]bool) map[int32]int32 {
	first := map[int32]int32{}
	for _, m := range mains {
		first[m] = m
	}
	if l.without.off(RuleVariants) {
		return first
	}
	specific := l.specific(mains, reach)
	alike := map[int32][]int32{}
	for i, m := range mains {
		for _, o := range mains[:i] {
			if l.overlap(specific[m], specific[o]) >= variantShare && !l.answerApart(specific[m], specific[o]) {
				alike[m], alike[o] = append(alike[m], o), append(alike[o], m)
			}
		}
	}
	for _, m := range mains {
		if l.servesTwo(alike[m], specific) {
			continue
		}
		for _, o := range alike[m] {
			if was, to := max(first[m], first[o]), min(first[m], first[o]); was != to && !l.servesTwo(alike[o], specific) {
				rename(first, was, to)
			}
		}
	}
	return first
}

// rename gives what is called by one number another.
func rename(first map[int32]int32, was, to int32) {
	for x, of := range first {
		if of == was {
			first[x] = to
		}
	}
}

// specific are the packages, by main, that few others reach.
func (l *layout) specific(mains []int32, reach map[int32][]bool) map[int32][]int32 {
	few := int(variantMains * float64(len(mains)))
	out := map[int32][]int32{}
	for p := range l.g.Packages {
		var by []int32
		for _, m := range mains {
			if reach[m][p] {
				by = append(by, m)
			}
		}
		if len(by) <= few {
			for _, m := range by {
				out[m] = append(out[m], int32(p))
			}
		}
	}
	return out
}

// servesTwo reports whether two of the mains are services apart.
func (l *layout) servesTwo(mains []int32, specific map[int32][]int32) bool {
	for i, m := range mains {
		for _, o := range mains[:i] {
			if l.answerApart(specific[m], specific[o]) {
				return true
			}
		}
	}
	return false
}

// answerApart reports whether each of two mains answers entry points or writes tables
// that the other does not reach. An adapter that keeps the same in another database is no
// difference (see overlap), nor is the main: any of them may open a port.
func (l *layout) answerApart(a, b []int32) bool {
	common := func(p int32) bool { return slices.Contains(a, p) && slices.Contains(b, p) }
	adapter := l.implementers(common)
	apart := func(list []int32) bool {
		return slices.ContainsFunc(list, func(p int32) bool {
			own := l.packages.serves[p] || l.packages.writes[p] && !adapter[p]
			return own && !l.mains[p] && !common(p)
		})
	}
	return apart(a) && apart(b)
}

// owns reports whether a package answers entry points or writes tables.
func (l *layout) owns(p int32) bool { return l.packages.serves[p] || l.packages.writes[p] }

// overlap is the share of the lines in either list that are in both; 0 when none of
// those in both owns anything.
//
// What implements an interface of what is in both does not count: it is the adapter in
// which the two differ.
func (l *layout) overlap(a, b []int32) float64 {
	both, apart, any := 0, 0, false
	for _, p := range a {
		if slices.Contains(b, p) {
			both += l.written(int(p))
			any = any || l.owns(p)
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
