package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// entry is one key of a mapping with its value.
type entry struct {
	key   string
	value ast.Node
	pos   Pos // of the key
}

// entries are a mapping's keys in order. It reports a node that is no mapping,
// keys that stand twice and, when any are known, unknown ones; none of these are
// returned.
func (d *decoder) entries(n ast.Node, what string, known ...string) []entry {
	if isNull(n) {
		return nil
	}
	values, ok := mappingValues(n)
	if !ok {
		d.errorf(posOf(n), "%s must be keys with values, not %s", what, describe(n))
		return nil
	}
	var out []entry
	first := map[string]Pos{}
	for _, v := range values {
		e := entry{key: keyText(v.Key), value: unwrap(v.Value), pos: posOf(v.Key)}
		switch at, seen := first[e.key]; {
		case seen:
			d.errorf(e.pos, "%q stands twice in %s, first at %s; keep one", e.key, what, at)
			continue
		case len(known) > 0 && !slices.Contains(known, e.key):
			d.errorf(e.pos, "unknown key %q in %s%s", e.key, what, keyHint(e.key, known))
			continue
		}
		first[e.key] = e.pos
		out = append(out, e)
	}
	return out
}

func keyHint(key string, known []string) string {
	if hint := didYouMean(key, known); hint != "" {
		return hint
	}
	return "; known are " + strings.Join(known, ", ")
}

// text is a scalar's value; it reports anything else.
func (d *decoder) text(n ast.Node, what string) string {
	n = unwrap(n)
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return ""
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	case *ast.AliasNode:
		d.errorf(posOf(n), "write %s out: the plan does not read YAML aliases", what)
		return ""
	case ast.ScalarNode:
		return v.GetToken().Value
	}
	d.errorf(posOf(n), "%s must be a single value, not %s", what, describe(n))
	return ""
}

func mappingValues(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch v := n.(type) {
	case *ast.MappingNode:
		return v.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{v}, true
	}
	return nil, false
}

func keyText(k ast.MapKeyNode) string {
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	if t := k.GetToken(); t != nil {
		return t.Value
	}
	return fmt.Sprint(k)
}

// unwrap removes anchors and tags: their content counts.
func unwrap(n ast.Node) ast.Node {
	for {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		default:
			return n
		}
	}
}

func isNull(n ast.Node) bool {
	if n == nil {
		return true
	}
	_, null := n.(*ast.NullNode)
	return null
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	}
	return "a single value"
}

func posOf(n ast.Node) Pos {
	if v, ok := n.(*ast.MappingValueNode); ok && v.Key != nil {
		n = v.Key
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return Pos{}
	}
	p := n.GetToken().Position
	return Pos{Line: p.Line, Column: p.Column}
}

// scalar writes a string so that YAML reads it back as that string.
func scalar(s string) string {
	if plainScalar(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}

// scalarKey is scalar for the key of a mapping, which a colon would end early.
func scalarKey(s string) string {
	if plainScalar(s) && strings.Contains(s, ":") {
		return `"` + s + `"`
	}
	return scalar(s)
}

// plainScalar is stricter than YAML: in doubt it quotes.
func plainScalar(s string) bool {
	if s == "" || !strings.ContainsFunc(s, isLetter) || slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, strings.ToLower(s)) {
		return false
	}
	if first := rune(s[0]); !isLetter(first) {
		return false
	}
	for i, r := range s {
		if isLetter(r) || r >= '0' && r <= '9' || strings.ContainsRune("/._-()*#", r) {
			continue
		}
		if r == ':' && i+1 < len(s) && s[i+1] != ' ' {
			continue
		}
		return false
	}
	return true
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
