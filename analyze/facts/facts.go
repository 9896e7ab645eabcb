package facts

import "github.com/ficus-dev/ficus/analyze/model"

// Facts is all that was found in one program, every list sorted.
type Facts struct {
	Decls        []Decl
	Calls        []Call
	Uses         []Use
	States       []State
	Tables       []TableDef
	Accesses     []TableAccess
	DataSites    []DataSite
	Resources    []ResourceUse
	Transactions []Transaction
	Routes       []Route
	Surfaces     []Surface
	Plain        []Ref // functions that work on what they are handed alone
	ErrorTests   []ErrorTest
	Interfaces   []Interface
	Identities   []Identity
	NilTests     []NilTest
	NilResults   []NilResult
	EntryPoints  []EntryPoint
	InitEffects  []InitEffect
	Unresolved   []model.Problem
	// Measured is what was seen outside of the code; empty unless it was asked for.
	Measured Measured
	// CallGraph names the algorithm of the call graph.
	CallGraph string
	// Reads are the files other than Go's that were looked into, by name.
	Reads []Read
}

// Read is one file that facts were taken from, or would have been.
type Read struct {
	File string // relative to the module
	Sum  string // SHA-256 of its content in hexadecimal; empty: it could not be read
}

// Ref names a declaration: an atom, and for methods the method.
type Ref struct {
	Atom   string // atom ID: package path, dot, name of the func, type, var or const
	Method string // of a type's method, else empty
}

// Decl is one declaration of the module.
type Decl struct {
	model.Atom
	// Test helpers and generated files are marked, not dropped.
	Generated bool
	// Bodies are the places of Methods, in their order.
	Bodies []Body
}

// Body is the place of one method.
type Body struct {
	File  string // relative to the module
	Line  int    // of its name
	Lines int    // its comment included
	Func  string // as evidence names it
}

// CallMode says how a call reaches its callee.
type CallMode string

// The modes of calls.
const (
	Static  CallMode = "static"
	Dynamic CallMode = "dynamic" // interface method or function value, by VTA
	Value   CallMode = "value"   // the function is taken as a value, not called
)

// Call is one call site inside the module, of a function declared in the module.
type Call struct {
	From, To Ref
	Mode     CallMode
	Evidence model.Evidence
	// InLoop: in a loop of the function, also by range-over-func, unless the loop waits
	// or calls another function in each turn.
	InLoop bool
	InTx   bool // passes a transaction, or is inside a transaction's closure
	Go     bool // started with go
	Defer  bool
	// Callback: called through a function value, not an interface: From runs what
	// it was handed and does not depend on To; who handed it in does.
	Callback bool
	// Repeats has the loop around the call, or else those around calls of its function,
	// the nearest first, at most 8. Empty when there is none, or only one that waits
	// (for a channel, a select): that repeats over time.
	Repeats []Repeat
}

// RepeatCure is what can be done about a call that repeats.
type RepeatCure string

// The cures of repeated calls.
const (
	RepeatBatch  RepeatCure = "batch"  // only items vary: one call can take all
	RepeatHoist  RepeatCure = "hoist"  // nothing varies over a range: one call before it
	RepeatSerial RepeatCure = "serial" // each call needs what the one before gave
	RepeatOuter  RepeatCure = "outer"  // the loop is around a caller
	RepeatOther  RepeatCure = ""       // retries, polling, and what is not told
)

// Repeat is one loop that repeats a call.
type Repeat struct {
	Cure RepeatCure
	// Loop is the loop's statement, In the function that it stands in.
	Loop model.Evidence
	In   Ref
	// Varies are the callee's parameters that change from turn to turn, "receiver"
	// before them; empty for RepeatOuter.
	Varies []string
	// Via are the calls between the loop and this call, the one in the loop first.
	Via []model.Evidence
}

// Use is one reference to a type, constant or variable of the module that is no call.
type Use struct {
	From     Ref
	To       string             // atom ID
	Kind     model.CouplingKind // type, const
	InAPI    bool               // stands in a signature or an exported field
	Evidence model.Evidence
}

// State is one access to a package variable of the module.
type State struct {
	From   Ref
	Var    string // atom ID
	Access model.Access
	Init   bool // only while the package is initialised
	// Infra: a logger, metric, sync.Once, compiled regexp, sentinel error: shared
	// by nature, no coupling of domains.
	Infra    bool
	Evidence model.Evidence
}

// TableDef is a table found in DDL or in a mapping.
type TableDef struct {
	Name     string
	Columns  []string
	Refs     []string
	Evidence model.Evidence
}

