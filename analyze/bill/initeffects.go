package bill

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// initEffects prices what initialising a package of one service changes for
// another: a variable of the other's, or one of the library that the other reads.
// Each variable pays once between two services.
func (b *biller) initEffects() {
	readers, calls := b.stateReaders(), b.callLines()
	type cut struct{ from, to, variable string } // services
	found := map[cut]*model.Crossing{}
	var order []cut
	for _, x := range b.in.Facts.InitEffects {
		from := b.in.Service[x.From.Atom]
		if !model.IsService(from) || x.Kind != model.EffectRegister && x.Kind != model.EffectWrite {
			continue
		}
		others := []string{b.in.Service[x.Target]}
		if others[0] == model.Library {
			others = readers[x.Target]
		}
		for _, to := range others {
			if !model.IsService(to) || to == from || calls[callLine{x.From.Atom, to, x.Evidence.File, x.Evidence.Line}] {
				continue
			}
			k := cut{from, to, x.Target}
			if found[k] == nil {
				found[k] = b.initCrossing(x, from, to)
				order = append(order, k)
			}
			found[k].Evidence = append(found[k].Evidence, x.Evidence)
		}
	}
	for _, k := range order {
		b.add(*found[k])
	}
}

func (b *biller) initCrossing(x facts.InitEffect, from, to string) *model.Crossing {
	name := shortID(x.Target)
	c := &model.Crossing{Kind: model.CouplingState, From: x.From.Atom, To: x.Target, FromService: from, ToService: to,
		Price: initEntry, CureKind: CureRegister, Why: "a package of " + from + " adds itself to " + name + " when imported; " + to + " reads it",
		Cure: "register a facade of it where " + to + " starts"}
	if x.Kind == model.EffectWrite {
		c.Why, c.Cure = "a package of "+from+" sets "+name+" when imported; "+to+" reads it", "set it where "+to+" starts"
	}
	return c
}

// callLine is a line of an atom that calls a service.
type callLine struct {
	from, service, file string
	line                int
}

// callLines are the lines that calls() prices already.
func (b *biller) callLines() map[callLine]bool {
	out := map[callLine]bool{}
	for _, i := range b.calls {
		c := &b.in.Facts.Calls[i]
		out[callLine{c.From.Atom, b.in.Service[c.To.Atom], c.Evidence.File, c.Evidence.Line}] = true
	}
	return out
}

// stateReaders are the services that read a variable of the library after the
// start, by themselves or by a function of the library that does.
func (b *biller) stateReaders() map[string][]string {
	out := map[string][]string{}
	add := func(variable, service string) {
		if model.IsService(service) && !slices.Contains(out[variable], service) {
			out[variable] = append(out[variable], service)
		}
	}
	for _, s := range b.in.Facts.States {
		if s.Init || s.Access == model.Write {
			continue
		}
		add(s.Var, b.in.Service[s.From.Atom])
	}
	for _, r := range b.known.reads {
		if s := &b.in.Facts.States[r.state]; b.in.Service[s.From.Atom] == model.Library {
			add(s.Var, b.in.Service[b.in.Facts.Calls[r.call].From.Atom])
		}
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}
