package coupling

import (
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

func resourceFacts(uses ...facts.ResourceUse) *facts.Facts {
	f := &facts.Facts{Resources: uses}
	for _, name := range []string{"a", "b", "c", "d"} {
		f.Decls = append(f.Decls, facts.Decl{Atom: model.Atom{ID: "m." + name, Kind: model.KindFunc, Package: "m", Name: name}})
	}
	return f
}

func use(kind model.ResourceKind, name, atom string, access model.Access) facts.ResourceUse {
	return facts.ResourceUse{Kind: kind, Name: name, Access: access, From: facts.Ref{Atom: atom}, Evidence: model.Evidence{File: atom, Line: 1}}
}

// TestResources: who uses a resource is bound to who writes or publishes it, weaker
// than by a table, and other programs bind nobody.
func TestResources(t *testing.T) {
	tests := []struct {
		name string
		uses []facts.ResourceUse
		want map[[2]string]float64
	}{
		{"keys written by two", []facts.ResourceUse{use(model.ResourceKey, "s:…", "m.a", model.Write), use(model.ResourceKey, "s:…", "m.b", model.ReadWrite)},
			map[[2]string]float64{{"m.b", "m.a"}: strengthShared}},
		{"keys read", []facts.ResourceUse{use(model.ResourceKey, "s:…", "m.b", model.Write), use(model.ResourceKey, "s:…", "m.a", model.Read)},
			map[[2]string]float64{{"m.a", "m.b"}: strengthSharedRead}},
		{"topic", []facts.ResourceUse{use(model.ResourceTopic, "t", "m.a", model.Publish), use(model.ResourceTopic, "t", "m.c", model.Publish), use(model.ResourceTopic, "t", "m.b", model.Consume)},
			map[[2]string]float64{{"m.b", "m.a"}: strengthTopic}},
		{"two names", []facts.ResourceUse{use(model.ResourceBucket, "x", "m.a", model.Write), use(model.ResourceBucket, "y", "m.b", model.Write)}, nil},
		{"only read", []facts.ResourceUse{use(model.ResourceFile, "config.yaml", "m.a", model.Read), use(model.ResourceFile, "config.yaml", "m.b", model.Read)}, nil},
		{"another program", []facts.ResourceUse{use(model.ResourceHTTP, "h", "m.a", model.Request), use(model.ResourceHTTP, "h", "m.b", model.Request)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := Build(Input{Facts: resourceFacts(tt.uses...), Packages: []model.Package{{Path: "m"}}})
			got := map[[2]string]float64{}
			for _, c := range g.Couplings {
				got[[2]string{g.Atoms[c.From].ID, g.Atoms[c.To].ID}] = c.Weight
				if c.Kind != model.CouplingResource {
					t.Errorf("kind %s", c.Kind)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			for k, w := range tt.want {
				if got[k] != w {
					t.Errorf("%v weighs %v, want %v", k, got[k], w)
				}
			}
		})
	}
}

// TestOnBehalf: what shared code does for another is the other's coupling.
func TestOnBehalf(t *testing.T) {
	f := resourceFacts()
	f.Accesses = []facts.TableAccess{{From: facts.Ref{Atom: "m.a"}, For: facts.Ref{Atom: "m.b"}, Table: "t", Access: model.Write}}
	g := Build(Input{Facts: f, Packages: []model.Package{{Path: "m"}}})
	if len(g.Couplings) != 1 || g.Atoms[g.Couplings[0].From].ID != "m.b" {
		t.Errorf("got %+v", g.Couplings)
	}
}
