package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/analyze"
	"github.com/ficus-dev/ficus/analyze/cache"
	"github.com/ficus-dev/ficus/analyze/evidence"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/report"
	"github.com/ficus-dev/ficus/analyze/source"
)

// analyzeOptions are the flags of ficus analyze.
type analyzeOptions struct {
	c      *console
	dir    string
	model  string
	seed   uint64
	tags   []string
	blind  bool
	json   bool
	fresh  bool
	schema bool
	plan   bool // print the schema of the plan

	profile  string
	traces   []string
	coverage []string
	history  string
	rtt      time.Duration
}

func newAnalyzeCmd(c *console) *cobra.Command {
	o := &analyzeOptions{c: c}
	cmd := &cobra.Command{
		Use:   "analyze [packages]",
		Short: "Propose services for a Go module, each with the bill of its boundary",
		Long:  analyzeLong,
		Example: `  ficus analyze
  ficus analyze -C ../shop --history 12mo
  ficus analyze ./cmd/server/... --tags enterprise
  ficus analyze --profile default.pgo --coverage checkout=cover/checkout`,
		GroupID: groupAnalyze,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.schema {
				o.c.printf("%s", model.Schema())
				return nil
			}
			if o.plan {
				return o.planSchema()
			}
			return o.run(cmd.Context(), args)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.dir, "chdir", "C", ".", "analyze the module in this `dir`")
	flags.StringVar(&o.model, "model", "", "write the model to this `file` (default .ficus/model.json at the module's root)")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of the partition's random choices")
	flags.StringSliceVar(&o.tags, "tags", nil, "build tags, separated by commas")
	flags.BoolVar(&o.blind, "blind", false, "withhold folder, package and identifier names from the partition")
	flags.BoolVar(&o.fresh, "no-cache", false, "read all code anew, and keep nothing for the next run")
	flags.StringVar(&o.profile, "profile", "", "weigh calls by this CPU profile (default.pgo, cpu.pprof)")
	flags.StringSliceVar(&o.traces, "traces", nil, "weigh calls by the traces in these `files` (OTLP JSON)")
	flags.StringArrayVar(&o.coverage, "coverage", nil, "what one use case ran, as `NAME=DIR` with a GOCOVERDIR; may be repeated")
	flags.StringVar(&o.history, "history", "", "tie what changed together in git within this `span` (12mo, 2y, 90d, all)")
	rttFlag(cmd, &o.rtt)
	flags.BoolVar(&o.schema, "schema", false, "print the JSON Schema of model.json, which describes its fields")
	flags.BoolVar(&o.plan, "plan-schema", false, "print the JSON Schema of ficus.yaml, for editors")
	flags.BoolVar(&o.json, "json", false, "print the model instead of the screen")
	return cmd
}

const analyzeLong = `Propose services for a Go module, each with the bill of its boundary.

Nothing in the module is changed. Packages default to ./... of the module in the
current folder or in -C dir. Written are

  .ficus/model.json  all that was found: report, explain and generate read it
  ficus.yaml         the first draft of the plan, if there is none; where there is
                     one its pins are kept exactly, and not a line is rewritten

With --profile, --traces, --coverage and --history it looks beyond the code, at what
ran and what was changed together; each says what share of it was of this module.

Equal source gives equal bytes. No compiler is needed; the first run also reads the
types of dependencies from their source. What cannot be loaded is listed, and the
rest is analysed.

What was read is kept in the user's cache folder, in ficus, and taken from there
while nothing that it was read from changes. FICUS_CACHE names another folder, or
is off. What is kept is never trusted unchecked, and can be deleted at any time.`

func (o *analyzeOptions) run(ctx context.Context, patterns []string) error {
	root := source.ModuleRoot(o.dir)
	target := o.model
	if target == "" {
		target = filepath.Join(root, ".ficus", "model.json")
	}
	pins, err := readPlan(showPath(filepath.Join(root, plan.FileName)))
	if err != nil {
		return err
	}
	beside, err := o.evidence()
	if err != nil {
		return err
	}
	undo, err := tryWritable(target)
	if err != nil {
		return err
	}
	before, _ := model.ReadOutline(target) // none, or an old one: nothing to compare with
	store := o.cache()
	defer store.Close()
	defer collectLate()()
	m, err := analyze.Run(ctx, analyze.Options{Cache: store, Dir: o.dir, Patterns: patterns, Tags: o.tags, Plan: pins, Seed: o.seed,
		Blind: o.blind, Evidence: beside, ToolVersion: toolVersion(), Progress: o.c.step})
	if err != nil {
		undo()
		return err
	}
	if err := m.WriteFile(target); err != nil {
		return err
	}
	drafted, err := o.draft(m, pins, filepath.Join(root, plan.FileName))
	if err != nil {
		return err
	}
	o.c.closeProgress()
	if err := o.show(m, pins); err != nil {
		return err
	}
	o.notes(m, before, target, drafted)
	return nil
}

