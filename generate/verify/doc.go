// Package verify proves a boundary before anything of it is written: it runs the
// monolith's own tests as they are, then once more with the facade laid over the
// packages of the boundary (go test -overlay), so that every call that crosses is
// encoded, sent through gRPC over a real loopback connection, decoded and answered
// by the same code. Nothing in the module changes on disk, go.mod neither.
//
// A test that passes in one way and fails in the other shows what the wire does
// not carry: a nil slice that became empty, an error that errors.Is no longer
// finds, a value in the context, an argument that the callee changed.
//
// Only packages whose tests link the boundary are run a second time; for the
// others the facade cannot make a difference. What the tests never call is listed:
// about that, nothing is proved.
package verify
