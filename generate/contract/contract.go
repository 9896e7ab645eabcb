package contract

import (
	"go/token"
	"go/types"
)

// Contract is what crosses the boundary of one service.
type Contract struct {
	// Service is the name as in the model: lower-case, e.g. catalogue.
	Service string
	// Module is the path of the monolith's module.
	Module string
	// ProtoPackage is e.g. catalogue.v1.
	ProtoPackage string
	// Command is the folder of the service's program, relative to the module:
	// cmd/catalogue.
	Command string
	// PBImport is the import path of the generated protobuf package, PBName its name.
	PBImport, PBName string
	// Receivers have the functions that cross, by package then name.
	Receivers []*Receiver
	// Messages of the structs and wrappers that cross, by proto name; request and
	// response messages are in the methods.
	Messages []*Message
	// Sentinels are the package variables of type error that callers can test for.
	Sentinels []*Sentinel
	// TypedErrors are the error types that callers can find with errors.As.
	TypedErrors []*TypedError
	// Notes are the lossy mappings, for FIDELITY.md.
	Notes []Note
	// Left are exported functions called from outside that do not cross, and why:
	// wiring, or kept local by the plan. Sorted by Func.
	Left []Left
	// Lock is the lock of this contract, to be written beside it: the one given to
	// Build with what is new added and what is gone reserved.
	Lock *Lock
}

// Left is a function that is called from outside the boundary and stays a local call.
type Left struct {
	Func   *types.Func
	Reason LeftReason
	// Position of the declaration.
	Position token.Position
}

// LeftReason says why a function does not cross.
type LeftReason string

// The reasons.
const (
	LeftConstructor LeftReason = "constructor"             // builds the service: wiring of the root
	LeftRoutes      LeftReason = "HTTP registration"       // routes, handlers, middleware
	LeftLifecycle   LeftReason = "lifecycle"               // Run, Close, … called by the root only
	LeftWiring      LeftReason = "wiring"                  // called by the root only, and cannot cross
	LeftByPlan      LeftReason = "kept local by the plan"  // services.X.local
	LeftValueObject LeftReason = "method of a plain value" // runs on the caller's copy
)

// Receiver is a type whose methods cross, or a package whose functions do.
type Receiver struct {
	Package *types.Package
	// Type is nil for package-level functions.
	Type *types.Named
	// Pointer is true when the methods are called on *Type.
	Pointer bool
	// ProtoService is the gRPC service: CatalogueService; unique in the contract.
	ProtoService string
	Methods      []*Method
}

// Method is one function that crosses.
type Method struct {
	Func *types.Func
	// RPC is the method name in the gRPC service.
	RPC string
	// Request and Response are messages of the parameters (without a leading context)
	// and the results (without a trailing error).
	Request, Response *Message
	// Context and Error tell whether Func takes a context first, returns an error last.
	Context, Error bool
	Variadic       bool
	// ReadOnly is true when analysis saw no write from it: safe to retry and to shadow.
	ReadOnly bool
}

// Name is the method as people say it: catalogue.(*Service).Get, billing.Total.
func (m *Method) Name() string { return funcName(m.Func) }

// Message is a protobuf message and what it stands for in Go.
type Message struct {
	Name string // proto name, unique in the contract
	// Type is the Go type that the message stands for: a struct, named or literal;
	// of a wrapper or of a typed error that is no struct, the type of its one field;
	// nil for requests, responses and entries.
	Type types.Type
	// Wrapper is true for a message around one value, field "value"; Entry is true
	// for a message around a key and a value of a map.
	Wrapper, Entry bool
	Fields         []*Field
	// EmptyFields is true when the message has the sidecar "repeated uint32
	// empty_fields" that keeps empty slices and maps apart from nil ones.
	EmptyFields bool
	// Recursive is true when a value can contain another of the same message.
	Recursive bool
	// ReservedNumbers and ReservedNames were fields once.
	ReservedNumbers []int32
	ReservedNames   []string
	Doc             string

	key string // identity of what it stands for, in the lock
}

