package facts

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// handleStore is a library of a database in which values stand for a collection, or for
// something in one: a document, a query, what a query gives. All of them are made step by
// step from what was given the collection's name.
type handleStore struct {
	via string
	// names are the methods that are given a name, or a path that ends in it, as Type.Method.
	names map[string]bool
	// on is what the methods of such a value do to its collection, as Type.Method.
	on map[string]model.Access
	// given is what methods do to the collection of the value that they are given.
	given map[string]model.Access
	// values are the types of such values.
	values map[string]bool
}

var handleStores = map[string]handleStore{
	firestorePath: {
		via:   "firestore",
		names: listed("Client.Collection Client.CollectionGroup Client.Doc DocumentRef.Collection"),
		on: accesses("Query.Documents Query.Snapshots Query.NewAggregationQuery DocumentRef.Get DocumentRef.Snapshots CollectionRef.DocumentRefs",
			"CollectionRef.Add DocumentRef.Create DocumentRef.Set DocumentRef.Update DocumentRef.Delete"),
		given: accesses("Transaction.Get Transaction.Documents",
			"Transaction.Create Transaction.Set Transaction.Update Transaction.Delete WriteBatch.Create WriteBatch.Set WriteBatch.Update WriteBatch.Delete "+
				"BulkWriter.Create BulkWriter.Set BulkWriter.Update BulkWriter.Delete"),
		values: listed("CollectionRef CollectionGroupRef Query DocumentRef DocumentSnapshot DocumentIterator QuerySnapshot QuerySnapshotIterator"),
	},
	boltPath: {
		via:    "bolt",
		names:  listed("Tx.Bucket Tx.CreateBucket Tx.CreateBucketIfNotExists Tx.DeleteBucket Bucket.Bucket Bucket.CreateBucket Bucket.CreateBucketIfNotExists"),
		on:     accesses("Bucket.Get Bucket.ForEach Bucket.ForEachBucket Bucket.Cursor Bucket.Sequence", "Bucket.Put Bucket.Delete Bucket.NextSequence Bucket.SetSequence"),
		given:  accesses("", "Tx.DeleteBucket"),
		values: listed("Bucket"),
	},
	docstorePath: {
		via: "docstore",
		on: accesses("Collection.Get Collection.Query ActionList.Get", "Collection.Put Collection.Create Collection.Replace Collection.Update Collection.Delete "+
			"ActionList.Put ActionList.Create ActionList.Replace ActionList.Update ActionList.Delete"),
		values: listed("Collection ActionList"),
	},
}

const (
	firestorePath = "cloud.google.com/go/firestore"
	boltPath      = "go.etcd.io/bbolt"
	docstorePath  = "gocloud.dev/docstore"
)

func listed(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

func accesses(reads, writes string) map[string]model.Access {
	out := map[string]model.Access{}
	for _, w := range strings.Fields(reads) {
		out[w] = model.Read
	}
	for _, w := range strings.Fields(writes) {
		out[w] = model.Write
	}
	return out
}

// handleCall is a call of a method of such a library.
type handleCall struct {
	store     handleStore
	recv      ssa.Value
	recvType  string
	method    string // Type.Method
	arguments []ssa.Value
}

func handleCallOf(com *ssa.CallCommon) (handleCall, bool) {
	callee := com.StaticCallee()
	if callee == nil || callee.Blocks != nil || callee.Signature.Recv() == nil || len(com.Args) == 0 {
		return handleCall{}, false
	}
	store, name := handleType(callee.Signature.Recv().Type())
	if name == "" {
		return handleCall{}, false
	}
	return handleCall{store, com.Args[0], name, name + "." + callee.Name(), com.Args[1:]}, true
}

// handleType gives the library and the name of a type of it.
func handleType(t types.Type) (handleStore, string) {
	n := namedOf(t)
	if n == nil || n.Obj().Pkg() == nil {
		return handleStore{}, ""
	}
	store, ok := handleStores[barePath(n.Obj().Pkg().Path())]
	if !ok {
		return handleStore{}, ""
	}
	return store, n.Obj().Name()
}

// handleSink recognises what is done to the collection that a value stands for.
func handleSink(com *ssa.CallCommon) (sink, bool) {
	c, ok := handleCallOf(com)
	if !ok {
		return sink{}, false
	}
	if a, does := c.store.on[c.method]; does {
		return sink{value: c.recv, collection: true, access: a, via: c.store.via}, true
	}
	if a, does := c.store.given[c.method]; does && len(c.arguments) > 0 {
		return sink{value: c.arguments[0], collection: true, access: a, via: c.store.via}, true
	}
	return sink{}, false
}

// handleOperand steps from what a call gives to what stands for the same collection, or
// to its name.
func handleOperand(com *ssa.CallCommon) ssa.Value {
	c, ok := handleCallOf(com)
	if !ok {
		return openedDocuments(com)
	}
	if _, given := c.store.given[c.method]; (c.store.names[c.method] || given) && len(c.arguments) > 0 {
		return c.arguments[0]
	}
	if c.store.values[c.recvType] {
		return c.recv
	}
	return nil
}

// handlePart steps from a field of such a value, or an element of a list of them, to the
// whole: the query that a collection embeds, the reference of a document that was read.
func handlePart(v ssa.Value) ssa.Value {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return nil
	}
	switch at := load.X.(type) {
	case *ssa.FieldAddr:
		if store, name := handleType(at.X.Type()); store.values[name] {
			return at.X
		}
	case *ssa.IndexAddr:
		if s, ok := at.X.Type().Underlying().(*types.Slice); ok {
			if store, name := handleType(s.Elem()); store.values[name] {
				return at.X
			}
		}
	}
	return nil
}

// collectionOfPath gives the collection of a path: states/TX/cities is one of cities,
// users/alice a document of users.
func collectionOfPath(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	return parts[(len(parts)-1)/2*2]
}

// openedDocuments gives what names the collection that gocloud opens: a URL, the name in
// one provider's database, or a collection of MongoDB's driver.
func openedDocuments(com *ssa.CallCommon) ssa.Value {
	callee := com.StaticCallee()
	if callee == nil || callee.Blocks != nil || callee.Signature.Recv() != nil || callee.Pkg == nil || !strings.HasPrefix(callee.Name(), "OpenCollection") {
		return nil
	}
	path := callee.Pkg.Pkg.Path()
	if path != docstorePath && !strings.HasPrefix(path, docstorePath+"/") || path == docstorePath+"/memdocstore" {
		return nil // in memory a collection has no name
	}
	for _, a := range com.Args {
		if isString(a.Type()) || bareTypePath(a.Type()) == mongoPath+".Collection" {
			return a
		}
	}
	return nil
}

// collectionOfURL gives the collection of a URL of gocloud: mongo://shop/orders?id_field=ID,
// firestore://projects/p/databases/d/documents/orders, dynamodb://orders, mem://orders/ID.
func collectionOfURL(text string) string {
	scheme, rest, is := strings.Cut(text, "://")
	if !is {
		scheme, rest = "", text
	}
	rest, _, _ = strings.Cut(rest, "?")
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	if scheme == "mem" {
		return parts[0]
	}
	return parts[len(parts)-1]
}
