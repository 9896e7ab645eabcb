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
// cores that were busy with other work, which adds a third to a half: time spent is
// that of the process and of go list.
//
//	what is kept           CPU s   GB    of it
//	nothing                 33     1.5   types of dependencies 5 more than below
//	types of dependencies   25     1.5   list 1.3, their types 0.5, type-check 2.4, SSA 2.4,
//	                                     call graph 7.5 (VTA 5), other facts 5.5, boundaries 1.5,
//	                                     bills, alternatives and writing 2.3
//	facts                    2.6   0.7   fingerprint and facts 0.4, boundaries 1.2, bills 0.5, writing 0.3
//
//	/usr/bin/time -v ficus analyze -C DIR   (FICUS_CACHE=$(mktemp -d): nothing is kept)
//
// influxdata/telegraf takes 1.8 GB. To move one package (ficus move, facts kept) takes
// 1.4 CPU s and 0.5 GB, of these 0.5 to read the model before; a part of it runs on two
// cores.
//
// # After a change
//
// Facts are kept as a whole. Where one package changed, all but the types of
// dependencies is done anew: 25 of 33 s, not the tenth that one would wish for. The
// call graph is why: types flow between all functions, so all have to be there in SSA
// form, and with them their syntax and types; what a package alone decides, as its
// uses and comparisons, is 1 s of the rest. And whatever changed, go list, boundaries
// and bills take 5 s. To come below that, each package would have to leave a record of
// its own flows (what it converts, calls, takes the address of), from which the call
// graph is linked without its code, and the groups of the run before would have to be
// where clustering begins, which then would depend on more than the code.
//
// # Comparisons
//
// Compare measures how far two assignments agree: MoJoFM, adjusted Rand
// index and pairwise F1, each with its source.
package analyze
