// Package model is the model file, model.json: everything that analysis found.
// It is the joint between analyze and what reads its result (report, explain,
// check, generate), so it is versioned, complete and imports nothing but the
// standard library. Identical input gives identical bytes: every list is
// sorted, and no time, host or absolute path is in it.
//
// The fields are described by the comments here, and in the same words by the JSON
// Schema that Schema gives and ficus analyze --schema prints. A version may gain
// fields: readers pass over those that they do not know. What changes the meaning of
// a field, or takes one away, makes another Version, which older readers refuse.
package model

// Version is the format that this package writes; readers refuse newer ones.
const Version = 1

// Names that stand in place of a service in an assignment.
const (
	Library    = "@library"    // stays a module that services import
	Root       = "@root"       // composition roots: stays the monolith's front
	Unassigned = "@unassigned" // tests' helpers, tools, dead code, what could not be told
)

// Model is one analysis.
type Model struct {
	Version int    `json:"version"` // of the format; readers refuse newer ones
	Tool    string `json:"tool"`    // version of ficus that wrote it
	Module  Module `json:"module"`  // what was analysed
	Seed    uint64 `json:"seed"`    // of the partition's random choices

	Packages     []Package     `json:"packages"`     // all of the module's, by path
	Atoms        []Atom        `json:"atoms"`        // by ID
	Tables       []Table       `json:"tables"`       // by name
	Routes       []Route       `json:"routes"`       // by pattern, then method
	Transactions []Transaction `json:"transactions"` // by position
	// Resources are what is shared outside of the database, by kind and name.
	Resources   []Resource   `json:"resources,omitempty"`
	Couplings   []Coupling   `json:"couplings"`              // by From, To, Kind
	EntryPoints []EntryPoint `json:"entry_points,omitempty"` // by kind, name, handler
	Interfaces  []Interface  `json:"interfaces,omitempty"`   // by Type
	Comparisons []Comparison `json:"comparisons,omitempty"`  // by Kind, Atom, position
	// InitEffects are what packages do when they are imported, by Package, position.
	InitEffects []InitEffect `json:"init_effects,omitempty"`
	Surfaces    []Surface    `json:"surfaces,omitempty"` // by Func
	// Plain are functions that other declarations call and that work on what they are
	// handed alone, as Route.Handler, sorted: whoever calls them can link them.
	Plain      []string    `json:"plain,omitempty"`
	ErrorTests []ErrorTest `json:"error_tests,omitempty"` // by Atom, Error, position

	Units      []Unit      `json:"units"`      // by ID
	Services   []Service   `json:"services"`   // the chosen candidate, by name
	Bills      []Bill      `json:"bills"`      // one a service, by name
	Candidates []Candidate `json:"candidates"` // alternatives, by number of services
	Verdict    Verdict     `json:"verdict"`    // whether to split, and where first

	Problems   []Problem `json:"problems"`   // what could not be read
	Unresolved []Problem `json:"unresolved"` // what was read but not understood
	Stats      Stats     `json:"stats"`      // sizes of what was analysed

	// Sources are what was read beside the code, in the order of reading.
	Sources []Source `json:"sources,omitempty"`
}

// Source is one source of evidence beside the code.
type Source struct {
	Kind string `json:"kind"` // profile, traces, coverage, history
	// Name is the file's or folder's name without what it is in, of coverage the use
	// case, of history how far back it goes.
	Name string `json:"name"`
	// Matched is the share (0–1) that is of this module: of the profile's samples, the
	// spans, the covered files, the changed files.
	Matched float64 `json:"matched"`
}

// Module is the analysed Go module.
type Module struct {
	Path      string `json:"path"` // import path, of a workspace the path that its modules share
	GoVersion string `json:"go"`   // of the go directive; may be empty
	// Patterns are those of the packages that were read, as go list has them, from the
	// module's folder; absent when all were (./...).
	Patterns []string `json:"patterns,omitempty"`
	// Tags are the build tags that it was read with.
	Tags []string `json:"tags,omitempty"`
}

// Stats are sizes, not times: the file is reproducible.
type Stats struct {
	Packages  int    `json:"packages"`   // of the module
	Lines     int    `json:"lines"`      // of non-test files, generated ones included
	CallGraph string `json:"call_graph"` // the algorithm, e.g. "vta (module only)"
}

