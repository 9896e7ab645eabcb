package plan

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"
)

// TestSchemaPublished: the file that editors are pointed at is the schema.
func TestSchemaPublished(t *testing.T) {
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	const published = "ficus.schema.json"
	if *update {
		if err := os.WriteFile(published, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(published)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what Schema gives; run the test with -update", published)
	}
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	src, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaID, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, src []byte) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(src)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return err
	}
	return schema.Validate(doc)
}

// TestSchemaAgrees: what Parse accepts the schema accepts, and plans whose shape
// or keys Parse refuses the schema refuses.
func TestSchemaAgrees(t *testing.T) {
	schema := compiledSchema(t)
	for _, src := range []string{fullPlan, string(Draft(shopModel())), "version: 1\n"} {
		if err := validate(t, schema, []byte(src)); err != nil {
			t.Errorf("the schema refuses a good plan: %v\n%s", err, src)
		}
	}
	for _, name := range []string{"unknown-keys", "shapes"} {
		ar, err := txtar.ParseFile(filepath.Join("testdata/parse", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, ar.Files[0].Data); err == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
}
