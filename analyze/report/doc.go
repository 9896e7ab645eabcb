// Package report renders a model for people and for other tools: the analyze
// screen, bills, explanations, graphs and tables. It reads the model file alone
// (and the plan, to mark what people decided) and never analyses anything.
//
// Rules of every screen: the first lines hold the answer, the last line is the
// next command to type; no line is wider than asked for; colour only repeats
// what the words say. Equal models give equal bytes. A model that is incomplete
// or refers to things that are not in it renders as far as it goes.
package report
