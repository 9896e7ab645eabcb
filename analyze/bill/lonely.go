package bill

import "github.com/ficus-dev/ficus/analyze/model"

// several stands for the users of an atom that are in more than one service, or in its
// own.
const several = "\x00"

// lonely is the one service that an atom should move to: nothing of its own service
// uses it or is used by it, it answers nobody from outside, and all services that do are that one. Empty when there is
// none.
func (b *biller) lonely(atom string) string {
	if b.lonelyOf == nil {
		b.findLonely()
	}
	if to := b.lonelyOf[atom]; to != several {
		return to
	}
	return ""
}

// misplaced tells whether the callee belongs with its caller. Where an interface of the
// caller stands between them the seam is there already.
func (b *biller) misplaced(s *callSite, from string) bool {
	return s.through == "" && b.lonely(s.to.Atom) == from
}

func (b *biller) findLonely() {
	b.lonelyOf = map[string]string{}
	note := func(atom, other string) {
		home := b.in.Service[other]
		switch known := b.lonelyOf[atom]; {
		case atom == other || !model.IsService(home):
		case home == b.in.Service[atom], known != "" && known != home:
			b.lonelyOf[atom] = several
		default:
			b.lonelyOf[atom] = home
		}
	}
	both := func(from, to string) {
		note(from, to)
		note(to, from)
	}
	for _, c := range b.in.Facts.Calls {
		both(c.From.Atom, c.To.Atom)
	}
	for _, u := range b.in.Facts.Uses {
		both(u.From.Atom, u.To)
	}
	for _, s := range b.in.Facts.States {
		both(s.From.Atom, s.Var)
	}
	for _, r := range b.in.Facts.Routes {
		b.lonelyOf[r.Handler.Atom] = several // it answers the outside
	}
	for _, e := range b.in.Facts.EntryPoints {
		b.lonelyOf[e.Func.Atom] = several
	}
	declared := map[string]bool{}
	for _, d := range b.in.Facts.Decls {
		declared[d.ID] = true
	}
	for atom := range b.lonelyOf {
		if !declared[atom] {
			b.lonelyOf[atom] = several
		}
	}
	for _, a := range b.in.Facts.Accesses {
		note(a.Owner().Atom, model.TableID(a.Table))
	}
}
