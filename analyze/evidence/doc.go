// Package evidence reads what is known of a module from outside of its code, one
// source a file, each only when asked for:
//
//	profile   a CPU profile in pprof's format (default.pgo, cpu.pprof)
//	traces    spans of OpenTelemetry as OTLP JSON, as the collector's file exporter
//	          writes them: one object, or one a line
//	coverage  folders of coverage counters (GOCOVERDIR), one a use case
//	history   commits of git
//
// It turns each into facts about functions and files of the module; what the weights
// of these are, the packages coupling and bill say.
//
// # Whose evidence it is
//
// A profile of another program, or of a build long ago, matches few functions. So
// every source says what share of it was matched: samples that have a function of the
// module on their stack, spans that name a function or route of it, covered files that
// it has. A source with no match at all is left out, and the problem says so; one that
// matches less than a tenth is used, with a problem that says how much.
//
// # Profiles
//
// The format is profile.proto of github.com/google/pprof, which has no tagged release;
// the seven messages' fields that matter here are read with protowire, their number
// and sizes bounded. Functions are matched by the names that the linker gives them:
// closures and bound methods count for their declaration. The time of a sample counts
// once for each function on its stack and once for each call between two functions of
// the module, frames of other modules between them passed over: a callback through the
// standard library is the caller's call.
//
// # Traces
//
// A span names a function by code.function.name (or code.namespace and
// code.function), a gRPC method by rpc.service and rpc.method, a route by http.route
// with http.request.method. What has no span above it is an entry point too. The
// calls for each request are the spans below one of an entry point, by the nearest
// span above them that names a function, divided by that entry point's number of
// spans. Trace exporters sample whole traces, which keeps the ratio.
//
// # Coverage
//
// Counters are read by the go command (go tool covdata), so that every version's
// format is understood that the installed go understands. A function ran when a
// statement of it did.
//
// # History
//
// Commits since a time before the commit of HEAD (not before today: the same checkout
// gives the same answer) without merges; renames are followed; a commit of more than
// 30 files says nothing about what belongs together and counts for authors and churn
// only. Two files changed together when they share at least 5 commits, at least 30 %
// of the mean of their revisions: the thresholds of code-maat. Authors are numbered,
// not named: neither names nor addresses leave this package. A clone without
// history, or no git at all, is a problem, not an error.
package evidence
