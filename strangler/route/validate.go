package route

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Compile validates a configuration and builds its table. Errors are of type
// Problems; they name fields, because there is no file to point into.
func Compile(cfg *Config) (*Table, error) {
	c := &collector{}
	rules := c.validate(cfg)
	if err := c.problems.Err(); err != nil {
		return nil, err
	}
	return newTable(rules), nil
}

// validate checks everything and returns the rules that could be compiled.
func (c *collector) validate(cfg *Config) []*Rule {
	switch {
	case cfg.Version == 0 && len(c.problems) == 0:
		c.errorf("version", "missing; write version: %d", Version)
	case cfg.Version != Version && cfg.Version != 0:
		c.errorf("version", "%d is not known; this ficus reads version %d", cfg.Version, Version)
	}
	c.addresses(cfg)
	c.listenerTLS(cfg)
	c.upstream("monolith", cfg.Monolith, cfg)
	for _, name := range slices.Sorted(maps.Keys(cfg.Services)) {
		path := join("services", name)
		if !printable(name) {
			c.errorf(path, "name must be printable text of at most %d bytes", maxName)
		}
		if name == "monolith" {
			c.errorf(path, "the name is taken: monolith is the old arm")
		}
		c.upstream(path, cfg.Services[name], cfg)
	}
	c.cohort(cfg.Cohort)
	c.policy("rollout", cfg.Rollout)
	rules := c.routes(cfg)
	rules = append(rules, c.redirects(cfg)...)
	c.unused(cfg)
	c.unreachable(rules)
	c.overlaps(rules)
	return rules
}

func (c *collector) addresses(cfg *Config) {
	c.address("listen", cfg.ListenAddress())
	for i, p := range cfg.TrustedProxies {
		if _, err := ParseProxyRange(p); err != nil {
			c.errorf(fmt.Sprintf("trusted_proxies[%d]", i), "%s", err)
		}
	}
	for i, p := range cfg.ProxyProtocol {
		if _, err := ParseProxyRange(p); err != nil {
			c.errorf(fmt.Sprintf("proxy_protocol[%d]", i), "%s", err)
		}
	}
	c.adminAddress(cfg)
	c.adminAccess(cfg)
}

func (c *collector) address(path, addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
		c.errorf(path, "%q is no address; write host:port, e.g. 127.0.0.1:8080", addr)
		return false
	}
	return true
}

// Loopback reports whether the host is one that only this machine reaches.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// ParseProxyRange reads one entry of Config.TrustedProxies.
func ParseProxyRange(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), nil
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor a range like 10.0.0.0/8", s)
	}
	return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
}

func (c *collector) upstream(path string, u Upstream, cfg *Config) {
	switch {
	case len(u.Addresses()) == 0:
		c.errorf(path, "url is missing; write url: http://127.0.0.1:9000")
	case u.URL != "" && len(u.URLs) > 0:
		c.errorf(join(path, "urls"), "url is set as well; choose one")
	case u.URL != "":
		c.url(join(path, "url"), u.URL, cfg)
	}
	for i, text := range u.URLs {
		at := fmt.Sprintf("%s.urls[%d]", path, i)
		c.url(at, text, cfg)
		if slices.Contains(u.URLs[:i], text) {
			c.errorf(at, "%q stands twice", text)
		}
	}
	if u.Breaker != nil && path == "monolith" {
		c.errorf(join(path, "breaker"), "the monolith is the safety net: nothing could answer for it")
	}
	if u.Breaker != nil && u.Breaker.Failures < 0 {
		c.errorf(join(path, "breaker.failures"), "%d is no number of failures", u.Breaker.Failures)
	}
	c.eject(path, u)
	c.upstreamTLS(path, u)
	if u.Health != "" && !strings.HasPrefix(u.Health, "/") {
		c.errorf(join(path, "health"), "%q does not begin with a slash", u.Health)
	}
}

