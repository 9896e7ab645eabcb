package plan

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// AddPin adds one pin to the text of a plan and changes no other line: comments,
// order and layout stay. The result is checked as Parse does; on an error,
// Problems, nothing is returned. A pin that the plan has already leaves the text
// as it is.
func AddPin(name string, src []byte, pin Pin) ([]byte, error) {
	p, err := Parse(name, src)
	if err != nil {
		return nil, err
	}
	for _, have := range p.Decisions() {
		if have.String() == pin.String() {
			return src, nil
		}
	}
	out, err := insertPin(src, pin)
	if err != nil {
		return nil, fmt.Errorf("add a pin to %s: %w", name, err)
	}
	if _, err := Parse(name, out); err != nil {
		return nil, fmt.Errorf("add the pin %q: %w", pin, err)
	}
	return out, nil
}

func insertPin(src []byte, pin Pin) ([]byte, error) {
	file, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, err
	}
	eol := "\n"
	if bytes.Contains(src, []byte("\r\n")) {
		eol = "\r\n"
	}
	key, value := pinsNode(file)
	seq, _ := value.(*ast.SequenceNode)
	switch {
	case key == nil:
		return appendLines(src, eol, "pins:", "  - "+pinLine(pin)), nil
	case seq == nil || len(seq.Values) == 0 && !seq.IsFlowStyle:
		return insertAfter(src, key.GetToken().Position.Line, eol, "  - "+pinLine(pin)), nil
	case seq.IsFlowStyle:
		return nil, fmt.Errorf("line %d: write the pins one below the other, each starting with \"- \"", key.GetToken().Position.Line)
	}
	indent := strings.Repeat(" ", max(seq.Start.Position.Column-1, 0))
	return insertAfter(src, lastLine(seq), eol, indent+"- "+pinLine(pin)), nil
}

func pinLine(pin Pin) string {
	if pin.Why == "" {
		return pin.String()
	}
	return pin.String() + "  # " + strings.ReplaceAll(pin.Why, "\n", " ")
}

// pinsNode finds the key "pins" of the plan and its value.
func pinsNode(file *ast.File) (ast.MapKeyNode, ast.Node) {
	for _, doc := range file.Docs {
		values, _ := mappingValues(doc.Body)
		for _, v := range values {
			if keyText(v.Key) == "pins" {
				return v.Key, unwrap(v.Value)
			}
		}
	}
	return nil, nil
}

// lastLine is the last line that a node's tokens stand on.
func lastLine(n ast.Node) int {
	last := 0
	ast.Walk(lineVisitor{&last}, n)
	return last
}

type lineVisitor struct{ last *int }

func (v lineVisitor) Visit(n ast.Node) ast.Visitor {
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		*v.last = max(*v.last, n.GetToken().Position.Line)
	}
	switch s := n.(type) {
	case *ast.SequenceNode:
		if s.IsFlowStyle && s.End != nil {
			*v.last = max(*v.last, s.End.Position.Line)
		}
	case *ast.MappingNode:
		if s.IsFlowStyle && s.End != nil {
			*v.last = max(*v.last, s.End.Position.Line)
		}
	}
	return v
}

func appendLines(src []byte, eol string, lines ...string) []byte {
	out := bytes.Clone(src)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, eol...)
	}
	for _, line := range lines {
		out = append(append(out, line...), eol...)
	}
	return out
}

// insertAfter puts a line below the numbered one, counted from 1.
func insertAfter(src []byte, after int, eol, line string) []byte {
	at := 0
	for range after {
		i := bytes.IndexByte(src[at:], '\n')
		if i < 0 {
			return appendLines(src, eol, line)
		}
		at += i + 1
	}
	out := bytes.Clone(src[:at])
	out = append(append(out, line...), eol...)
	return append(out, src[at:]...)
}
