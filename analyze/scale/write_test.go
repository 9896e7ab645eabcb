package scale

import (
	"crypto/sha256"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// contents is the content of all files by name.
func contents(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		out[rel] = sha256.Sum256(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func monolith(t testing.TB, lines int, seed uint64) (dir string, got int) {
	t.Helper()
	dir = t.TempDir()
	got, err := Write(dir, Options{Lines: lines, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return dir, got
}

func TestWriteIsDeterministic(t *testing.T) {
	a, lines := monolith(t, 10_000, 1)
	b, again := monolith(t, 10_000, 1)
	c, _ := monolith(t, 10_000, 2)
	if lines != again || lines < 10_000 || lines > 14_000 {
		t.Errorf("got %d and %d lines, want 10000 and at most a domain more", lines, again)
	}
	first, second, third := contents(t, a), contents(t, b), contents(t, c)
	if !maps.Equal(first, second) {
		t.Error("equal options gave other files")
	}
	if maps.Equal(first, third) {
		t.Error("another seed gave the same")
	}
}

// TestMonolithCompiles vets it, formatting included.
func TestMonolithCompiles(t *testing.T) {
	dir, _ := monolith(t, 8_000, 1)
	for _, args := range [][]string{{"vet", "./..."}, {"build", "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
}