// Package is one package of the module.
type Package struct {
	Path        string   `json:"path"`                      // import path
	Name        string   `json:"name"`                      // of the package clause
	Dir         string   `json:"dir"`                       // relative to the module, "." for the root
	Lines       int      `json:"lines"`                     // of non-test files
	Generated   int      `json:"generated_lines,omitempty"` // of lines, those in generated files
	Imports     []string `json:"imports,omitempty"`         // of the module's packages
	TestImports []string `json:"test_imports,omitempty"`    // of the module's packages, by the tests in its folder
	Broken      bool     `json:"broken,omitempty"`          // had load or type errors
}

// AtomKind tells what an atom is.
type AtomKind string

// The kinds of atoms.
const (
	KindFunc  AtomKind = "func"
	KindType  AtomKind = "type" // with its methods
	KindVar   AtomKind = "var"
	KindConst AtomKind = "const"
	KindTable AtomKind = "table"
	KindRoute AtomKind = "route"
	// KindMethod is a method of a god type, one whose methods work on several domains
	// and can part. Methods of all other types are part of the type.
	KindMethod AtomKind = "method"
)

// Atom is the smallest thing that can move. Its ID is the package path, a dot and
// the name (example.com/shop/internal/orders.Service, of a method
// example.com/shop/internal/store.Store.PlaceOrder); for tables and routes
// "table:orders" and "route:GET /orders/{id}".
type Atom struct {
	ID       string   `json:"id"`                 // names it everywhere in the file
	Kind     AtomKind `json:"kind"`               // func, type, var, const, table, route or method
	Package  string   `json:"package,omitempty"`  // import path; empty for tables and routes
	Name     string   `json:"name"`               // without the package
	File     string   `json:"file,omitempty"`     // relative to the module
	Line     int      `json:"line,omitempty"`     // where it is declared, from 1
	Lines    int      `json:"lines,omitempty"`    // of the declaration, methods included
	Exported bool     `json:"exported,omitempty"` // others may name it
	// Methods are the names of a type's methods, sorted; of a god type none, they are
	// atoms of their own.
	Methods []string `json:"methods,omitempty"`
	// Elsewhere is what stands of a type's methods in files other than File, by file.
	Elsewhere []Extent `json:"elsewhere,omitempty"`
	// Type is the atom ID of the type that a method belongs to; else empty.
	Type string `json:"type,omitempty"`
	Unit string `json:"unit,omitempty"` // empty for tables and routes
	// Heat is the share (0–1) of a CPU profile's samples that have it on their stack.
	Heat float64 `json:"heat,omitempty"`
	// UseCases are those whose coverage has it, sorted.
	UseCases []string `json:"use_cases,omitempty"`
	Service  string   `json:"service"` // a service, or Library, Root, Unassigned
}

// Extent is the part of a declaration that stands in one file.
type Extent struct {
	File  string `json:"file"`  // relative to the module
	Lines int    `json:"lines"` // of the methods there, comments included; Atom.Lines counts them too
}

// Confidence says how a fact is known.
type Confidence string

// The confidences, best first.
const (
	Proved   Confidence = "proved"   // read from the types or a constant
	Resolved Confidence = "resolved" // followed through data flow or dispatch
	Guessed  Confidence = "guessed"  // a heuristic
)

// Evidence is one place in the source that shows a fact.
type Evidence struct {
	File       string     `json:"file"`             // relative to the module, with forward slashes
	Line       int        `json:"line"`             // from 1
	Column     int        `json:"column,omitempty"` // in bytes, from 1; 0: not known
	Confidence Confidence `json:"confidence"`       // proved, resolved or guessed
	// Func is the declaration the place is in: (*Service).Place, Total.
	Func string `json:"func,omitempty"`
	// Detail is what stands there: the callee, the SQL, the field.
	Detail string `json:"detail,omitempty"`
}

// Access is what is done to a table or variable.
type Access string

// The accesses.
const (
	Read      Access = "read"
	Write     Access = "write"
	ReadWrite Access = "read+write"
	Publish   Access = "publish" // of topics
	Consume   Access = "consume" // of topics
	Request   Access = "request" // of other programs
)

