package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/cmd/ficus/demo"
)

func newDemoCmd(c *console) *cobra.Command {
	var opt demo.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole way on the sample shop: analyze, cut, move, break, roll back",
		Long: `Shows ficus at work on a copy of samples/shop: starts the monolith, analyzes it,
generates, builds and verifies the first cut, moves live traffic to it from 1 to
100 %, then breaks the new service on purpose and shows it rolled back by itself.

Every figure is measured in the run. Everything listens on loopback, on free
ports, and ends with the demo. Takes under three minutes after compilation.`,
		Example: "  ficus demo\n  ficus demo --keep --dir /tmp/ficus-demo",
		GroupID: groupOther,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			exe, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find this program: %w", err)
			}
			opt.Ficus, opt.Version, opt.Out, opt.Progress = exe, toolVersion(), c.out, c.step
			return demo.Run(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opt.Keep, "keep", false, "keep the folder with all that was generated, and the logs")
	flags.StringVar(&opt.Dir, "dir", "", "work in this folder, which must be empty, and keep it (default: a new temporary one)")
	flags.StringVar(&opt.Sample, "sample", "", "the monolith to show (default: samples/shop of this checkout)")
	return cmd
}
