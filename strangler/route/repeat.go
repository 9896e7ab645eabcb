package route

import (
	"maps"
	"slices"
	"strings"
)

// Repeatable reports whether a request of the route may be sent a second time: to
// the monolith when the new side failed, to the new side as a copy.
func (rule *Rule) Repeatable(method string) bool {
	ok, _ := rule.RetryClass(method)
	return ok
}

// RetryClass is Repeatable with the reason, for explain.
func (rule *Rule) RetryClass(method string) (repeatable bool, why string) {
	switch rule.RepeatClass() {
	case SafeAlways:
		return true, "declared repeatable"
	case SafeNever:
		return false, "declared not repeatable"
	}
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return true, method + " only reads"
	}
	return false, method + " may write"
}

// Pattern is the path template, or the regular expression, that the rule matches;
// "/*" when it matches every path.
func (rule *Rule) Pattern() string { return or(or(rule.Match.PathRegex, rule.Match.template()), "/*") }

// String is the match in short: host and path, then methods and conditions.
func (m Match) String() string {
	path := or(m.Path, "/*")
	if m.PathRegex != "" {
		path = "~" + m.PathRegex
	}
	s := m.Host + path
	if m.GRPC != "" {
		s = strings.TrimSpace(m.Host + " grpc " + m.GRPC)
	}
	if len(m.Methods) > 0 {
		s += " " + strings.Join(m.Methods, ",")
	}
	for _, part := range []struct {
		prefix, sign string
		values       map[string]string
	}{{"", ":", m.Headers}, {"?", "=", m.Query}, {"cookie ", "=", m.Cookies}} {
		for _, name := range slices.Sorted(maps.Keys(part.values)) {
			s += " " + part.prefix + name + part.sign + part.values[name]
		}
	}
	if m.SOAPAction != "" {
		s += " SOAPAction:" + m.SOAPAction
	}
	return s
}
