package main

import (
	"bytes"
	"context"
	"encoding/json"
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
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/report"
	"github.com/ficus-dev/ficus/analyze/source"
)

type moveOptions struct {
	source     modelSource
	json, save bool
	tags       []string
	rtt        time.Duration
	name, home string
}

func newMoveCmd(c *console) *cobra.Command {
	var o moveOptions
	cmd := &cobra.Command{
		Use:   "move NAME SERVICE",
		Short: "Try what it changes to move something into another service",
		Long: `Move shows what changes when NAME goes to SERVICE and everything else stays where
the model has it: the price of every service, the crossings that come and go, the
tables and routes that follow, the latency of entry points, the metrics. Nothing is
written; --save adds the pin to ficus.yaml and changes no other line of it.

NAME is a package, a part of one, a declaration, a table or a route, as in ficus
explain. SERVICE is one of the model's, or @library or @root.`,
		Example: `  ficus move internal/discounts catalogue
  ficus move models.Invoice billing --save`,
		GroupID: groupAnalyze,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("move takes what to move, and the service it goes to")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name, o.home = args[0], args[1]
			return runMove(cmd.Context(), c, o)
		},
	}
	o.source.flags(cmd)
	cmd.Flags().StringSliceVar(&o.tags, "tags", nil, "build tags, as for ficus analyze")
	rttFlag(cmd, &o.rtt)
	cmd.Flags().BoolVar(&o.json, "json", false, "print the difference as JSON")
	cmd.Flags().BoolVar(&o.save, "save", false, "add the pin to ficus.yaml")
	return cmd
}

func runMove(ctx context.Context, c *console, o moveOptions) error {
	defer collectLate()()
	before, _, err := o.source.load("couplings", "surfaces")
	if err != nil {
		return err
	}
	pin, err := o.pin(before)
	if err != nil {
		return err
	}
	path := showPath(filepath.Join(source.ModuleRoot(o.source.dir), plan.FileName))
	edited, err := withPins(path, before, pin)
	if err != nil {
		return err
	}
	store := cache.Default()
	defer store.Close()
	after, err := analyze.Rearrange(ctx, before, []plan.Pin{pin}, analyze.Options{Cache: store, Dir: o.source.dir, Tags: o.tags, ToolVersion: before.Tool, Progress: c.step})
	if err != nil {
		return err
	}
	if changed := changedCode(before, after); changed != "" {
		return fmt.Errorf("move %s: the code is not that of the model (%s); run ficus analyze first", o.name, changed)
	}
	before.Couplings = after.Couplings // of the same code: what metrics count of them is the same
	if err := o.show(c, before, after); err != nil {
		return err
	}
	if !o.save {
		c.notef("nothing written; --save pins it: %s", pin)
		return nil
	}
	if err := model.WriteFileAtomic(path, edited); err != nil {
		return err
	}
	c.notef("pinned in %s: %s; run ficus analyze to bring the model up to date", path, pin)
	return nil
}

// pin is the decision that the command line asks for.
func (o moveOptions) pin(m *model.Model) (plan.Pin, error) {
	target, _, err := report.Resolve(m, o.name)
	if err != nil {
		return plan.Pin{}, err
	}
	switch {
	case target.Kind == report.TargetService:
		if target, err = packageInstead(m, o.name); err != nil {
			return plan.Pin{}, err
		}
	case target.Method != "":
		return plan.Pin{}, fmt.Errorf("move %s: a method goes where its type goes; move %s", o.name, m.Rel(target.ID))
	}
	if _, ok := m.Service(o.home); !ok && o.home != model.Library && o.home != model.Root {
		var known []string
		for _, s := range m.Services {
			known = append(known, s.Name)
		}
		known = append(known, model.Library, model.Root)
		hint := "known are " + strings.Join(known, ", ")
		if best := plan.Closest(o.home, known); best != "" {
			hint = "did you mean " + best + "?"
		}
		return plan.Pin{}, fmt.Errorf("move to %s: the model has no such service; %s", o.home, hint)
	}
	return plan.Home(m.Rel(target.ID), o.home), nil
}

// packageInstead reads a name that is a service's as that of a package: a service
// as a whole is not moved.
func packageInstead(m *model.Model, name string) (report.Target, error) {
	target, _, err := report.Resolve(m, string(report.TargetPackage)+":"+name)
	if err != nil {
		return target, fmt.Errorf("move %s: it is a service; name a package, a declaration, a table or a route of it", name)
	}
	return target, nil
}

// withPins is the text of the plan with the pins, a first draft when there is none.
// A pin that contradicts the plan is refused before the long work.
func withPins(path string, m *model.Model, pins ...plan.Pin) ([]byte, error) {
	src, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		src, err = plan.Draft(m), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	for _, pin := range pins {
		if src, err = plan.AddPin(path, src, pin); err != nil {
			return nil, err
		}
	}
	return src, nil
}

// changedCode says how the code analysed differs from the model's, "" when it
// does not.
func changedCode(before, after *model.Model) string {
	if before.Stats.Packages != after.Stats.Packages || before.Stats.Lines != after.Stats.Lines {
		return fmt.Sprintf("%d packages and %d lines, the model has %d and %d", after.Stats.Packages, after.Stats.Lines, before.Stats.Packages, before.Stats.Lines)
	}
	if len(before.Atoms) != len(after.Atoms) {
		return fmt.Sprintf("%d declarations, the model has %d", len(after.Atoms), len(before.Atoms))
	}
	for i, a := range after.Atoms {
		if a.ID != before.Atoms[i].ID {
			return "it has " + before.Rel(a.ID)
		}
	}
	return ""
}

func (o moveOptions) show(c *console, before, after *model.Model) error {
	d := report.Diff(before, after)
	var b bytes.Buffer
	if o.json {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(d); err != nil {
			return fmt.Errorf("write the difference: %w", err)
		}
	} else if err := report.DiffText(&b, before, after, d, report.Options{Width: c.width(), Color: c.color(), RTT: o.rtt}); err != nil {
		return err
	}
	c.printf("%s", b.Bytes())
	return nil
}
