package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// rolloutOptions are the flags that every rollout verb has.
type rolloutOptions struct {
	c     *console
	admin string
	json  bool
	who   string
}

func newRolloutCmd(c *console) *cobra.Command {
	o := &rolloutOptions{c: c}
	cmd := &cobra.Command{
		Use:                        "rollout",
		Short:                      "See and steer how traffic moves to the new side",
		Long:                       rolloutLong,
		SuggestionsMinimumDistance: 2,
		GroupID:                    groupStrangle,
		Args:                       unknownCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return o.status(cmd.Context(), "") },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&o.admin, "admin", cmp.Or(c.getenv("FICUS_ADMIN"), "http://"+route.DefaultAdmin), "admin `URL` of the running proxy, or unix:PATH (FICUS_ADMIN)")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.StringVar(&o.who, "who", cmp.Or(c.getenv("FICUS_USER"), loginName()), "your `name` for the history (FICUS_USER)")
	cmd.AddCommand(
		o.statusCmd(), o.setCmd(), o.rollbackCmd(), o.historyCmd(), o.evidenceCmd(), o.simulateCmd(),
		o.plainCmd("pause", "Hold a route (or all: '*') at its share; rollback stays automatic",
			"  ficus rollout pause billing\n  ficus rollout pause '*'          # e.g. during a release of the monolith"),
		o.plainCmd("resume", "End a pause of a route, or of all: '*'",
			"  ficus rollout resume billing\n  ficus rollout resume '*'"),
		o.plainCmd("advance", "Move a route to the next step of its policy now, whatever the evidence says",
			"  ficus rollout advance billing"),
	)
	return cmd
}

const rolloutLong = `See and steer how traffic moves to the new side, through the admin listener of a
running proxy. Without a verb it prints the status.

The proxy rolls a route back by itself, in every mode, when the new side fails
more than the monolith, fails too often, or is out of health. In mode auto it also
advances by itself, once the evidence suffices. A route that was rolled back stays
with the monolith until somebody sets a share. A pause holds a route, also at shares
that are set by hand, until it is resumed or rolled back.

Where strangler.yaml names who may do what (admin_access), show who you are by the
environment: FICUS_ADMIN_TOKEN, or FICUS_ADMIN_CERT and FICUS_ADMIN_KEY, with
FICUS_ADMIN_CA for the listener's own certificate.`

func loginName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

func (o *rolloutOptions) client() (*admin.Client, error) { return adminClient(o.c, o.admin) }

// explained adds to an error what to do next.
func (o *rolloutOptions) explained(err error) error {
	var api *admin.APIError
	switch {
	case errors.Is(err, admin.ErrUnreachable):
		return fmt.Errorf("%w; %s", err, reachBy(err))
	case errors.As(err, &api) && api.Status == 409:
		return answerNo(err)
	}
	return err
}

// reachBy says what to do about an admin listener that was not reached.
func reachBy(err error) string {
	var untrusted *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case errors.As(err, &untrusted):
		return "name the authority of its certificate by FICUS_ADMIN_CA"
	case errors.As(err, &op) && op.Op == "remote error": // an alert of TLS
		return "show who you are by FICUS_ADMIN_CERT and FICUS_ADMIN_KEY"
	}
	return "start one with: ficus proxy strangler.yaml, or name its admin address with --admin"
}

func (o *rolloutOptions) statusCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "status [ROUTE]",
		Short: "Where each route stands, with the evidence and what happens next",
		Example: "  ficus rollout status\n  ficus rollout status billing     # with its gates and figures\n" +
			"  ficus rollout status --json --admin unix:admin.sock",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.status(cmd.Context(), strings.Join(args, ""))
		},
	}
}

func (o *rolloutOptions) status(ctx context.Context, name string) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	st, err := client.Status(ctx)
	if err != nil {
		return o.explained(err)
	}
	if name != "" {
		r, err := findRoute(st, name)
		if err != nil {
			return err
		}
		st.Routes = []rollout.RouteStatus{r}
	}
	if o.json {
		return o.printJSON(st)
	}
	printStatus(o.c, st, name != "")
	return nil
}

