package route

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Rule is one compiled route.
type Rule struct {
	Route
	// Index of the route in Config.Routes.
	Index int

	host    hostPattern
	path    pattern
	regex   *regexp.Regexp // nil unless PathRegex is set
	methods []string       // sorted, HEAD added to GET; any when empty
	wants   []condition    // sorted by kind and name
	rewrite *rewriter      // nil when nothing is rewritten
	// Redirect is set when the proxy answers itself; the Route then has a Match only.
	Redirect *Redirect
}

// condition is a value that a request must have.
type condition struct {
	in          place
	name, value string
}

// place is where a condition looks, in the order of precedence.
type place int

const (
	inHeader place = iota
	inQuery
	inCookie
	inGRPC // that the request is a gRPC call
	inSOAP // the action of a SOAP request
)

// String is what explain calls the condition.
func (c *condition) String() string {
	switch c.in {
	case inGRPC:
		return "content type of gRPC"
	case inSOAP:
		return "SOAP action"
	}
	return [...]string{"header", "query", "cookie"}[c.in] + " " + c.name
}

// hostPattern is a compiled Match.Host.
type hostPattern struct {
	name     string // lower case, without the *. of a wildcard
	wildcard bool
}

// Table is a compiled configuration: it finds the rule for a request in time that
// does not depend on the number of rules. It never changes.
type Table struct {
	rules  []*Rule // by precedence
	exact  map[string]*node
	suffix []suffixNode // longest first
	any    *node
}

type suffixNode struct {
	suffix string // with the leading dot
	node   *node
}

// node is one segment deep in the tree of path patterns.
type node struct {
	literal map[string]*node
	regex   []*Rule // by precedence
	single  *node
	remain  []*Rule // by precedence
	end     []*Rule // by precedence
}

// Rules lists the rules in the order in which they are tried.
func (t *Table) Rules() []*Rule { return t.rules }

// newTable builds the tree. The rules are valid.
func newTable(rules []*Rule) *Table {
	slices.SortFunc(rules, (*Rule).compare)
	t := &Table{rules: rules, exact: map[string]*node{}, any: &node{}}
	for _, r := range rules {
		t.root(r.host).insert(r.path, r)
	}
	return t
}

// root is the tree of a host pattern. Longer suffixes come first because the
// rules come by precedence.
func (t *Table) root(h hostPattern) *node {
	switch {
	case h.name == "":
		return t.any
	case h.wildcard:
		for _, s := range t.suffix {
			if s.suffix == "."+h.name {
				return s.node
			}
		}
		t.suffix = append(t.suffix, suffixNode{"." + h.name, &node{}})
		return t.suffix[len(t.suffix)-1].node
	}
	n := t.exact[h.name]
	if n == nil {
		n = &node{}
		t.exact[h.name] = n
	}
	return n
}

func (n *node) insert(p pattern, r *Rule) {
	for _, seg := range p {
		switch seg.kind {
		case regex:
			n.regex = append(n.regex, r)
			return
		case remain:
			n.remain = append(n.remain, r)
			return
		case single:
			if n.single == nil {
				n.single = &node{}
			}
			n = n.single
		case literal:
			next := n.literal[seg.text]
			if next == nil {
				next = &node{}
				if n.literal == nil {
					n.literal = map[string]*node{}
				}
				n.literal[seg.text] = next
			}
			n = next
		}
	}
	n.end = append(n.end, r)
}

// Match is the rule for the request, nil when the monolith answers because no
// rule matches or the path is Unclear.
func (t *Table) Match(r *http.Request) *Rule {
	if len(t.rules) == 0 || Unclear(r.URL) != "" {
		return nil
	}
	path := r.URL.Path[1:]
	if len(t.exact) > 0 || len(t.suffix) > 0 {
		host := canonicalHost(r.Host)
		if n := t.exact[host]; n != nil {
			if rule := n.find(path, true, r); rule != nil {
				return rule
			}
		}
		for _, s := range t.suffix {
			if strings.HasSuffix(host, s.suffix) {
				if rule := s.node.find(path, true, r); rule != nil {
					return rule
				}
			}
		}
	}
	return t.any.find(path, true, r)
}

// find walks the tree with the most specific branch first, so that the first rule
// found is the one that comes first by precedence.
func (n *node) find(path string, more bool, r *http.Request) *Rule {
	if !more {
		return firstFor(n.end, r)
	}
	part, rest, more := strings.Cut(path, "/")
	if next := n.literal[part]; next != nil {
		if rule := next.find(rest, more, r); rule != nil {
			return rule
		}
	}
	if rule := firstFor(n.regex, r); rule != nil {
		return rule
	}
	if n.single != nil && part != "" {
		if rule := n.single.find(rest, more, r); rule != nil {
			return rule
		}
	}
	return firstFor(n.remain, r)
}

