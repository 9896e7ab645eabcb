package facts

import (
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Stores of structs keep each type in a bucket of its own, by the type's name: storm,
// bolthold, badgerhold.

const (
	stormPath      = "github.com/asdine/storm"
	boltholdPath   = "github.com/timshannon/bolthold"
	badgerholdPath = "github.com/timshannon/badgerhold"
	badgerPath     = "github.com/dgraph-io/badger"
)

// stormVerbs are the methods of storm that are given a struct, or a list of them.
var stormVerbs = accesses("One Find AllByIndex All Range Prefix Count First Each Raw RawEach",
	"Save Update UpdateField Drop DeleteStruct ReIndex Delete Init")

// holdVerbs are the methods of bolthold and badgerhold, which have a second each that is
// given the transaction: TxInsert.
var holdVerbs = accesses("Get Find FindOne FindAggregate ForEach Count",
	"Insert Upsert Update UpdateMatching Delete DeleteMatching ReIndex")

// stormKeys are the methods of storm that are given a bucket's name.
var stormKeys = accesses("Get GetBytes KeyExists", "Set SetBytes Delete Drop")

// structStore recognises the verb of a store of structs.
func structStore(mapper, name string) (model.Access, bool) {
	switch mapper {
	case "storm":
		a, ok := stormVerbs[name]
		return a, ok
	case "bolthold", "badgerhold":
		a, ok := holdVerbs[strings.TrimPrefix(name, "Tx")]
		return a, ok
	}
	return "", false
}

// stormBucket records what is done to a bucket that storm is given by name.
func (m *mapperFinder) stormBucket(mc mapperCall) bool {
	a, ok := stormKeys[mc.name]
	if !ok || mc.mapper != "storm" || len(mc.args) == 0 || !isString(bareValue(mc.args[0]).Type()) {
		return false
	}
	m.e.finder.site(sqlSite{chain: []ssa.CallInstruction{mc.call},
		sink: sink{value: bareValue(mc.args[0]), collection: true, access: a, via: "storm"}})
	return true
}
