package route

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// rewriter is a compiled Rewrite.
type rewriter struct {
	path   []piece // nil: the path stays
	host   string
	set    []condition // in inHeader
	remove []string
}

// piece is one segment of a rewritten path: a text, or what the pattern's segment
// at an index took.
type piece struct {
	text string // escaped
	from int    // index of the pattern's segment, -1 for text
}

// Rewrites reports whether the rule changes requests for the new arm.
func (rule *Rule) Rewrites() bool { return rule.rewrite != nil }

// Adjust rewrites a request for the new arm; out is a copy whose URL and Header may
// be changed.
func (rule *Rule) Adjust(out *http.Request) {
	rw := rule.rewrite
	if rw == nil {
		return
	}
	if rw.path != nil {
		raw := rw.expand(rule.path, out.URL.EscapedPath())
		if path, err := url.PathUnescape(raw); err == nil {
			out.URL.Path, out.URL.RawPath = path, raw
		}
	}
	if rw.host != "" {
		out.Host = rw.host
	}
	for _, name := range rw.remove {
		out.Header.Del(name)
	}
	for _, h := range rw.set {
		out.Header.Set(h.name, h.value)
	}
}

// expand puts the parts of the escaped path that the pattern took into the new
// path. An unclear path is never matched, so that escaped and decoded path have
// the same segments.
func (rw *rewriter) expand(p pattern, escaped string) string {
	parts := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	var b strings.Builder
	for _, piece := range rw.path {
		b.WriteByte('/')
		switch {
		case piece.from < 0:
			b.WriteString(piece.text)
		case piece.from >= len(parts):
		case p[piece.from].kind == remain:
			b.WriteString(strings.Join(parts[piece.from:], "/"))
		default:
			b.WriteString(parts[piece.from])
		}
	}
	return b.String()
}

// rewrite compiles and checks Route.Rewrite.
func (c *collector) rewrite(path string, rule *Rule) {
	w := rule.Route.Rewrite
	if w == nil {
		return
	}
	rw := &rewriter{host: w.Host}
	if w.Path != "" {
		var err error
		if rw.path, err = parseTarget(w.Path, rule.Match); err != nil {
			c.errorf(join(path, "path"), "%s", err)
		}
	}
	if strings.ContainsAny(w.Host, " \t/@?#*") {
		c.errorf(join(path, "host"), "%q is no host", w.Host)
	}
	for _, name := range slices.Sorted(maps.Keys(w.SetHeaders)) {
		c.rewriteName(join(path, "set_headers."+name), name)
		if strings.ContainsAny(w.SetHeaders[name], "\r\n\x00") {
			c.errorf(join(path, "set_headers."+name), "value holds a line break")
		}
		rw.set = append(rw.set, condition{inHeader, textproto.CanonicalMIMEHeaderKey(name), w.SetHeaders[name]})
	}
	for i, name := range w.RemoveHeaders {
		c.rewriteName(fmt.Sprintf("%s.remove_headers[%d]", path, i), name)
		rw.remove = append(rw.remove, textproto.CanonicalMIMEHeaderKey(name))
	}
	rule.rewrite = rw
}

// framing are the header fields that the proxy itself writes.
var framing = []string{"Connection", "Content-Length", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func (c *collector) rewriteName(path, name string) {
	c.headerName(path, name)
	if slices.Contains(framing, textproto.CanonicalMIMEHeaderKey(name)) {
		c.errorf(path, "%s is written by the proxy itself", name)
	}
}

// parseTarget reads Rewrite.Path, whose wildcards are those of the match.
func parseTarget(path string, m Match) ([]piece, error) {
	if path[0] != '/' {
		return nil, fmt.Errorf("path %q does not begin with a slash", path)
	}
	if strings.ContainsAny(path, "?#;\\") {
		return nil, fmt.Errorf("path %q holds more than a path", path)
	}
	took := wildcards(m.template())
	var pieces []piece
	parts := strings.Split(path[1:], "/")
	for i, part := range parts {
		name := strings.TrimSuffix(strings.Trim(part, "{}"), "...")
		from, known := took[name]
		switch wild := part == "*" || strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}"); {
		case wild && !known:
			return nil, fmt.Errorf("path %q: match.path has no %s%s", path, part, suggest(name, slices.Collect(maps.Keys(took))))
		case wild:
			pieces = append(pieces, piece{from: from})
		case strings.ContainsAny(part, "{}*"):
			return nil, fmt.Errorf("path %q: a wildcard must be a whole segment", path)
		default:
			if _, err := parseLiteral(part, i == len(parts)-1); err != nil {
				return nil, fmt.Errorf("path %q: %w", path, err)
			}
			pieces = append(pieces, piece{text: (&url.URL{Path: mustUnescape(part)}).EscapedPath(), from: -1})
		}
	}
	if len(pieces) == 0 {
		return nil, errors.New("path is empty")
	}
	return pieces, nil
}

// mustUnescape decodes what parseLiteral has accepted.
func mustUnescape(s string) string {
	text, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return text
}

// wildcards maps the wildcards of a path template to their segments; the * at the
// end, and the whole path where there is no template, are "*".
func wildcards(path string) map[string]int {
	if path == "" {
		return map[string]int{"*": 0}
	}
	at := map[string]int{}
	for i, part := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		switch {
		case part == "*":
			at["*"] = i
		case strings.HasPrefix(part, "{") && part != "{$}":
			at[strings.TrimSuffix(strings.Trim(part, "{}"), "...")] = i
		}
	}
	return at
}
