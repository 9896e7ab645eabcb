package analyze

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// told are the words that tell units, and services, from each other.
type told struct {
	units, services map[string][]coupling.Term
}

// words finds them in the names of declarations, methods, tables and routes.
func (a *assembler) words() {
	if a.blind {
		return
	}
	units, services := map[string][]string{}, map[string][]string{}
	for _, atom := range a.m.Atoms {
		names := append([]string{atom.Name}, atom.Methods...)
		if atom.Kind == model.KindRoute {
			_, path, _ := strings.Cut(atom.Name, " ")
			names = []string{withoutWildcards(path)}
		}
		if atom.Unit != "" {
			units[atom.Unit] = append(units[atom.Unit], names...)
		}
		services[atom.Service] = append(services[atom.Service], names...)
	}
	words := coupling.NewVocabulary()
	a.told = told{words.Terms(units), words.Terms(services)}
}

func (a *assembler) terms() {
	for i := range a.m.Units {
		a.m.Units[i].Terms = wordsOf(a.told.units[a.m.Units[i].ID])
	}
	for i := range a.m.Services {
		a.m.Services[i].Terms = wordsOf(a.told.services[a.m.Services[i].Name])
	}
}

// withoutWildcards drops what stands for a value: it names a parameter.
func withoutWildcards(path string) string {
	var kept []string
	for _, part := range strings.Split(path, "/") {
		if !strings.ContainsAny(part, "{:*") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "/")
}

func wordsOf(terms []coupling.Term) []string {
	var out []string
	for _, t := range terms {
		out = append(out, t.Word)
	}
	return out
}
