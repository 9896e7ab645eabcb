package contract_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/generate/contract"
)

const stockFile = "internal/stock/stock.go"

// tablesOf makes the model of the fixture's SQL: all that a type does to a table is one
// access, as analyze has it.
func tablesOf(f *fixture) {
	const atom = "example.com/m/internal/stock.Service"
	f.model.Atoms = []model.Atom{{ID: atom, Package: "example.com/m/internal/stock", Name: "Service", Service: "stock"}}
	access := model.TableAccess{Atom: atom, Access: model.ReadWrite}
	line := 0
	for text := range strings.Lines(f.text(stockFile)) {
		line++
		if _, sql, ok := strings.Cut(text, `ctx, "`); ok {
			access.Evidence = append(access.Evidence, model.Evidence{File: stockFile, Line: line, Detail: sql})
		}
		if strings.Contains(text, "// unresolved") {
			f.model.Unresolved = append(f.model.Unresolved, model.Problem{Code: "sql", File: stockFile, Line: line})
		}
	}
	f.model.Tables = []model.Table{{Name: "stock", Accesses: []model.TableAccess{access}}}
}

// The model lists no more than twenty places of one access: what runs SQL and is not
// among them may write.
func TestReadOnlyWithPlacesMissing(t *testing.T) {
	f := load(t, "behaviour")
	tablesOf(f)
	access := &f.model.Tables[0].Accesses[0]
	access.Evidence = slices.DeleteFunc(access.Evidence, func(e model.Evidence) bool { return strings.HasPrefix(e.Detail, "SELECT 1") })
	if !isReadOnly(t, f, "Select") {
		t.Error("Select is read-only by what is listed")
	}
	for len(access.Evidence) < 20 {
		access.Evidence = append(access.Evidence, model.Evidence{File: "other.go", Line: 1, Detail: "SELECT"})
	}
	if isReadOnly(t, f, "Select") || !isReadOnly(t, f, "Rows") {
		t.Error("a full list is taken for a complete one")
	}
}

func isReadOnly(t *testing.T, f *fixture, name string) bool {
	t.Helper()
	c, _ := f.build(t, "stock", nil)
	for _, r := range c.Receivers {
		for _, m := range r.Methods {
			if m.Func.Name() == name {
				return m.ReadOnly
			}
		}
	}
	t.Fatalf("%s does not cross", name)
	return false
}

func TestBehaviourOfFunctions(t *testing.T) {
	f := load(t, "behaviour")
	tablesOf(f)
	c, refusals := f.build(t, "stock", nil)
	changes, readOnly, crosses := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, r := range refusals {
		name := r.Func[strings.LastIndex(r.Func, ".")+1:]
		if r.Code != contract.CodeMutated {
			t.Errorf("%s", r)
		}
		changes[name] = r.Reason
	}
	for _, r := range c.Receivers {
		for _, m := range r.Methods {
			crosses[m.Func.Name()], readOnly[m.Func.Name()] = true, m.ReadOnly
		}
	}
	declared := regexp.MustCompile(`(?m)^func \(s \*Service\) ([A-Z]\w+)\(.*// ([a-z ]+)$`)
	found := declared.FindAllStringSubmatch(f.text(stockFile), -1)
	if len(found) < 30 {
		t.Fatalf("only %d functions found", len(found))
	}
	for _, m := range found {
		name := m[1]
		if !crosses[name] && changes[name] == "" {
			t.Errorf("%s is not in the contract", name)
		}
		for want := range strings.FieldsSeq(m[2]) {
			switch want {
			case "changes", "keeps":
				if (changes[name] != "") != (want == "changes") {
					t.Errorf("%s %s its arguments, got %q", name, want, changes[name])
				}
			case "reads", "writes":
				if readOnly[name] != (want == "reads") {
					t.Errorf("%s %s, got ReadOnly %t", name, want, readOnly[name])
				}
			default:
				t.Errorf("%s: what is %q?", name, want)
			}
		}
	}
}

// Without an analysis of tables nothing is known to be read-only.
func TestReadOnlyNeedsTheModel(t *testing.T) {
	f := load(t, "behaviour")
	c, _ := f.build(t, "stock", nil)
	for _, r := range c.Receivers {
		for _, m := range r.Methods {
			if m.ReadOnly {
				t.Errorf("%s is read-only", m.Func.Name())
			}
		}
	}
}
