package bill

// several stands for the users of an atom that are in more than one service, or in its
// own.
const several = -1

// lonely is the one service that an atom should move to: nothing of its own service
// uses it or is used by it, it answers nobody from outside, and all services that do are that one. Empty when there is
// none.
func (b *biller) lonely(atom string) string {
	if b.lonelyOf == nil {
		b.findLonely()
	}
	if n, ok := b.known.number[atom]; ok && b.lonelyOf[n] != several {
		return b.home.names[b.lonelyOf[n]]
	}
	return ""
}

// misplaced tells whether the callee belongs with its caller. Where an interface of the
// caller stands between them the seam is there already.
func (b *biller) misplaced(s *callSite, from string) bool {
	return s.through == "" && b.lonely(s.to.Atom) == from
}

// findLonely gives every atom the number of the one service beside it, 0 for none.
func (b *biller) findLonely() {
	known, homes := b.known, b.home.of
	of := make([]int32, len(known.atoms))
	note := func(atom, other int32) {
		home := homes[other]
		switch {
		case atom == other || home == 0:
		case home == homes[atom], of[atom] != 0 && of[atom] != home:
			of[atom] = several
		default:
			of[atom] = home
		}
	}
	for _, tie := range known.ties {
		note(tie[0], tie[1])
		note(tie[1], tie[0])
	}
	for _, atom := range known.answer {
		of[atom] = several // it answers the outside
	}
	for atom, home := range of {
		if home != 0 && !known.own[atom] {
			of[atom] = several
		}
	}
	for _, access := range known.owners {
		note(access[0], access[1])
	}
	b.lonelyOf = of
}
