package check

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// Load reads the accepted crossings at path; name is the file's in errors and
// findings. An error that satisfies errors.Is(err, fs.ErrNotExist) means that
// there are none; plan.Problems means that the file is wrong.
func Load(path, name string) (*Accepted, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the accepted crossings: %w", err)
	}
	return Parse(name, src)
}

// Parse reads accepted crossings. The error is plan.Problems, all at once, each
// with its place.
func Parse(name string, src []byte) (*Accepted, error) {
	d := &decoder{out: &Accepted{File: name, Services: map[string][]Entry{}}, lines: bytes.Count(src, []byte("\n")) + 1}
	if !d.conflicts(src) {
		d.document(src)
	}
	if len(d.problems) > 0 {
		return nil, d.problems
	}
	return d.out, nil
}

type decoder struct {
	out      *Accepted
	lines    int
	problems plan.Problems
}

func (d *decoder) failf(line, column int, format string, args ...any) {
	at := plan.Pos{Line: min(max(line, 1), d.lines), Column: max(column, 1)}
	d.problems = append(d.problems, plan.Problem{File: d.out.File, Pos: at, Message: fmt.Sprintf(format, args...)})
}

func (d *decoder) failAt(n ast.Node, format string, args ...any) {
	line, column := place(n)
	d.failf(line, column, format, args...)
}

func place(n ast.Node) (line, column int) {
	switch v := n.(type) {
	case *ast.MappingValueNode:
		return place(v.Key)
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return place(v.Values[0])
		}
	case nil:
		return 1, 1
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line, t.Position.Column
	}
	return 1, 1
}

// conflicts finds what a merge left behind: YAML's own message would not help.
func (d *decoder) conflicts(src []byte) bool {
	for i, line := range bytes.Split(src, []byte("\n")) {
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) {
			d.failf(i+1, 1, "a merge conflict is left here: keep the lines of both sides, then run ficus check")
		}
	}
	return len(d.problems) > 0
}

func (d *decoder) document(src []byte) {
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		line, column, message := 1, 1, err.Error()
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			line, column, message = at.GetToken().Position.Line, at.GetToken().Position.Column, at.GetMessage()
		}
		d.failf(line, column, "cannot read the YAML: %s; repair the line, or delete the file and write it anew with: ficus check --accept all", message)
		return
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		d.failf(1, 1, "want one document with \"version: %d\"; write the file with: ficus check --accept all", Version)
		return
	}
	root := d.fields(file.Docs[0].Body, "the file", "version", "module", "services")
	if v := root["version"]; v == nil {
		d.failf(1, 1, "no \"version\" in it: want \"version: %d\"", Version)
	} else if text := d.text(v, "version"); text != strconv.Itoa(Version) {
		d.failAt(v, "version %s is not known, this ficus reads %d; upgrade ficus", text, Version)
	}
	if v := root["module"]; v != nil {
		d.out.Module = d.text(v, "module")
	}
	d.services(root["services"])
}

func (d *decoder) services(n ast.Node) {
	if n == nil {
		return
	}
	byName := d.fields(n, "services")
	seen := map[key]int{}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if _, null := byName[name].(*ast.NullNode); null {
			continue
		}
		list, ok := byName[name].(*ast.SequenceNode)
		if !ok {
			d.failAt(byName[name], "the crossings of %s must be a list", name)
			continue
		}
		for _, item := range list.Values {
			e, ok := d.entry(item)
			k := key{name, e.Into, e.ID}
			switch first, twice := seen[k]; {
			case !ok:
				continue
			case twice:
				d.failf(e.Line, e.Column, "crossing %s stands twice, first in line %d; remove one", e.ID, first)
				continue
			}
			seen[k] = e.Line
			d.out.Services[name] = append(d.out.Services[name], e)
		}
	}
}

var (
	kinds = []model.CouplingKind{model.CouplingCall, model.CouplingType, model.CouplingState, model.CouplingTable, model.CouplingTx,
		model.CouplingRoute, model.CouplingConst, model.CouplingCoChange, model.CouplingResource}
	idForm = regexp.MustCompile(`^[0-9a-f]{12}$`)
)

func (d *decoder) entry(n ast.Node) (Entry, bool) {
	before := len(d.problems)
	var e Entry
	e.Line, e.Column = place(n)
	f := d.fields(n, "a crossing", "kind", "from", "to", "callee", "into", "in_loop", "in_tx", "why", "until", "id")
	if len(d.problems) > before {
		return e, false
	}
	e.Kind = model.CouplingKind(d.text(f["kind"], "kind"))
	e.From, e.To, e.Callee = d.text(f["from"], "from"), d.text(f["to"], "to"), d.text(f["callee"], "callee")
	e.Into, e.Why, e.Until, e.ID = d.text(f["into"], "into"), d.text(f["why"], "why"), d.text(f["until"], "until"), d.text(f["id"], "id")
	e.InLoop, e.InTx = d.yes(f["in_loop"], "in_loop"), d.yes(f["in_tx"], "in_tx")
	for _, need := range []struct{ name, value string }{{"kind", string(e.Kind)}, {"into", e.Into}, {"id", e.ID}} {
		if need.value == "" {
			d.failf(e.Line, e.Column, "the crossing has no %q; write it with: ficus check --accept SERVICE", need.name)
		}
	}
	if e.Kind != "" && !slices.Contains(kinds, e.Kind) {
		d.failAt(f["kind"], "unknown kind %q: call, table, tx, type, state and const are known", e.Kind)
	}
	if e.ID != "" && !idForm.MatchString(e.ID) {
		d.failAt(f["id"], "id %q is none: want 12 hexadecimal digits, in quotes", e.ID)
	}
	if _, err := time.Parse(time.DateOnly, e.Until); e.Until != "" && err != nil {
		d.failAt(f["until"], "until %q is no date: write the last day as 2027-01-31", e.Until)
	}
	return e, len(d.problems) == before
}

// fields are a mapping's values by key; unknown keys and keys that stand twice
// are reported.
func (d *decoder) fields(n ast.Node, what string, known ...string) map[string]ast.Node {
	var values []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	case *ast.NullNode:
	default:
		d.failAt(n, "%s must be keys with values", what)
	}
	out := map[string]ast.Node{}
	for _, v := range values {
		name := v.Key.String()
		if s, ok := v.Key.(*ast.StringNode); ok {
			name = s.Value
		}
		_, twice := out[name]
		switch {
		case len(known) > 0 && !slices.Contains(known, name):
			hint := "known are " + strings.Join(known, ", ")
			if best := plan.Closest(name, known); best != "" {
				hint = "did you mean " + best + "?"
			}
			d.failAt(v, "unknown key %q in %s; %s", name, what, hint)
		case twice:
			d.failAt(v, "%q stands twice in %s; keep one", name, what)
		default:
			out[name] = v.Value
		}
	}
	return out
}

func (d *decoder) text(n ast.Node, what string) string {
	switch v := n.(type) {
	case nil, *ast.NullNode:
		return ""
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
	case ast.ScalarNode:
		return v.GetToken().Value
	}
	d.failAt(n, "%s must be a single value", what)
	return ""
}

func (d *decoder) yes(n ast.Node, what string) bool {
	if n == nil {
		return false
	}
	b, ok := n.(*ast.BoolNode)
	if !ok {
		d.failAt(n, "%s must be true or false", what)
		return false
	}
	return b.Value
}