func firstFor(rules []*Rule, r *http.Request) *Rule {
	for _, rule := range rules {
		if rule.allowsMethod(r.Method) && rule.matchesRegex(r) && rule.missing(r) == nil {
			return rule
		}
	}
	return nil
}

// Mismatch says why the rule does not match the request, "" when it does. It
// looks at the conditions one by one, as explain shows them.
func (rule *Rule) Mismatch(r *http.Request) string {
	switch {
	case !rule.host.matches(canonicalHost(r.Host)):
		return "host"
	case Unclear(r.URL) != "" || !rule.path.matches(r.URL.Path) || !rule.matchesRegex(r):
		return "path"
	case !rule.allowsMethod(r.Method):
		return "method"
	}
	if c := rule.missing(r); c != nil {
		return c.String()
	}
	return ""
}

func (rule *Rule) matchesRegex(r *http.Request) bool {
	return rule.regex == nil || rule.regex.MatchString(r.URL.Path)
}

func (rule *Rule) allowsMethod(method string) bool {
	if len(rule.methods) == 0 {
		return true
	}
	for _, m := range rule.methods {
		if m == method {
			return true
		}
	}
	return false
}

// missing is the first condition that does not hold.
func (rule *Rule) missing(r *http.Request) *condition {
	for i := range rule.wants {
		if !rule.wants[i].holds(r) {
			return &rule.wants[i]
		}
	}
	return nil
}

func (c *condition) holds(r *http.Request) bool {
	switch c.in {
	case inHeader:
		return slices.Contains(r.Header[c.name], c.value)
	case inQuery:
		value, once := queryValue(r.URL.RawQuery, c.name)
		return once && value == c.value
	case inGRPC:
		return isGRPC(r)
	case inSOAP:
		action, ok := soapAction(r)
		return ok && action == c.value
	}
	cookie, err := r.Cookie(c.name)
	return err == nil && cookie.Value == c.value
}

// queryValue is the value of a parameter that stands once in a query of one
// reading: servers differ about semicolons, and about which of two values counts.
func queryValue(query, name string) (value string, once bool) {
	if query == "" {
		return "", false
	}
	values, err := url.ParseQuery(query)
	if err != nil || len(values[name]) != 1 {
		return "", false
	}
	return values[name][0], true
}

// compare is the precedence of the Gateway API (HTTPRouteMatch), templates added:
// the more specific host (exact, longer wildcard, none), the more specific path
// (pattern.compare), a named method before any and fewer before more, more
// headers (the marks of gRPC and SOAP count as one each), query parameters and cookies
// before fewer, and then the order in the file.
func (rule *Rule) compare(other *Rule) int {
	return cmp.Or(
		rule.host.compare(other.host),
		rule.path.compare(other.path),
		compareMethods(rule.methods, other.methods),
		cmp.Compare(other.count(inHeader, inGRPC, inSOAP), rule.count(inHeader, inGRPC, inSOAP)),
		cmp.Compare(other.count(inQuery), rule.count(inQuery)),
		cmp.Compare(other.count(inCookie), rule.count(inCookie)),
		cmp.Compare(rule.Index, other.Index),
	)
}

func (rule *Rule) count(in ...place) (n int) {
	for _, c := range rule.wants {
		if slices.Contains(in, c.in) {
			n++
		}
	}
	return n
}

func compareMethods(a, b []string) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(b), len(a)) // any comes last
	}
	return cmp.Compare(len(a), len(b))
}

func (h hostPattern) compare(other hostPattern) int {
	return cmp.Or(
		cmp.Compare(h.rank(), other.rank()),
		cmp.Compare(len(other.name), len(h.name)),
		cmp.Compare(h.name, other.name),
	)
}

func (h hostPattern) rank() int {
	switch {
	case h.name == "":
		return 2
	case h.wildcard:
		return 1
	}
	return 0
}

func (h hostPattern) matches(host string) bool {
	switch {
	case h.name == "":
		return true
	case h.wildcard:
		return strings.HasSuffix(host, h.name) && strings.HasSuffix(host[:len(host)-len(h.name)], ".")
	}
	return h.name == host
}

// within reports whether every host that h matches is matched by other.
func (h hostPattern) within(other hostPattern) bool {
	switch {
	case other.name == "":
		return true
	case h.wildcard:
		return other.wildcard && (h.name == other.name || strings.HasSuffix(h.name, "."+other.name))
	}
	return h.name != "" && other.matches(h.name)
}

// canonicalHost is the host without port and trailing dot, in lower case.
func canonicalHost(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.IndexByte(host[i:], ']') < 0 {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
