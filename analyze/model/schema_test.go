package model

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	schemas "github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "rewrite model.schema.json")

// reflected is the schema of the types, described by their comments.
func reflected(t *testing.T) *jsonschema.Schema {
	t.Helper()
	r := &jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: true}
	if err := r.AddGoComments("github.com/ficus-dev/ficus/analyze/model", ".", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	for key, text := range r.CommentMap {
		r.CommentMap[key] = strings.Join(strings.Fields(text), " ")
	}
	s := r.Reflect(&Model{})
	s.ID = SchemaID
	s.Title = "model.json: what analysis found in a Go module"
	return s
}

func TestSchemaPublished(t *testing.T) {
	want, err := json.MarshalIndent(reflected(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("model.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(Schema(), want) {
		t.Error("model.schema.json is not that of the types; run the test with -update")
	}
}

// TestEveryFieldIsDescribed keeps the format documented field by field.
func TestEveryFieldIsDescribed(t *testing.T) {
	s := reflected(t)
	described := func(name string, s *jsonschema.Schema) {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			if p.Value.Description == "" {
				t.Errorf("%s.%s has no comment", name, p.Key)
			}
		}
	}
	described("Model", s)
	for name, def := range s.Definitions {
		if def.Properties != nil {
			described(name, def)
		}
	}
}

// TestSchemaAcceptsModels holds written models against the schema: an empty one, and
// the largest that tests have.
func TestSchemaAcceptsModels(t *testing.T) {
	doc, err := schemas.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := schemas.NewCompiler()
	if err := c.AddResource(SchemaID, doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) error {
		v, err := schemas.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Validate(v)
	}
	var b bytes.Buffer
	if err := full().Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := valid(b.String()); err != nil {
		t.Errorf("a written model is refused: %v", err)
	}
	if err := valid(strings.Replace(b.String(), `"version": 1`, `"version": 1, "added": 1`, 1)); err != nil {
		t.Errorf("a model with a field more is refused: %v", err)
	}
	for _, broken := range []string{`{}`, strings.Replace(b.String(), `"version": 1`, `"version": "1"`, 1), strings.Replace(b.String(), `"kind": "func"`, `"kind": 1`, 1)} {
		if broken != b.String() && valid(broken) == nil {
			t.Errorf("accepted %.60s", broken)
		}
	}
}

// full has one of everything.
func full() *Model {
	ev := []Evidence{{File: "a.go", Line: 1, Column: 2, Confidence: Proved, Func: "F", Detail: "d"}}
	return &Model{Version: Version, Tool: "test", Module: Module{Path: "m", GoVersion: "1.26"}, Seed: 1,
		Packages:     []Package{{Path: "m", Name: "m", Dir: ".", Lines: 1, Imports: []string{"m/x"}}},
		Atoms:        []Atom{{ID: "m.F", Kind: KindFunc, Package: "m", Name: "F", File: "a.go", Line: 1, Lines: 1, Unit: "m", Service: "s"}},
		Tables:       []Table{{Name: "t", Columns: []string{"id"}, Defined: &ev[0], Accesses: []TableAccess{{Atom: "m.F", Access: Read, Evidence: ev}}, Service: "s"}},
		Routes:       []Route{{Method: "GET", Pattern: "/", Router: "net/http", Handler: "m.F", Atom: "m.F", Registered: ev[0], Tables: []RouteTable{{"t", Read}}, Service: "s"}},
		Transactions: []Transaction{{Atom: "m.F", Func: "F", Evidence: ev[0], Tables: []RouteTable{}, Atoms: []string{}, Services: []string{}}},
		Couplings:    []Coupling{{From: "m.F", To: "table:t", Kind: CouplingTable, Access: Read, Weight: 1, Count: 1, Evidence: ev}},
		Units:        []Unit{{ID: "m", Package: "m", Lines: 1, Service: "s", Stability: 1, Reason: "r"}},
		Services:     []Service{{Name: "s", Units: []string{"m"}, Packages: []string{"m"}, Routes: []string{}, Tables: []string{"t"}, Lines: 1, Stability: 1}},
		Bills:        []Bill{{Service: "s", Crossings: []Crossing{{ID: "x", Kind: CouplingCall, From: "m.F", To: "m.G", FromService: "s", ToService: "u", Evidence: ev}}}},
		Candidates:   []Candidate{{Services: 1, Units: map[string]string{"m": "s"}}},
		Verdict:      Verdict{Summary: "stay", Reasons: []string{}},
		Problems:     []Problem{}, Unresolved: []Problem{{Code: "sql", File: "a.go", Line: 1, Message: "m", Cure: "c"}},
		Stats: Stats{Packages: 1, Lines: 1, CallGraph: "vta"},
	}
}
