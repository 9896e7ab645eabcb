package facts

import (
	"regexp"
	"strings"
)

// joinPattern puts a pattern below a prefix with exactly one slash between.
func joinPattern(prefix, pattern string) string {
	if pattern == "" {
		return prefix
	}
	prefix = strings.TrimSuffix(prefix, "/*")
	if prefix == "" {
		return pattern
	}
	return strings.TrimSuffix(prefix, "/") + "/" + strings.TrimPrefix(pattern, "/")
}

// cleanPattern writes a router's pattern with {name} wildcards, {name...} for the
// rest of the path, whatever the router's own syntax.
func cleanPattern(router, pattern string) string {
	if pattern == "" || pattern[0] != '/' {
		pattern = "/" + pattern
	}
	switch router {
	case "net/http", "grpc-gateway":
		return pattern
	case "chi", "gorilla/mux", "flamego", "goa":
		return cleanBraces(pattern)
	case "iris", irisMVC:
		return cleanBraces(strings.ReplaceAll(pattern, ":path}", ":.*}"))
	case "kratos": // {order.id}, a field of a message
		return dottedName.ReplaceAllStringFunc(cleanBraces(pattern), func(name string) string { return strings.ReplaceAll(name, ".", "_") })
	case "gin", "echo", "httprouter", "hertz", "go-zero":
		pattern = segmentName.ReplaceAllStringFunc(pattern, wholeName)
	case "beego": // :id:int, ?:id
		pattern = beegoTypes.ReplaceAllString(strings.ReplaceAll(pattern, "?:", ":"), "$1")
	}
	segs := strings.Split(pattern, "/")
	for i, s := range segs {
		segs[i] = cleanSegment(s, i == len(segs)-1)
	}
	return strings.Join(segs, "/")
}

// segmentName is a parameter of routers whose names end where the segment does.
var (
	segmentName = regexp.MustCompile(`:[^/:]+`)
	dottedName  = regexp.MustCompile(`\{\w+(\.\w+)+\}`)
	notOfName   = regexp.MustCompile(`\W`)
)

// wholeName writes :order-id as :order_id, which a wildcard can be named.
func wholeName(s string) string { return ":" + notOfName.ReplaceAllString(s[1:], "_") }

var beegoTypes = regexp.MustCompile(`(:\w+):(int|string)\b`)

// cleanBraces drops regular expressions from {name:re} and names the final *.
func cleanBraces(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '{':
			end := matchBrace(pattern[i:])
			if end < 0 {
				b.WriteString(pattern[i:])
				return b.String()
			}
			name, re, _ := strings.Cut(pattern[i+1:i+end], ":")
			name = strings.TrimSpace(name)
			if name == "**" { // flamego's rest of the path
				name = "rest..."
			} else if rest, ok := strings.CutPrefix(name, "*"); ok && rest != "" { // goa's
				name = rest + "..."
			}
			b.WriteByte('{')
			b.WriteString(name)
			if s := strings.TrimSpace(re); strings.Contains(s, "**") || s == ".*" || s == ".+" {
				b.WriteString("...")
			}
			b.WriteByte('}')
			i += end
		case c == '*' && i == len(pattern)-1:
			b.WriteString("{rest...}")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func matchBrace(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// cleanSegment reads :name, :name(re), :name?, *name and *.
func cleanSegment(s string, last bool) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "^"), "$") // macaron's regular expressions
	switch {
	case strings.HasPrefix(s, "*"):
		name := s[1:]
		if name == "" {
			name = "rest"
		}
		if !last {
			return "{" + name + "}"
		}
		return "{" + name + "...}"
	case strings.Contains(s, ":"):
		i := strings.IndexByte(s, ':')
		end := i + 1
		for end < len(s) && (s[end] == '_' || s[end] >= '0' && s[end] <= '9' || s[end] >= 'a' && s[end] <= 'z' || s[end] >= 'A' && s[end] <= 'Z') {
			end++
		}
		if end == i+1 {
			return s
		}
		rest := s[end:]
		if strings.HasPrefix(rest, "(") {
			if close := strings.LastIndexByte(rest, ')'); close >= 0 {
				rest = rest[close+1:]
			}
		}
		return s[:i] + "{" + s[i+1:end] + "}" + cleanSegment(strings.TrimPrefix(rest, "?"), last)
	}
	return s
}
