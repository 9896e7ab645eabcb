// Package source loads a Go module so that it can be analysed: the syntax and
// types of its own packages from source, those of its dependencies from the
// compiler's export data, and the SSA form of all functions of the module.
//
// Loading goes on where a compiler would stop. A package that does not compile,
// a module that is not downloaded, a file that is left out by a build
// constraint, a module nested in a folder: each is listed in Program.Problems
// with its place, the reason and what helps, and the rest is loaded. In a package
// with errors every function that is well typed still gets its SSA form; the
// others keep their syntax and have no body in SSA.
//
// Load fails only when there is nothing to load: no such folder, no go.mod, no
// package that matches, a go command that does not run, or a cancelled context.
package source
