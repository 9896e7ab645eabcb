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
// Measured on 2 cores that were busy with other work, go list included, as ficus analyze
// runs (types of dependencies not kept):
//
//	lines      CPU s   CPU s/million   GB     model.json MB   call graph   boundaries
//	250,000     13.4        54         1.36       12              2.6          0.5
//	1,000,000   65.6        66         3.50       49             19.3          7.8
//	2,000,000                          5.8                       84.7
//
// Memory grows less than the lines. Time grows with them but for two stages. Variable
// type analysis begins with each call of a function value reaching each function of its
// signature, and here every domain has its own of the same few signatures: their
// product is what half of the largest trial was spent on. Clustering looks at every two
// packages; of its own work a third was saved since. The largest trial, with 30
// programs in line for the two cores, was stopped in the facts after the call graph, at
// 151 s; nothing after them took more memory in the others.
package scale
