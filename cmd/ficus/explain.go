package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/report"
)

type explainFlags struct {
	source     modelSource
	json       bool
	unresolved bool
	rtt        time.Duration
	names      []string
}

func newExplainCmd(c *console) *cobra.Command {
	var o explainFlags
	cmd := &cobra.Command{
		Use:   "explain NAME [NAME]",
		Short: "Say why something is where it is, or what couples two things",
		Long: `Explain answers, with file and line: why is this where it is, what does it cost,
what couples these two?

NAME is a service, a package (internal/orders, or orders), a part of one
(models#orders), a declaration (orders.Service, orders.(*Service).Place), a table
(table:orders) or a route ("GET /orders/{id}", /orders/7). Where a name means
several things the first of these counts; write service:, package:, table:, route:
or symbol: in front to ask for one.`,
		Example: `  ficus explain billing
  ficus explain orders payments
  ficus explain 'POST /checkout'
  ficus explain --unresolved`,
		GroupID:           groupAnalyze,
		Args:              func(_ *cobra.Command, args []string) error { return checkNames(o.unresolved, args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { return o.complete() },
		RunE: func(_ *cobra.Command, args []string) error {
			o.names = args
			return runExplain(c, o)
		},
	}
	o.source.flags(cmd)
	rttFlag(cmd, &o.rtt)
	cmd.Flags().BoolVar(&o.json, "json", false, "print all of it as JSON")
	cmd.Flags().BoolVar(&o.unresolved, "unresolved", false, "list what could not be read or understood, with what would help")
	return cmd
}

func checkNames(unresolved bool, args []string) error {
	switch {
	case unresolved && len(args) > 0:
		return fmt.Errorf("--unresolved takes no name")
	case unresolved:
		return nil
	case len(args) == 0:
		return fmt.Errorf("say what to explain: a service, package, declaration, table or route")
	case len(args) > 2:
		return fmt.Errorf("explain takes one or two names, not %d; quote a route: 'GET /orders/{id}'", len(args))
	}
	return nil
}

// complete offers the services and packages of the model.
func (o *explainFlags) complete() ([]string, cobra.ShellCompDirective) {
	m, _, err := o.source.load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, s := range m.Services {
		names = append(names, s.Name)
	}
	for _, p := range m.Packages {
		names = append(names, m.Rel(p.Path))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func runExplain(c *console, o explainFlags) error {
	m, p, err := o.source.load()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	answer, err := o.answer(&b, m, p, report.Options{Width: c.width(), Color: c.color(), RTT: o.rtt, Plan: p})
	if err != nil {
		return err
	}
	if o.json {
		b.Reset()
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(answer); err != nil {
			return fmt.Errorf("write the explanation: %w", err)
		}
	}
	c.printf("%s", b.Bytes())
	return nil
}

// unresolvedAnswer is --unresolved as JSON.
type unresolvedAnswer struct {
	Problems   []model.Problem `json:"problems"`
	Unresolved []model.Problem `json:"unresolved"`
}

// answer writes the screen and returns the same as data.
func (o explainFlags) answer(b *bytes.Buffer, m *model.Model, p *plan.Plan, ro report.Options) (any, error) {
	switch {
	case o.unresolved:
		return unresolvedAnswer{append([]model.Problem{}, m.Problems...), append([]model.Problem{}, m.Unresolved...)}, report.Unresolved(b, m, ro)
	case len(o.names) == 2:
		pair, err := report.ExplainPair(m, o.names[0], o.names[1])
		if err != nil {
			return nil, err
		}
		return pair, report.BetweenText(b, m, pair, ro)
	}
	e, err := report.Explain(m, p, o.names[0])
	if err != nil {
		return nil, err
	}
	return e, report.ExplainText(b, m, e, ro)
}
