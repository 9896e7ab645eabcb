package bill

import (
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

func effect(from string, kind model.InitEffectKind, target string) facts.InitEffect {
	return facts.InitEffect{From: ref(from), Kind: kind, Target: target, Evidence: at(4)}
}

// TestInitEffects: what importing one service's package does to what another reads.
func TestInitEffects(t *testing.T) {
	reads := func(from, v string) facts.State {
		return facts.State{From: ref(from), Var: v, Access: model.Read, Evidence: at(1)}
	}
	early := reads("b.F", "lib.Drivers")
	early.Init = true
	priced := call("a.init", "b.Register")
	priced.Evidence = at(4)
	tests := []struct {
		name  string
		f     facts.Facts
		price float64 // 0: nothing crosses
		to    string
		kind  string
	}{
		{"sets a variable of another service", facts.Facts{InitEffects: []facts.InitEffect{effect("a.init", model.EffectWrite, "b.Level")}}, 2, "b", CureRegister},
		{"registers with another service", facts.Facts{InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "b.Drivers")}}, 2, "b", CureRegister},
		{"its own", facts.Facts{InitEffects: []facts.InitEffect{effect("a.init", model.EffectWrite, "a.Level")}}, 0, "", ""},
		{"by a call that is priced", facts.Facts{Calls: []facts.Call{priced}, InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "b.Drivers")}}, 0, "", ""},
		{"of the library, read by another service", facts.Facts{States: []facts.State{reads("b.F", "lib.Drivers")},
			InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "lib.Drivers")}}, 2, "b", CureRegister},
		{"of the library, read by the library for another service", facts.Facts{States: []facts.State{reads("lib.Find", "lib.Drivers")}, Calls: []facts.Call{call("b.F", "lib.Find")},
			InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "lib.Drivers"), effect("a.init#2", model.EffectRegister, "lib.Drivers")}}, 2, "b", CureRegister},
		{"of the library, read by itself alone", facts.Facts{States: []facts.State{reads("a.F", "lib.Drivers")},
			InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "lib.Drivers")}}, 0, "", ""},
		{"of the library, read at the start alone", facts.Facts{States: []facts.State{early},
			InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "lib.Drivers")}}, 0, "", ""},
		{"of another module", facts.Facts{InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "database/sql.Register")}}, 0, "", ""},
		{"reads the environment", facts.Facts{InitEffects: []facts.InitEffect{effect("a.init", model.EffectEnv, "os.Getenv")}}, 0, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []model.Crossing
			for _, c := range Crossings(input(&tt.f)) {
				if c.Kind == model.CouplingState {
					got = append(got, c)
				}
			}
			if tt.price == 0 {
				if len(got) > 0 {
					t.Errorf("got %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Price != tt.price || got[0].ToService != tt.to || got[0].CureKind != tt.kind || len(got[0].Evidence) == 0 || got[0].FromService != "a" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestInitEffectsOfManyReaders: two services that read one registry are two
// crossings, with their own IDs.
func TestInitEffectsOfManyReaders(t *testing.T) {
	f := &facts.Facts{InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "lib.Drivers")}}
	for _, from := range []string{"b.F", "c.F"} {
		f.States = append(f.States, facts.State{From: ref(from), Var: "lib.Drivers", Access: model.Read, Evidence: at(1)})
	}
	got := Crossings(input(f))
	if len(got) != 2 || got[0].ID == got[1].ID || got[0].ToService == got[1].ToService {
		t.Errorf("got %+v", got)
	}
}
