// Package scale writes synthetic monoliths of any size, to see how the cost of
// analysis grows with the code. A monolith has domains of four packages each:
// types, a store with SQL and transactions, a service that calls the stores through
// an interface and services of other domains, and HTTP handlers; beside them one
// composition root and a kernel that all use. It compiles against the standard
// library alone. The same options give the same files.
//
// Synthetic code is more regular than written code: it says how cost grows, not what
// a real module costs.
package scale