// TableAccess is one statement's use of a table.
type TableAccess struct {
	From  Ref // whose code it is
	Table string
	// For is on whose behalf shared code does it: who gave a shared store the table's
	// name, or the type that generic code is instantiated for. Empty: From's own.
	For    Ref
	Access model.Access
	InLoop bool
	InTx   bool
	// Joined lists the other tables of the same statement.
	Joined   []string
	Evidence model.Evidence
}

// Owner is whose access it is: For, or else From.
func (a TableAccess) Owner() Ref {
	if a.For.Atom != "" {
		return a.For
	}
	return a.From
}

// Transaction is a place that opens one.
type Transaction struct {
	From     Ref
	Evidence model.Evidence
	// Reached: accesses inside it, indexes into Facts.Accesses.
	Reached []int
}

// Route is one HTTP registration.
type Route struct {
	Method, Host, Pattern string
	Router                string
	Handler               Ref // empty when not resolved
	Evidence              model.Evidence
	// Registrar is the function that registers it.
	Registrar Ref
}

// Surface describes an exported function or method: what would hurt on a wire.
type Surface struct {
	Func    Ref
	Context bool // takes a context.Context first
	Error   bool // returns an error last
	// Obstacles: path of the parameter or result and why it cannot go on a wire as it
	// is: "parameter r: io.Reader", "result: func()".
	Obstacles []Obstacle
	// Fields is the number of leaf fields that parameters and results carry.
	Fields   int
	Evidence model.Evidence
}

// Obstacle is one thing in a signature or body that a wire does not carry.
type Obstacle struct {
	Kind   string // stream, callback, channel, interface, transaction, handle, mutated, alias, unexported, map-key, generic, options, context-value
	Path   string // lineage: parameter progress → func(int)
	Detail string
}

// ErrorTest is an errors.Is/As (or ==) against a sentinel or typed error of the module.
type ErrorTest struct {
	From     Ref
	Error    string // atom ID of the variable or type
	Typed    bool
	Evidence model.Evidence
}

// Interface is one package-level interface of the module that has methods.
type Interface struct {
	Type    string   // atom ID
	Methods []string // names, sorted; those of embedded interfaces included
	// Implementations: atom IDs of the module's concrete types that have its methods,
	// sorted. Whether they are ever used as such, calls tell.
	Implementations []string
	// CallerSide: types of other packages implement it and none of its own: it stands
	// where it is called, and says what its owner needs.
	CallerSide bool
	Evidence   model.Evidence
}

// Identity is a comparison that a copy of the value does not survive.
type Identity struct {
	From     Ref
	Kind     string // time, pointer
	Type     string // what is compared: time.Time, a struct that holds one, *orders.Order
	Evidence model.Evidence
}

// NilTest is a comparison of a slice or map with nil, by where the value comes from:
// a result of a function of the module, or a field of one of its types.
type NilTest struct {
	From     Ref
	Of       Ref    // the function, or the type with the field
	Result   int    // index of the result, of functions
	Field    string // of types, else empty
	Evidence model.Evidence
}

// NilResult tells of a slice or map that an exported function gives whether it may
// be nil on success, or never is.
type NilResult struct {
	Func     Ref
	Result   int  // index
	Nil      bool // may be nil; else it never is
	Evidence model.Evidence
}

// EntryPoint is where the outside, or time, starts something, other than a Route.
type EntryPoint struct {
	Kind string // main, command, job, cron, consumer, task, grpc, connect, rpc (kitex, twirp), graphql
	// Name: the command, the schedule, the topic, Service/Method, Type.field; empty when
	// it is not known.
	Name string
	// Func runs; empty when not resolved.
	Func Ref
	// Registrar is the function that registers or starts it.
	Registrar Ref
	Evidence  model.Evidence
}

// InitEffect is something that a package does when it is merely imported, to anything
// but its own variables.
type InitEffect struct {
	Package string // import path of the package that is initialised
	// From is the init function or variable whose code runs; empty for blank imports.
	From Ref
	Kind model.InitEffectKind
	// Target is the variable that is changed, the function of another module that is
	// called, the function that a goroutine starts with (func when it has no name), or
	// the package imported.
	Target string
	// Name is the first constant text that is handed over: the driver, the variable of
	// the environment, the path; of blank imports what they do, as far as it is known.
	Name string
	// Evidence is the place in the package; Via leads from there to the effect, which is
	// the last: empty when the place is the effect.
	Evidence model.Evidence
	Via      []model.Evidence
}
