package facts

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// knotPlace is one file:symbol (line) of KNOTS.md.
type knotPlace struct {
	file, symbol string
	line         int
}

var (
	knotRowRE   = regexp.MustCompile(`^\| (K\d\d) \| ([^|]+) \|.*`)
	knotPlaceRE = regexp.MustCompile("`([^`:]+\\.(?:go|sql)):([^`]+)` \\((\\d+)\\)")
)

// readKnots reads the table of KNOTS.md: places by the knot's id.
func readKnots(t *testing.T, file string) map[string][]knotPlace {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string][]knotPlace{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		row := knotRowRE.FindStringSubmatch(sc.Text())
		if row == nil {
			continue
		}
		for _, m := range knotPlaceRE.FindAllStringSubmatch(sc.Text(), -1) {
			line, _ := strconv.Atoi(m[3])
			out[row[1]] = append(out[row[1]], knotPlace{m[1], m[2], line})
		}
	}
	return out
}

// TestKnotPlaces: every place of KNOTS.md holds what it says. In Go it is where the
// symbol is declared, or a statement of it that a fact shows; in SQL a foreign key
// of the table.
func TestKnotPlaces(t *testing.T) {
	_, f := shop(t)
	knots := readKnots(t, filepath.Join(shopDir, "KNOTS.md"))
	if len(knots) != 35 {
		t.Fatalf("%d knots have a place, KNOTS.md lists 35", len(knots))
	}
	shown := factLines(f)
	for _, id := range slices.Sorted(maps.Keys(knots)) {
		for _, p := range knots[id] {
			data, err := os.ReadFile(filepath.Join(shopDir, filepath.FromSlash(p.file)))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(data), "\n")
			if p.line > len(lines) {
				t.Errorf("%s: %s has %d lines, KNOTS.md says %d", id, p.file, len(lines), p.line)
				continue
			}
			problem := ""
			if strings.HasSuffix(p.file, ".sql") {
				problem = checkSQL(p, lines)
			} else {
				problem = checkGo(t, id, p, data, shown)
			}
			if problem != "" {
				t.Errorf("%s: %s:%d %s: %s", id, p.file, p.line, problem, strings.TrimSpace(lines[p.line-1]))
			}
		}
	}
}

// checkSQL: the line refers to another table, in the definition of the symbol.
func checkSQL(p knotPlace, lines []string) string {
	table := ""
	for _, line := range lines[:p.line] {
		if f := strings.Fields(line); len(f) > 2 && strings.EqualFold(f[0]+" "+f[1], "create table") {
			table = strings.Trim(f[2], "(")
		}
	}
	if table != p.symbol || !strings.Contains(lines[p.line-1], "REFERENCES") {
		return "is no foreign key of " + p.symbol + " but in " + table
	}
	return ""
}

// mounted is shown by no fact of its own: the routes below have it as their prefix.
const mounted = "internal/app/app.go:App.routes"

func checkGo(t *testing.T, id string, p knotPlace, data []byte, shown map[place]bool) string {
	t.Helper()
	first, last, from, to := declaredAt(t, p, data)
	if p.line < first || p.line > last {
		return fmt.Sprintf("is outside of %s, which is on lines %d to %d", p.symbol, first, last)
	}
	if p.line == first || strings.HasSuffix(p.file, "_test.go") || id == "K32" && p.file+":"+p.symbol == mounted {
		return ""
	}
	for line := from; line <= to; line++ {
		if shown[place{p.file, line}] {
			return ""
		}
	}
	return "is shown by no fact, in " + p.symbol
}

// factLines gives the lines that some fact shows.
func factLines(f *Facts) map[place]bool {
	out := map[place]bool{}
	eachEvidence(f, func(_ string, ev model.Evidence, _ ...string) { out[place{ev.File, ev.Line}] = true })
	return out
}

// declaredAt gives the lines of a declaration, and of the innermost statement on the
// place's line.
func declaredAt(t *testing.T, p knotPlace, data []byte) (first, last, from, to int) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, p.file, data, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	lineOf := func(pos token.Pos) int { return fset.Position(pos).Line }
	from, to = p.line, p.line
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.AssignStmt, *ast.ReturnStmt, *ast.ExprStmt:
			if a, b := lineOf(n.Pos()), lineOf(n.End()); a <= p.line && p.line <= b {
				from, to = a, b
			}
		}
		return true
	})
	if p.symbol == "package "+file.Name.Name {
		return lineOf(file.Package), lineOf(file.Package), from, to
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if strings.NewReplacer("(", "", ")", "", "*", "").Replace(funcName(d)) == p.symbol {
				return lineOf(d.Name.Pos()), lineOf(d.End()), from, to
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if name := specName(s, p.symbol); name != nil {
					return lineOf(name.Pos()), lineOf(s.End()), from, to
				}
			}
		}
	}
	return 0, -1, from, to
}

func specName(s ast.Spec, symbol string) *ast.Ident {
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Name.Name == symbol {
			return s.Name
		}
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if n.Name == symbol {
				return n
			}
		}
	}
	return nil
}
