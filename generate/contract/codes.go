package contract

// Code is the stable name of a refusal.
type Code string

// The codes of refusals. 110–129 are about types, 130–149 about what functions do,
// 101–109 about the service as a whole.
const (
	CodeNothing      Code = "FICUS102"
	CodeMain         Code = "FICUS103"
	CodePlan         Code = "FICUS104"
	CodeChannel      Code = "FICUS110"
	CodeInterface    Code = "FICUS111"
	CodeAny          Code = "FICUS112"
	CodeStream       Code = "FICUS113"
	CodeUnexported   Code = "FICUS114"
	CodeUnnameable   Code = "FICUS115"
	CodeGeneric      Code = "FICUS116"
	CodeCallback     Code = "FICUS117"
	CodeHandle       Code = "FICUS118"
	CodeUnsafe       Code = "FICUS119"
	CodeComplex      Code = "FICUS120"
	CodeMapKey       Code = "FICUS121"
	CodeRecursive    Code = "FICUS122"
	CodeContextPlace Code = "FICUS123"
	CodeSplitType    Code = "FICUS124"
	CodeNoError      Code = "FICUS130"
	CodeTransaction  Code = "FICUS131"
	CodeMutated      Code = "FICUS132"
	CodeOptions      Code = "FICUS133"
	CodeContext      Code = "FICUS134"
	CodeVariable     Code = "FICUS135"
	CodeTypedError   Code = "FICUS136"
	CodeLiveField    Code = "FICUS137"
)

// Rule documents one code.
type Rule struct {
	Code  Code
	Title string
	// Why it cannot cross.
	Why string
	// Cures, best first. {func} is the function's reference in the plan, {short}
	// its name, {service} the service, {callee} the service that the function belongs
	// to, {together} the packages of caller and function.
	Cures []string
}

// keepLocal is the cure that always works: the call stays inside the process.
const keepLocal = "or keep {short} a local call, in ficus.yaml: services: {{service}: {local: [{func}]}}"

// Rules is the table of all refusals.
var Rules = []Rule{
	{CodeNothing, "nothing crosses",
		"no function of the service is called from outside: there is nothing to generate a contract for",
		[]string{"give the service the packages that others call, in ficus.yaml: services: {{service}: {owns: [internal/PACKAGE]}}"}},
	{CodeMain, "package main",
		"no generated server can import package main",
		[]string{"move the function to a package of its own, for example internal/{service}", keepLocal}},
	{CodePlan, "plan names no function",
		"what the plan keeps local is not there, so the decision would be lost",
		[]string{"write it as ficus writes functions, for example {near}", "remove it from services.{service}.local in ficus.yaml"}},
	{CodeChannel, "channel",
		"a channel connects goroutines of one process",
		[]string{"return a slice, or take a page and a limit", keepLocal}},
	{CodeInterface, "interface",
		"the value behind an interface could be of any type, with code and state that stay in this process",
		[]string{"take or return the concrete struct", keepLocal}},
	{CodeAny, "any value",
		"which types come as any is not known, so no message can be made for them",
		[]string{"name the concrete type, or encode the value to []byte or json.RawMessage before the call", keepLocal}},
	{CodeStream, "stream",
		"a stream is read while the call runs; calls that carry streams are not generated yet",
		[]string{"take or return []byte when the content is small", keepLocal}},
	{CodeUnexported, "unexported fields",
		"generated code outside the package cannot see the fields, and would lose them",
		[]string{"export the fields, or give the type MarshalBinary and UnmarshalBinary (or MarshalText and UnmarshalText)", keepLocal}},
	{CodeUnnameable, "type cannot be named",
		"generated code has to write the type down",
		[]string{"export the type from a package that the whole module may import", keepLocal}},
	{CodeGeneric, "generic function",
		"a message needs concrete types; one call for each instantiation is not generated yet",
		[]string{"add functions with concrete types that call the generic one", keepLocal}},
	{CodeCallback, "function value",
		"the function runs in the caller's process with what it has captured",
		[]string{"return the values that the callback was given, as a slice", keepLocal}},
	{CodeHandle, "live object",
		"a connection, file, lock, logger or request belongs to one process",
		[]string{"pass the data that is needed from it", keepLocal}},
	{CodeUnsafe, "address",
		"an address means nothing in another process",
		[]string{"pass the value", keepLocal}},
	{CodeComplex, "complex number",
		"complex numbers have no wire form yet",
		[]string{"pass the two parts as float64", keepLocal}},
	{CodeMapKey, "map key by identity",
		"keys that are compared by identity are all different after decoding",
		[]string{"use an id as the key", keepLocal}},
	{CodeRecursive, "type contains itself",
		"only structs can contain themselves as messages do",
		[]string{"put a struct around the nested value", keepLocal}},
	{CodeContextPlace, "context that is not the first parameter",
		"only a context that comes first is taken for the call's own; another may be kept or passed on",
		[]string{"make it the first parameter, and do not keep contexts in structs", keepLocal}},
	{CodeSplitType, "type in several services",
		"Go has the methods of a type in the type's package, and each process works with a value of its own",
		[]string{"give {service} a type of its own with its methods: the bill of {service} has the steps (ficus report)",
			"or bring the type into one service, in ficus.yaml: pins: [{in: {{type}: {service}}}], and run ficus analyze"}},
	{CodeNoError, "no error result",
		"a remote call can fail, and this function has no way to say so",
		[]string{"return an error last", keepLocal}},
	{CodeTransaction, "caller's transaction",
		"a transaction cannot span two processes: what the callee writes would be committed or rolled back on its own",
		[]string{
			"keep both together, in ficus.yaml: pins: [{together: [{together}]}]",
			"do the write in its own transaction and undo it with a second call when the caller fails (saga)",
			"write a message to an outbox table in the caller's transaction and let {callee} consume it",
			keepLocal}},
	{CodeMutated, "argument changed by the callee",
		"the caller sees the change now, and would not see it after the cut",
		[]string{"return the changed value, or change a copy", keepLocal}},
	{CodeOptions, "functional options",
		"options are functions that capture values of this process",
		[]string{"take a struct of options", keepLocal}},
	{CodeContext, "value from the context",
		"only deadline and cancellation cross; the value would be missing on the other side",
		[]string{"pass the value as a parameter", keepLocal}},
	{CodeVariable, "package variable written across the boundary",
		"after the cut each process has its own copy",
		[]string{"put the variable behind functions of its service", "keep both together, in ficus.yaml: pins: [{together: [{together}]}]"}},
	{CodeTypedError, "typed error cannot cross",
		"code outside the service asks for this type with errors.As and would not find it",
		[]string{"export the type and its fields"}},
	{CodeLiveField, "field of a live type used from outside",
		"after the cut the caller's object is not the one that works",
		[]string{"add a method that returns the value, and an error", "pass the value to the caller when the program is wired"}},
}

// RuleOf finds the documentation of a code.
func RuleOf(code Code) (Rule, bool) {
	for _, r := range Rules {
		if r.Code == code {
			return r, true
		}
	}
	return Rule{}, false
}
