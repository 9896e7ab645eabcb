package generate_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/generate"
	"github.com/ficus-dev/ficus/generate/contract"
)

// generated writes the library of the fixture and returns how to do it again.
func generated(t *testing.T) (string, generate.Options) {
	t.Helper()
	dir := books(t)
	o := generate.Options{Dir: dir, Service: "library"}
	if err := run(t, o).Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dir, o
}

func action(t *testing.T, res *generate.Result, path string) generate.Action {
	t.Helper()
	for _, c := range res.Files {
		if c.Path == path {
			return c.Action
		}
	}
	return ""
}

func TestPeoplesWorkIsKept(t *testing.T) {
	dir, o := generated(t)
	const client, image, main, old = "services/library/client/client_gen.go", "services/library/Dockerfile", "cmd/library/main.go", "services/library/old_gen.go"
	write(t, dir, client, read(t, dir, client)+"\n// mine\n")
	write(t, dir, image, "FROM scratch\n")
	write(t, dir, main, read(t, dir, main)+"\n// mine too\n")
	gone(t, dir, old)

	res := run(t, o)
	for path, want := range map[string]generate.Action{
		client: generate.Edited, image: generate.Keep, main: generate.Keep, old: generate.Delete,
		"strangler.yaml": generate.Same, "cmd/library/run_gen.go": generate.Same,
	} {
		if got := action(t, res, path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	var conflict *generate.ConflictError
	if err := res.Write(t.Context()); !errors.As(err, &conflict) || len(conflict.Edited) != 1 || conflict.Edited[0] != client {
		t.Fatalf("write: %v", err)
	}
	if !strings.Contains(read(t, dir, client), "// mine") || !exists(dir, old) {
		t.Error("something was written in spite of the conflict")
	}
	o.Force = true
	if err := run(t, o).Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(read(t, dir, client), "// mine") || exists(dir, old) || read(t, dir, image) != "FROM scratch\n" {
		t.Error("force did not bring the generated files up to date, or took a file of the team's")
	}
	o.Force = false
	for _, c := range run(t, o).Stale() {
		t.Errorf("%s is %s", c.Path, c.Action)
	}
}

// gone puts a file into the lock that is no longer generated.
func gone(t *testing.T, dir, path string) {
	t.Helper()
	const text = "package library\n"
	write(t, dir, path, text)
	name := "services/library/" + contract.LockFile
	l, err := contract.ReadLock([]byte(read(t, dir, name)))
	if err != nil {
		t.Fatal(err)
	}
	l.Files[path] = sum(text)
	l.Files["../outside.go"] = sum("")
	write(t, dir, name, string(l.Bytes()))
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
	return err == nil
}

func TestForeignCommandIsLeftAlone(t *testing.T) {
	dir := books(t)
	const foreign = "package main\n\nfunc main() {}\n"
	write(t, dir, "cmd/library/main.go", foreign)
	o := generate.Options{Dir: dir, Service: "library"}
	if err := run(t, o).Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if read(t, dir, "cmd/library/main.go") != foreign || !exists(dir, "cmd/library-service/main.go") {
		t.Error("the service's program is not beside the monolith's of the same name")
	}
	for _, c := range run(t, o).Stale() {
		t.Errorf("%s is %s", c.Path, c.Action)
	}
}

func TestForeignFileIsRefused(t *testing.T) {
	dir := books(t)
	write(t, dir, "services/library/client/client_gen.go", "package client\n")
	res := run(t, generate.Options{Dir: dir, Service: "library"})
	var conflict *generate.ConflictError
	if err := res.Write(t.Context()); !errors.As(err, &conflict) || len(conflict.Foreign) != 1 {
		t.Fatalf("write: %v", err)
	}
	if exists(dir, "cmd/library") {
		t.Error("something was written")
	}
}

func TestRefusalsWriteNothing(t *testing.T) {
	dir := books(t)
	text := read(t, dir, "internal/library/library.go")
	write(t, dir, "internal/library/library.go", text+`
// Each calls back.
func (s *Service) Each(ctx context.Context, f func(Book)) error { return nil }
`)
	desk := read(t, dir, "internal/desk/desk.go")
	write(t, dir, "internal/desk/desk.go", desk+`
// Count counts.
func (d *Desk) Count(ctx context.Context) (n int, err error) {
	err = d.library.Each(ctx, func(library.Book) { n++ })
	return n, err
}
`)
	write(t, dir, "internal/app/app.go", strings.Replace(read(t, dir, "internal/app/app.go"),
		"a.library = library.New(cfg.Shelf, log)", `shelf := cfg.Shelf
	if shelf == "" {
		shelf = "ground floor"
	}
	a.library = library.New(shelf, log)`, 1))
	res, err := generate.Run(t.Context(), generate.Options{Dir: dir, Service: "library"})
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, r := range res.Refusals {
		codes[string(r.Code)] = r.String()
	}
	if !strings.Contains(codes["FICUS117"], "internal/library/library.go:") || !strings.Contains(codes["FICUS301"], "library.New.shelf: ") {
		t.Errorf("got %v", codes)
	}
	if len(res.Files) > 0 || res.Write(t.Context()) == nil {
		t.Error("files in spite of refusals")
	}

	// The lines that the refusals name settle them.
	write(t, dir, "ficus.yaml", `version: 1
services:
  library:
    local: [library.Service.Each]
    wire:
      library.New.shelf: 'os.Getenv("SHELF")'
`)
	res = run(t, generate.Options{Dir: dir, Service: "library"})
	for _, c := range res.Files {
		if c.Path == "cmd/library/wiring_gen.go" && !strings.Contains(string(c.New), `library.New(os.Getenv("SHELF"), log)`) {
			t.Errorf("wiring:\n%s", c.New)
		}
	}
}

// TestNothingHalfWritten: a file where a folder should be stops the write before
// anything has changed.
func TestNothingHalfWritten(t *testing.T) {
	dir := books(t)
	res := run(t, generate.Options{Dir: dir, Service: "library"})
	again := run(t, generate.Options{Dir: dir, Service: "library"})
	write(t, dir, "services", "not a folder\n")
	mod := read(t, dir, "go.mod")
	if err := res.Write(t.Context()); err == nil || !strings.Contains(err.Error(), "services/library/") {
		t.Fatalf("write: %v", err)
	}
	if exists(dir, "cmd/library") || read(t, dir, "go.mod") != mod {
		t.Error("something was written")
	}
	for i, c := range again.Files {
		if string(c.New) != string(res.Files[i].New) || c.Path != res.Files[i].Path {
			t.Errorf("%s differs from one run to the next", c.Path)
		}
	}
}
