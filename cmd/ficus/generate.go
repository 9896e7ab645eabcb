package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/generate"
	"github.com/ficus-dev/ficus/generate/contract"
)

// generateOptions are the flags of ficus generate.
type generateOptions struct {
	c       *console
	opts    generate.Options
	diff    bool
	check   bool
	dryRun  bool
	overlay string
}

func newGenerateCmd(c *console) *cobra.Command {
	o := &generateOptions{c: c}
	cmd := &cobra.Command{
		Use:     "generate SERVICE",
		Short:   "Write contract, server, client, facade and main of one service",
		Long:    generateLong,
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
	flags.BoolVar(&o.diff, "diff", false, "show what would change, write nothing")
	flags.BoolVar(&o.check, "check", false, "exit with 1 when a file is not up to date, write nothing")
	flags.BoolVar(&o.dryRun, "dry-run", false, "list the files, write nothing")
	flags.BoolVar(&o.opts.Force, "force", false, "overwrite generated files that were edited by hand")
	flags.StringVar(&o.overlay, "overlay", "", "also write the monolith's facade into this `dir`, for go build -overlay")
	cmd.MarkFlagsMutuallyExclusive("diff", "check", "dry-run")
	return cmd
}

const generateLong = `Write contract, server, client, facade and main of one service.

SERVICE is a service of the model that ficus analyze wrote. Written are, inside
the monolith's module:

  services/SERVICE/   the .proto, its Go code, converters, server, client, facade,
                      Dockerfile, and ficus.lock.json: commit it
  cmd/SERVICE/        a main package that runs: gRPC, the routes that the service
                      owns, health, graceful stop, OpenTelemetry; cmd/SERVICE-service
                      where the monolith has a cmd/SERVICE
  strangler.yaml      the routes, for ficus proxy; only when there is none
  go.mod, go.sum      what the generated code needs

The monolith's own code is not changed. What cannot be carried over a wire is
refused, all at once, with the line for ficus.yaml that settles it; then nothing
is written. Files named *_gen.go are generated again each time; main.go, Dockerfile
and strangler.yaml are yours once they are there.`

func (o *generateOptions) run(ctx context.Context) error {
	o.opts.Progress = o.c.step
	res, err := generate.Run(ctx, o.opts)
	if err != nil {
		return serviceError(err)
	}
	if len(res.Refusals) > 0 {
		o.c.refused(res.Service, len(res.Crossing), res.Refusals)
		return answerNo(nil)
	}
	switch {
	case o.diff:
		for _, ch := range res.Stale() {
			o.c.printf("%s", ch.Diff())
		}
		return answerConflicts(res)
	case o.check:
		return o.upToDate(res)
	case o.dryRun:
		o.list(res)
		return answerConflicts(res)
	}
	if err := res.Write(ctx); err != nil {
		return conflictIsNo(err)
	}
	o.written(res)
	if o.overlay != "" {
		if err := o.writeOverlay(ctx, res); err != nil {
			return err
		}
	}
	if len(res.Routes) == 0 {
		o.c.printf("Next: ficus verify %s\n", res.Service)
		return nil
	}
	o.c.printf("Next: ficus verify %s · ficus proxy strangler.yaml\n", res.Service)
	return nil
}

func (o *generateOptions) writeOverlay(ctx context.Context, res *generate.Result) error {
	file, err := res.WriteOverlay(ctx, o.overlay)
	if err != nil {
		return err
	}
	env := generate.EnvName(res.Service)
	o.c.printf("Build a monolith that calls the service:  go build -overlay %s PACKAGE\n"+
		"Run it with %s=remote %s_ADDR=127.0.0.1:9001; without these it calls its own code.\n", file, env, env)
	return nil
}

// serviceError makes an unknown service a usage error.
func serviceError(err error) error {
	var unknown *generate.UnknownServiceError
	if errors.As(err, &unknown) {
		return &codedError{exitUsage, err}
	}
	return err
}

func answerConflicts(res *generate.Result) error { return conflictIsNo(res.Conflicts()) }

func conflictIsNo(err error) error {
	var conflict *generate.ConflictError
	if errors.As(err, &conflict) {
		return answerNo(err)
	}
	return err
}

// refused prints what cannot be generated, with the cures.
func (c *console) refused(service string, crossing int, refusals []contract.Refusal) {
	c.printf("%s cross the boundary of %s. %s cannot, and nothing was written:\n",
		counted(crossing, "function can", "functions can"), service, counted(len(refusals), "thing", "things"))
	for _, r := range refusals {
		c.printf("\n%s", r.String())
	}
	if lines := contract.LocalPlan(service, refusals); lines != "" {
		c.printf("\nTo keep them all local, and generate the rest, in ficus.yaml:\n%s\n", indent(lines, "    "))
	}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+by)
}

func (o *generateOptions) upToDate(res *generate.Result) error {
	stale := res.Stale()
	if len(stale) == 0 {
		o.c.printf("%s is up to date: %s\n", res.Service, counted(len(res.Files), "file", "files"))
		return nil
	}
	o.c.printf("%s is stale: %s\n", res.Service, counted(len(stale), "file differs", "files differ"))
	for _, ch := range stale {
		o.c.printf("  %-8s %s\n", ch.Action, ch.Path)
	}
	o.c.printf("Next: ficus generate %s --diff\n", res.Service)
	return answerNo(nil)
}

func (o *generateOptions) list(res *generate.Result) {
	o.c.printf("Would generate %s: %s; nothing was written.\n", res.Service, summary(res))
	for _, ch := range res.Files {
		o.c.printf("  %-8s %s\n", ch.Action, ch.Path)
	}
	o.notes(res)
}

func summary(res *generate.Result) string {
	return fmt.Sprintf("%s, %s", counted(len(res.Crossing), "function crosses", "functions cross"), counted(len(res.Routes), "route", "routes"))
}

func (o *generateOptions) notes(res *generate.Result) {
	for _, l := range res.Local {
		o.c.printf("Stays a local call: %s\n", l)
	}
	for _, n := range res.Notes {
		o.c.printf("Note: %s\n", n)
	}
}

func (o *generateOptions) written(res *generate.Result) {
	count := map[generate.Action]int{}
	for _, ch := range res.Files {
		count[ch.Action]++
	}
	o.c.printf("Generated %s: %s.\n", res.Service, summary(res))
	o.c.printf("%d files created, %d updated, %d deleted, %d as they were.\n\n", count[generate.Create],
		count[generate.Update], count[generate.Delete], count[generate.Same]+count[generate.Keep])
	for _, ch := range res.Stale() {
		o.c.printf("  %-8s %s\n", ch.Action, ch.Path)
	}
	o.notes(res)
	o.c.printf("\nRun it:  go run ./%s    (GRPC_ADDR 127.0.0.1:9001, HTTP_ADDR 127.0.0.1:9002)\n", res.Command)
}
