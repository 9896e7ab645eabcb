package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/strangler"
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// proxyExplainOptions are the flags of ficus proxy explain.
type proxyExplainOptions struct {
	c       *console
	file    string
	headers []string
	client  string
	admin   string
	json    bool
}

func newProxyExplainCmd(c *console) *cobra.Command {
	o := &proxyExplainOptions{c: c}
	cmd := &cobra.Command{
		Use:   "explain METHOD URL",
		Short: "Say which route a request takes, which side answers, and why",
		Example: `  ficus proxy explain GET /invoices/7 -H 'Cookie: uid=42'
  ficus proxy explain POST http://shop.example.com/orders --client 203.0.113.9`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := o.request(args[0], args[1])
			if err != nil {
				return err
			}
			return o.explain(r)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.file, "file", "f", configName, "configuration `file`")
	flags.StringArrayVarP(&o.headers, "header", "H", nil, "`'Name: value'` of a request header; may be repeated")
	flags.StringVar(&o.client, "client", "127.0.0.1", "`address` that the request comes from")
	flags.StringVar(&o.admin, "admin", "", "ask the running proxy at this admin `URL`, or unix:PATH, for the shares in force")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

func (o *proxyExplainOptions) request(method, target string) (*http.Request, error) {
	r, err := http.NewRequest(strings.ToUpper(method), target, nil)
	if err != nil {
		return nil, usageErrorf("%w", err)
	}
	if r.URL.Host == "" {
		// As the server would read it, so that the path stands as it was written.
		if r.URL, err = url.ParseRequestURI(target); err != nil {
			return nil, usageErrorf("URL %q is neither a path nor a URL", target)
		}
	}
	addr, err := netip.ParseAddr(o.client)
	if err != nil {
		return nil, usageErrorf("--client %q is no address", o.client)
	}
	r.RemoteAddr = netip.AddrPortFrom(addr, 0).String()
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usageErrorf("-H %q is no header; write 'Name: value'", h)
		}
		if strings.EqualFold(name, "Host") {
			r.Host = strings.TrimSpace(value)
			continue
		}
		r.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return r, nil
}

func (o *proxyExplainOptions) explain(r *http.Request) error {
	cfg, problems, err := readConfig(o.file)
	if err != nil {
		return err
	}
	if err := problems.Err(); err != nil {
		return fmt.Errorf("explain: the configuration is not valid:\n%w", err)
	}
	options := strangler.Options{Config: cfg.WithoutTLS()} // certificates need not be here
	if o.admin != "" {
		if options.Weights, err = o.sharesInForce(r); err != nil {
			return err
		}
	}
	proxy, err := strangler.New(options)
	if err != nil {
		return err
	}
	d := proxy.Explain(r)
	if o.json {
		return printJSON(o.c, d)
	}
	o.print(d)
	if address := o.adminOf(cfg); o.admin == "" && address != "" && d.Route != "" && d.Redirect == "" && d.Pin == "" {
		o.c.printf("    share   as the file begins; what a running proxy has in force: --admin %s\n", address)
	}
	return nil
}

// adminOf is the admin address that the file names, "" for none.
func (o *proxyExplainOptions) adminOf(cfg *route.Config) string {
	if socket := cfg.AdminSocket(o.file); socket != "" {
		return "unix:" + socket
	}
	return cfg.AdminAddress()
}

// shares are the shares that a running proxy has in force.
type shares map[string]int

// Share implements rollout.Weights.
func (s shares) Share(route string) int { return s[route] }

func (o *proxyExplainOptions) sharesInForce(r *http.Request) (rollout.Weights, error) {
	client, err := adminClient(o.c, o.admin)
	if err != nil {
		return nil, err
	}
	st, err := client.Status(r.Context())
	if err != nil {
		return nil, fmt.Errorf("ask the running proxy: %w", err)
	}
	s := shares{}
	for _, r := range st.Routes {
		s[r.Route] = int(r.Share)
	}
	return s, nil
}

func (o *proxyExplainOptions) print(d strangler.Decision) {
	width := 0
	for _, t := range d.Tried {
		width = max(width, len(t.Match))
	}
	for _, t := range d.Tried {
		verdict := "no: " + t.Mismatch
		if t.Mismatch == "" {
			verdict = "yes → " + cmp.Or(d.Service, d.Redirect)
		}
		o.c.printf("%d %-*s  %s\n", t.Position, width, t.Match, verdict)
	}
	switch {
	case d.Redirect != "":
		o.c.printf("    the proxy answers itself: %s\n", d.Redirect)
	case d.Route == "":
		o.printMonolith(d)
	default:
		o.printRoute(d)
	}
}

func (o *proxyExplainOptions) printMonolith(d strangler.Decision) {
	switch {
	case d.Unclear != "" && strings.Contains(d.Fallback, "the proxy answers"):
		o.c.printf("refused: %s\n", d.Unclear)
	case d.Unclear != "":
		o.c.printf("no rule is tried: the path holds %s, which servers read in different ways; the monolith gets it as it came (%s)\n", d.Unclear, d.URL)
	default:
		o.c.printf("no rule matches: the monolith answers (%s)\n", d.URL)
	}
}

func (o *proxyExplainOptions) printRoute(d strangler.Decision) {
	sign := "≥"
	if d.Bucket < int(d.Share) {
		sign = "<"
	}
	o.c.printf("    route   %s\n", d.Route)
	against := fmt.Sprintf(" %s %04d (%s)", sign, int(d.Share), d.Share)
	if d.Pin != "" {
		against = ", pinned"
	}
	o.c.printf("    cohort  %s %s → bucket %04d of 10000%s → %s  (%s %s)\n", d.Cohort, d.Key, d.Bucket, against, d.Arm, d.Upstream, d.URL)
	if d.Pin != "" {
		o.c.printf("    pinned  %s\n", pinText(d))
	}
	o.c.printf("    shadow  %s: %s\n", yesNo(d.Shadow), d.ShadowReason)
	o.c.printf("    retry   %s: %s\n", yesNo(d.Repeatable), d.RepeatReason)
	if d.Owner != "" {
		o.c.printf("    owner   %s\n", d.Owner)
	}
	if d.Arm == rollout.New {
		o.c.printf("    if the new side fails: %s\n", d.Fallback)
	}
}

// pinText says why the bucket did not decide.
func pinText(d strangler.Decision) string {
	switch d.Pin {
	case route.PinDeny:
		return "the key is in cohort.deny: old, whatever the bucket"
	case route.PinAllow:
		return "the key is in cohort.allow: new, whatever the bucket"
	}
	return fmt.Sprintf("the header of cohort.override says %s, whatever the bucket", d.Arm)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
