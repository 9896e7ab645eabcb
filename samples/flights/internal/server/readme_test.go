package server

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	routeRow = regexp.MustCompile("^\\| (GET|POST|PUT) \\| `([^`]+)` \\| (\\w+) \\|")
	tableRow = regexp.MustCompile("^\\| `(\\w+)` \\| (\\w+) \\|")
)

// TestReadme keeps the tables of the README true: routes, tables, variables.
func TestReadme(t *testing.T) {
	t.Parallel()
	w, tr := newWorld(t), readTruth(t)
	content, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for line := range strings.Lines(string(content)) {
		if m := routeRow.FindStringSubmatch(line); m != nil {
			documented = append(documented, m[1]+" "+m[2])
			if _, ok := tr.ServicesAtoms[m[3]]; !ok && m[3] != "server" {
				t.Errorf("%s %s is of %q, which is no domain", m[1], m[2], m[3])
			}
		}
		if m := tableRow.FindStringSubmatch(line); m != nil && !slices.Contains(tr.ServicesTables[m[2]], m[1]) {
			t.Errorf("README.md gives table %s to %s, truth.json does not", m[1], m[2])
		}
	}
	var registered []string
	for _, route := range w.Router.Routes() {
		registered = append(registered, route.Method+" "+route.Path)
	}
	slices.Sort(documented)
	slices.Sort(registered)
	if !slices.Equal(documented, registered) {
		t.Errorf("README.md has the routes\n%s\nthe router\n%s", strings.Join(documented, "\n"), strings.Join(registered, "\n"))
	}
	for _, tables := range tr.ServicesTables {
		for _, table := range tables {
			if !strings.Contains(string(content), "\n| `"+table+"` |") {
				t.Errorf("README.md lacks table %s", table)
			}
		}
	}
	source, err := os.ReadFile(filepath.Join(root, "internal/config/config.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`read\("(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		if !strings.Contains(string(content), "\n| `"+name[1]+"` |") {
			t.Errorf("README.md lacks variable %s", name[1])
		}
	}
}
