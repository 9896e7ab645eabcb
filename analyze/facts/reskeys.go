package facts

import (
	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// keyStore is a library of a database of keys inside the process.
type keyStore struct {
	via string
	// on is what methods do to the key that they are given first, as Type.Method; functions
	// have no type.
	on map[string]model.Access
}

var keyStores = map[string]keyStore{
	badgerPath: {"badger", accesses("Txn.Get Iterator.Seek Iterator.ValidForPrefix",
		"Txn.Set Txn.Delete .NewEntry WriteBatch.Set WriteBatch.Delete DB.DropPrefix")},
	"github.com/cockroachdb/pebble": {"pebble", accesses("DB.Get Batch.Get Snapshot.Get Iterator.SeekGE Iterator.SeekPrefixGE",
		"DB.Set DB.Delete DB.Merge DB.DeleteRange Batch.Set Batch.Delete Batch.Merge Batch.DeleteRange")},
	"github.com/syndtr/goleveldb/leveldb": {"leveldb", accesses("DB.Get DB.Has Snapshot.Get Transaction.Get",
		"DB.Put DB.Delete Batch.Put Batch.Delete Transaction.Put Transaction.Delete")},
	"github.com/syndtr/goleveldb/leveldb/util": {"leveldb", accesses(".BytesPrefix", "")},
}

// stored records the keys of databases inside the process. What is put together of
// numbers alone is no family, and nobody need name it.
func (f *resourceFinder) stored(c outsideCall) {
	store, ok := keyStores[c.path]
	if !ok || len(c.args) == 0 {
		return
	}
	method := "." + c.fn.Name()
	if recv := c.fn.Signature().Recv(); recv != nil && namedOf(recv.Type()) != nil {
		method = namedOf(recv.Type()).Obj().Name() + method
	}
	if access := store.on[method]; access != "" && isBytes(c.args[0].Type()) {
		f.site(resourceSite{chain: []ssa.Instruction{c.call}, parts: []ssa.Value{c.args[0]}, sep: "/", kind: model.ResourceKey,
			access: access, via: store.via, detail: c.fn.Name(), quiet: true})
	}
}
