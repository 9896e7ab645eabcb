package facts

// What makes a type of handlers a god type; see handlesAll.
const (
	godHandlers = 8
	godPeers    = 3
	// peerDepth is how many calls below a peer tables may be: a use case, its
	// repository, a helper.
	peerDepth = 3
)

// handlesAll tells whether a type answers for several domains: 8 of its methods or more
// are handlers of routes, less than half of them touch a table themselves, most call what
// works on tables in other packages, 3 or more declarations between them, and less than
// half of the pairs have one of these in common. It is GodTypes' measure a layer above
// the tables: what services are to handlers, tables are to a store. What more than a
// quarter of the handlers call says nothing.
func (t *touches) handlesAll(d *Decl) bool {
	handlers := t.handlers[d.ID]
	if len(handlers) < godHandlers {
		return false
	}
	called := make([]map[Ref]bool, len(handlers))
	touching := 0
	for i, h := range handlers {
		called[i] = map[Ref]bool{}
		if t.callsOf(Ref{d.ID, h}, d.ID, called[i]) {
			touching++
		}
	}
	return 2*touching < len(handlers) && severalDomains(t.peers(d, called), len(handlers), godPeers)
}

// callsOf adds what a method calls, and what the methods of its own type that it calls
// do. It tells whether one of these touches a table.
func (t *touches) callsOf(of Ref, own string, into map[Ref]bool) (touches bool) {
	touches = len(t.tables[of]) > 0
	for to := range t.calls[of] {
		if into[to] {
			continue
		}
		into[to] = true
		if to.Atom == own {
			touches = t.callsOf(to, own, into) || touches
		}
	}
	return touches
}

// peers gives the declarations of other packages that work on tables, of those that each
// handler calls; handlers without any are left out.
func (t *touches) peers(d *Decl, called []map[Ref]bool) []map[string]bool {
	if t.working == nil {
		t.working = t.workingOnTables()
	}
	callers := map[Ref]int{}
	for _, calls := range called {
		for to := range calls {
			callers[to]++
		}
	}
	var out []map[string]bool
	for _, calls := range called {
		set := map[string]bool{}
		for to := range calls {
			if t.pkg[to.Atom] != d.Package && t.working[to.Atom] && float64(callers[to]) <= godCommon*float64(len(called)) {
				set[to.Atom] = true
			}
		}
		if len(set) > 0 {
			out = append(out, set)
		}
	}
	return out
}

// workingOnTables are the declarations that touch tables, or call what does.
func (t *touches) workingOnTables() map[string]bool {
	out := map[string]bool{}
	for of := range t.tables {
		out[of.Atom] = true
	}
	for range peerDepth {
		var more []string
		for from, calls := range t.calls {
			for to := range calls {
				if out[to.Atom] && !out[from.Atom] {
					more = append(more, from.Atom)
				}
			}
		}
		for _, atom := range more {
			out[atom] = true
		}
	}
	return out
}

// handlersOf are the methods of each type that are handlers of routes.
func handlersOf(f *Facts) map[string][]string {
	seen, out := map[Ref]bool{}, map[string][]string{}
	for _, r := range f.Routes {
		if h := r.Handler; h.Method != "" && !seen[h] {
			seen[h] = true
			out[h.Atom] = append(out[h.Atom], h.Method)
		}
	}
	return out
}

// packagesOf are the packages of declarations.
func packagesOf(f *Facts) map[string]string {
	out := make(map[string]string, len(f.Decls))
	for i := range f.Decls {
		out[f.Decls[i].ID] = f.Decls[i].Package
	}
	return out
}
