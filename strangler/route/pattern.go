package route

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// kind of a path segment, the most specific first.
type kind int

const (
	literal kind = iota // this text, "" after a trailing slash
	regex               // this regular expression takes all that is left; always last
	single              // {name}: one segment that is not empty
	remain              // {name...} or a trailing *: all that is left, one segment or more
)

type segment struct {
	kind kind
	text string // of a literal, decoded; of a regex, its source
}

// pattern is a compiled Match.Path: a list of segments. A remain can only be last.
type pattern []segment

// parseRegex compiles a regular expression that must match a whole path. Its
// pattern begins with the segments that every match begins with.
func parseRegex(source string) (pattern, *regexp.Regexp, error) {
	bare, err := regexp.Compile(strings.TrimPrefix(source, "^"))
	if err != nil {
		return nil, nil, fmt.Errorf("%q is no regular expression: %w", source, err)
	}
	whole, err := regexp.Compile("^(?:" + source + ")$")
	if err != nil {
		return nil, nil, fmt.Errorf("%q is no regular expression: %w", source, err)
	}
	prefix, _ := bare.LiteralPrefix()
	var p pattern
	if prefix != "" && prefix[0] == '/' {
		parts := strings.Split(prefix[1:], "/")
		for _, part := range parts[:len(parts)-1] { // the last may go on
			p = append(p, segment{text: part})
		}
	}
	return append(p, segment{kind: regex, text: source}), whole, nil
}

// parsePattern reads a path template in the syntax of net/http.ServeMux, with two
// differences: a literal path is exact also when it ends in a slash, and "/*" at
// the end stands for everything below. The empty template matches every path.
func parsePattern(path string) (pattern, error) {
	if path == "" {
		return pattern{{kind: remain}}, nil
	}
	if path[0] != '/' {
		return nil, fmt.Errorf("path %q does not begin with a slash", path)
	}
	if i := strings.IndexAny(path, "?#;\\"); i >= 0 {
		return nil, fmt.Errorf("path %q holds %q, which is no part of a path template", path, path[i])
	}
	parts := strings.Split(path[1:], "/")
	names := map[string]bool{}
	p := make(pattern, 0, len(parts))
	for i, part := range parts {
		seg, err := parseSegment(part, i == len(parts)-1, names)
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", path, err)
		}
		p = append(p, seg)
	}
	return p, nil
}

func parseSegment(part string, last bool, names map[string]bool) (segment, error) {
	switch {
	case part == "*":
		if !last {
			return segment{}, errors.New("* stands only at the end; name one segment like {id}")
		}
		return segment{kind: remain}, nil
	case part == "{$}":
		if !last {
			return segment{}, errors.New("{$} stands only at the end")
		}
		return segment{}, nil
	case strings.ContainsAny(part, "{}"):
		return parseWildcard(part, last, names)
	case strings.Contains(part, "*"):
		return segment{}, fmt.Errorf("* in %q does not stand for a whole segment; name one like {id}", part)
	}
	return parseLiteral(part, last)
}

func parseLiteral(part string, last bool) (segment, error) {
	text, err := url.PathUnescape(part)
	switch {
	case err != nil:
		return segment{}, fmt.Errorf("segment %q is not percent-encoded properly", part)
	case part == "" && !last:
		return segment{}, errors.New("empty segment (two slashes)")
	case text == "." || text == "..":
		return segment{}, fmt.Errorf("segment %q would never be matched", part)
	case unclearText(text) != "":
		return segment{}, fmt.Errorf("segment %q would never be matched: paths with %s go to the monolith", part, unclearText(text))
	}
	return segment{text: text}, nil
}

func parseWildcard(part string, last bool, names map[string]bool) (segment, error) {
	if part[0] != '{' || part[len(part)-1] != '}' || strings.Count(part, "{") > 1 || strings.Count(part, "}") > 1 {
		return segment{}, fmt.Errorf("wildcard in %q must be a whole segment, like {id}", part)
	}
	seg := segment{kind: single}
	name, rest := strings.CutSuffix(part[1:len(part)-1], "...")
	if rest {
		seg.kind = remain
		if !last {
			return segment{}, fmt.Errorf("%s stands only at the end", part)
		}
	}
	if !identifier(name) {
		return segment{}, fmt.Errorf("wildcard %s has no proper name (letters, digits, underscore)", part)
	}
	if names[name] {
		return segment{}, fmt.Errorf("wildcard {%s} stands twice", name)
	}
	names[name] = true
	return seg, nil
}

func identifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

// matches reports whether the decoded path, which begins with a slash, fits; the
// regular expression itself is not tried.
func (p pattern) matches(path string) bool {
	rest, more := strings.TrimPrefix(path, "/"), true
	for _, seg := range p {
		if !more {
			return false
		}
		if seg.kind == remain || seg.kind == regex {
			return true
		}
		var part string
		part, rest, more = strings.Cut(rest, "/")
		if seg.kind == literal && part != seg.text || seg.kind == single && part == "" {
			return false
		}
	}
	return !more
}

// compare orders patterns by precedence: at the first segment that differs in kind
// a literal comes before a regular expression, that before {name}, and that before
// the rest of a path. So a
// pattern that matches less than another comes before it; the texts only make
// the order total.
func (p pattern) compare(q pattern) int {
	for i := range min(len(p), len(q)) {
		c := cmp.Compare(p[i].kind, q[i].kind)
		if c == 0 && p[i].kind == regex {
			c = cmp.Compare(len(q[i].text), len(p[i].text)) // as the Gateway API: the longer first
		}
		if c = cmp.Or(c, cmp.Compare(p[i].text, q[i].text)); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(p), len(q))
}

// same reports whether both match the same paths.
func (p pattern) same(q pattern) bool { return slices.Equal(p, q) }

// meets reports whether some path matches both; false when that is not known, with
// regular expressions.
func (p pattern) meets(q pattern) bool {
	for i := 0; ; i++ {
		switch pEnd, qEnd := i == len(p), i == len(q); {
		case pEnd || qEnd:
			return pEnd && qEnd
		case p[i].kind == regex || q[i].kind == regex:
			return false
		case p[i].kind == remain || q[i].kind == remain:
			return true
		case !p[i].meets(q[i]):
			return false
		}
	}
}

func (s segment) meets(t segment) bool {
	if s.kind == literal && t.kind == literal {
		return s.text == t.text
	}
	return s.kind == t.kind || s.text != "" || t.text != ""
}

// within reports whether every path that p matches is matched by q as well.
func (p pattern) within(q pattern) bool {
	for i := range p {
		switch {
		case i == len(q):
			return false
		case q[i].kind == remain:
			return true
		case p[i].kind == remain || p[i].kind == regex || q[i].kind == regex:
			return p[i] == q[i]
		case q[i].kind == literal && p[i] != q[i]:
			return false
		case q[i].kind == single && p[i].kind == literal && p[i].text == "":
			return false
		}
	}
	return len(p) == len(q)
}
