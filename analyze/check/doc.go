// Package check is the ratchet for continuous integration: it compares the
// crossings of a module with those that people have accepted, and finds what is
// new, what has become worse, and what is accepted but no longer there.
//
// # Boundaries
//
// The boundaries are those of the model file: Boundaries makes the plan under
// which the code of today is analysed, so that a change of the code shows as a
// change of crossings and never as another proposal. What the model does not
// know yet goes where ficus.yaml pins it, and else where it hangs most.
//
// # Accepted crossings
//
// ficus.accepted.yaml stands beside ficus.yaml and is committed. Every crossing
// is one line below the service that crosses; lines are sorted, carry no line
// numbers of the source and no counts, so that edits elsewhere change nothing
// and two branches merge:
//
//	version: 1
//	module: example.com/shop
//	services:
//	  orders:
//	    - {kind: call, from: internal/cart.Total, to: internal/catalogue.Describe, callee: internal/catalogue.Describe, into: catalogue, in_loop: true, id: "0f3a5c7e9b1d"}
//
// The id and the two services decide; in_loop and in_tx are part of what was
// accepted; the names are for the reader. People may add why and until (a date
// as 2027-01-31, the last day on which it holds); both survive --accept.
//
// # Rules
//
// Every finding carries a stable code, FICUS2xx: see Rules.
package check
