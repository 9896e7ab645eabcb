// Package golang spells a contract as Go: what the service and its callers are made
// of. Every generator returns files and writes none.
//
//	Wire      converters between Go values and messages, and the error envelope
//	Server    the gRPC services around the existing values
//	Client    types with the very same method signatures, which call the service
//	Facade    the same again, run on either side of the boundary by stage
//	Overlay   a facade inside the monolith's own packages, for go build -overlay
//	Main, Run the command: settings, listeners, health, telemetry, graceful stop
//	Wiring    how the command puts the service together
//
// # Overlay
//
// The overlay renames the functions that cross (Get becomes ficusLocalGet) in
// copies of their files, also where their own package calls them, and declares
// them again: by FICUS_<SERVICE> the new Get calls the renamed one directly, or
// through gRPC over a loopback connection, or asks the service. So the monolith's
// callers and tests cross the boundary without a changed line.
//
// # Wiring
//
// The monolith knows how its values are put together: its main functions do it.
// Wiring follows the value that answers calls back through calls, parameters,
// fields and literals (a backward slice of the SSA form, across functions), and
// writes down what it meets as straight code. Functions on the way from main to
// the value are looked into and never called, as they would build the whole
// monolith; all others are called as the monolith calls them. The routes follow in
// the same way, and the middleware by following the mux forward to the server.
// What depends on a condition, a function literal or an unexported name is refused
// with the line of ficus.yaml that settles it. Nothing that runs in the background
// is started.
package golang
