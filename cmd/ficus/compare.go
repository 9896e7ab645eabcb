package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/analyze"
)

func newCompareCmd(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "compare A B",
		Short:   "Measure how far two assignments of packages to services agree",
		Long:    compareLong,
		GroupID: groupAnalyze,
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			return runCompare(c, args[0], args[1], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

const compareLong = `Measure how far assignment A agrees with assignment B.

A and B are each a model.json, a ficus.yaml (what it pins) or a truth file. They
are compared over the packages that both name, or over files where a truth file
gives files. Names of services do not matter, only who is with whom; @library,
@root and @unassigned count as groups like others.

  MoJoFM     100 when equal, 0 when as far away as can be: how many moves and joins
             turn A into B (Wen and Tzerpos 2004); not symmetric
  ARI        adjusted Rand index: 1 when equal, about 0 by chance (Hubert and
             Arabie 1985)
  F1         of the pairs of packages put together, with precision and recall`

func runCompare(c *console, nameA, nameB string, asJSON bool) error {
	a, err := analyze.ReadAssignment(nameA)
	if err != nil {
		return err
	}
	b, err := analyze.ReadAssignment(nameB)
	if err != nil {
		return err
	}
	got, err := analyze.Compare(a, b)
	if err != nil {
		return err
	}
	if asJSON {
		enc := json.NewEncoder(c.out)
		enc.SetIndent("", "  ")
		return enc.Encode(got)
	}
	c.printf("MoJoFM %.1f   ARI %.3f   F1 %.3f (precision %.3f, recall %.3f)\n", got.MoJoFM, got.ARI, got.F1, got.Precision, got.Recall)
	c.printf("over %d %s in common: %d groups in A, %d in B", got.Common, got.Over, got.GroupsA, got.GroupsB)
	if got.OnlyA+got.OnlyB > 0 {
		c.printf("; left out: %d only in A, %d only in B", got.OnlyA, got.OnlyB)
	}
	c.printf("\n")
	return nil
}
