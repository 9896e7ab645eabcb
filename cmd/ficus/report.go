package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/report"
	"github.com/ficus-dev/ficus/analyze/source"
)

// modelSource says where a verb that reads a model finds it, and the plan.
type modelSource struct {
	dir, model string
}

func (s *modelSource) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&s.dir, "chdir", "C", ".", "read the model of the module in this `dir`")
	cmd.Flags().StringVar(&s.model, "model", "", "read the model in this `file` (default .ficus/model.json at the module's root)")
	_ = cmd.MarkFlagDirname("chdir")
	_ = cmd.MarkFlagFilename("model", "json")
}

// load reads the model, and the plan when there is one. Lists of the model that a verb
// does not need it may leave empty.
func (s *modelSource) load(without ...string) (*model.Model, *plan.Plan, error) {
	root := source.ModuleRoot(s.dir)
	path := s.model
	if path == "" {
		path = showPath(filepath.Join(root, ".ficus", "model.json"))
	}
	m, err := model.ReadFileWithout(path, without...)
	if err != nil {
		return nil, nil, err
	}
	p, err := plan.Load(showPath(filepath.Join(root, plan.FileName)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, nil, nil
	case err != nil:
		return nil, nil, err
	}
	return m, p, nil
}

type reportOptions struct {
	source        modelSource
	format, level string
	json, open    bool
	out           string
	rtt           time.Duration
}

func newReportCmd(c *console) *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Render the analysis as text, tables, graphs or data",
		Long: `Report renders what ficus analyze found, from the model file alone; it never
analyses again.

  text     the analyze screen              units  TSV: package unit service lines
  html     one file for the browser        atoms  TSV: package file name kind service lines
  md       Markdown, for a pull request    csv    every crossing, dearest first
  json     the model itself, normalised    dot, mermaid, c4: graphs; --level units for the details
  metrics  what papers measure, each value with its formula
  alternatives  more and fewer services: price against independence

Where -o names the file and --format nothing, its name tells: .html, .md, .json,
.csv, .dot, .mmd, .puml; others get the text.`,
		Example: `  ficus report --open
  ficus report -o boundaries.md
  ficus report --format dot --level units | dot -Tsvg > units.svg`,
		GroupID: groupAnalyze,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.json && cmd.Flags().Changed("format") && o.format != string(report.FormatJSON) {
				return usageErrorf("--json and --format %s contradict: keep one", o.format)
			}
			if !cmd.Flags().Changed("format") && !o.json {
				o.format = string(o.meant())
			}
			return runReport(cmd.Context(), c, o)
		},
	}
	o.source.flags(cmd)
	cmd.Flags().StringVar(&o.format, "format", string(report.FormatText), "one of "+joinNames(report.Formats()))
	cmd.Flags().BoolVar(&o.json, "json", false, "the same as --format json")
	cmd.Flags().StringVar(&o.level, "level", string(report.LevelServices), "of graphs: services or units")
	cmd.Flags().BoolVar(&o.open, "open", false, "write HTML (to .ficus/report.html, or -o) and open it in the browser")
	cmd.Flags().StringVarP(&o.out, "output", "o", "", "write to this `file` instead of stdout, in the format of its name")
	rttFlag(cmd, &o.rtt)
	completeWith(cmd, "format", report.Formats())
	completeWith(cmd, "level", []report.Level{report.LevelServices, report.LevelUnits})
	return cmd
}

// meant is the format of a report that none was named for: that of the file's name.
func (o reportOptions) meant() report.Format {
	ext := strings.ToLower(filepath.Ext(o.out))
	switch f, ok := report.FormatOf(ext); {
	case o.open:
		return report.FormatHTML
	case ok:
		return f
	}
	return report.Format(o.format)
}

// rttFlag is the flag for the round trip that added latency is told for.
func rttFlag(cmd *cobra.Command, rtt *time.Duration) {
	cmd.Flags().DurationVar(rtt, "rtt", report.DefaultRTT, "round trip of one remote call, for what the cuts add to entry points")
}

func joinNames[T ~string](names []T) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = string(n)
	}
	return strings.Join(parts, ", ")
}

func completeWith[T ~string](cmd *cobra.Command, flag string, values []T) {
	_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return strings.Split(joinNames(values), ", "), cobra.ShellCompDirectiveNoFileComp
	})
}

func runReport(ctx context.Context, c *console, o reportOptions) error {
	if o.json {
		o.format = string(report.FormatJSON)
	}
	format, err := report.ParseFormat(o.format)
	if err != nil {
		return usageErrorf("%w", err)
	}
	if o.open && format != report.FormatHTML {
		return usageErrorf("--open shows HTML, not %s: leave one out", format)
	}
	if l := report.Level(o.level); l != report.LevelServices && l != report.LevelUnits {
		return usageErrorf("unknown level %q: choose services or units", o.level)
	}
	m, p, err := o.source.load()
	if err != nil {
		return err
	}
	if o.open && o.out == "" {
		o.out = showPath(filepath.Join(source.ModuleRoot(o.source.dir), ".ficus", "report.html"))
	}
	options := report.Options{Width: c.width(), Color: c.color() && o.out == "", Level: report.Level(o.level), RTT: o.rtt, Plan: p}
	var b bytes.Buffer
	if err := report.Write(&b, m, format, options); err != nil {
		return err
	}
	if o.out == "" {
		c.printf("%s", b.Bytes())
		return nil
	}
	if err := checkOutput(o.out); err != nil {
		return err
	}
	if err := model.WriteFileAtomic(o.out, b.Bytes()); err != nil || !o.open {
		return err
	}
	c.notef("wrote %s", filepath.ToSlash(o.out))
	if err := openInBrowser(ctx, c, o.out); err != nil {
		c.notef("no browser could be started (%v): open the file yourself", err)
	}
	return nil
}

// openInBrowser asks the system to show a file: $BROWSER where it is set, else
// what the system has for it.
func openInBrowser(ctx context.Context, c *console, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	name, args := "xdg-open", []string{path}
	switch {
	case c.getenv("BROWSER") != "":
		name = c.getenv("BROWSER")
	case runtime.GOOS == "darwin":
		name = "open"
	case runtime.GOOS == "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", path}
	}
	return exec.CommandContext(ctx, name, args...).Run()
}

// checkOutput refuses what WriteFileAtomic would refuse with less to go by, and
// folders that do not exist: a mistyped -o should not make them.
func checkOutput(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("write %s: it is a folder; name a file in it", filepath.ToSlash(path))
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("write %s: %w; make the folder first", filepath.ToSlash(path), err)
	}
	return nil
}
