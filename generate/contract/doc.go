// Package contract decides, before anything is written, what crosses a boundary:
// which functions and methods, as which messages, and what is refused with which
// cure. The Contract is the intermediate representation of all generators; the
// protobuf descriptor is derived from it, never the other way round.
//
// # The surface
//
// A function crosses when it belongs to the service and code outside of it names it:
// calls it, takes it as a value, or calls a method of one of the module's interfaces
// that a type of the service implements. Test helpers, tools and dead code
// (@unassigned in the model) do not count. Of these functions some stay local calls,
// each with its reason in Contract.Left:
//
//	kept local by the plan     services.X.local
//	HTTP registration          takes or returns a router, handler or request
//	constructor                builds a live object of the service, or an option for one
//	method of a plain value    the receiver travels by value and the method takes no
//	                           context: it runs on the caller's copy
//	lifecycle, wiring          called by the composition root only: Run, Close, and
//	                           whatever cannot cross
//
// A type is live when it holds what cannot travel (a connection, lock, channel,
// function) or nothing at all; its methods are the service's work.
//
// # Shapes and refusals
//
// Every parameter and result gets a Shape, by its type alone: named types and aliases
// by what they stand for, structs field by field, types with unexported fields by
// their marshalers. What has no shape is refused, and so is what functions do that a
// wire does not carry: changing arguments, reading values from the context, working in
// the caller's transaction. All refusals of a service are reported at once; Rules
// documents them. The search for changed arguments follows static calls and is
// optimistic about code outside of the module: what it finds is so, what it does not
// find may still be.
//
// # Stability
//
// The lock file keeps the numbers of fields and the names of messages, services and
// methods: a field that is gone, or that changed its type, leaves its number reserved.
// Identical input gives identical contracts.
package contract
