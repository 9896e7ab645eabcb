package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"example.com/shop/internal/shoptest"
)

// route returns the registered route that answers req, like "GET /orders/{id}".
func (a *App) route(req *http.Request) string {
	_, pattern := a.mux.Handler(req)
	if !strings.HasPrefix(pattern, "/partners") {
		return pattern
	}
	match := chi.NewRouteContext()
	if !a.webhooks.Router().Match(match, req.Method, req.URL.Path) {
		return ""
	}
	return req.Method + " " + trimSlash(match.RoutePattern())
}

func trimSlash(pattern string) string {
	if pattern == "/" {
		return pattern
	}
	return strings.TrimSuffix(pattern, "/")
}

// routes lists the routes of the shop: what the sources pass to HandleFunc, and
// what chi knows.
func routes(t *testing.T, a *App) []string {
	t.Helper()
	var all []string
	files, err := filepath.Glob("../*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("find sources: %v", err)
	}
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			all = append(all, handleFuncs(t, name)...)
		}
	}
	err = chi.Walk(a.webhooks.Router(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		all = append(all, method+" "+trimSlash(route))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func handleFuncs(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var patterns []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "HandleFunc" {
			return true
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok {
			pattern, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			patterns = append(patterns, pattern)
		}
		return true
	})
	return patterns
}

var routeRow = regexp.MustCompile("^\\| (GET|POST|PUT|DELETE) \\| `([^`]+)` \\| (\\w+) \\| ([^|]*) \\| ([^|]*) \\|$")

// TestReadmeRoutes keeps the route table of the README true.
func TestReadmeRoutes(t *testing.T) {
	t.Parallel()
	db := shoptest.OpenDB(t)
	a := newApp(t, db)
	content, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tables := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables[name] = true
	}
	var documented []string
	for line := range strings.Lines(string(content)) {
		m := routeRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		documented = append(documented, m[1]+" "+m[2])
		for _, name := range strings.FieldsFunc(m[4]+", "+m[5], func(r rune) bool { return r == ',' || r == ' ' }) {
			if !tables[name] {
				t.Errorf("%s %s: there is no table %q", m[1], m[2], name)
			}
		}
		req, err := http.NewRequest(m[1], strings.NewReplacer("{", "", "}", "").Replace(m[2]), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.route(req); got != m[1]+" "+m[2] {
			t.Errorf("%s %s is answered by %q", m[1], m[2], got)
		}
	}
	slices.Sort(documented)
	registered := routes(t, a)
	for _, route := range registered {
		if !slices.Contains(documented, route) {
			t.Errorf("README.md lacks %s", route)
		}
	}
	for _, route := range documented {
		if !slices.Contains(registered, route) {
			t.Errorf("README.md has %s, which is not registered", route)
		}
	}
	if len(slices.Compact(documented)) != len(registered) {
		t.Errorf("README.md has %d routes, registered are %d", len(documented), len(registered))
	}
	for name := range tables {
		if !strings.HasPrefix(name, "sqlite_") && !strings.Contains(string(content), "`"+name+"`") {
			t.Errorf("README.md does not say who owns table %s", name)
		}
	}
}
