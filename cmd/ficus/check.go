package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/analyze"
	"github.com/ficus-dev/ficus/analyze/cache"
	"github.com/ficus-dev/ficus/analyze/check"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/source"
)

// checkFormat is how ficus check answers.
type checkFormat string

const (
	checkText  checkFormat = "text"
	checkJSON  checkFormat = "json"
	checkSARIF checkFormat = "sarif"
)

var checkFormats = []checkFormat{checkText, checkJSON, checkSARIF}

// checkOptions are the flags of ficus check.
type checkOptions struct {
	source modelSource
	accept []string
	base   string
	format string
	out    string
	json   bool
	tags   []string
}

func newCheckCmd(c *console) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Fail when the code crosses a boundary in a new way: for CI",
		Long:  checkLong,
		Example: `  ficus check --accept all            # once: accept what is there, and commit it
  ficus check
  ficus check --base main             # a branch alone, no list needed
  ficus check --format sarif -o ficus.sarif`,
		GroupID: groupAnalyze,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.json && cmd.Flags().Changed("format") && o.format != string(checkJSON) {
				return usageErrorf("--json and --format %s contradict: keep one", o.format)
			}
			if o.json {
				o.format = string(checkJSON)
			}
			return runCheck(cmd.Context(), c, o)
		},
	}
	o.source.flags(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&o.accept, "accept", nil, "accept the crossings of this `service` as they are now, or of all")
	flags.StringVar(&o.base, "base", "", "compare with the commit where the branch left this `rev`, not with the list")
	flags.StringVar(&o.format, "format", string(checkText), "one of "+joinNames(checkFormats))
	flags.BoolVar(&o.json, "json", false, "the same as --format json")
	flags.StringVarP(&o.out, "output", "o", "", "write json or sarif to this `file`; the text still goes to stdout")
	flags.StringSliceVar(&o.tags, "tags", nil, "build tags, as for ficus analyze")
	completeWith(cmd, "format", checkFormats)
	return cmd
}

const checkLong = `Check analyses the module within the boundaries of the model file and compares what
crosses them with the crossings accepted in ` + check.FileName + `. It fails
(exit 1) on every new crossing, on accepted ones that got worse (now in a loop or
a transaction), on stale ones that are no longer there, and on those accepted
until a day that has passed. The list only shrinks, unless somebody says so.

The first time there is no list: accept what is there with --accept all, and
commit ` + check.FileName + ` and .ficus/model.json. Without a list check ends with
exit 3, not with every crossing as new: nobody meant to accept nothing.

--base REV needs no list: it analyses the commit where the branch left REV in a
temporary git worktree, within the same boundaries, and fails on what the branch
adds. In CI it needs the history (fetch-depth: 0).

Each finding names the owners of the file in CODEOWNERS. Positions are relative to
the module. Codes FICUS201 to FICUS211 say which rule it was.`

func runCheck(ctx context.Context, c *console, o checkOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	before, p, err := o.source.load()
	if err != nil {
		return err
	}
	root := source.ModuleRoot(o.source.dir)
	path := filepath.Join(root, check.FileName)
	accepted, err := o.load(path)
	if err != nil {
		return err
	}
	if err := o.knownServices(before, accepted); err != nil {
		return err
	}
	owners, err := check.Owners(root)
	if err != nil {
		return err
	}
	store := cache.Default()
	defer store.Close()
	run := func(ctx context.Context, dir string) (*model.Model, error) {
		return analyze.Within(ctx, before, analyze.Options{Cache: store, Dir: dir, Tags: o.tags, Plan: p, ToolVersion: toolVersion(), Progress: c.step})
	}
	now, err := run(ctx, root)
	if err != nil {
		return err
	}
	if len(o.accept) > 0 {
		return o.save(c, accepted, now, path)
	}
	if o.base != "" {
		if accepted, err = atBase(ctx, c, root, o.base, run); err != nil {
			return err
		}
	}
	return o.answer(c, check.Compare(now, accepted, check.Options{Now: time.Now(), Owners: owners, Base: o.base}))
}