func (c *collector) eject(path string, u Upstream) {
	switch {
	case u.Eject == nil:
	case u.Eject.Failures < 0:
		c.errorf(join(path, "eject.failures"), "%d is no number of failures", u.Eject.Failures)
	case len(u.Addresses()) < 2:
		c.warnf(join(path, "eject"), "there is one upstream only: it is never left out")
	}
}

// url checks the address of an upstream.
func (c *collector) url(at, text string, cfg *Config) {
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Host == "" || parsed.Hostname() == "":
		c.errorf(at, "%q is no URL; write scheme, host and port, e.g. http://127.0.0.1:9000", text)
	case !slices.Contains([]string{"http", "https", "h2c"}, parsed.Scheme):
		c.errorf(at, "scheme %q is not known; use http, https, or h2c (HTTP/2 without TLS, for gRPC)", parsed.Scheme)
	case strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != "" || parsed.User != nil:
		c.errorf(at, "%q has more than scheme, host and port; paths are forwarded as they come", text)
	case parsed.Host == cfg.ListenAddress():
		c.errorf(at, "%q is the address that the proxy listens on%s: it would call itself", text, c.where("listen"))
	}
}

func (c *collector) cohort(k Cohort) {
	if set := count(k.Cookie != "", k.Header != "", k.Claim != "", k.Client); set > 1 {
		c.errorf("cohort", "more than one key is set; choose one of cookie, header, claim, client")
	}
	hashes := []string{HashMurmur2, HashXXH32, HashXXH64}
	if k.Hash != "" && !slices.Contains(hashes, k.Hash) {
		c.errorf("cohort.hash", "%q is none of %s%s", k.Hash, strings.Join(hashes, ", "), suggest(k.Hash, hashes))
	}
	if k.Cookie != "" && !token(k.Cookie) {
		c.errorf("cohort.cookie", "%q is no cookie name", k.Cookie)
	}
	if k.Header != "" {
		c.headerName("cohort.header", k.Header)
	}
	c.overrides(k)
}

func (c *collector) headerName(path, name string) {
	switch {
	case !token(name):
		c.errorf(path, "%q is no header name", name)
	case strings.Contains(name, "_"):
		c.errorf(path, "header names with an underscore are dropped (another server may read them as a dash)%s",
			suggest(name, []string{strings.ReplaceAll(name, "_", "-")}))
	}
}

func (c *collector) policy(path string, p Policy) {
	if p.Mode != "" && p.Mode != ModeManual && p.Mode != ModeAuto {
		c.errorf(join(path, "mode"), "%q is neither %s nor %s%s", p.Mode, ModeManual, ModeAuto, suggest(p.Mode, []string{ModeManual, ModeAuto}))
	}
	for i, s := range p.Steps {
		at := fmt.Sprintf("%s.steps[%d]", path, i)
		switch {
		case s <= 0 || s > FullShare:
			c.errorf(at, "step %s is not above 0%% and up to 100%%", s)
		case i > 0 && s <= p.Steps[i-1]:
			c.errorf(at, "step %s does not widen %s; steps rise", s, p.Steps[i-1])
		}
	}
	if n := len(p.Steps); n > 0 && p.Steps[n-1] != FullShare {
		c.warnf(join(path, "steps"), "the last step is %s: the rollout will never reach 100%%", p.Steps[n-1])
	}
	if p.Alpha < 0 || p.Alpha >= 1 {
		c.errorf(join(path, "alpha"), "%v is no probability between 0 and 1", p.Alpha)
	}
	if p.MaxErrorRate < 0 || p.MaxErrorRate > 1 {
		c.errorf(join(path, "max_error_rate"), "%v is no rate between 0 and 1 (0.01 is one in a hundred)", p.MaxErrorRate)
	}
	if p.MaxRatio != 0 && p.MaxRatio <= 1 {
		c.errorf(join(path, "max_ratio"), "%v is not above 1: the new arm could never be shown to be that good", p.MaxRatio)
	}
}

