package route

import (
	"fmt"
	"strconv"
	"strings"
)

// FieldPath is one compiled entry of Route.Ignore: a subset of JSONPath (RFC
// 9535) with $.name, ['name'], [3], [*], .* and ..name (at any depth).
type FieldPath []FieldStep

// FieldStep is one step of a FieldPath.
type FieldStep struct {
	// Name of an object member; "" when Index is used.
	Name string
	// Index of an array element; Any when every element or member is meant.
	Index int
	// Deep lets any number of steps come before this one.
	Deep bool
}

// Any is the Index of a step that takes every element or member.
const Any = -1

// ParseFieldPath reads a path like $.items[*].price.
func ParseFieldPath(s string) (FieldPath, error) {
	rest, ok := strings.CutPrefix(s, "$")
	if !ok || rest == "" {
		return nil, fmt.Errorf("field path %q must begin with $ and name a field, e.g. $.generated_at", s)
	}
	var path FieldPath
	for rest != "" {
		step, tail, err := parseStep(rest)
		if err != nil {
			return nil, fmt.Errorf("field path %q: %w", s, err)
		}
		path, rest = append(path, step), tail
	}
	return path, nil
}

func parseStep(s string) (step FieldStep, rest string, err error) {
	if tail, ok := strings.CutPrefix(s, ".."); ok {
		step, rest, err = parseName(tail)
		step.Deep = true
		return step, rest, err
	}
	if tail, ok := strings.CutPrefix(s, "."); ok {
		return parseName(tail)
	}
	inner, rest, ok := cutBracket(s)
	if !ok {
		return step, "", fmt.Errorf("expected .name or [index] at %q", s)
	}
	switch {
	case inner == "*":
		return FieldStep{Index: Any}, rest, nil
	case len(inner) > 2 && (inner[0] == '\'' || inner[0] == '"') && inner[len(inner)-1] == inner[0]:
		return FieldStep{Name: inner[1 : len(inner)-1]}, rest, nil
	}
	n, err := strconv.Atoi(inner)
	if err != nil || n < 0 {
		return step, "", fmt.Errorf("%q is no index; write [3], [*] or ['name']", inner)
	}
	return FieldStep{Index: n}, rest, nil
}

// cutBracket takes [inner] from the front; a quoted inner may hold a bracket.
func cutBracket(s string) (inner, rest string, ok bool) {
	if !strings.HasPrefix(s, "[") || len(s) < 2 {
		return "", "", false
	}
	end := "]"
	if q := s[1]; q == '\'' || q == '"' {
		end = string(q) + "]"
	}
	i := strings.Index(s[2:], end)
	if i < 0 {
		if end == "]" && s[1] == ']' {
			return "", s[2:], true
		}
		return "", "", false
	}
	return s[1 : 2+i+len(end)-1], s[2+i+len(end):], true
}

func parseName(s string) (FieldStep, string, error) {
	end := strings.IndexAny(s, ".[")
	if end < 0 {
		end = len(s)
	}
	switch name := s[:end]; name {
	case "":
		return FieldStep{}, "", fmt.Errorf("name is missing at %q", s)
	case "*":
		return FieldStep{Index: Any}, s[end:], nil
	default:
		return FieldStep{Name: name}, s[end:], nil
	}
}
