package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

// run executes one command line and returns the exit code.
func run(ctx context.Context, c *console, args []string) exitCode {
	root := newRootCmd(c)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil, errors.Is(err, errSilent):
	case interrupted(err) && ctx.Err() != nil:
		c.fail(errors.New("stopped by signal; nothing half-written was left"))
		return exitFailed
	default:
		c.fail(err)
	}
	return codeOf(err)
}

// Help groups: one a tool.
const (
	groupAnalyze  = "analyze"
	groupGenerate = "generate"
	groupStrangle = "strangle"
	groupOther    = "other"
)

func newRootCmd(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:                        "ficus",
		Short:                      "Move a Go monolith to services, one safe cut at a time",
		Long:                       rootLong,
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args:                       unknownCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageErrorf("%w; see: %s --help", err, cmd.CommandPath())
	})
	root.AddGroup(
		&cobra.Group{ID: groupAnalyze, Title: "Analyze: where to cut, and what it costs"},
		&cobra.Group{ID: groupGenerate, Title: "Generate: the service, its client, its proof"},
		&cobra.Group{ID: groupStrangle, Title: "Strangle: move live traffic, safely"},
		&cobra.Group{ID: groupOther, Title: "Other"},
	)
	root.SetHelpCommandGroupID(groupOther)
	root.SetCompletionCommandGroupID(groupOther)
	root.AddCommand(commands(c)...)
	usageArgs(root)
	noteExits(root)
	return root
}

const rootLong = `ficus moves a Go monolith to services, one safe cut at a time.

  analyze    maps calls, data, transactions and routes into service boundaries,
             each with the itemised bill of what the cut costs
  generate   writes contract, server, client and main for one boundary, and
             verify proves with the monolith's own tests that both behave alike
  proxy      moves live traffic in sticky cohorts, compares, and rolls back by
             itself; the monolith stays the safety net

See it all at work in three minutes:  ficus demo`

// unknownCommand rejects what is no verb, with cobra's suggestions.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see: ficus help"
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		hint = "did you mean " + s[0] + "?"
	}
	return usageErrorf("unknown command %q; %s", args[0], hint)
}

// usageArgs turns every command's argument errors into usage errors.
func usageArgs(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		if check := sub.Args; check != nil {
			sub.Args = func(cmd *cobra.Command, args []string) error {
				if err := check(cmd, args); err != nil {
					return usageErrorf("%w; see: %s --help", err, cmd.CommandPath())
				}
				return nil
			}
		}
		usageArgs(sub)
	}
}
