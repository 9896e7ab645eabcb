// Package scale writes synthetic monoliths of any size, to see how the cost of
// analysis grows with the code. A monolith has domains of four packages each:
// types, a store with SQL and transactions, a service that calls the stores through
// an interface and services of other domains, and HTTP handlers; beside them one
// composition root and a kernel that all use. It compiles against the standard
// library alone. The same options give the same files.
//
// Synthetic code is more regular than written code: it says how cost grows, not what
// a real module costs.
//
// Measured on 2 cores that did nothing else, go list included, as ficus analyze runs
// (types of dependencies not kept):
//
//	lines      CPU s   CPU s/million   GB     model.json MB
//	250,000      6.3        25         1.34       12
//	1,000,000   31.6        32         3.75       50
//	2,000,000   90.2        45         6.68       99
//
// Memory grows less than the lines. Time grows a little faster: of a million lines
// clustering, which looks at every two packages, is a fourteenth and grows with their
// square, and the larger the code, the less of it is at hand in the processor; of two
// millions a fifth is the system's, which gives the memory. Dispatch (package vta) was
// half of the largest trial when each call of a function value was joined with each
// function of its signature, and is a twentieth.
package scale
