package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCheckExitCodes tells what CI relies on: 1 is the code's fault, 2 the command
// line's, 3 that there is no answer.
func TestCheckExitCodes(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("testdata", "script", "check_errors.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		args []string
		want exitCode
	}{
		{[]string{"check"}, exitFailed}, // no model
		{[]string{"analyze"}, exitOK},
		{[]string{"check"}, exitFailed}, // no list
		{[]string{"check", "--format", "xml"}, exitUsage},
		{[]string{"check", "--accept", "three"}, exitUsage},
		{[]string{"check", "--accept", "two"}, exitOK}, // a list, but not of one
		{[]string{"check"}, exitNo},
		{[]string{"check", "--format", "sarif"}, exitNo},
		{[]string{"check", "--accept", "all"}, exitOK},
		{[]string{"check"}, exitOK},
	}
	for _, s := range steps {
		var out, said bytes.Buffer
		c := newConsole(nil, &out, &said, nil)
		if got := runInProcess(t, c, append(s.args, "-C", dir)...); got != s.want {
			t.Errorf("ficus %v: exit %d, want %d\n%s%s", s.args, got, s.want, out.String(), said.String())
		}
	}
}
