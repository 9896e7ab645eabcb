package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/generate/verify"
)

// verifyOptions are the flags of ficus verify.
type verifyOptions struct {
	c    *console
	opts verify.Options
	json bool
}

func newVerifyCmd(c *console) *cobra.Command {
	o := &verifyOptions{c: c}
	cmd := &cobra.Command{
		Use:     "verify SERVICE",
		Short:   "Run the monolith's own tests locally and through gRPC, side by side",
		Long:    verifyLong,
		GroupID: groupGenerate,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.opts.Service = args[0]
			return o.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.opts.Dir, "chdir", "C", ".", "work on the module in this `dir`")
	flags.StringVar(&o.opts.Model, "model", "", "read the model from this `file` (default .ficus/model.json at the module's root)")
	flags.StringSliceVar(&o.opts.Packages, "packages", []string{"./..."}, "whose tests to run: go list `patterns`, separated by commas")
	flags.BoolVar(&o.opts.Race, "race", false, "run the tests with the race detector")
	flags.BoolVar(&o.opts.Retry, "retry", false, "run a third time, with each read sent twice")
	flags.DurationVar(&o.opts.Timeout, "timeout", 10*time.Minute, "bound on the tests of each package")
	flags.BoolVar(&o.json, "json", false, "print the result as JSON")
	return cmd
}

const verifyLong = `Run the monolith's own tests locally and through gRPC, side by side.

The tests are run as they are, then with the facade of SERVICE laid over its
packages (go test -overlay): every call from outside the package is encoded, sent
over a loopback connection, decoded and answered by the same code. Nothing in the
module changes on disk, and the service need not be generated first.

Exit status 1 means that a test ends differently: the wire does not carry what it
relies on. Functions that no test calls are listed: nothing is proved about them.`

func (o *verifyOptions) run(ctx context.Context) error {
	o.opts.Progress = o.c.step
	res, err := verify.Run(ctx, o.opts)
	if err != nil {
		return serviceError(err)
	}
	o.c.closeProgress()
	if err := o.print(res); err != nil {
		return err
	}
	if res.Unproved() {
		return fmt.Errorf("verify %s: its tests do not run as they are, so nothing was compared: make go test %s pass first", res.Service, strings.Join(res.Linked, " "))
	}
	if !res.Same() {
		return answerNo(nil)
	}
	return nil
}

func (o *verifyOptions) print(res *verify.Result) error {
	if o.json {
		enc := json.NewEncoder(o.c.out)
		enc.SetIndent("", " ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(res); err != nil {
			return fmt.Errorf("print the result: %w", err)
		}
		return nil
	}
	if len(res.Refusals) > 0 {
		o.c.refused(res.Service, len(res.Calls), res.Refusals)
		return nil
	}
	o.verdict(res)
	o.table(res)
	o.differences(res)
	o.calls(res)
	o.next(res)
	return nil
}

func (o *verifyOptions) verdict(res *verify.Result) {
	modes := res.Modes[0].Compared
	total := modes.Passed + modes.Failed + modes.Skipped
	switch {
	case !res.Same():
		o.c.printf("%s behaves differently over the wire: %s.\n", res.Service, counted(len(res.Differences), "test differs", "tests differ"))
	case res.Unproved():
		o.c.printf("Nothing is proved about %s: the tests that link it do not build or crash as they are.\n", res.Service)
	case res.Crossed() == 0:
		o.c.printf("Nothing is proved about %s: no test calls it from outside its packages.\n", res.Service)
	default:
		o.c.printf("%s behaves alike on both sides: %s, %s crossed.\n", res.Service,
			counted(total, "test", "tests"), counted(res.Crossed(), "call", "calls"))
	}
}

// table prints the modes side by side, over the packages that all of them ran.
func (o *verifyOptions) table(res *verify.Result) {
	o.c.printf("\n%-26s", "")
	for _, m := range res.Modes {
		o.c.printf("%10s", m.Name)
	}
	o.c.printf("\n")
	row := func(name string, of func(verify.Mode) string) {
		o.c.printf("%-26s", name)
		for _, m := range res.Modes {
			o.c.printf("%10s", of(m))
		}
		o.c.printf("\n")
	}
	row("passed", func(m verify.Mode) string { return fmt.Sprint(m.Compared.Passed) })
	row("failed", func(m verify.Mode) string { return fmt.Sprint(m.Compared.Failed) })
	row("skipped", func(m verify.Mode) string { return fmt.Sprint(m.Compared.Skipped) })
	row("seconds, with building", func(m verify.Mode) string { return fmt.Sprintf("%.1f", m.Seconds) })
	local := res.Modes[0]
	if n := len(local.Broken); n > 0 {
		o.c.printf("\nThe tests of %s do not build or crash as they are; see why:\n", counted(n, "package", "packages"))
		for _, pkg := range local.Broken {
			o.c.printf("  go test %s\n", pkg)
		}
	}
	if n := len(res.Others); n > 0 {
		o.c.printf("\nThe tests of %s link the boundary and ran in every mode; those of %s cannot see it and ran\n"+
			"once: %d passed, %d failed, %d skipped.\n", counted(len(res.Linked), "package", "packages"), counted(n, "other", "others"),
			local.Passed-local.Compared.Passed, local.Failed-local.Compared.Failed, local.Skipped-local.Compared.Skipped)
	}
}

func (o *verifyOptions) differences(res *verify.Result) {
	for _, d := range res.Differences {
		name := d.Test
		if name == "" {
			name = "the package"
		}
		o.c.printf("\ndiffers  %s  %s\n         local: %s, %s: %s\n", name, d.Package, d.Before, d.Mode, d.After)
		if d.Own {
			o.c.printf("         a test of the boundary's own package: calls that stay inside the service are not affected\n")
		}
		if d.Output != "" {
			o.c.printf("%s\n", indent(lastLines(d.Output, 40), "    "))
		}
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > n {
		lines = append([]string{"…"}, lines[len(lines)-n:]...)
	}
	return strings.Join(lines, "\n")
}

func (o *verifyOptions) calls(res *verify.Result) {
	o.c.printf("\nCalls that crossed:\n")
	list := slices.Clone(res.Calls)
	slices.SortStableFunc(list, func(a, b verify.Calls) int { return b.N - a.N })
	for _, c := range list {
		if c.N > 0 {
			o.c.printf("  %8d  %s\n", c.N, c.Func)
		}
	}
	if none := res.NotExercised(); len(none) > 0 {
		o.c.printf("Not exercised by any test from outside, so nothing is proved about:\n")
		for _, f := range none {
			o.c.printf("            %s\n", f)
		}
	}
	for _, l := range res.LocalCalls {
		o.c.printf("Stays a local call: %s\n", l)
	}
}

func (o *verifyOptions) next(res *verify.Result) {
	switch {
	case res.Same() && o.generated():
		o.c.printf("\nNext: ficus proxy %s\n", configName)
		return
	case res.Same():
		o.c.printf("\nNext: ficus generate %s\n", res.Service)
		return
	}
	o.c.printf("\nNext: make the tests agree, or keep the function local in ficus.yaml (services.%s.local)\n", res.Service)
}

// generated reports whether there is a configuration of the proxy, which generate writes.
func (o *verifyOptions) generated() bool {
	_, err := os.Stat(filepath.Join(o.opts.Dir, configName))
	return err == nil
}
