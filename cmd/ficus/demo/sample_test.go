package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindSample(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	sample, err := findSample(here)
	if err != nil {
		t.Fatal(err)
	}
	if got := modulePath(filepath.Join(sample, "go.mod")); got != "example.com/shop" {
		t.Errorf("sample's module is %q, want example.com/shop", got)
	}
	_, err = findSample(t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "git clone") {
		t.Errorf("outside a checkout: error %v, want one that says how to get it", err)
	}
}

func TestCopySample(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	for name, text := range map[string]string{"go.mod": "module x\n", "a/b.go": "package a\n", ".git/HEAD": "x", ".ficus/model.json": "{}"} {
		path := filepath.Join(from, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := copySample(from, to); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(to, "a", "b.go")); err != nil || string(data) != "package a\n" {
		t.Errorf("a/b.go: %q, %v", data, err)
	}
	for _, gone := range []string{".git", ".ficus"} {
		if _, err := os.Stat(filepath.Join(to, gone)); !os.IsNotExist(err) {
			t.Errorf("%s was copied", gone)
		}
	}
	if err := copySample(from, to); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("second copy: error %v, want one about the folder that is not empty", err)
	}
}
