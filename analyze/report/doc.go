// Package report renders a model for people and for other tools: the analyze
// screen, bills, explanations, graphs and tables. It reads the model file alone
// (and the plan, to mark what people decided) and never analyses anything.
//
// Rules of every screen: the first lines hold the answer, the last line is the
// next command to type; no line is wider than asked for; colour only repeats
// what the words say. Equal models give equal bytes. A model that is incomplete
// or refers to things that are not in it renders as far as it goes.
//
// The HTML draws the section that is looked at, and none before. Of Temporal (346
// packages, 4,700 crossings) it is 3 MB, is first painted after 0.15 s and open after
// 0.3, of gogs after 0.2 and 0.3; go test -run TestShoot prints this, and takes
// pictures of every section.
package report
