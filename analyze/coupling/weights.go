package coupling

import (
	"math"

	"github.com/ficus-dev/ficus/analyze/model"
)

// The strengths of the kinds; the package comment says why.
const (
	strengthTx         = 8.0
	strengthTableWrite = 6.0
	strengthTableRead  = 2.0
	strengthStateWrite = 4.0
	strengthStateRead  = 2.0
	strengthRoute      = 4.0
	strengthShared     = 3.0
	strengthSharedRead = 1.5
	strengthTopic      = 0.5
	strengthTypeAPI    = 2.0
	strengthType       = 1.0
	strengthCall       = 1.5
	strengthDynamic    = 1.0
	strengthConst      = 0.3

	generatedShare = 1.0 / 3
	rarityExponent = 0.5
)

// strength is the weight of one place of a coupling, before damping and rarity.
func strength(c *Coupling, dynamic bool) float64 {
	writes := c.Access == model.Write || c.Access == model.ReadWrite
	switch c.Kind {
	case model.CouplingTx:
		return strengthTx
	case model.CouplingTable:
		return pick(writes, strengthTableWrite, strengthTableRead)
	case model.CouplingState:
		return pick(writes, strengthStateWrite, strengthStateRead)
	case model.CouplingResource:
		if c.Access == model.Consume {
			return strengthTopic
		}
		return pick(c.Access != model.Read, strengthShared, strengthSharedRead)
	case model.CouplingRoute:
		return strengthRoute
	case model.CouplingType:
		return pick(c.API, strengthTypeAPI, strengthType)
	case model.CouplingConst:
		return strengthConst
	}
	return pick(dynamic, strengthDynamic, strengthCall)
}

func pick(cond bool, yes, no float64) float64 {
	if cond {
		return yes
	}
	return no
}

// weigh sets the weights of all couplings, once every place is known.
func (b *builder) weigh() {
	users := make([]int, len(b.graph.Atoms))
	last := make([]int32, len(b.graph.Atoms))
	for i := range last {
		last[i] = -1
	}
	for _, c := range b.graph.Couplings { // sorted by From: each user counts once
		if c.Kind == model.CouplingCoChange {
			continue // uses nothing
		}
		if last[c.To] != c.From {
			last[c.To] = c.From
			users[c.To]++
		}
	}
	writers := make([]int, len(b.graph.Atoms)) // in the transactions of an atom
	for _, c := range b.graph.Couplings {
		if c.Kind == model.CouplingTx {
			writers[c.From]++
		}
	}
	registers := map[int32]int{}
	for pair := range b.registered {
		registers[pair[0]]++
	}
	for i := range b.graph.Couplings {
		c := &b.graph.Couplings[i]
		if c.Kind == model.CouplingCoChange {
			c.Weight = strengthCoChange * c.Degree * (1 + math.Log(float64(c.Count)))
			continue
		}
		w := strength(c, b.dynamic[key{c.From, c.To, c.Kind}]) * (1 + math.Log(float64(c.Count)))
		w *= math.Pow(float64(users[c.To]), -rarityExponent)
		if c.Kind == model.CouplingTx {
			w /= float64(writers[c.From])
		}
		if c.Kind == model.CouplingCall && b.registered[[2]int32{c.From, c.To}] {
			w /= float64(registers[c.From])
		}
		if b.graph.Atoms[c.From].Generated {
			w *= generatedShare
		}
		c.Weight = w * b.measuredFactor(c)
	}
}
