package deploy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/generate/golang"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Addresses that the draft has: where the service listens when nothing is said, and
// a place for the monolith.
const (
	MonolithURL = "http://127.0.0.1:8000"
	ServiceURL  = "http://127.0.0.1:9002"
)

// shadowShare of the requests to routes that only read is copied to the service
// and compared, once it runs.
const shadowShare route.Share = 1000 // 10%

// StranglerFile is where the draft is written, relative to the module.
const StranglerFile = "strangler.yaml"

const stranglerHead = `# Who answers which route: the monolith or %[1]s. Drafted by ficus generate,
# yours from now on: generate never changes it again.
#
# No route has a weight yet, so that the monolith answers everything. Start the
# service and the proxy, see the shadow comparison agree, then move users:
#
#   ficus proxy strangler.yaml
#   ficus rollout set %[2]s 1%%
#
# Check the monolith's address first.
`

// Strangler drafts strangler.yaml: the service's routes, all answered by the
// monolith, those that only read copied to the service for comparison.
func Strangler(service string, m *model.Model) (golang.File, error) {
	cfg := route.Config{
		Version:  route.Version,
		Monolith: route.Upstream{URL: MonolithURL, Health: healthPath(m)},
		Services: map[string]route.Upstream{service: {URL: ServiceURL, Health: "/healthz"}},
	}
	names := map[string]int{}
	for _, r := range m.Routes {
		if r.Service == service {
			cfg.Routes = append(cfg.Routes, draft(service, r, names))
		}
	}
	data, err := route.Marshal(cfg)
	if err != nil {
		return golang.File{}, fmt.Errorf("draft %s: %w", StranglerFile, err)
	}
	first := "ROUTE"
	if len(cfg.Routes) > 0 {
		first = cfg.Routes[0].Name
	}
	return golang.File{Path: StranglerFile, Data: append(fmt.Appendf(nil, stranglerHead, service, first), data...)}, nil
}

func draft(service string, r model.Route, names map[string]int) route.Route {
	out := route.Route{
		Name:    name(service, r, names),
		Match:   route.Match{Host: r.Host, Path: path(r), Methods: methods(r)},
		Service: service,
		Safe:    route.SafeAuto,
		Owner:   r.Handler,
	}
	switch {
	case r.ReadOnly:
		out.Shadow = shadowShare
	case r.Method == "" || slices.Contains(methods(r), "GET"):
		out.Safe = route.SafeNever // analysis saw a write behind a method that looks safe
	}
	return out
}

// methods of a route; net/http answers HEAD with the GET handler.
func methods(r model.Route) []string {
	switch {
	case r.Method == "":
		return nil
	case r.Method == "GET" && r.Router == "net/http":
		return []string{"GET", "HEAD"}
	}
	return []string{r.Method}
}

// path is the route's pattern as strangler.yaml writes it: a subtree of ServeMux
// (/static/) ends in /*.
func path(r model.Route) string {
	if r.Router == "net/http" && strings.HasSuffix(r.Pattern, "/") {
		return r.Pattern + "*"
	}
	return r.Pattern
}

// name is unique and says what the route is: catalogue-get-products-id.
func name(service string, r model.Route, names map[string]int) string {
	keep := func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			return c
		}
		return ' '
	}
	words := strings.Fields(strings.Map(keep, strings.ToLower(r.Method+" "+r.Host+" "+r.Pattern)))
	n := strings.Join(append([]string{service}, words...), "-")
	names[n]++
	if names[n] > 1 {
		n = fmt.Sprintf("%s-%d", n, names[n])
	}
	return n
}

// healthPath is the monolith's own health route, "" when it has none of the usual.
func healthPath(m *model.Model) string {
	for _, p := range []string{"/healthz", "/health", "/readyz", "/livez", "/ping"} {
		for _, r := range m.Routes {
			if r.Pattern == p && (r.Method == "" || r.Method == "GET") {
				return p
			}
		}
	}
	return ""
}
