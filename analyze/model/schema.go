package model

import _ "embed"

// SchemaID is the address under which the model's JSON Schema is published.
const SchemaID = "https://raw.githubusercontent.com/ficus-dev/ficus/main/analyze/model/model.schema.json"

// schema is made from the types of this package and their comments by its test, so
// that the package needs no more than the standard library.
//
//go:embed model.schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of model.json. It allows fields that it
// does not name: a later ficus adds some without another version.
func Schema() []byte { return append([]byte{}, schema...) }
