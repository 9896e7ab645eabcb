package route

import (
	_ "embed"
)

//go:embed strangler.schema.json
var schema []byte

// Schema is the JSON Schema (2020-12) of strangler.yaml, made from the types of this
// package and their comments. Editors use it for completion; Check knows more than it.
func Schema() []byte { return schema }
