package analyze

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// terms writes the words that tell services and units from each other, by the names
// of their declarations, methods, tables and routes.
func (a *assembler) terms() {
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
	ofUnits, ofServices := words.Terms(units), words.Terms(services)
	for i := range a.m.Units {
		a.m.Units[i].Terms = wordsOf(ofUnits[a.m.Units[i].ID])
	}
	for i := range a.m.Services {
		a.m.Services[i].Terms = wordsOf(ofServices[a.m.Services[i].Name])
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
