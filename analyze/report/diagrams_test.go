package report

import (
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/gonum/graph/formats/dot"
	"gonum.org/v1/gonum/graph/formats/dot/ast"

	"github.com/ficus-dev/ficus/analyze/model"
)

// awkward is a model whose names are hard on every syntax.
func awkward(t *testing.T) *model.Model {
	m := shop(t)
	for i := range m.Units {
		m.Units[i].Reason = `say "why" \ <b>`
	}
	m.Module.Path = `example.com/"quoted"\shop`
	m.Tables[0].Name = `odd"table`
	return m
}

// TestDOTParses reads the graphs with gonum's parser of the DOT language: every node
// that an edge names is there, and there is an edge for every pair that costs.
func TestDOTParses(t *testing.T) {
	for _, m := range []*model.Model{shop(t), awkward(t), big(60, 7), {Version: model.Version}} {
		for _, level := range []Level{LevelServices, LevelUnits} {
			text := string(render(t, m, FormatDOT, Options{Level: level}))
			file, err := dot.ParseString(text)
			if err != nil {
				t.Fatalf("%s: %v\n%s", level, err, text)
			}
			nodes, edges := map[string]bool{}, 0
			var walk func([]ast.Stmt)
			walk = func(list []ast.Stmt) {
				for _, s := range list {
					switch s := s.(type) {
					case *ast.NodeStmt:
						nodes[s.Node.ID] = true
					case *ast.Subgraph:
						walk(s.Stmts)
					}
				}
			}
			walk(file.Graphs[0].Stmts)
			for _, s := range file.Graphs[0].Stmts {
				if e, ok := s.(*ast.EdgeStmt); ok {
					edges++
					for _, end := range []ast.Vertex{e.From, e.To.Vertex} {
						if n, ok := end.(*ast.Node); !ok || !nodes[n.ID] {
							t.Errorf("%s: an edge to %v, which is no node", level, end)
						}
					}
				}
			}
			if edges == 0 && len(m.Bills) > 0 {
				t.Errorf("%s: no edge in\n%s", level, text)
			}
		}
	}
}

var (
	mermaidLine = regexp.MustCompile(`^(flowchart LR|  subgraph \w+\["[^"]*"\]|  end|\s*\w+\["[^"]*"\]|  \w+ (-\.->|-->)(\|"[^"]*"\|)? \w+|  style \w+ [\w:-]+)$`)
	plantLine   = regexp.MustCompile(`^(@startuml|@enduml|!include <C4/C4_Container>|title .*|(Container|ContainerDb|System_Boundary|Rel)\(\w+, ("[^"]*"|\w+)(, "[^"]*")*\)( \{)?|\})$`)
)

// TestDiagramSyntax holds each line of Mermaid and PlantUML against the part of their
// grammar that is used: no text of the model ends a string or a line.
func TestDiagramSyntax(t *testing.T) {
	for _, m := range []*model.Model{shop(t), awkward(t), big(60, 7)} {
		for format, rule := range map[Format]*regexp.Regexp{FormatMermaid: mermaidLine, FormatC4: plantLine} {
			for line := range strings.Lines(string(render(t, m, format, Options{}))) {
				if line = strings.TrimRight(line, "\n"); line != "" && !rule.MatchString(line) {
					t.Errorf("%s: no rule for %q", format, line)
				}
			}
		}
	}
}