// validate refuses flags that contradict each other before the long work.
func (o checkOptions) validate() error {
	switch {
	case !slices.Contains(checkFormats, checkFormat(o.format)):
		return usageErrorf("unknown format %q: choose one of %s", o.format, joinNames(checkFormats))
	case o.base != "" && len(o.accept) > 0:
		return usageErrorf("--base and --accept contradict: a base is read, and %s is written", check.FileName)
	case len(o.accept) > 1 && slices.Contains(o.accept, "all"):
		return usageErrorf("--accept all and --accept SERVICE contradict: keep one")
	case slices.Contains(o.accept, ""):
		return usageErrorf("--accept needs a service, or all")
	case o.out != "":
		return checkOutput(o.out)
	}
	return nil
}

// load reads the list. To accept is to begin one where there is none.
func (o checkOptions) load(path string) (*check.Accepted, error) {
	if o.base != "" {
		return nil, nil
	}
	a, err := check.Load(path, check.FileName)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return a, err
	case len(o.accept) > 0:
		return check.Parse(check.FileName, (&check.Accepted{}).Bytes())
	}
	return nil, fmt.Errorf("check crossings: no %s yet; accept what crosses today, once, and commit it: ficus check --accept all; or check a branch alone: ficus check --base main", showPath(path))
}

// knownServices refuses to accept for a service that is neither in the model nor
// in the list.
func (o checkOptions) knownServices(m *model.Model, a *check.Accepted) error {
	if len(o.accept) == 0 || o.accept[0] == "all" {
		return nil
	}
	var known []string
	for _, s := range m.Services {
		known = append(known, s.Name)
	}
	for s := range a.Services {
		known = append(known, s)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, s := range o.accept {
		if slices.Contains(known, s) {
			continue
		}
		hint := "known are " + strings.Join(known, ", ") + ", and all"
		if best := plan.Closest(s, known); best != "" {
			hint = "did you mean " + best + "?"
		}
		return usageErrorf("--accept %s: the model has no such service; %s", s, hint)
	}
	return nil
}

// save writes the list with what was accepted.
func (o checkOptions) save(c *console, a *check.Accepted, now *model.Model, path string) error {
	services := o.accept
	if services[0] == "all" {
		services = nil
	}
	added, removed := a.Accept(now, services...)
	if err := model.WriteFileAtomic(path, a.Bytes()); err != nil {
		return err
	}
	c.notef("wrote %s: accepted crossings +%d −%d, %d in all; commit it", showPath(path), added, removed, a.Count())
	return nil
}

// atBase are the crossings of the commit where the branch left rev.
func atBase(ctx context.Context, c *console, root, rev string, run func(context.Context, string) (*model.Model, error)) (a *check.Accepted, err error) {
	c.step("checking out " + rev)
	tree, err := check.Checkout(ctx, root, rev)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()
	m, err := run(ctx, tree.Dir)
	if err != nil {
		return nil, fmt.Errorf("analyze revision %s: %w", rev, err)
	}
	return check.Of(m), nil
}

// answer writes the result and turns findings into exit 1.
func (o checkOptions) answer(c *console, r *check.Result) error {
	var text, file bytes.Buffer
	if err := check.Text(&text, r); err != nil {
		return err
	}
	switch checkFormat(o.format) {
	case checkJSON:
		if err := check.JSON(&file, r); err != nil {
			return err
		}
	case checkSARIF:
		if err := check.SARIF(&file, r, toolVersion()); err != nil {
			return err
		}
	default:
		file = text
	}
	screen := file.Bytes()
	if o.out != "" {
		screen = text.Bytes()
		if err := model.WriteFileAtomic(o.out, file.Bytes()); err != nil {
			return err
		}
	}
	c.printf("%s", screen)
	if !r.OK {
		return answerNo(nil)
	}
	return nil
}
