package main

import "github.com/spf13/cobra"

// commands lists every verb; one file each.
func commands(c *console) []*cobra.Command {
	return []*cobra.Command{
		newAnalyzeCmd(c),
		newCompareCmd(c),
		newReportCmd(c),
		newExplainCmd(c),
		newMoveCmd(c),
		newPeelCmd(c),
		newCheckCmd(c),
		newGenerateCmd(c),
		newVerifyCmd(c),
		newProxyCmd(c),
		newRolloutCmd(c),
		newDemoCmd(c),
		newVersionCmd(c),
	}
}