func (o *analyzeOptions) planSchema() error {
	schema, err := plan.Schema()
	if err != nil {
		return fmt.Errorf("write the schema: %w", err)
	}
	o.c.printf("%s", schema)
	return nil
}

func (o *analyzeOptions) cache() *cache.Cache {
	if o.fresh {
		return nil
	}
	return cache.Default()
}

// evidence reads the flags that name what is known beside the code.
func (o *analyzeOptions) evidence() (evidence.Options, error) {
	out := evidence.Options{Profile: o.profile, Traces: o.traces, History: o.history}
	if o.history != "" {
		if _, err := evidence.ParseSpan(o.history); err != nil {
			return out, usageErrorf("--history: %w", err)
		}
	}
	for _, text := range o.coverage {
		name, dir, ok := strings.Cut(text, "=")
		if !ok || name == "" || dir == "" {
			return out, usageErrorf("--coverage %q: write it as NAME=DIR, a use case and the GOCOVERDIR of its run", text)
		}
		out.Coverage = append(out.Coverage, evidence.UseCaseDir{Name: name, Dir: dir})
	}
	return out, nil
}

// readPlan reads the plan, nil when there is none.
func readPlan(path string) (*plan.Plan, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return plan.Load(path)
}

// tryWritable finds out before the long work whether the model can be written.
// undo removes the folders that it made, when they stay empty.
func tryWritable(target string) (undo func(), err error) {
	dir := filepath.Dir(target)
	var made []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || d == filepath.Dir(d) {
			break
		}
		made = append(made, d)
	}
	undo = func() {
		for _, d := range made {
			os.Remove(d) // fails, as it should, when something is in it
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return undo, fmt.Errorf("write the model: %w; name another place with --model", err)
	}
	f, err := os.CreateTemp(dir, ".model-*")
	if err != nil {
		undo()
		return undo, fmt.Errorf("write the model: %w; name another place with --model", err)
	}
	f.Close()
	return undo, os.Remove(f.Name())
}

// draft writes the first plan and reports whether it did.
func (o *analyzeOptions) draft(m *model.Model, pins *plan.Plan, path string) (bool, error) {
	if pins != nil {
		return false, nil
	}
	return true, model.WriteFileAtomic(path, plan.Draft(m))
}

func (o *analyzeOptions) show(m *model.Model, pins *plan.Plan) error {
	if o.json {
		return m.Write(o.c.out)
	}
	return report.Text(o.c.out, m, report.Options{Width: o.c.width(), Color: o.c.color(), RTT: o.rtt, Plan: pins})
}

// notes says what was written, and what moved since the last analysis.
func (o *analyzeOptions) notes(m, before *model.Model, target string, drafted bool) {
	for _, line := range moved(before, m) {
		o.c.notef("%s", line)
	}
	wrote := "wrote " + showPath(target)
	if drafted {
		wrote += " and a first " + plan.FileName
	}
	o.c.notef("%s", wrote)
}

// movedShown is how many moves are told one by one.
const movedShown = 5

// moved tells which units changed their service since the model before.
func moved(before, now *model.Model) []string {
	if before == nil || before.Module.Path != now.Module.Path {
		return nil
	}
	var out []string
	for _, u := range now.Units {
		if old, ok := before.Unit(u.ID); ok && old.Service != u.Service {
			out = append(out, fmt.Sprintf("moved since the last analysis: %s, %s → %s", now.Rel(u.ID), old.Service, u.Service))
		}
	}
	if more := len(out) - movedShown; more > 0 {
		out = append(out[:movedShown], fmt.Sprintf("and %d more units moved", more))
	}
	return out
}

// showPath is a path as a person would type it.
func showPath(path string) string {
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && filepath.IsLocal(rel) {
			path = rel
		}
	}
	return filepath.ToSlash(path)
}