// EmptyFieldsNumber is the number of the field empty_fields, far from all others.
const EmptyFieldsNumber = 2047

// Field is one field of a message.
type Field struct {
	GoName    string // of the struct field or parameter (p0, r0 when unnamed)
	Embedded  bool
	ProtoName string // snake_case
	Number    int32
	Shape     *Shape
}

// ShapeKind tells how a Go type goes on the wire.
type ShapeKind int

// The kinds of shapes.
const (
	Bool     ShapeKind = iota
	Int                // all signed integers: int64
	Uint               // all unsigned integers: uint64
	Float32            // float
	Float64            // double
	String             // string; invalid UTF-8 is an error, not a silent change
	Bytes              // []byte: optional bytes, nil kept apart from empty
	Time               // time.Time: message Time with zone; monotonic clock dropped
	Duration           // google.protobuf.Duration
	Struct             // Message
	Pointer            // Elem; nil kept
	Slice              // repeated Elem (or of a wrapper message)
	Array              // as Slice, length checked
	Map                // map, or repeated entries when the key is no proto key
	Text               // via MarshalText/UnmarshalText: string
	Binary             // via MarshalBinary/UnmarshalBinary: bytes
	Error              // an error inside a value: message ErrorTree
)

// Shape is the wire form of one Go type.
type Shape struct {
	Kind ShapeKind
	// Type is the Go type as declared, named types and aliases kept.
	Type types.Type
	Elem *Shape // Pointer, Slice, Array, Map
	Key  *Shape // Map
	Len  int64  // Array
	// Message is set for Struct.
	Message *Message
	// Wrapper is the message around the value where protobuf needs one: for elements
	// of slices and maps and targets of pointers that may be nil themselves or are
	// containers.
	Wrapper *Message
	// Entry is the message of one key and value, of a Map whose key is no proto key.
	Entry *Message
}

// IsScalar reports whether the shape is a proto scalar without a nil state of its own.
func (s *Shape) IsScalar() bool {
	switch s.Kind {
	case Bool, Int, Uint, Float32, Float64, String, Text, Binary:
		return true
	}
	return s.IsByteArray()
}

// IsByteArray reports whether the shape is a [N]byte, which goes as bytes.
func (s *Shape) IsByteArray() bool {
	return s.Kind == Array && types.Identical(s.Elem.Type, types.Typ[types.Byte])
}

// IsMessage reports whether the shape is a message whose absence means nothing but
// its zero value.
func (s *Shape) IsMessage() bool { return s.Kind == Struct || s.Kind == Time || s.Kind == Duration }

// IsProtoKey reports whether the shape can be the key of a proto map.
func (s *Shape) IsProtoKey() bool {
	switch s.Kind {
	case Bool, Int, Uint, String, Text:
		return true
	}
	return false
}

// Names of the messages that every contract has.
const (
	TimeMessage  = "ZonedTime"
	ErrorMessage = "ErrorTree"
)

// Sentinel is a package variable of type error.
type Sentinel struct {
	ID  string // wire identity: package path relative to the module, dot, name
	Var *types.Var
	// Code is the gRPC code name that suits it: NotFound, Unknown, …
	Code string
}

// TypedError is a type that implements error and goes on the wire.
type TypedError struct {
	ID      string
	Type    *types.Named
	Pointer bool // only *Type implements error
	Message *Message
	Code    string // gRPC code name
}

// Note is one lossy or conditional mapping.
type Note struct {
	Position token.Position
	Subject  string // catalogue.Service.Get → result r0.CreatedAt
	Text     string
}

// Refusal is one thing that cannot cross: code, place, lineage, reason, cures.
type Refusal struct {
	Code     Code // FICUS117
	Position token.Position
	Func     string   // catalogue.(*Service).Export
	Reason   string   // takes a callback (progress func(int))
	Lineage  []string // catalogue.Export, parameter progress, func(int)
	Cures    []string // each ends with what to paste where it can
}
