package server

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/flights/internal/models"
)

const (
	root       = "../.."
	module     = "example.com/flights"
	sharedOnes = "(shared)"
	unassigned = "(unassigned)"
)

// truth is what truth.json says of who owns what.
type truth struct {
	Packages        int                 `json:"packages"`
	Lines           int                 `json:"lines"`
	ServicesFiles   map[string][]string `json:"services_files"`
	SharedFiles     []string            `json:"shared_files"`
	UnassignedFiles []string            `json:"unassigned_files"`
	ServicesAtoms   map[string][]string `json:"services_atoms"`
	SharedAtoms     []string            `json:"shared_atoms"`
	UnassignedAtoms []string            `json:"unassigned_atoms"`
	ServicesTables  map[string][]string `json:"services_tables"`
}

func readTruth(t *testing.T) truth {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var tr truth
	if err := json.Unmarshal(content, &tr); err != nil {
		t.Fatalf("truth.json: %v", err)
	}
	return tr
}

// owners turns lists into who owns each thing, and complains of things that
// have two owners.
func owners(t *testing.T, services map[string][]string, shared, rest []string) map[string]string {
	t.Helper()
	owner := map[string]string{}
	add := func(who string, things []string) {
		for _, thing := range things {
			if other, ok := owner[thing]; ok {
				t.Errorf("truth.json gives %s to %s and to %s", thing, other, who)
			}
			owner[thing] = who
		}
	}
	for service, things := range services {
		add(service, things)
	}
	add(sharedOnes, shared)
	add(unassigned, rest)
	return owner
}

// source is what a file declares: atoms, and the types of its methods.
type source struct {
	atoms, receivers []string
}

// sources parses the module without its tests, by path in the module.
func sources(t *testing.T) (map[string]source, int) {
	t.Helper()
	all, lines := map[string]source{}, 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		lines += strings.Count(string(content), "\n")
		file, err := parser.ParseFile(token.NewFileSet(), name, content, 0)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all[rel] = declared(file, path.Join(module, path.Dir(rel))+".")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, lines
}

func declared(file *ast.File, prefix string) source {
	var s source
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				s.atoms = append(s.atoms, prefix+d.Name.Name)
			} else {
				s.receivers = append(s.receivers, prefix+receiver(d.Recv.List[0].Type))
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch v := spec.(type) {
				case *ast.TypeSpec:
					s.atoms = append(s.atoms, prefix+v.Name.Name)
				case *ast.ValueSpec:
					for _, name := range v.Names {
						s.atoms = append(s.atoms, prefix+name.Name)
					}
				}
			}
		}
	}
	return s
}

func receiver(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

// TestTruth checks that truth.json says of every declaration and every file
// whose it is, and nothing else.
func TestTruth(t *testing.T) {
	t.Parallel()
	tr := readTruth(t)
	atoms := owners(t, tr.ServicesAtoms, tr.SharedAtoms, tr.UnassignedAtoms)
	files := owners(t, tr.ServicesFiles, tr.SharedFiles, tr.UnassignedFiles)
	parsed, lines := sources(t)
	known, packages := map[string]bool{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(parsed)) {
		packages[path.Dir(name)] = true
		who := map[string]bool{}
		for _, atom := range parsed[name].atoms {
			known[atom] = true
			if atoms[atom] == "" {
				t.Errorf("%s: truth.json lacks %s", name, atom)
			}
			who[atoms[atom]] = true
		}
		for _, atom := range parsed[name].receivers {
			who[atoms[atom]] = true
		}
		want := sharedOnes
		if len(who) == 1 {
			want = slices.Collect(maps.Keys(who))[0]
		}
		if files[name] != want {
			t.Errorf("truth.json says file %s is of %q, its declarations say %q", name, files[name], want)
		}
	}
	for atom, who := range atoms {
		if !known[atom] {
			t.Errorf("truth.json gives %s to %s, but there is no such declaration", atom, who)
		}
	}
	for name, who := range files {
		if _, ok := parsed[name]; !ok {
			t.Errorf("truth.json gives %s to %s, but there is no such file", name, who)
		}
	}
	if tr.Packages != len(packages) || tr.Lines != lines {
		t.Errorf("truth.json says %d packages and %d lines, there are %d and %d", tr.Packages, tr.Lines, len(packages), lines)
	}
}

// TestTruthTables checks that every table has one owner.
func TestTruthTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tr := readTruth(t)
	owner := owners(t, tr.ServicesTables, nil, nil)
	tables, err := w.db.Migrator().GetTables()
	if err != nil {
		t.Fatal(err)
	}
	tables = slices.DeleteFunc(tables, func(name string) bool { return strings.HasPrefix(name, "sqlite_") })
	for _, table := range tables {
		if owner[table] == "" {
			t.Errorf("truth.json lacks table %s", table)
		}
	}
	if len(owner) != len(tables) || len(tables) != len(models.All()) {
		t.Errorf("%d tables for %d models, truth.json has %d", len(tables), len(models.All()), len(owner))
	}
}
