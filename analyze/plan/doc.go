// Package plan is the plan file, ficus.yaml: what people decided. It is small,
// edited by people and never overwritten; model.json says what analysis found,
// the plan says what to do about it.
//
// # Decisions and information
//
// Every line of the plan that is not a comment is a decision, and the analyzer
// keeps each exactly. What was merely proposed stands in comments, so that the
// next analysis is free to propose something better:
//
//	version: 1
//	module: example.com/shop
//	services:
//	  billing:                          # options may hang here; this alone pins nothing
//	    owns: [internal/billing, internal/models.Invoice]   # pins both to billing
//	    local: [billing.Export]         # stays a local call: generate leaves it out of the contract
//	    wire:                           # values that generate cannot derive, as Go expressions
//	      Clock: example.com/shop/internal/clock.System()
//	pins:
//	  - in: {internal/discounts: catalogue}
//	  - together: [internal/cart, internal/orders]
//	  - apart: [internal/orders, internal/payments]
//	  - library: [internal/money]       # stays a module that services import
//	  - root: [internal/web]            # stays the monolith's front
//	    why: routing only, nothing to own
//
// A service that is named without owns decides nothing about where code goes:
// who owns what is read from model.json, in which the pins have been applied.
//
// # References
//
// A reference names code relative to the module (the full import path works
// too). The more specific one wins, so a package may be pinned to one service
// and one of its declarations to another:
//
//	internal/billing/...     the package and all below it
//	internal/billing         the package; "." is the module's root package
//	internal/models#invoice  a part of a package, as ficus analyze names it
//	internal/models.Invoice  a declaration; methods go where their type goes
//	internal/store.Store.Pay a method that is an atom: of a god type (facts.GodTypes)
//	table:invoices           a table
//	route:GET /invoices/{id} a route
//
// # Errors
//
// Parse reports all problems at once, each as file:line:column with what to do
// about it: unknown keys with a suggestion, things listed twice, and pins that
// contradict each other with both lines named.
package plan
