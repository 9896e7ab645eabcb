package facts

import (
	"slices"
	"strings"
)

// oneSpelling gives tables that differ in nothing but upper and lower case one name:
// statements without quotes are read in lower case, what is quoted, registered with a
// mapper or given in Go keeps its own, and no system has both as two tables. The name
// is the one with capitals, of a definition before others.
func (e *extractor) oneSpelling() {
	s := spellings{}
	for _, d := range e.out.Tables {
		s.note(d.Name, 0)
	}
	for _, a := range e.out.Accesses {
		s.note(a.Table, 1)
	}
	if !s.differ() {
		return
	}
	for _, list := range [][]TableDef{e.out.Tables, e.altered} {
		for i := range list {
			list[i].Name = s.name(list[i].Name)
			list[i].Refs = s.names(list[i].Refs)
		}
	}
	for i, r := range e.renames {
		e.renames[i] = [2]string{s.name(r[0]), s.name(r[1])}
	}
	for i := range e.out.Accesses {
		a := &e.out.Accesses[i]
		a.Table, a.Joined = s.name(a.Table), s.names(a.Joined)
	}
}

// spellings are the names of tables with capitals by the name without: of definitions,
// and of accesses.
type spellings map[string]*[2][]string

func (s spellings) note(name string, of int) {
	low := strings.ToLower(name)
	if s[low] == nil {
		s[low] = &[2][]string{}
	}
	if !slices.Contains(s[low][of], name) {
		s[low][of] = append(s[low][of], name)
	}
}

// differ tells whether any table has two spellings.
func (s spellings) differ() bool {
	for _, of := range s {
		if len(unionSorted(of[0], of[1])) > 1 {
			return true
		}
	}
	return false
}

func (s spellings) name(name string) string {
	low := strings.ToLower(name)
	of := s[low]
	if of == nil {
		return name
	}
	for _, list := range of {
		for _, spelled := range unionSorted(list, nil) {
			if spelled != low {
				return spelled
			}
		}
	}
	return name
}

func (s spellings) names(list []string) []string {
	if len(list) == 0 {
		return list
	}
	out := make([]string, len(list))
	for i, name := range list {
		out[i] = s.name(name)
	}
	return unionSorted(out, nil)
}
