// Package source loads a Go module so that it can be analysed: the syntax and
// types of its own packages from source, as much of its dependencies as their
// declarations show, and the SSA form of all functions of the module.
//
// # No compiler
//
// The go command is asked what there is and what imports what, never for export
// data: it would compile every dependency. Their types are made here, from source
// without the bodies of functions, of those packages only that declarations refer
// to (outer). What others can see of them is kept in the user's cache (package
// cache) under a key of all that goes into it (keys), and read from there by the
// next run. Both ways pass through the same encoding, so a first run and a later
// one give the same types.
//
// What the go command lists depends on no function's body: where imports, build
// constraints, embedded names and modules are as they were, it is not asked again
// (Print.Listing, Listed).
//
// CPU seconds to a program with SSA form, on 2 cores with the modules downloaded:
// Temporal (485,000 lines in 346 packages without tests, 1,061 dependencies of which
// 574 are read) 11 the first time and 8 later, of these 1 for go list, 4 for the
// dependencies, 3 to type-check, 3 for SSA. With export data of the go command the
// first time was 240. go test -run Everything -v -dir DIR prints them for any module.
// influxdata/telegraf (219,000 lines, of 4,860 dependencies 3,706 read): 29 the first
// time, with a peak of 1.9 GB.
//
// Errors in dependencies are not the user's: they cost at most the objects that they
// concern. Only a package of the module that uses such a dependency is looked
// through for expressions without type before its SSA form is built.
//
// # Generated files
//
// With Options.SkipBodies the functions of generated files keep their declarations
// and lose their bodies, where these say nothing that is not said elsewhere: of
// messages, mocks, copies, names (derivedBy). SQL, routes, handlers and wiring are
// read, whoever wrote them, and so is what an unknown generator made.
//
// # Whatever the module's shape
//
// Loading goes on where a compiler would stop. A package that does not compile,
// a module that is not downloaded, a file that is left out by a build
// constraint, a module nested in a folder: each is listed in Program.Problems
// with its place, the reason and what helps, and the rest is loaded. In a package
// with errors every function that is well typed still gets its SSA form; the
// others keep their syntax and have no body in SSA.
//
// Where go.sum has no hash of a module, or go.mod wants tidying, the go command completes
// copies of them, if it can have the modules; the checkout stays as it is.
//
// Load fails only when there is nothing to load: no such folder, no go.mod, no
// package that matches, a go command that does not run, or a cancelled context.
package source