// Table is one database table.
type Table struct {
	Name     string        `json:"name"`                 // as SQL writes it, in lower case
	Columns  []string      `json:"columns,omitempty"`    // of its DDL or mapping
	Refs     []string      `json:"references,omitempty"` // tables its foreign keys name
	Defined  *Evidence     `json:"defined,omitempty"`    // its DDL
	Accesses []TableAccess `json:"accesses,omitempty"`   // by atom
	Service  string        `json:"service"`              // the one owner
}

// TableAccess is one atom's use of a table.
type TableAccess struct {
	Atom     string     `json:"atom"`     // ID
	Access   Access     `json:"access"`   // read, write or read+write
	Evidence []Evidence `json:"evidence"` // places, at most 20
	// Joined are the other tables of its statements, sorted.
	Joined []string `json:"joined,omitempty"`
}

// Route is one HTTP route of the monolith.
type Route struct {
	Method  string `json:"method,omitempty"` // empty: any
	Host    string `json:"host,omitempty"`   // empty: any
	Pattern string `json:"pattern"`          // with {name} wildcards, whatever the router's syntax
	Router  string `json:"router"`           // net/http, chi
	// Handler is the function that answers: an atom ID, with the method for methods
	// (example.com/shop/internal/orders.Service.handlePlace).
	Handler string `json:"handler,omitempty"`
	// Atom is the atom ID of the handler.
	Atom string `json:"atom,omitempty"`
	// Registrar is the atom ID of the function that registers it.
	Registrar  string   `json:"registrar,omitempty"`
	Registered Evidence `json:"registered"` // where
	// Tables reached from the handler, in the order in which its code reaches them
	// first.
	Tables []RouteTable `json:"tables,omitempty"`
	// ReadOnly is true when no write to a table was seen from the handler and all SQL
	// it reaches was understood.
	ReadOnly bool   `json:"read_only"`
	Service  string `json:"service"` // of the handler, else of who registers it
	// Remote is what becomes remote behind it; nil when nothing does.
	Remote *Remote `json:"remote,omitempty"`
}

// LoopTurns is how often a call in a loop counts where nothing measured it.
const LoopTurns = 4

// Remote is the calls behind an entry point that the boundaries make remote. Every
// place that calls another service counts once, however many ways lead there, on both
// sides of a branch and in all functions that one place may call; a place in a loop,
// or at most three calls below one, Turns times, also where loops are nested; what
// traces have counts as they have it. Calls in a goroutine of their own are not waited
// for and not counted, nor are those through function values, which run what they were
// handed.
type Remote struct {
	Calls   float64      `json:"calls"`              // for each request: places outside of loops, Turns times those in loops, or as measured
	Places  int          `json:"places"`             // in the code
	InLoops int          `json:"in_loops,omitempty"` // of the places, those in loops that nothing measured
	Turns   int          `json:"turns"`              // how often a place in a loop counts
	Steps   []RemoteStep `json:"steps"`              // most calls first, at most 10
}

// RemoteStep is one function that another calls remotely.
type RemoteStep struct {
	Callee      string    `json:"callee"`             // as Route.Handler
	FromService string    `json:"from_service"`       // who calls
	ToService   string    `json:"to_service"`         // who is called
	Calls       float64   `json:"calls"`              // for each request, as Remote.Calls
	Places      int       `json:"places"`             // in the code
	InLoops     int       `json:"in_loops,omitempty"` // of the places, those in loops that nothing measured
	Measured    bool      `json:"measured,omitempty"` // counted by traces or a profile, not by places in the code
	Evidence    Evidence  `json:"evidence"`           // the first place
	Loop        *Evidence `json:"loop,omitempty"`     // the first of the loops
}

// RouteTable is one cell of the matrix entry point × table.
type RouteTable struct {
	Table  string `json:"table"`  // name
	Access Access `json:"access"` // read, write or read+write
}

// EntryPoint is where the outside, or time, starts something, other than a Route.
type EntryPoint struct {
	// Kind: main, command, job (a background loop), cron, consumer, task, grpc,
	// connect, rpc (kitex, twirp), graphql, or another that a later version adds.
	Kind string `json:"kind"`
	// Name is the command, schedule, topic or Service/Method; empty when it is not
	// known.
	Name string `json:"name,omitempty"`
	// Handler is the function that runs, as Route.Handler; empty when not resolved.
	Handler string `json:"handler,omitempty"`
	// Atom is the atom ID of the handler.
	Atom string `json:"atom,omitempty"`
	// Registrar is the atom ID of the function that registers or starts it.
	Registrar  string   `json:"registrar,omitempty"`
	Registered Evidence `json:"registered"` // where
	// Tables reached from the handler; of mains none, they reach everything.
	Tables []RouteTable `json:"tables,omitempty"`
	// ReadOnly as of routes.
	ReadOnly bool   `json:"read_only,omitempty"`
	Service  string `json:"service"` // of the handler, else of the registrar
	// Remote as of routes.
	Remote *Remote `json:"remote,omitempty"`
}

