package check

import "github.com/ficus-dev/ficus/analyze/model"

// Rule is one kind of finding. Codes never change their meaning.
type Rule struct {
	Code    string
	Name    string // as SARIF viewers show it
	Summary string
	Help    string // what to do
	Warning bool   // not an error: nothing new crosses
}

// The codes of the rules.
const (
	CodeCall    = "FICUS201"
	CodeTable   = "FICUS202"
	CodeTx      = "FICUS203"
	CodeLoop    = "FICUS204"
	CodeType    = "FICUS205"
	CodeState   = "FICUS206"
	CodeConst   = "FICUS207"
	CodeOther   = "FICUS208"
	CodeWorse   = "FICUS209"
	CodeStale   = "FICUS210"
	CodeExpired = "FICUS211"
)

// Rules are all rules by code.
func Rules() []Rule {
	return []Rule{
		{Code: CodeCall, Name: "NewCall", Summary: "A new call crosses a service boundary", Help: "Call something of the own service, move the caller or the callee with ficus move, or accept the crossing."},
		{Code: CodeTable, Name: "NewTableAccess", Summary: "A table of another service is read or written", Help: "Ask the table's owner by a call or an event; only the owner writes."},
		{Code: CodeTx, Name: "NewTransaction", Summary: "A transaction spans services", Help: "Make it a saga with an outbox, read before the transaction begins, or keep both sides together."},
		{Code: CodeLoop, Name: "NewCallInLoop", Summary: "A new call crosses a service boundary in a loop", Help: "Batch it: one call that takes all of them."},
		{Code: CodeType, Name: "NewTypeUse", Summary: "A type of another service is used", Help: "Carry the data that is needed, or move the type."},
		{Code: CodeState, Name: "NewSharedState", Summary: "A package variable of another service is used", Help: "Ask its owner by a call, or give each side its own."},
		{Code: CodeConst, Name: "NewConstantUse", Summary: "A constant of another service is used", Help: "Repeat it on both sides, or move it to a library."},
		{Code: CodeOther, Name: "NewCrossing", Summary: "Something new crosses a service boundary", Help: "Keep it inside one service, or accept the crossing."},
		{Code: CodeWorse, Name: "WorseCrossing", Summary: "An accepted crossing is now in a loop or a transaction", Help: "Take it out of the loop or the transaction, or accept it as it is now."},
		{Code: CodeStale, Name: "StaleCrossing", Summary: "An accepted crossing is no longer there", Help: "Remove it from " + FileName + " with ficus check --accept, so that it cannot come back.", Warning: true},
		{Code: CodeExpired, Name: "ExpiredCrossing", Summary: "A crossing was accepted until a day that has passed", Help: "Remove the crossing, or agree on another day in " + FileName + "."},
	}
}

// ruleOf is the code for a new crossing.
func ruleOf(c *model.Crossing) string {
	switch c.Kind {
	case model.CouplingCall:
		if c.InLoop {
			return CodeLoop
		}
		return CodeCall
	case model.CouplingTable:
		return CodeTable
	case model.CouplingTx:
		return CodeTx
	case model.CouplingType:
		return CodeType
	case model.CouplingState:
		return CodeState
	case model.CouplingConst:
		return CodeConst
	}
	return CodeOther
}
