package analyze

import (
	"context"
	"fmt"

	"github.com/ficus-dev/ficus/analyze/cache"
	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/evidence"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/partition"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// Options of Run.
type Options struct {
	// Dir is the module's folder or one below it; default the current folder.
	Dir string
	// Patterns are go list patterns relative to Dir; default: all packages of the
	// module, also where Dir is below its folder.
	Patterns []string
	// Tags are build tags.
	Tags []string
	// Plan holds the pins to respect; nil: none.
	Plan *plan.Plan
	// PassOver leaves out pins that name nothing, where a plan is older or newer than
	// the code. Default: they are an error.
	PassOver bool
	// Seed of the partition's random choices. Another seed gives another look at
	// the same module, and shows what is not stable.
	Seed uint64
	// Blind withholds folder, package and identifier names from the partition.
	Blind bool
	// Evidence names what to read beside the code; the zero value: nothing.
	Evidence evidence.Options
	// ToolVersion is written into the model.
	ToolVersion string
	// Cache keeps what was read of modules, so that reading one again that did not
	// change takes little; nil: nothing is kept.
	Cache *cache.Cache
	// Progress is told what is being done; nil: nobody.
	Progress func(string)
}

// Run analyses a module. What it cannot read or understand it lists in the model;
// it fails when there is nothing to analyse, when the plan's pins name nothing or
// contradict each other, or when ctx ends. Equal input gives an equal model.
func Run(ctx context.Context, opt Options) (*model.Model, error) {
	opt = scoped(opt)
	r, dir, err := read(ctx, opt)
	if err != nil {
		return nil, err
	}
	if err := measure(ctx, r, dir, opt); err != nil {
		return nil, err
	}
	r.Model.Tool, r.Model.Seed = opt.ToolVersion, opt.Seed
	r.Model.Module.Patterns, r.Model.Module.Tags = opt.Patterns, opt.Tags
	return r.Model, Propose(ctx, r.Model, r.Facts, opt)
}

// measure adds to what was read of the code what was seen of it from outside. Dir is
// the module's folder.
func measure(ctx context.Context, r *reading, dir string, opt Options) error {
	from := opt.Evidence
	from.Dir, from.Progress = dir, opt.Progress
	found, err := evidence.Read(ctx, from, r.Facts)
	if err != nil {
		return err
	}
	r.Facts.Measured = found.Measured
	r.Model.Sources, r.Model.Problems = found.Sources, append(r.Model.Problems, found.Problems...)
	return nil
}

// Propose fills in what follows from the facts: services, bills, verdict. Of opt
// it reads Plan, Seed, Blind and Progress.
func Propose(ctx context.Context, m *model.Model, found *facts.Facts, opt Options) error {
	step(opt, "boundaries")
	graph := coupling.Build(coupling.Input{Facts: found, Packages: m.Packages})
	pins, err := resolvePins(ctx, m, graph, opt)
	if err != nil {
		return err
	}
	parts, err := partition.Solve(ctx, graph, partition.Options{Pins: pins.pins, Seed: opt.Seed, Blind: opt.Blind})
	if err != nil {
		return fmt.Errorf("propose services: %w", err)
	}
	step(opt, "bills")
	a := &assembler{m: m, facts: found, graph: graph, parts: parts, pins: pins, blind: opt.Blind}
	a.assemble(ctx)
	return ctx.Err()
}

func step(opt Options, text string) {
	if opt.Progress != nil {
		opt.Progress(text)
	}
}
