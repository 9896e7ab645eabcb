package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// simulateFlags are the flags of ficus rollout simulate.
type simulateFlags struct {
	file, mode                              string
	errors, newErrors, breakErrors, differs string
	simulation                              rollout.Simulation
}

func (o *rolloutOptions) simulateCmd() *cobra.Command {
	f := &simulateFlags{}
	cmd := &cobra.Command{
		Use:   "simulate ROUTE",
		Short: "Play a route's policy on made-up traffic: when would it decide?",
		Long: `Play a route's policy from strangler.yaml on made-up traffic, with a clock of its
own: nothing is contacted and nothing changes. Equal seeds give equal results.`,
		Example: "  ficus rollout simulate billing --per-minute 600 --errors 0.2% --new-errors 1%\n  ficus rollout simulate billing --break-after 20m",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := f.read(args[0])
			if err != nil {
				return err
			}
			return o.simulate(cmd, s)
		},
	}
	flags, s := cmd.Flags(), &f.simulation
	flags.StringVar(&f.file, "config", configName, "`file` with the route and its policy")
	flags.StringVar(&f.mode, "mode", route.ModeAuto, "play it in this `mode`, auto or manual; empty for the file's own")
	flags.IntVar(&s.PerMinute, "per-minute", 600, "requests a minute")
	flags.IntVar(&s.Users, "users", 5000, "users who make them")
	flags.StringVar(&f.errors, "errors", "0%", "`rate` of the monolith's answers that fail")
	flags.StringVar(&f.newErrors, "new-errors", "", "`rate` of the new side's answers that fail; the monolith's when not given")
	flags.StringVar(&f.differs, "differing", "0%", "`rate` of shadowed answers that differ")
	flags.DurationVar(&s.BreakAfter, "break-after", 0, "`time` after which the new side breaks")
	flags.StringVar(&f.breakErrors, "break-errors", "100%", "`rate` of its answers that fail from then on")
	flags.DurationVar(&s.For, "for", 2*time.Hour, "simulated `time`")
	flags.Uint64Var(&s.Seed, "seed", 1, "seed of the randomness")
	return cmd
}

// read checks the flags, all of them, and reads the configuration.
func (f *simulateFlags) read(name string) (rollout.Simulation, error) {
	s := f.simulation
	if f.newErrors == "" {
		f.newErrors = f.errors
	}
	var wrong []error
	for _, r := range []struct {
		flag, text string
		to         *float64
	}{
		{"errors", f.errors, &s.OldRate}, {"new-errors", f.newErrors, &s.NewRate},
		{"break-errors", f.breakErrors, &s.BreakRate}, {"differing", f.differs, &s.Differing},
	} {
		rate, err := parseRate(r.text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("--%s: %w", r.flag, err))
		}
		*r.to = rate
	}
	if f.mode != "" && f.mode != route.ModeAuto && f.mode != route.ModeManual {
		wrong = append(wrong, fmt.Errorf("--mode: %q is neither auto nor manual", f.mode))
	}
	if err := errors.Join(wrong...); err != nil {
		return s, usageErrorf("%w", err)
	}
	cfg, problems, err := readConfig(f.file)
	if err != nil {
		return s, err
	}
	if err := problems.Err(); err != nil {
		return s, fmt.Errorf("simulate: the configuration is not valid:\n%w", err)
	}
	rule := cfg.Find(name)
	if rule == nil {
		return s, usageErrorf("no route %q in %s", name, f.file)
	}
	if f.mode != "" {
		policy := cfg.PolicyOf(name)
		policy.Mode = f.mode
		rule.Rollout = &policy
	}
	s.Config, s.Route = cfg, name
	return s, nil
}

// parseRate reads a percentage: 0.2%.
func parseRate(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !percent || math.IsNaN(v) || v < 0 || v > 100 {
		return 0, fmt.Errorf("rate %q is no percentage between 0%% and 100%%; write e.g. 0.2%%", text)
	}
	return v / 100, nil
}

func (o *rolloutOptions) simulate(cmd *cobra.Command, s rollout.Simulation) error {
	o.c.step(fmt.Sprintf("simulating %s of %s …", s.For, s.Route))
	res, err := rollout.Simulate(cmd.Context(), s)
	if err != nil {
		return err
	}
	if o.json {
		return o.printJSON(res)
	}
	printSimulation(o.c, s, res)
	return nil
}

func printSimulation(c *console, s rollout.Simulation, res rollout.SimulationResult) {
	c.printf("After %s %s is %s at %s; %s of %s answers failed on the new side.\n\n", shortDuration(s.For), s.Route,
		res.Final.Stage, res.Final.Share, groupDigits(res.NewFailures), groupDigits(res.Requests))
	for _, r := range res.Records {
		c.printf("%9s  %s  %s → %s\n", shortDuration(r.Time.Sub(res.Start)), padTo(r.Action, 8), r.From, r.To)
		printWrapped(c, "           ", r.Reason)
	}
	if len(res.Records) == 0 {
		c.printf("Nothing was decided.\n")
	}
	c.printf("\n")
	printWrapped(c, "At the end: ", res.Final.Decision.Text)
}

// shortDuration drops zero parts: 2h, 6m20s.
func shortDuration(d time.Duration) string { return route.Duration(d.Round(time.Second)).String() }
