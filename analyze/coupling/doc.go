// Package coupling turns facts into one graph: how strongly, and by what
// evidence, any two atoms hang together. It decides nothing about services.
//
// # Kinds and weights
//
// Every coupling points from the atom that depends to the atom that it depends
// on. Its weight is
//
//	strength of the kind · (1 + ln places) · rarity of the target
//
// The strengths order what hurts most to cut; only their order and rough
// distance matter, the partition is an ensemble that forgives small changes:
//
//	tx     8    one transaction over two atoms' tables becomes a saga
//	table  6/2  written or read: a table has one owner, readers can ask or copy
//	state  4/2  a package variable, written or read: two processes have two
//	resource     a family of keys, a bucket or a file with who writes it most
//	       3/1.5 written or read: shared data, but seldom more than a cache, and
//	             cut by giving each side keys of its own
//	       0.5   a topic, its consumer with its publisher: a message already
//	             crosses processes, so it says who talks, not who belongs together
//	route  4    the route goes where its handler is
//	type   2/1  in a signature or exported field, or only inside
//	call   1.5  static; 1 dispatched or as a value: wiring, seldom a domain's tie
//	const  0.3  copied without a loss
//
// Places are damped by a logarithm: raw call counts describe how chatty code is,
// not what belongs together, and made the proposals worse in our measurements.
//
// Rarity is users^-½, users being the atoms that depend on the target: what all
// use (a logger, an ID type, an error helper) says nothing about who belongs to
// whom. The square root keeps the sum over its users growing, so that an entry
// function called from ten places of its own domain is still bound to it.
//
// Who registers routes names the handlers of all domains and belongs to none: such a
// call is divided by how many handlers it registers.
//
// The methods of a god type (facts.GodTypes) are atoms. They name their type, as the
// receiver does: a tie inside, of a type that all of them use.
//
// Left out: other programs that are called, which bind none of their callers to
// another; variables that are infrastructure by nature (loggers, metrics,
// compiled expressions, sentinel errors) or written only while the package is
// initialised. Generated code counts a third: client stubs call everything.
//
// # What was measured
//
// Only when it was asked for; without it the weights are those above, to the byte.
//
//	profile    a call counts up to double, in full from a tenth of all samples:
//	           what is hot between two services is a network in the hot path
//	traces     a call counts up to double, in full from nine calls a request;
//	           of profile and traces the larger counts, they see one thing
//	coverage   a coupling counts ½ when no use case has both ends, 1½ when all
//	           that have one have the other, between them in proportion (½ + the
//	           Jaccard index): what runs together for users belongs together.
//	           Where one end is covered by none, nothing is said
//	history    files that changed together are tied by their largest
//	           declarations: 1 · degree · (1 + ln commits). It is the weakest
//	           tie but for constants: it holds for how people worked, a habit
//	           as often as a need; and it is not on unless asked for, since a
//	           shallow clone would give another answer than a whole one
package coupling
