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
// Beside it, Compare measures how far two assignments agree: MoJoFM, adjusted Rand
// index and pairwise F1, each with its source.
package analyze