// Interface is one package-level interface with methods.
type Interface struct {
	Type string `json:"type"` // atom ID
	// Methods are the names of its methods, sorted, those of embedded interfaces included.
	Methods []string `json:"methods,omitempty"`
	// Implementations are atom IDs of the module's types that have its methods.
	Implementations []string `json:"implementations,omitempty"`
	// CallerSide: it stands with who calls it, and only types of other packages
	// implement it. A boundary that falls here has its seam already.
	CallerSide bool     `json:"caller_side,omitempty"`
	Evidence   Evidence `json:"evidence"` // where it is declared
}

// Surface is what would hurt on a wire of an exported function or method that other
// declarations call.
type Surface struct {
	Func      string     `json:"func"`                // as Route.Handler
	Context   bool       `json:"context,omitempty"`   // takes a context.Context first
	Error     bool       `json:"error,omitempty"`     // returns an error last
	Fields    int        `json:"fields,omitempty"`    // leaf fields that parameters and results carry
	Obstacles []Obstacle `json:"obstacles,omitempty"` // what a wire does not carry as it is
}

// Obstacle is one thing in a signature or body that a wire does not carry.
type Obstacle struct {
	// Kind: stream, callback, channel, interface, transaction, handle, mutated,
	// unexported, map-key, generic, options, context-value, or another that a later
	// version adds.
	Kind string `json:"kind"`
	Path string `json:"path,omitempty"` // lineage: parameter progress → func(int)
}

// ErrorTest is a test for an error of the module, by errors.Is, errors.As or ==.
type ErrorTest struct {
	Atom     string   `json:"atom"`            // that tests
	Error    string   `json:"error"`           // atom ID of the variable or type
	Typed    bool     `json:"typed,omitempty"` // by errors.As
	Evidence Evidence `json:"evidence"`        // where
}

// ComparisonKind tells what a comparison depends on.
type ComparisonKind string

// The kinds of comparisons that a copy of the value does not survive by itself.
const (
	CompareNil     ComparisonKind = "nil"     // a slice or map with nil: most encodings make nil and empty one
	ComparePointer ComparisonKind = "pointer" // two pointers: copies have addresses of their own
	CompareTime    ComparisonKind = "time"    // two times with == or !=: location and monotonic clock count
)

// Comparison is one comparison that may come out differently once a value has been
// sent between processes.
type Comparison struct {
	Kind ComparisonKind `json:"kind"` // nil, pointer or time
	Atom string         `json:"atom"` // that compares
	// Of is, of nil, the function that gives the value, as Route.Handler, or the type
	// with the field; else the type compared, as Go writes it with import paths.
	Of string `json:"of"`
	// Field of Of that is compared, of types.
	Field string `json:"field,omitempty"`
	// Result is the number of the function's result, from 0.
	Result int `json:"result,omitempty"`
	// Never: the function never gives nil, by its own code, so the comparison is
	// always the same.
	Never    bool     `json:"never,omitempty"`
	Evidence Evidence `json:"evidence"` // where
}

// InitEffectKind tells what a package does when it is imported.
type InitEffectKind string

// The kinds of effects that an import has.
const (
	EffectRegister InitEffectKind = "register" // adds to a registry of another package
	EffectWrite    InitEffectKind = "write"    // sets a variable of another package, or of the process
	EffectFlag     InitEffectKind = "flag"     // defines a flag of the command line
	EffectEnv      InitEffectKind = "env"      // reads the environment, or what else is of the machine
	EffectOpen     InitEffectKind = "open"     // files, connections, other programs
	EffectStart    InitEffectKind = "start"    // starts a goroutine
	EffectImport   InitEffectKind = "import"   // imports a package for nothing but such effects
)

