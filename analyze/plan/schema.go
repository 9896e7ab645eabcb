package plan

import (
	"encoding/json"

	"github.com/invopop/jsonschema"
)

// SchemaID is the address under which the plan's JSON Schema is published.
const SchemaID = "https://raw.githubusercontent.com/ficus-dev/ficus/main/analyze/plan/ficus.schema.json"

// The layout of ficus.yaml for the schema; Parse reads the same keys, and a test
// holds the two together.
type (
	planLayout struct {
		Version  int                      `json:"version" jsonschema:"enum=1,description=Format of this file."`
		Module   string                   `json:"module,omitempty" jsonschema:"description=Module path that the plan was written for."`
		Services map[string]serviceLayout `json:"services,omitempty" jsonschema:"description=Services by name: lower-case letters\\, digits\\, - and _."`
		Pins     []pinLayout              `json:"pins,omitempty" jsonschema:"description=Decisions that analysis keeps exactly; each item decides one thing."`
	}
	serviceLayout struct {
		Owns  refList           `json:"owns,omitempty" jsonschema:"description=Packages\\, declarations\\, tables and routes that are pinned to the service."`
		Local refList           `json:"local,omitempty" jsonschema:"description=Functions that stay local calls: generate keeps them out of the contract."`
		Wire  map[string]string `json:"wire,omitempty" jsonschema:"description=Values that generate cannot derive: name to Go expression\\, qualified by import path."`
	}
	pinLayout struct {
		In       map[string]string `json:"in,omitempty" jsonschema:"description=Reference to service: the code belongs to it."`
		Together []string          `json:"together,omitempty" jsonschema:"minItems=2,description=All of these belong to one service\\, whichever."`
		Apart    []string          `json:"apart,omitempty" jsonschema:"minItems=2,description=No two of these belong to one service."`
		Library  refList           `json:"library,omitempty" jsonschema:"description=These stay a module that services import."`
		Root     refList           `json:"root,omitempty" jsonschema:"description=These stay with the monolith's front."`
		Why      string            `json:"why,omitempty" jsonschema:"description=A person's reason; reports show it."`
	}
)

// refList is a list of references; a single one may stand without brackets.
type refList []string

// JSONSchema is read by the reflector.
func (refList) JSONSchema() *jsonschema.Schema {
	ref := &jsonschema.Schema{Type: "string"}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{ref, {Type: "array", Items: ref}}}
}

// Schema is the JSON Schema (draft 2020-12) of ficus.yaml, for editors.
func Schema() ([]byte, error) {
	r := &jsonschema.Reflector{Anonymous: true, ExpandedStruct: true}
	s := r.Reflect(&planLayout{})
	s.ID = SchemaID
	s.Title = "ficus.yaml: the plan of moving a Go monolith to services"
	allowNull(s)
	out, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(out, '\n'), nil
}

// allowNull lets a service stand without options: "billing:" is null in YAML.
func allowNull(s *jsonschema.Schema) {
	services, ok := s.Properties.Get("services")
	if !ok || services.AdditionalProperties == nil {
		return
	}
	option := services.AdditionalProperties
	services.AdditionalProperties = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{option, {Type: "null"}}}
	services.PropertyNames = &jsonschema.Schema{Pattern: serviceName.String()}
}
