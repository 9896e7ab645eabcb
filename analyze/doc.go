// Package analyze turns a Go module into a model: what its services could be,
// what each would own, and what every boundary costs. Run is the stages in order;
// each stage has a folder that tells its part:
//
//	source     patterns → program: packages, types, SSA
//	facts      program → what is declared, called, read and written, where
//	evidence   profiles, traces, coverage and history → facts, when asked for
//	coupling   facts → a weighted, evidenced graph of atoms
//	partition  graph and pins → units in services, with stability
//	bill       partition and facts → crossings, prices, order, verdict
//	model      the file that all others read
//
// Peel cuts one service around a seed from a model alone. The facts that its bill is
// made of are taken back from the model, which prices every call, table, transaction
// and type as the code does; of loops it knows the cure and not what varies.
//
// # Cost
//
// CPU seconds of ficus analyze on Temporal (567,000 lines, 485,000 without tests), on 2
// cores that did nothing else, which with other work beside is a third to a half more:
// time spent is that of the process and of go list.
//
//	what is kept           CPU s   GB    of it
//	nothing                 14.7   1.6   list 1, types of dependencies 2 more than below
//	types of dependencies   11.5   1.6   type-check and SSA 4, call graph 1.5 (its types 0.6),
//	and what was listed                  other facts 3, boundaries and bills 1.2, the rest garbage
//	                                     and writing
//	facts                    2.5   0.7   fingerprint and facts 0.3, boundaries 1.2, bills 0.5, writing 0.2
//
//	/usr/bin/time -v ficus analyze -C DIR   (FICUS_CACHE=$(mktemp -d): nothing is kept)
//
// influxdata/telegraf takes 1.8 GB. To move one package (ficus move, facts kept) takes
// 1.2 CPU s, 0.9 s by the clock and 0.5 GB, of these 0.5 to read the model before.
//
// # After a change
//
// Facts are kept as a whole. Where no more than tests' bodies changed they hold. Where a
// package changed, all but the types of dependencies and what was listed is done anew:
// 11.5 of 14.7 s, not the tenth that one would wish for. The call graph is why: types
// flow between all functions, so all have to be there in SSA form, and with them their
// syntax and types; what a package alone decides, as its uses and comparisons, is half a
// second of the rest. And whatever changed, boundaries and bills take 2 s. To come below
// that, each package would have to leave a record of its own flows (what it converts,
// calls, takes the address of), from which the call graph is linked without its code,
// and the groups of the run before would have to be where clustering begins, which then
// would depend on more than the code.
//
// # Comparisons
//
// Compare measures how far two assignments agree: MoJoFM, adjusted Rand
// index and pairwise F1, each with its source.
package analyze