// InitEffect is something that a package does when it is merely imported, to anything
// but its own variables. A service that no longer links the package loses it, one that
// links it does it too.
type InitEffect struct {
	Package string         `json:"package"` // import path of the package that is initialised
	Kind    InitEffectKind `json:"kind"`    // register, write, flag, env, open, start, import or another that a later version adds
	// Atom is the ID of the init function or variable whose code runs; empty for
	// imports.
	Atom string `json:"atom,omitempty"`
	// Target is the atom ID of the variable that is changed, the function of another
	// module that is called (database/sql.Register), the function that a goroutine
	// starts with (func when it has no name), or the path imported.
	Target string `json:"target"`
	// Name is the first constant text that is handed over: the driver, the variable of
	// the environment, the path; of imports what they do, as far as it is known.
	Name     string   `json:"name,omitempty"`
	Evidence Evidence `json:"evidence"` // the place in the package
	// Via are the places that lead from there to the effect, which is the last; none
	// when the place is the effect.
	Via []Evidence `json:"via,omitempty"`
}

// ResourceKind tells what a resource is.
type ResourceKind string

// The kinds of resources.
const (
	ResourceKey    ResourceKind = "key"    // a family of keys of a key-value store
	ResourceTopic  ResourceKind = "topic"  // a topic, queue, subject or task
	ResourceBucket ResourceKind = "bucket" // of an object store
	ResourceFile   ResourceKind = "file"   // a file or folder
	ResourceHTTP   ResourceKind = "http"   // a host that is called
	ResourceGRPC   ResourceKind = "grpc"   // a target, or a service whose client is made
)

// Resource is something outside of the process, and of the database, that code
// shares by its name.
type Resource struct {
	Kind ResourceKind `json:"kind"` // key, topic, bucket, file, http, grpc or another that a later version adds
	// Name is a constant or a pattern: … stands for what is not known before the
	// program runs (session:…), {BaseURL} for a field or environment variable that is
	// set from outside.
	Name string        `json:"name"`
	Via  []string      `json:"via"`  // libraries: go-redis, nats, s3, net/http
	Uses []ResourceUse `json:"uses"` // by atom
	// Services whose atoms use it, sorted.
	Services []string `json:"services"`
}

// ResourceUse is one atom's use of a resource: Read, Write or ReadWrite of keys,
// buckets and files, Publish or Consume of topics, Request of other programs.
type ResourceUse struct {
	Atom     string     `json:"atom"`     // ID
	Access   Access     `json:"access"`   // read, write, read+write, publish, consume or request
	Evidence []Evidence `json:"evidence"` // places, at most 20
}

// Transaction is one place that opens a database transaction, with all it reaches.
type Transaction struct {
	Atom     string       `json:"atom"`     // ID of who opens it
	Func     string       `json:"func"`     // who opens it, as Evidence.Func
	Evidence Evidence     `json:"evidence"` // where it is opened
	Tables   []RouteTable `json:"tables"`   // reached inside it, by name
	Atoms    []string     `json:"atoms"`    // that touch a table inside it
	Services []string     `json:"services"` // that own the tables
}

// CouplingKind tells why two atoms hang together.
type CouplingKind string

// The kinds of couplings.
const (
	CouplingCall     CouplingKind = "call"     // static or dispatched call
	CouplingType     CouplingKind = "type"     // uses the type
	CouplingState    CouplingKind = "state"    // reads or writes the package variable
	CouplingTable    CouplingKind = "table"    // reads or writes the table
	CouplingTx       CouplingKind = "tx"       // both touch tables in one transaction
	CouplingRoute    CouplingKind = "route"    // the route is answered by the atom
	CouplingConst    CouplingKind = "const"    // uses the constant
	CouplingCoChange CouplingKind = "cochange" // changed together in history
	CouplingResource CouplingKind = "resource" // both use the key family, topic, bucket or file
)

