package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/analyze"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/report"
	"github.com/ficus-dev/ficus/analyze/source"
)

type peelOptions struct {
	source       modelSource
	seeds        report.SeedNames
	name, format string
	json, save   bool
}

func newPeelCmd(c *console) *cobra.Command {
	var o peelOptions
	cmd := &cobra.Command{
		Use:   "peel [NAME...]",
		Short: "Cut one service around a seed, with its price",
		Long: `Peel cuts one service around what you name, and leaves everything else together:
what comes along and why, what stays and why, the bill of that boundary, and tighter
and wider ways to cut with their prices. It reads the model alone.

A seed is a route (its handler), a table, a package, or any NAME that ficus explain
takes. Several may be given; pins in ficus.yaml are kept. Libraries and roots belong
to neither side. Nothing is written; --save pins what comes along in ficus.yaml.

In --route, * is one element of the path, and at the end all that is below.`,
		Example: `  ficus peel --route '/invoices/*'
  ficus peel --table invoices --table invoice_lines --name billing
  ficus peel --package internal/billing --save`,
		GroupID: groupAnalyze,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeds.Names = args
			if o.json && cmd.Flags().Changed("format") && o.format != string(report.FormatJSON) {
				return usageErrorf("--json and --format %s contradict: keep one", o.format)
			}
			if o.json {
				o.format = string(report.FormatJSON)
			}
			return runPeel(cmd.Context(), c, o)
		},
	}
	o.source.flags(cmd)
	cmd.Flags().StringArrayVar(&o.seeds.Routes, "route", nil, "peel around the handlers of the routes of this `pattern`; may be repeated")
	cmd.Flags().StringArrayVar(&o.seeds.Tables, "table", nil, "peel around this `table`; may be repeated")
	cmd.Flags().StringArrayVar(&o.seeds.Packages, "package", nil, "peel around this `package`, with /... and all below; may be repeated")
	cmd.Flags().StringVar(&o.name, "name", "", "call the service this (default as proposed, else after the seed)")
	cmd.Flags().StringVar(&o.format, "format", string(report.FormatText), "text or json")
	cmd.Flags().BoolVar(&o.json, "json", false, "the same as --format json")
	cmd.Flags().BoolVar(&o.save, "save", false, "pin what comes along in ficus.yaml")
	completeWith(cmd, "format", []report.Format{report.FormatText, report.FormatJSON})
	return cmd
}

func runPeel(ctx context.Context, c *console, o peelOptions) error {
	if f := report.Format(o.format); f != report.FormatText && f != report.FormatJSON {
		return usageErrorf("unknown format %q: choose text or json", o.format)
	}
	if len(o.seeds.Routes)+len(o.seeds.Tables)+len(o.seeds.Packages)+len(o.seeds.Names) == 0 {
		return usageErrorf("say what to peel around: --route, --table, --package or a name; see: ficus peel --help")
	}
	if o.name != "" {
		if err := plan.CheckServiceName(o.name); err != nil {
			return usageErrorf("--name: %w", err)
		}
	}
	m, p, err := o.source.load()
	if err != nil {
		return err
	}
	seeds, err := report.Seeds(m, o.seeds)
	if err != nil {
		return err
	}
	peeled, err := analyze.Peel(ctx, m, analyze.PeelOptions{Seeds: seeds, Name: o.name, Called: o.seeds.Word(), Plan: p})
	if err != nil {
		return err
	}
	if err := o.show(c, m, peeled); err != nil {
		return err
	}
	if !o.save {
		c.notef("nothing written; --save pins what comes along to %s in %s", peeled.Service, plan.FileName)
		return nil
	}
	return o.pin(c, m, peeled.Service, analyze.PeelPins(m, p, peeled))
}

func (o peelOptions) show(c *console, m *model.Model, peeled *model.Peeling) error {
	var b bytes.Buffer
	if report.Format(o.format) == report.FormatJSON {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(peeled); err != nil {
			return fmt.Errorf("write the peeling: %w", err)
		}
	} else if err := report.PeelText(&b, m, peeled, report.Options{Width: c.width(), Color: c.color()}); err != nil {
		return err
	}
	c.printf("%s", b.Bytes())
	return nil
}

// pin adds to the plan, its first draft when there is none, one line for each pin.
func (o peelOptions) pin(c *console, m *model.Model, service string, pins []plan.Pin) error {
	path := showPath(filepath.Join(source.ModuleRoot(o.source.dir), plan.FileName))
	edited, err := withPins(path, m, pins...)
	if err != nil {
		return err
	}
	if err := model.WriteFileAtomic(path, edited); err != nil {
		return err
	}
	c.notef("pinned to %s in %s; run ficus analyze to bring the model up to date", service, path)
	return nil
}
