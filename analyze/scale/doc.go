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
// Measured on 2 cores that were busy with other work, types of dependencies cached,
// facts not; go list included:
//
//	lines      CPU s   CPU s/million   GB     GB/million   model.json MB
//	127,265      5.7        45         0.46      3.6            8
//	501,045     27.1        54         1.89      3.8           24
//	1,001,991   71.9        72         3.42      3.4           48
//
// The last two with the collector set as ficus analyze sets it, the last while eight
// other programs shared the cores. Larger ones were not measured. Memory grows with the lines; time a little faster,
// since what clusters looks at every two packages.
package scale
