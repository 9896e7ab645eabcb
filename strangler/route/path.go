package route

import (
	"net/url"
	"strings"
)

// Unclear says why the path of a request has more than one reading, "" when it
// has one. Two programs in a row may take an unclear path for different things;
// so no rule matches it, and the monolith gets it exactly as it came and as it
// always did. What is matched is therefore always what is forwarded.
//
// Unclear are: dot segments and empty segments, also percent-encoded; an encoded
// slash; a backslash; a semicolon (path parameters to some servers); control
// characters.
func Unclear(u *url.URL) string {
	path := u.Path
	if path == "" || path[0] != '/' {
		return "no leading slash"
	}
	if why := unclearText(path); why != "" {
		return why
	}
	if u.RawPath != "" && hasEncodedSlash(u.RawPath) {
		return "an encoded slash"
	}
	for rest, more := path[1:], true; more; {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		if part == "" && more {
			return "an empty segment"
		}
		if part == "." || part == ".." {
			return "a dot segment"
		}
	}
	return ""
}

// unclearText finds characters that make a decoded path unclear.
func unclearText(path string) string {
	for i := range len(path) {
		switch c := path[i]; {
		case c < ' ' || c == 0x7f:
			return "a control character"
		case c == '\\':
			return "a backslash"
		case c == ';':
			return "a semicolon"
		}
	}
	return ""
}

func hasEncodedSlash(raw string) bool {
	for i := 0; i+2 < len(raw); i++ {
		if raw[i] == '%' && raw[i+1] == '2' && raw[i+2]|0x20 == 'f' {
			return true
		}
	}
	return false
}
