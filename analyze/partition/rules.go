package partition

import "slices"

// Rule is one step of the proposal that can be left out, to measure what it is worth.
type Rule string

// The rules, in the order in which they act.
const (
	RuleProcesses    Rule = "processes"    // mains with code of their own are services
	RuleVariants     Rule = "variants"     // mains with one API or one set of tables are one service
	RulePeel         Rule = "peel"         // composition roots below mains are left out
	RuleSplit        Rule = "split"        // packages that mix domains come apart
	RuleLayers       Rule = "layers"       // a layered module comes apart across all layers
	RuleModules      Rule = "modules"      // what a root starts owns what is reached through it alone
	RuleDominated    Rule = "dominated"    // what is reached through one package alone is its inside
	RuleContracts    Rule = "contracts"    // generated contracts go with their server
	RuleAdapters     Rule = "adapters"     // adapters go with whose interface they implement
	RuleTransactions Rule = "transactions" // who writes in one transaction stays together
	RuleLouvain      Rule = "louvain"      // who talks with whom
	RuleFlow         Rule = "flow"         // for whom one works
	RuleKernel       Rule = "kernel"       // what all use is taken out before clustering
	RuleDistance     Rule = "distance"     // and after it, what works for all at any distance
	RuleLinked       Rule = "linked"       // at last, what each service can have a copy of
)

// Rules are all rules, in the order in which they act.
func Rules() []Rule {
	return []Rule{RuleProcesses, RuleVariants, RulePeel, RuleSplit, RuleLayers, RuleModules, RuleDominated, RuleContracts,
		RuleAdapters, RuleTransactions, RuleLouvain, RuleFlow, RuleKernel, RuleDistance, RuleLinked}
}

// rules are those left out.
type rules []Rule

func (r rules) off(x Rule) bool { return slices.Contains(r, x) }
