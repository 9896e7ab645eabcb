package route

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxConfigSize bounds strangler.yaml: 10,000 routes take about 3 MB.
const maxConfigSize = 16 << 20

// Parse reads and validates strangler.yaml. name stands in the errors, which are
// of type Problems and hold every problem with line and column. Defaults are not
// filled in; the methods of Config know them.
func Parse(name string, data []byte) (*Config, error) {
	cfg, problems := Check(name, data)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return cfg, nil
}

// Check is Parse with the warnings: rules that overlap, and the like. The
// configuration is nil when the file cannot be read as YAML at all.
func Check(name string, data []byte) (*Config, Problems) {
	c := &collector{file: name, places: map[string]position{}}
	cfg := c.decode(data)
	if cfg != nil {
		c.validate(cfg)
	}
	return cfg, c.problems.sorted()
}

// Marshal writes the configuration as strangler.yaml, fields in the order of the
// types, map keys sorted. It refuses what Parse would refuse.
func Marshal(cfg Config) ([]byte, error) {
	c := &collector{}
	c.validate(&cfg)
	if err := c.problems.Err(); err != nil {
		return nil, fmt.Errorf("write strangler.yaml: %w", err)
	}
	return yaml.MarshalWithOptions(cfg, yaml.IndentSequence(true))
}

func (c *collector) decode(data []byte) (cfg *Config) {
	if len(data) > maxConfigSize {
		c.errorf("", "file has %d bytes, more than %d", len(data), maxConfigSize)
		return nil
	}
	file, err := parseYAML(data)
	if err != nil {
		c.syntax(err)
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			c.problems = append(c.problems, Problem{File: c.file, Line: positionOf(doc.Body).line,
				Column: positionOf(doc.Body).column, Text: "second YAML document; strangler.yaml is one"})
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		c.errorf("", "file is empty; the least is:\n\tversion: 1\n\tmonolith: {url: \"http://127.0.0.1:9000\"}")
		return nil
	}
	cfg = &Config{}
	w := walker{collector: c, anchors: map[string]ast.Node{}}
	for _, n := range ast.Filter(ast.AnchorType, body) {
		anchor := n.(*ast.AnchorNode)
		w.anchors[anchor.Name.String()] = anchor.Value
	}
	w.value(body, reflect.ValueOf(cfg).Elem(), "")
	return cfg
}

// parseYAML turns a panic of the YAML parser into an error: bad input never panics.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("YAML cannot be read: %v", r)
		}
	}()
	return parser.ParseBytes(data, 0)
}

// syntax reports an error of the YAML parser, with its position when it has one.
func (c *collector) syntax(err error) {
	p := Problem{File: c.file, Line: 1, Column: 1, Text: err.Error()}
	var withToken yaml.Error
	if errors.As(err, &withToken) {
		p.Text = "not YAML: " + withToken.GetMessage()
		if strings.Contains(p.Text, "'\t'") {
			p.Text = "not YAML: a tab cannot indent; write spaces"
		}
		if tk := withToken.GetToken(); tk != nil && tk.Position != nil {
			p.Line, p.Column = tk.Position.Line, tk.Position.Column
		}
	}
	c.problems = append(c.problems, p)
}

// walker puts YAML nodes into Go values and notes where each field stands. A
// decoder would stop at the first error; the walker reports all.
type walker struct {
	*collector
	anchors map[string]ast.Node
	depth   int
}

// maxDepth of YAML nodes followed through aliases.
const maxDepth = 100

// resolve follows anchors, aliases and tags to the node that holds the value.
func (w *walker) resolve(n ast.Node) ast.Node {
	for range maxDepth {
		switch t := n.(type) {
		case *ast.AnchorNode:
			n = t.Value
		case *ast.AliasNode:
			n = w.anchors[t.Value.String()]
		case *ast.TagNode:
			n = t.Value
		default:
			return n
		}
	}
	return nil
}