// Coupling is a weighted, evidenced edge between two atoms.
type Coupling struct {
	From   string       `json:"from"`             // atom ID
	To     string       `json:"to"`               // atom ID
	Kind   CouplingKind `json:"kind"`             // call, type, state, table, tx, route, const or cochange
	Access Access       `json:"access,omitempty"` // of state and tables
	Weight float64      `json:"weight"`           // see the coupling package; more is closer
	Count  int          `json:"count"`            // places; Evidence lists at most 20 of them
	// Repeats tells of calls in loops what can be done, of several the dearest: batch,
	// serial, other, outer, hoist, as Loop.Cure.
	Repeats string `json:"repeats,omitempty"`
	// API: a type that stands in a signature or an exported field.
	API bool `json:"api,omitempty"`
	// Called are, of calls, the functions called that repeat or run in a transaction.
	Called []Called `json:"called,omitempty"`
	// Heat is the share (0–1) of a CPU profile's samples that go through it.
	Heat float64 `json:"heat,omitempty"`
	// PerRequest is how often traces have it for each request of the entry point
	// that makes most of them.
	PerRequest float64 `json:"per_request,omitempty"`
	// Evidence are places: across a boundary at most 20, inside of a service 3, and of
	// calls one for each function that is called.
	Evidence []Evidence `json:"evidence"`
}

// Called is what is known of the calls of one function of a coupling.
type Called struct {
	// Method of the type called; empty for functions.
	Method string `json:"method,omitempty"`
	// Repeats as of couplings, without loops of what only starts the program.
	Repeats string `json:"repeats,omitempty"`
	// InTx: it is passed a transaction, or called inside one.
	InTx bool `json:"in_tx,omitempty"`
	// Value: it is taken as a value, to be registered or handed on, and not called.
	Value bool `json:"value,omitempty"`
}

// Unit is what a person sees being assigned: a package, or a part of one.
type Unit struct {
	ID      string   `json:"id"`              // the package path; of a part: path#name
	Package string   `json:"package"`         // import path
	Atoms   []string `json:"atoms,omitempty"` // of a part: which declarations
	Lines   int      `json:"lines"`           // of its declarations, of a whole package of its files
	Service string   `json:"service"`         // a name, or @library, @root, @unassigned
	// Stability is the share (0–1) of the ensemble's runs that agree with the
	// assignment; 1 for pins, roots and libraries.
	Stability float64 `json:"stability"`
	// Reason says why the unit is where it is, in words.
	Reason string `json:"reason"`
	Pinned bool   `json:"pinned,omitempty"` // by the plan
	// Terms are the words that its names have and others' do not, best first, at most
	// 5 (the formula is at coupling.Term); none when names were withheld.
	Terms []string `json:"terms,omitempty"`
	// History is what the commits say of its files; nil when it was not read.
	History *History `json:"history,omitempty"`
}

// History is what the commits say of a unit's files.
type History struct {
	Revisions int `json:"revisions"` // of its files, added up
	Churn     int `json:"churn"`     // lines added and deleted
	Authors   int `json:"authors"`   // distinct people; who they are is not kept
	// Main is the share (0–1) of revisions by the one who made most.
	Main float64 `json:"main"`
	// Together are the units that change with it, strongest first, at most 5.
	Together []Together `json:"together,omitempty"`
}

// Together is a unit that changes with another.
type Together struct {
	Unit string `json:"unit"` // the other unit, by ID
	// Shared is the number of commits that changed files of both, of the pair of
	// files that shares most; Degree is that by the mean of their revisions (0–1).
	Shared int     `json:"shared"`
	Degree float64 `json:"degree"` // 0–1, see Shared
}

// Service is one proposed service.
type Service struct {
	Name      string   `json:"name"`      // proposed, or of the plan
	Units     []string `json:"units"`     // IDs
	Packages  []string `json:"packages"`  // wholly owned
	Routes    []string `json:"routes"`    // atom IDs
	Tables    []string `json:"tables"`    // names
	Lines     int      `json:"lines"`     // of its units
	Stability float64  `json:"stability"` // mean over units, weighted by lines
	// Terms as of units, against the other services.
	Terms []string `json:"terms,omitempty"`
}

// Bill is the itemised price of one service's boundary.
type Bill struct {
	Service   string     `json:"service"`   // name
	Price     float64    `json:"price"`     // sum of the crossings' prices
	In        int        `json:"in"`        // distinct functions others call
	Out       int        `json:"out"`       // distinct functions of others it calls
	Crossings []Crossing `json:"crossings"` // dearest first
	// Cures sums the crossings up by their cure, dearest first.
	Cures []CureSum `json:"cures,omitempty"`
}