func (c *collector) unused(cfg *Config) {
	for _, name := range slices.Sorted(maps.Keys(cfg.Services)) {
		if !slices.ContainsFunc(cfg.Routes, func(r Route) bool { return r.Service == name }) {
			c.warnf(join("services", name), "no route names this service")
		}
	}
}

// unreachable reports rules that others leave nothing of. Only rules with the
// same host and path can do that: every other rule that covers one comes after it.
func (c *collector) unreachable(rules []*Rule) {
	rules = slices.SortedFunc(slices.Values(rules), (*Rule).compare)
	first := 0
	for i, b := range rules {
		if b.host != rules[first].host || !b.path.same(rules[first].path) {
			first = i
		}
		if by := b.coveredBy(rules[first:i]); by != nil {
			c.errorf(b.at(), "%s can never match: %s%s takes its requests first; remove one or add a condition",
				b.called(), by.called(), c.where(by.at()))
		}
	}
}

// coveredBy is one of the rules before b that together leave b no request.
func (rule *Rule) coveredBy(before []*Rule) (by *Rule) {
	methods := rule.methods
	if len(methods) == 0 {
		methods = []string{""} // a method that no rule names
	}
	for _, m := range methods {
		i := slices.IndexFunc(before, func(a *Rule) bool { return a.allowsMethod(m) && a.asksNoMore(rule) })
		if i < 0 {
			return nil
		}
		by = before[i]
	}
	return by
}

// asksNoMore reports whether all that the rule wants is wanted by other.
func (rule *Rule) asksNoMore(other *Rule) bool {
	for _, c := range rule.wants {
		if !slices.Contains(other.wants, c) {
			return false
		}
	}
	return true
}

// at is where the rule stands in the file.
func (rule *Rule) at() string {
	if rule.Redirect != nil {
		return fmt.Sprintf("redirects[%d]", rule.Index-firstRedirect)
	}
	return fmt.Sprintf("routes[%d]", rule.Index)
}

// called is what the rule is called in messages.
func (rule *Rule) called() string {
	if rule.Redirect != nil {
		return rule.Name
	}
	return fmt.Sprintf("route %q", rule.Name)
}

// maxOverlapRules bounds the search for overlaps, which compares all pairs.
const maxOverlapRules = 3000

// overlaps warns of rules that share requests though neither is part of the
// other: which of them wins may surprise.
func (c *collector) overlaps(rules []*Rule) {
	if len(rules) > maxOverlapRules {
		c.warnf("routes", "more than %d routes: not searched for overlaps", maxOverlapRules)
		return
	}
	rules = slices.SortedFunc(slices.Values(rules), (*Rule).compare)
	for i, a := range rules {
		for _, b := range rules[i+1:] {
			if a.crosses(b) {
				c.warnf(join(b.at(), "match"), "overlaps %s%s, which comes first where both match", a.called(), c.where(join(a.at(), "match")))
			}
		}
	}
}

func (rule *Rule) crosses(b *Rule) bool {
	if !rule.path.meets(b.path) || !rule.host.within(b.host) && !b.host.within(rule.host) || !sharesMethod(rule.methods, b.methods) {
		return false
	}
	inside := rule.host.within(b.host) && rule.path.within(b.path)
	outside := b.host.within(rule.host) && b.path.within(rule.path)
	return !inside && !outside
}

func sharesMethod(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(m string) bool { return slices.Contains(b, m) })
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// maxName bounds names of routes and services, which become metric labels.
const maxName = 200

func printable(s string) bool {
	return s != "" && len(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// token reports whether s is a token of RFC 9110, 5.6.2.
func token(s string) bool {
	const extra = "!#$%&'*+-.^_`|~"
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		alphanumeric := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !alphanumeric && !strings.ContainsRune(extra, r)
	})
}
