package route

import (
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// routes validates and compiles the routes.
func (c *collector) routes(cfg *Config) []*Rule {
	services := slices.Sorted(maps.Keys(cfg.Services))
	names := map[string]int{}
	var rules []*Rule
	for i, r := range cfg.Routes {
		path := fmt.Sprintf("routes[%d]", i)
		c.routeName(path, r.Name, names, i)
		c.routeService(path, r.Service, services)
		c.routeValues(path, r)
		if rule := c.compile(path, r, i); rule != nil {
			rules = append(rules, rule)
		}
	}
	return rules
}

func (c *collector) routeName(path, name string, names map[string]int, i int) {
	switch first, twice := names[name]; {
	case name == "":
		c.errorf(path, "name is missing; weights and evidence are kept under it")
		return
	case !printable(name):
		c.errorf(join(path, "name"), "must be printable text of at most %d bytes", maxName)
	case twice:
		c.errorf(join(path, "name"), "%q is the name of an earlier route%s too", name, c.where(fmt.Sprintf("routes[%d].name", first)))
	}
	names[name] = i
}

func (c *collector) routeService(path, service string, services []string) {
	switch {
	case service == "":
		c.errorf(path, "service is missing; it names the new arm, one of: %s", strings.Join(services, ", "))
	case !slices.Contains(services, service):
		c.errorf(join(path, "service"), "unknown service %q%s (services: %s)", service,
			suggest(service, services), or(strings.Join(services, ", "), "none"))
	}
}

func (c *collector) routeValues(path string, r Route) {
	for _, s := range []struct {
		field string
		share Share
	}{{"weight", r.Weight}, {"shadow", r.Shadow}} {
		if s.share < 0 || s.share > FullShare {
			c.errorf(join(path, s.field), "share %s is not within 0%% and 100%%", s.share)
		}
	}
	safe := []string{SafeAuto, SafeAlways, SafeNever}
	if !slices.Contains(safe, r.RepeatClass()) {
		c.errorf(join(path, "safe"), "%q is none of %s%s", r.Safe, strings.Join(safe, ", "), suggest(r.Safe, safe))
	}
	if r.Shadow > 0 && r.Safe == SafeNever {
		c.warnf(join(path, "shadow"), "nothing is copied, because safe is %s", SafeNever)
	}
	for i, p := range r.Ignore {
		if _, err := ParseFieldPath(p); err != nil {
			c.errorf(fmt.Sprintf("%s.ignore[%d]", path, i), "%s", err)
		}
	}
	if r.Rollout != nil {
		c.policy(join(path, "rollout"), *r.Rollout)
	}
}

// compile turns a route into a rule, nil when its match is wrong.
func (c *collector) compile(path string, r Route, index int) *Rule {
	return c.compileAt(path, r, index, join(path, "rewrite"))
}

// compileAt is compile for a rule at path whose rewrite stands at rewrite.
func (c *collector) compileAt(path string, r Route, index int, rewrite string) *Rule {
	path = join(path, "match")
	before := len(c.problems)
	rule := &Rule{Route: r, Index: index}
	var err error
	c.paths(path, rule)
	if rule.host, err = parseHost(r.Match.Host); err != nil {
		c.errorf(join(path, "host"), "%s", err)
	}
	rule.methods = c.methods(join(path, "methods"), r.Match.Methods)
	if r.Match.GRPC != "" {
		rule.methods = []string{http.MethodPost}
	}
	rule.wants = slices.Concat(
		c.headers(join(path, "headers"), r.Match.Headers),
		c.query(join(path, "query"), r.Match.Query),
		c.cookies(join(path, "cookies"), r.Match.Cookies),
		c.protocolConditions(path, r.Match),
	)
	c.rewrite(rewrite, rule)
	if len(c.problems.Errors()) > len(c.problems[:before].Errors()) {
		return nil
	}
	return rule
}

func (c *collector) paths(path string, rule *Rule) {
	var err error
	switch m := rule.Match; {
	case m.GRPC != "":
		c.grpcPath(path, rule)
	case m.PathRegex == "":
		if rule.path, err = parsePattern(m.Path); err != nil {
			c.errorf(join(path, "path"), "%s", err)
		}
	case m.Path != "":
		c.errorf(join(path, "path_regex"), "path is set as well; choose one")
	default:
		if rule.path, rule.regex, err = parseRegex(m.PathRegex); err != nil {
			c.errorf(join(path, "path_regex"), "%s", err)
		}
	}
}

func parseHost(host string) (hostPattern, error) {
	if host == "" {
		return hostPattern{}, nil
	}
	name, wildcard := strings.CutPrefix(host, "*.")
	if strings.ContainsAny(name, "*/ \t:@?#") || name == "" {
		return hostPattern{}, fmt.Errorf("%q is no host name; write shop.example.com or *.example.com, without port", host)
	}
	return hostPattern{canonicalHost(name), wildcard}, nil
}

// methods checks the methods and adds HEAD where GET is, as net/http.ServeMux does.
func (c *collector) methods(path string, methods []string) []string {
	var list []string
	for i, m := range methods {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !token(m):
			c.errorf(at, "%q is no method", m)
		case m != strings.ToUpper(m):
			c.errorf(at, "methods are written in capitals: %s", strings.ToUpper(m))
		case m == "CONNECT":
			c.errorf(at, "CONNECT is never forwarded")
		}
		list = append(list, m)
		if m == "GET" {
			list = append(list, "HEAD")
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (c *collector) headers(path string, headers map[string]string) []condition {
	var list []condition
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		c.headerName(join(path, name), name)
		switch {
		case canonical == "Host":
			c.errorf(join(path, name), "write match.host instead")
		case slices.ContainsFunc(list, func(h condition) bool { return h.name == canonical }):
			c.errorf(join(path, name), "header %s stands twice", canonical)
		}
		list = append(list, condition{inHeader, canonical, headers[name]})
	}
	return list
}

func (c *collector) query(path string, query map[string]string) []condition {
	var list []condition
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name == "" {
			c.errorf(path, "name of a parameter is empty")
		}
		list = append(list, condition{inQuery, name, query[name]})
	}
	return list
}

func (c *collector) cookies(path string, cookies map[string]string) []condition {
	var list []condition
	for _, name := range slices.Sorted(maps.Keys(cookies)) {
		if !token(name) {
			c.errorf(join(path, name), "%q is no cookie name", name)
		}
		list = append(list, condition{inCookie, name, cookies[name]})
	}
	return list
}
