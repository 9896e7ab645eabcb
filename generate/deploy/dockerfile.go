package deploy

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"

	"github.com/ficus-dev/ficus/generate/golang"
)

//go:embed Dockerfile.tmpl
var dockerfileText string

// Image says what the Dockerfile builds.
type Image struct {
	// Service is the service's name.
	Service string
	// Command is the folder of its main package, relative to the module.
	Command string
	// Dir is the folder that the Dockerfile stands in, relative to the module.
	Dir string
	// GoVersion is that of the module's go directive: 1.26.0.
	GoVersion string
}

// Dockerfile builds the service in one stage and leaves nothing but the binary,
// run by a user without rights, in the second.
func Dockerfile(i Image) (golang.File, error) {
	t, err := template.New("Dockerfile").Parse(dockerfileText)
	if err != nil {
		return golang.File{}, fmt.Errorf("write Dockerfile: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, i); err != nil {
		return golang.File{}, fmt.Errorf("write Dockerfile: %w", err)
	}
	return golang.File{Path: i.Dir + "/Dockerfile", Data: b.Bytes()}, nil
}
