package model

import (
	"cmp"
	"slices"
)

// Cure is one way to be rid of a crossing, or to live with it.
type Cure struct {
	Kind  string   // as Crossing.CureKind
	Title string   // a few words, for heads
	Steps []string // what to do, in order, where the crossing has no steps of its own
}

// Cures are all cures, those that change most first: the order in which bills list
// groups of equal price.
func Cures() []Cure {
	return []Cure{
		{"together", "Keep together", []string{
			"pin both sides into one service: ficus move, or together in ficus.yaml",
			"or give the function data in place of the handle, and it can be cut"}},
		{"saga", "Outbox or saga", []string{
			"write the own tables and a message into an outbox, in one transaction",
			"let the other side apply the message, once for its id",
			"where it can refuse: compensate what was written before"}},
		{"owner", "Let the owner write", []string{
			"give the owner a function for each change that others make",
			"call it where they write now",
			"take the right to write from everybody else"}},
		{"replicate", "Replicate what is read", []string{
			"let the owner publish its changes, from an outbox",
			"keep a copy of what is read, filled once and kept up by the events",
			"read the copy; where it must not be stale, ask the owner instead"}},
		{"batch", "Batch", []string{
			"add a function that takes all items and gives the results by key",
			"collect the items before the loop, call once, look up inside of it"}},
		{"one", "Make it one call", []string{
			"add one function that does what those calls do together, and gives all their results",
			"call it in their place"}},
		{"hoist", "Call once before the loop", []string{
			"call before the loop, and use the result in each turn"}},
		{"event", "Event", []string{
			"agree on the event's name and schema: the publisher owns them",
			"publish it where the call stands, from an outbox where it must not be lost",
			"subscribe on the other side, once for each event's id"}},
		{"own-type", "A type of its own", []string{
			"declare a type with the fields that the methods use, and a constructor",
			"make them its methods",
			"narrow the interfaces of their callers to the methods that they call",
			"hand the new type to the callers where the program is wired"}},
		{"move", "Move the atom", []string{
			"move it to the other side: ficus move shows what that changes, --save pins it"}},
		{"register", "Register on the other side", []string{
			"import the package, or a facade of it, where the other side starts",
			"take it out of this side where nothing looks it up here"}},
		{"return", "Return what changed", []string{
			"give back the changed value beside the results",
			"assign it where the function is called"}},
		{"stream", "Streaming call", []string{
			"declare the parameter or result as a stream: the contract chunks it"}},
		{"adapter", "Adapter for a type", []string{
			"write down what the type means as fields that a wire can carry",
			"convert at both ends of the facade; the callers keep the type"}},
		{"remote", "Call it remotely", []string{
			"let the facade make the call: ficus generate writes it",
			"give the caller's context a deadline, and the function an error to report"}},
		{"compare", "Compare what a copy keeps", []string{
			"compare with Equal, or by key, on either side"}},
		{"presence", "Carry presence", []string{
			"nothing with the facade; a wire of your own needs a flag beside the list"}},
		{"error", "Carry the error", []string{
			"nothing with the facade: the error crosses as a status and comes back as itself"}},
		{"dto", "Carry the data", []string{
			"nothing with the facade: it keeps the type and carries its fields"}},
		{"copy", "Keep it on both sides", []string{
			"set it from the configuration of each, or repeat it"}},
		{"drop", "Drop the constraint", []string{
			"drop the foreign key",
			"check when writing, by a call to the owner",
			"hear of deletes by an event"}},
	}
}

// CureOf is the cure of a kind. One that a later version adds has its kind as title.
func CureOf(kind string) Cure {
	for _, c := range Cures() {
		if c.Kind == kind {
			return c
		}
	}
	return Cure{Kind: kind, Title: kind}
}

// SumByCure sums crossings up by their cure, dearest first, of equals those first that
// change most.
func SumByCure(crossings []Crossing) []CureSum {
	at := map[string]int{}
	rank := map[string]int{}
	for i, c := range Cures() {
		rank[c.Kind] = i - len(Cures())
	}
	var out []CureSum
	for _, c := range crossings {
		i, ok := at[c.CureKind]
		if !ok {
			i = len(out)
			at[c.CureKind] = i
			out = append(out, CureSum{Kind: c.CureKind, Title: CureOf(c.CureKind).Title})
		}
		out[i].Price += c.Price
		out[i].Crossings++
	}
	for i := range out {
		out[i].Price = Round(out[i].Price)
	}
	slices.SortFunc(out, func(a, b CureSum) int {
		return cmp.Or(cmp.Compare(b.Price, a.Price), cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}
