// Package generate turns one boundary of the model into a service: a contract, the
// gRPC server around the existing code, a client and a facade with the very same
// signatures, a main package that runs, a Dockerfile and the first strangler.yaml.
//
// # Decide, check, write
//
// Run decides everything and writes nothing: what crosses (package contract), how
// it is spelled (packages schema, golang, deploy), which modules go.mod needs, and
// what each file would do to the one on disk. The result is type-checked laid over
// the module before anybody sees it. What cannot be generated comes back as
// refusals, all at once, each with its code, place, lineage and cure, and then
// there are no files.
//
// Write is the one place that writes to disk. It replaces each file in one step,
// and refuses to touch generated files that were edited by hand: their hashes
// stand in services/<service>/ficus.lock.json, together with the field numbers and
// names that must not change from one generation to the next.
//
// Files whose name ends in _gen.go or .pb.go are generated again each time. The
// files that people edit (main.go, Dockerfile, strangler.yaml) are written once.
//
// Package verify runs the monolith's own tests with the facade laid over the
// package, before anything is written.
package generate
