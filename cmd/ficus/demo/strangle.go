package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// strangle starts the service and the proxy in front of both.
func (s *show) strangle(ctx context.Context) error {
	var err error
	if s.cut, err = s.startService(ctx, s.service, s.grpcAddr, s.httpAddr); err != nil {
		return err
	}
	s.file = filepath.Join(s.shopDir, "strangler.yaml")
	if s.config, err = loadConfig(s.file); err != nil {
		return err
	}
	s.adapt()
	if err := s.saveConfig(); err != nil {
		return err
	}
	if s.proxy, err = startProcess(s.Dir, "proxy", nil, s.Ficus, "proxy", s.file, "--access-log", filepath.Join(s.Dir, "log", "access.json")); err != nil {
		return err
	}
	if err := s.proxy.waitReady(ctx, "http://"+s.adminAddr+"/healthz"); err != nil {
		return err
	}
	s.say("   %s answers on http://%s (gRPC on %s), the proxy on http://%s", s.service, s.httpAddr, s.grpcAddr, s.proxyAddr)
	s.say("   watch it live: http://%s", s.adminAddr)
	return nil
}

// startService starts a build of the service and waits until it is healthy.
func (s *show) startService(ctx context.Context, binary, grpcAddr, httpAddr string) (*process, error) {
	env := append(s.shopEnv(), "GRPC_ADDR="+grpcAddr, "HTTP_ADDR="+httpAddr)
	p, err := startProcess(s.Dir, binary, env, s.binary(binary))
	if err != nil {
		return nil, err
	}
	return p, p.waitReady(ctx, "http://"+httpAddr+"/healthz")
}

func loadConfig(file string) (*route.Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the generated configuration: %w", err)
	}
	return route.Parse(filepath.Base(file), data)
}

// adapt makes the generated draft this demo's: addresses, the shoppers' cookie,
// and a policy in seconds where production takes hours. Routes that only read
// move by themselves; routes that write stay at the monolith until a person
// moves them.
func (s *show) adapt() {
	c := s.config
	c.Listen, c.Admin = s.proxyAddr, s.adminAddr
	c.Monolith.URL = "http://" + s.shopAddr
	service := c.Services[s.service]
	service.URL = "http://" + s.httpAddr
	c.Services[s.service] = service
	c.Cohort = route.Cohort{Cookie: cohortCookie}
	c.Rollout = route.Policy{Mode: route.ModeManual, MaxErrorRate: maxErrorRate}
	for i := range c.Routes {
		if r := &c.Routes[i]; r.Shadow > 0 {
			r.Shadow = route.Share(shadowShare)
			r.Rollout = &route.Policy{Mode: route.ModeAuto, MinStep: route.Duration(2 * time.Second)}
		}
	}
}

const (
	// maxErrorRate is the share of users that may meet a failure of the new side:
	// twice production's default, so that a proof takes seconds.
	maxErrorRate = 0.02
	// shadowShare (1/10000) of the monolith's answers is compared.
	shadowShare = 2500
)

func (s *show) saveConfig() error {
	data, err := route.Marshal(*s.config)
	if err != nil {
		return fmt.Errorf("write strangler.yaml: %w", err)
	}
	return os.WriteFile(s.file, data, 0o644)
}

// api is the proxy's admin API.
func (s *show) api() *admin.Client { return &admin.Client{URL: "http://" + s.adminAddr} }

// moving are the routes that move by themselves.
func moving(all []rollout.RouteStatus) (out []rollout.RouteStatus) {
	for _, r := range all {
		if r.Mode == route.ModeAuto {
			out = append(out, r)
		}
	}
	return out
}

// watch polls the proxy until until says that it is over, and fails after limit.
func (s *show) watch(ctx context.Context, limit time.Duration, until func([]rollout.RouteStatus) bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took longer than %s", limit))
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	var last []rollout.RouteStatus
	for {
		if reply, err := s.api().Status(ctx); err == nil {
			last = reply.Routes
			if until(moving(last)) {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w\n%s", context.Cause(ctx), indent(standing(last)))
		case <-s.proxy.done:
			return fmt.Errorf("the proxy ended (%w)\n%s", s.proxy.err, tail(s.proxy.log.Name()))
		case <-tick.C:
		}
	}
}

// standing says where every route stands, for an error message.
func standing(all []rollout.RouteStatus) string {
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(&b, "%s: %s at %s, %s\n", r.Route, r.Stage, r.Share, r.Decision.Text)
	}
	return b.String()
}