// findRoute finds a route by its name or by its rule as the status shows it.
func findRoute(st admin.StatusReply, name string) (rollout.RouteStatus, error) {
	var names []string
	for _, r := range st.Routes {
		if r.Route == name || r.Match == name {
			return r, nil
		}
		names = append(names, r.Route)
	}
	return rollout.RouteStatus{}, usageErrorf("no route %q; there are: %s", name, cmp.Or(strings.Join(names, ", "), "none (routes: in strangler.yaml)"))
}

func (o *rolloutOptions) setCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "set ROUTE SHARE",
		Short:   "Put a share of the users on the new side, e.g. 5%",
		Example: "  ficus rollout set billing 5%\n  ficus rollout set billing 0%    # back to the monolith, held there",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			share, err := route.ParseShare(args[1])
			if err != nil {
				return usageErrorf("%w", err)
			}
			return o.operate(cmd.Context(), args[0], "share", admin.Command{Share: &share})
		},
	}
}

func (o *rolloutOptions) rollbackCmd() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "rollback ROUTE",
		Short: "Send all of a route's traffic (or all routes': '*') to the monolith, now",
		Example: "  ficus rollout rollback billing --reason 'wrong totals'\n" +
			"  ficus rollout rollback '*'       # everything, at once\n  ficus rollout set billing 1%     # begins again",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.operate(cmd.Context(), args[0], "rollback", admin.Command{Reason: reason})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the history")
	return cmd
}

func (o *rolloutOptions) plainCmd(verb, short, example string) *cobra.Command {
	return &cobra.Command{
		Use:     verb + " ROUTE",
		Short:   short,
		Example: example,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.operate(cmd.Context(), args[0], verb, admin.Command{})
		},
	}
}

// operate changes one route, or all, and prints how things stand after it.
func (o *rolloutOptions) operate(ctx context.Context, name, verb string, cmd admin.Command) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	if name != rollout.All {
		st, err := client.Status(ctx)
		if err != nil {
			return o.explained(err)
		}
		r, err := findRoute(st, name)
		if err != nil {
			return err
		}
		name = r.Route
	}
	cmd.Who = o.who
	st, err := client.Operate(ctx, name, verb, cmd)
	if err != nil {
		return o.explained(err)
	}
	if o.json {
		return o.printJSON(st)
	}
	for _, r := range st.Routes {
		if r.Route == name || name == rollout.All {
			o.c.printf("%s: %s at %s. %s\n", r.Route, r.Stage, r.Share, sentence(r.Decision.Text))
			if cmd.Share != nil && *cmd.Share != r.Share {
				return answerNo(nil) // rolled back at once, e.g. because the new side is down
			}
		}
	}
	return nil
}

func (o *rolloutOptions) historyCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "history [ROUTE]",
		Short:   "Every decision: when, what, who and why",
		Example: "  ficus rollout history\n  ficus rollout history billing --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.history(cmd.Context(), strings.Join(args, ""))
		},
	}
}

func (o *rolloutOptions) history(ctx context.Context, name string) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	records, err := client.History(ctx)
	if err != nil {
		return o.explained(err)
	}
	if name != "" {
		kept := records[:0]
		for _, r := range records {
			if r.Route == name {
				kept = append(kept, r)
			}
		}
		records = kept
	}
	if o.json {
		return o.printJSON(admin.HistoryReply{Records: records})
	}
	printHistory(o.c, records)
	return nil
}

func (o *rolloutOptions) evidenceCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "evidence ROUTE",
		Short:   "The counts that a route's decision is computed from, as JSON",
		Example: "  ficus rollout evidence billing > evidence.json",
		Long: `The counts that a route's decision is computed from, as JSON. The decision is
computed again from them before it is printed: exit 1 means that it differs.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.evidence(cmd.Context(), args[0])
		},
	}
}

func (o *rolloutOptions) evidence(ctx context.Context, name string) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	st, err := client.Status(ctx)
	if err != nil {
		return o.explained(err)
	}
	r, err := findRoute(st, name)
	if err != nil {
		return err
	}
	e, err := client.Evidence(ctx, r.Route)
	if err != nil {
		return o.explained(err)
	}
	if err := o.printJSON(e); err != nil {
		return err
	}
	if err := e.Verify(); err != nil {
		return answerNo(err)
	}
	return nil
}

func (o *rolloutOptions) printJSON(v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	o.c.printf("%s\n", data)
	return nil
}

// sentence makes a decision's text a sentence.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
