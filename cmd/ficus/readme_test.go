package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ficus-dev/ficus/strangler/route"
)

// TestReadmeConfigurations: what README.md shows of strangler.yaml is valid as it stands.
func TestReadmeConfigurations(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)(?:<<'END'|```yaml)\n(version: 1\n.*?monolith:.*?\n)(?:END|```)\n").FindAllSubmatch(data, -1)
	if len(blocks) < 2 {
		t.Fatalf("%d configurations found, want the one to begin with and the one of production", len(blocks))
	}
	for _, block := range blocks {
		if _, problems := route.Check("README.md", block[1]); len(problems) > 0 {
			t.Errorf("%v in\n%s", problems, block[1])
		}
	}
}