// CureSum is what one kind of cure stands for in a bill.
type CureSum struct {
	Kind      string  `json:"kind"`      // as Crossing.CureKind
	Title     string  `json:"title"`     // in words
	Price     float64 `json:"price"`     // of its crossings
	Crossings int     `json:"crossings"` // how many
}

// Crossing is one coupling that a boundary cuts. Every crossing stands in the
// bills of both services.
type Crossing struct {
	ID          string       `json:"id"`           // stable from run to run, independent of lines
	Kind        CouplingKind `json:"kind"`         // as Coupling.Kind
	From        string       `json:"from"`         // atom
	To          string       `json:"to"`           // atom ID
	FromService string       `json:"from_service"` // who depends
	ToService   string       `json:"to_service"`   // on whom
	// Callee is the function or method called, of call crossings; of resource
	// crossings the kind and name: "key session:…".
	Callee string `json:"callee,omitempty"`
	// Through is the interface of the caller's own that the calls go through.
	Through  string     `json:"through,omitempty"`
	Price    float64    `json:"price"`             // points, see the bill package
	Why      string     `json:"why"`               // why it hurts, in words
	Cure     string     `json:"cure"`              // what to do about it
	CureKind string     `json:"cure_kind"`         // stable code of the cure, see Cures
	Steps    []CureStep `json:"steps,omitempty"`   // of the cure in order; none: those of its kind
	InLoop   bool       `json:"in_loop,omitempty"` // a call stands in a loop
	InTx     bool       `json:"in_tx,omitempty"`   // a call stands in a transaction
	Evidence []Evidence `json:"evidence"`          // places, at most 20
	// PerRequest is how often traces have the call for each request of Entry, the
	// entry point that makes most of them; 0 when none has it.
	PerRequest float64 `json:"per_request,omitempty"`
	Entry      string  `json:"entry,omitempty"` // of PerRequest: see there
	// Loops that repeat the call, by position of the call; at most 20.
	Loops []Loop `json:"loops,omitempty"`
}

// CureStep is one step of a cure.
type CureStep struct {
	Service string `json:"service"` // who does it
	Do      string `json:"do"`      // in words, with the names of tables and functions
	// Undo is the compensation: what takes the step back when a later one fails.
	Undo     string     `json:"undo,omitempty"`
	Evidence []Evidence `json:"evidence,omitempty"` // places to change, at most 20
}

// Loop is one loop that repeats a call.
type Loop struct {
	// Cure: batch (only items vary: one call can take all), hoist (nothing varies:
	// call once before), serial (each call needs what the one before gave: move the
	// loop to the callee's side), outer (the loop is around a caller: batch there),
	// other (a retry, or not told).
	Cure string   `json:"cure"`
	Loop Evidence `json:"loop"` // the loop's statement
	Call Evidence `json:"call"` // the repeated call
	// Varies are the callee's parameters that change from turn to turn.
	Varies []string `json:"varies,omitempty"`
	// Via are the calls between the loop and this one, of outer.
	Via []Evidence `json:"via,omitempty"`
}

// Candidate is one alternative partition.
type Candidate struct {
	Services  int     `json:"services"`  // how many
	Price     float64 `json:"price"`     // of all its crossings
	Score     float64 `json:"score"`     // see the partition package
	Stability float64 `json:"stability"` // 0–1, weighted by lines
	// Inside is the share (0–1) of the weight of couplings in services that stays inside
	// of one: how independent they are of each other.
	Inside float64           `json:"inside"`
	Units  map[string]string `json:"units"` // unit ID → service
}

// Verdict is the answer to: should we split, and where first?
type Verdict struct {
	Split    bool     `json:"split"`               // whether splitting is worth its price
	Summary  string   `json:"summary"`             // one or two sentences
	FirstCut string   `json:"first_cut,omitempty"` // the service to cut off first
	Order    []string `json:"order,omitempty"`     // of the cuts, cheapest safe one first
	Reasons  []string `json:"reasons"`             // for the answer, in words
}

// Problem is something that could not be read or understood, and what would help.
type Problem struct {
	Code    string `json:"code"`              // stable: load, type, sql, reflect, …
	File    string `json:"file,omitempty"`    // relative to the module; empty when there is none
	Line    int    `json:"line,omitempty"`    // from 1; 0: none
	Package string `json:"package,omitempty"` // import path, if known
	Message string `json:"message"`           // what happened
	Cure    string `json:"cure,omitempty"`    // what would help
}
