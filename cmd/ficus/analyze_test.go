package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnalyzeStopsCleanly ends the context before and during the work: exit 3, a
// word about it, and no file.
func TestAnalyzeStopsCleanly(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/stop\n\ngo 1.24\n", "a.go": "package stop\n\nfunc A() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, stderr bytes.Buffer
	code := run(ctx, newConsole(strings.NewReader(""), &out, &stderr, os.Environ()), []string{"analyze", "-C", dir})
	if code != exitFailed || !strings.Contains(stderr.String(), "stopped by signal") || out.Len() > 0 {
		t.Errorf("exit %d, stdout %q, stderr %q", code, &out, &stderr)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 || len(hidden) != 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
}
