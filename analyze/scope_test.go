package analyze

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestScoped: what is read has the same patterns from every folder of a module.
func TestScoped(t *testing.T) {
	root := t.TempDir()
	below := filepath.Join(root, "internal", "orders")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		dir      string
		in, want []string
	}{
		{root, nil, nil},
		{root, []string{"./..."}, nil},
		{root, []string{"./cmd/...", "m/internal/..."}, []string{"./cmd/...", "m/internal/..."}},
		{below, nil, nil},
		{below, []string{"./..."}, []string{"./internal/orders/..."}},
		{below, []string{".", "..", "../billing/...", "m/cmd/x"}, []string{"./internal", "./internal/billing/...", "./internal/orders", "m/cmd/x"}},
		{below, []string{"../../..."}, nil},
		{below, []string{"../../../else"}, []string{"../else"}},
	} {
		got := scoped(Options{Dir: tt.dir, Patterns: tt.in})
		if !slices.Equal(got.Patterns, tt.want) {
			t.Errorf("%v from %s: %v, want %v", tt.in, tt.dir, got.Patterns, tt.want)
		}
		if got.Dir != root {
			t.Errorf("dir of %s is %s", tt.dir, got.Dir)
		}
	}
	if got := scoped(Options{Dir: t.TempDir(), Patterns: []string{"."}}); !slices.Equal(got.Patterns, []string{"."}) {
		t.Errorf("without a module: %v", got.Patterns)
	}
}