func (w *walker) value(n ast.Node, v reflect.Value, path string) {
	if w.depth++; w.depth > maxDepth {
		return
	}
	defer func() { w.depth-- }()
	if _, seen := w.places[path]; !seen && n != nil {
		w.places[path] = positionOf(n)
	}
	n = w.resolve(n)
	if n == nil {
		w.errorf(path, "alias to an anchor that does not exist")
		return
	}
	if _, null := n.(*ast.NullNode); null {
		return // as if it were not there: the default
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		w.text(n, text, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		w.structure(n, v, path)
	case reflect.Map:
		w.mapping(n, v, path)
	case reflect.Slice:
		w.sequence(n, v, path)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		w.value(n, v.Elem(), path)
	default:
		w.scalar(n, v, path)
	}
}

func (w *walker) text(n ast.Node, to encoding.TextUnmarshaler, path string) {
	s, ok := scalarText(n)
	if !ok {
		w.errorf(path, "must be a single value, not a %s", describe(n))
		return
	}
	if err := to.UnmarshalText([]byte(s)); err != nil {
		w.errorf(path, "%s", err)
	}
}

func (w *walker) scalar(n ast.Node, v reflect.Value, path string) {
	s, ok := scalarText(n)
	if !ok {
		w.errorf(path, "must be a single value, not a %s", describe(n))
		return
	}
	var err error
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		var b bool
		if b, err = strconv.ParseBool(s); err != nil {
			w.errorf(path, "%q is neither true nor false", s)
		}
		v.SetBool(b)
	case reflect.Float64:
		var f float64
		if f, err = strconv.ParseFloat(s, 64); err != nil {
			w.errorf(path, "%q is no number", s)
		}
		v.SetFloat(f)
	default:
		var i int64
		if i, err = strconv.ParseInt(s, 10, 64); err != nil {
			w.errorf(path, "%q is no whole number", s)
		}
		v.SetInt(i)
	}
}

func (w *walker) sequence(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		w.errorf(path, "must be a list (lines with -), not a %s", describe(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, item := range seq.Values {
		w.value(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (w *walker) mapping(n ast.Node, v reflect.Value, path string) {
	pairs, ok := w.pairs(n, path)
	if !ok {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, p := range pairs {
		item := reflect.New(v.Type().Elem()).Elem()
		w.places[join(path, p.key)] = p.at
		w.value(p.node, item, join(path, p.key))
		v.SetMapIndex(reflect.ValueOf(p.key), item)
	}
}

func (w *walker) structure(n ast.Node, v reflect.Value, path string) {
	pairs, ok := w.pairs(n, path)
	if !ok {
		return
	}
	fields := fieldsOf(v.Type())
	for _, p := range pairs {
		sub := join(path, p.key)
		i, known := fields[p.key]
		if !known {
			w.places[sub] = p.at
			w.errorf(sub, "unknown key %q%s", p.key, instead(p.key, fields))
			continue
		}
		w.value(p.node, v.Field(i), sub)
	}
}

type pair struct {
	key  string
	node ast.Node
	at   position // of the key
}

// pairs lists the entries of a mapping; those of a merge key (<<) come first, so
// that the mapping's own win.
func (w *walker) pairs(n ast.Node, path string) ([]pair, bool) {
	var values []*ast.MappingValueNode
	switch t := n.(type) {
	case *ast.MappingNode:
		values = t.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{t}
	default:
		w.errorf(path, "must be a mapping (key: value), not a %s", describe(n))
		return nil, false
	}
	var merged, own []pair
	for _, v := range values {
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			if w.depth++; w.depth < maxDepth {
				more, _ := w.pairs(w.resolve(v.Value), path)
				merged = append(merged, more...)
			}
			w.depth--
			continue
		}
		key, _ := scalarText(v.Key)
		own = append(own, pair{key, v.Value, positionOf(v.Key)})
	}
	return append(merged, own...), true
}

// scalarText is the text of a scalar as it was written, quotes removed.
func scalarText(n ast.Node) (string, bool) {
	switch t := n.(type) {
	case *ast.StringNode:
		return t.Value, true
	case *ast.LiteralNode:
		return t.Value.Value, true
	case ast.ScalarNode:
		return t.GetToken().Value, true
	}
	return "", false
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "mapping"
	case *ast.SequenceNode:
		return "list"
	}
	return "single value"
}

// positionOf is where a node begins: of a mapping its first key.
func positionOf(n ast.Node) position {
	switch t := n.(type) {
	case *ast.MappingNode:
		if len(t.Values) > 0 {
			return positionOf(t.Values[0])
		}
	case *ast.MappingValueNode:
		return positionOf(t.Key)
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		return position{tk.Position.Line, tk.Position.Column}
	}
	return position{}
}

// fieldsOf maps YAML keys to field numbers.
func fieldsOf(t reflect.Type) map[string]int {
	fields := map[string]int{}
	for i := range t.NumField() {
		if key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); key != "" {
			fields[key] = i
		}
	}
	return fields
}

func keysOf(fields map[string]int) []string {
	keys := make([]string, 0, len(fields))
	for k := range fields {
		keys = append(keys, k)
	}
	return keys
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
