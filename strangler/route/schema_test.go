package route

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "strangler.schema.json"

// TestSchemaIsCurrent makes the schema from types and comments, as published.
func TestSchemaIsCurrent(t *testing.T) {
	want := generatedSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(want, Schema()) {
		t.Errorf("%s is not what the types say; write it anew: go test ./strangler/route -update", schemaFile)
	}
}

func generatedSchema(t *testing.T) []byte {
	t.Helper()
	r := jsonschema.Reflector{FieldNameTag: "yaml", Mapper: valueSchema}
	if err := r.AddGoComments("github.com/ficus-dev/ficus/strangler/route", "./"); err != nil {
		t.Fatal(err)
	}
	for name, text := range r.CommentMap { // of one line each: sources are wrapped
		short := strings.Replace(name, "github.com/ficus-dev/ficus/strangler/route/.", "github.com/ficus-dev/ficus/strangler/route.", 1)
		r.CommentMap[short] = strings.Join(strings.Fields(text), " ")
	}
	s := r.Reflect(&Config{})
	s.ID = "https://github.com/ficus-dev/ficus/strangler/route/strangler.schema.json"
	s.Title = "strangler.yaml"
	s.Description = "What people decided about traffic: see ficus help proxy."
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// valueSchema describes the types that are written as text.
func valueSchema(t reflect.Type) *jsonschema.Schema {
	text := func(pattern string, examples ...any) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", Pattern: pattern, Examples: examples}
	}
	switch t {
	case reflect.TypeFor[Share]():
		return text(`^(100(\.00?)?|[0-9]{1,2}(\.[0-9]{1,2})?) *%$`, "5%", "0.5%")
	case reflect.TypeFor[Duration]():
		return text(`^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, "500ms", "30s")
	case reflect.TypeFor[Size]():
		s := &jsonschema.Schema{OneOf: []*jsonschema.Schema{text(`^[0-9]+ *(B|KB|MB|GB)?$`, "10MB"), {Type: "integer"}}}
		return s
	}
	return nil
}

func TestSchemaAcceptsAndRefuses(t *testing.T) {
	compiler := validator.NewCompiler()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("strangler.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := compiler.Compile("strangler.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	asAny := func(v any) (out any) {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if out, err = validator.UnmarshalJSON(bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if err := s.Validate(asAny(full)); err != nil {
		t.Errorf("a configuration with every field is refused: %v", err)
	}
	for _, bad := range []string{
		`{}`, `{"version": 1}`, `{"version": "1", "monolith": {"url": "x"}}`, `{"version": 1, "monolith": {"url": "x"}, "route": []}`,
		`{"version": 1, "monolith": {"url": "x"}, "routes": [{"name": "a", "service": "s", "match": {}, "weight": 5}]}`,
		`{"version": 1, "monolith": {"url": "x"}, "routes": [{"name": "a", "service": "s", "match": {}, "weight": "101%"}]}`,
		`{"version": 1, "monolith": {"url": "x", "timeout": "soon"}}`,
	} {
		v, err := validator.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
