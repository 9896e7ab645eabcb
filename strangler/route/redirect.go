package route

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// firstRedirect is the Index of the first redirect: after all routes.
const firstRedirect = 1 << 30

// redirects validates and compiles the redirects.
func (c *collector) redirects(cfg *Config) []*Rule {
	var rules []*Rule
	for i, r := range cfg.Redirects {
		path := fmt.Sprintf("redirects[%d]", i)
		c.redirectValues(path, r)
		// A redirect is a route whose rewrite goes to the client.
		as := Route{Name: fmt.Sprintf("redirect %d", i+1), Match: r.Match, Rewrite: &Rewrite{Path: r.Path, Host: r.Host}}
		if rule := c.compileAt(path, as, firstRedirect+i, path); rule != nil {
			rule.Route.Rewrite, rule.Redirect = nil, &r
			rules = append(rules, rule)
		}
	}
	return rules
}

func (c *collector) redirectValues(path string, r Redirect) {
	codes := []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}
	if !slices.Contains(codes, r.Code()) {
		c.errorf(join(path, "status"), "%d is no redirect; use 301, 302, 303, 307 or 308", r.Status)
	}
	if r.Scheme != "" && r.Scheme != "http" && r.Scheme != "https" {
		c.errorf(join(path, "scheme"), "%q is neither http nor https", r.Scheme)
	}
	if r.Scheme == "" && r.Host == "" && r.Path == "" {
		c.errorf(path, "goes nowhere else; write scheme, host or path")
	}
}

// Location is where a redirect sends a request that came by the scheme.
func (rule *Rule) Location(r *http.Request, scheme string) string {
	target := *r.URL
	out := &http.Request{URL: &target, Host: r.Host}
	rule.Adjust(out)
	host := out.Host
	if rule.Redirect.Scheme != "" && rule.Redirect.Host == "" { // the port was that of the other scheme
		host = (&url.URL{Host: r.Host}).Hostname()
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
	}
	to := url.URL{Scheme: cmp.Or(rule.Redirect.Scheme, scheme), Host: host, Path: target.Path, RawPath: target.RawPath, RawQuery: target.RawQuery}
	return to.String()
}
