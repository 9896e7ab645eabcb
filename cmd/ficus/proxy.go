package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ficus-dev/ficus/strangler/route"
)

// proxyOptions are the flags of ficus proxy.
type proxyOptions struct {
	c         *console
	check     bool
	json      bool
	schema    bool
	listen    string
	admin     string
	accessLog string
	drain     time.Duration
	pidFile   string
	inherited *inherited // from the process before; nil when there is none
}

func newProxyCmd(c *console) *cobra.Command {
	o := &proxyOptions{c: c}
	cmd := &cobra.Command{
		Use:   "proxy [strangler.yaml]",
		Short: "Stand in front of the monolith and move its traffic to services",
		Long:  proxyLong,
		Example: `  ficus proxy --check strangler.yaml
  ficus proxy --pid-file proxy.pid --access-log access.log
  kill -USR2 $(cat proxy.pid)`,
		GroupID: groupStrangle,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := configName
			if len(args) > 0 {
				file = args[0]
			}
			if o.schema {
				o.c.printf("%s", route.Schema())
				return nil
			}
			if o.check {
				return o.checkFile(file)
			}
			return o.run(cmd.Context(), file)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.check, "check", false, "only validate the file: every problem with line and column, exit 1 if there is one")
	flags.BoolVar(&o.json, "json", false, "with --check: print JSON")
	flags.BoolVar(&o.schema, "schema", false, "print the JSON Schema of the file, for editors")
	flags.StringVar(&o.listen, "listen", "", "`address` to serve, instead of the file's")
	flags.StringVar(&o.admin, "admin", "", "`address` of the admin API, or unix:PATH, instead of the file's; off for none")
	flags.StringVar(&o.accessLog, "access-log", "-", "`file` for the JSON access log; - is stdout, off is none")
	flags.DurationVar(&o.drain, "drain", 10*time.Second, "how long requests and WebSockets under way may go on after a stop or a restart")
	flags.StringVar(&o.pidFile, "pid-file", "", "`file` that gets the process id; a restart writes the new one")
	cmd.AddCommand(newProxyExplainCmd(c))
	return cmd
}

// configName is the configuration when none is named.
const configName = "strangler.yaml"

const proxyLong = `Stand in front of the monolith and move its traffic to services, a share of the
users at a time, as strangler.yaml says. What no route matches goes to the
monolith, and the monolith answers for a service that fails.

A change of the file, or SIGHUP, brings the new configuration into force without a
lost request; one that is not valid changes nothing and is reported. What a reload
cannot change, listen and admin among it, is named and waits for a restart. Ctrl-C and
SIGTERM let the requests under way end first. Traffic is moved with ficus rollout.

SIGUSR2 restarts without a lost request, say with a new binary: the new process
takes over the listening sockets and the state; when it serves, the old one answers
what it has, for at most --drain, and ends. If the new one does not come up, the old
one stays. (Not on Windows.)

The access log goes to stdout, one JSON object a request; what happens to the proxy
goes to stderr. Metrics for Prometheus are at /metrics of the admin address. With
OTEL_EXPORTER_OTLP_ENDPOINT, or OTEL_TRACES_EXPORTER and OTEL_METRICS_EXPORTER, set,
traces and the metrics are sent by OpenTelemetry as well, by its standard variables.`

// readConfig reads and checks the file.
func readConfig(file string) (*route.Config, route.Problems, error) {
	return readConfigBy(route.Check, file)
}

// readConfigBy reads the file and checks it with route.Check or route.CheckFiles.
func readConfigBy(check func(string, []byte) (*route.Config, route.Problems), file string) (*route.Config, route.Problems, error) {
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("read %s: no such file; ficus generate SERVICE writes one, and the least is:\n%s", filepath.ToSlash(file), leastConfig)
	case err != nil:
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	cfg, problems := check(filepath.ToSlash(file), data)
	return cfg, problems, nil
}

const leastConfig = `  version: 1
  monolith: {url: "http://127.0.0.1:9000"}`

// checkFile is --check: the problems are the result.
func (o *proxyOptions) checkFile(file string) error {
	cfg, problems, err := readConfigBy(route.CheckFiles, file)
	if err != nil {
		return err
	}
	bad := len(problems.Errors())
	switch {
	case o.json:
		if problems == nil {
			problems = route.Problems{}
		}
		if err := printJSON(o.c, problems); err != nil {
			return err
		}
	default:
		for _, p := range problems {
			o.c.printf("%s\n", p)
		}
		if bad == 0 {
			o.c.printf("%s: valid, %s, %s\n", filepath.ToSlash(file), plural(len(cfg.Routes), "route"), plural(len(cfg.Services), "service"))
		}
	}
	if bad == 0 {
		return nil
	}
	return answerNo(fmt.Errorf("%s is not valid: %s", filepath.ToSlash(file), plural(bad, "problem")))
}

func printJSON(c *console, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	c.printf("%s\n", data)
	return nil
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// listenOn opens a listener; what names it in the error.
func listenOn(what, addr, flag string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for %s on %s: %w; is another proxy running? choose another address with %s", what, addr, rootOf(err), flag)
	}
	return ln, nil
}

// rootOf is the innermost error: net's wrapping repeats the address.
func rootOf(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
