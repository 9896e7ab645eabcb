package generate_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/generate"
)

const booksModule = "example.com/books"

// books unpacks the fixture with our own requirements, so that no module has to be
// fetched, and writes a model with the services library and desk.
func books(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	a, err := txtar.ParseFile("testdata/books.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		write(t, dir, f.Name, string(f.Data))
	}
	mod, sum := read(t, "..", "go.mod"), read(t, "..", "go.sum")
	write(t, dir, "go.mod", regexp.MustCompile(`(?m)^module .*$`).ReplaceAllString(mod, "module "+booksModule))
	write(t, dir, "go.sum", sum)
	if err := booksModel(t, dir).WriteFile(filepath.Join(dir, ".ficus", "model.json")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func booksModel(t *testing.T, dir string) *model.Model {
	m := &model.Model{Version: model.Version, Module: model.Module{Path: booksModule}}
	for _, p := range []struct{ name, service string }{
		{"cmd/books", model.Root}, {"internal/app", model.Root}, {"internal/desk", "desk"},
		{"internal/library", "library"}, {"internal/settings", model.Library},
	} {
		path := booksModule + "/" + p.name
		m.Packages = append(m.Packages, model.Package{Path: path, Name: filepath.Base(p.name), Dir: p.name})
		m.Units = append(m.Units, model.Unit{ID: path, Package: path, Service: p.service})
		if model.IsService(p.service) {
			m.Services = append(m.Services, model.Service{Name: p.service, Units: []string{path}, Packages: []string{path}})
			m.Bills = append(m.Bills, model.Bill{Service: p.service})
		}
	}
	line := 1 + strings.Count(before(t, read(t, dir, "internal/library/library.go"), `mux.HandleFunc("GET /books`), "\n")
	m.Routes = []model.Route{{
		Method: "GET", Pattern: "/books/{id}", Router: "net/http", Service: "library", ReadOnly: true,
		Handler:    booksModule + "/internal/library.Service.handleGet",
		Registered: model.Evidence{File: "internal/library/library.go", Line: line, Func: "(*Service).Routes"},
	}}
	return m
}

func before(t *testing.T, text, mark string) string {
	t.Helper()
	head, _, ok := strings.Cut(text, mark)
	if !ok {
		t.Fatalf("no %q in the fixture", mark)
	}
	return head
}

func write(t *testing.T, dir, name, data string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func run(t *testing.T, o generate.Options) *generate.Result {
	t.Helper()
	res, err := generate.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.Refusals {
		t.Errorf("refused: %s", r)
	}
	if t.Failed() {
		t.FailNow()
	}
	return res
}

// TestGenerateBuildAndRun generates, builds and runs the service, and calls it over
// gRPC with the generated client and over HTTP.
func TestGenerateBuildAndRun(t *testing.T) {
	dir := books(t)
	o := generate.Options{Dir: dir, Service: "library"}
	res := run(t, o)
	want := []string{"library.Service.Add", "library.Service.First", "library.Service.Get", "library.Service.Tagged", "library.Words"}
	got := slices.Sorted(slices.Values(res.Crossing))
	if !slices.Equal(got, want) {
		t.Errorf("crossing %v, want %v", got, want)
	}
	if err := res.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("again", func(t *testing.T) {
		for _, c := range run(t, o).Stale() {
			t.Errorf("%s is %s after it was written:\n%s", c.Path, c.Action, c.Diff())
		}
	})
	write(t, dir, "cmd/probe/main.go", probe)
	t.Run("serve", func(t *testing.T) { serveAndCall(t, dir, res) })
	t.Run("bad settings", func(t *testing.T) {
		cmd := exec.Command(filepath.Join(dir, exe("library")))
		cmd.Env = append(os.Environ(), "GRPC_ADDR=nowhere", "SHUTDOWN_TIMEOUT=soon")
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("GRPC_ADDR")) || !bytes.Contains(out, []byte("SHUTDOWN_TIMEOUT")) {
			t.Errorf("got %v: %s", err, out)
		}
		cmd = exec.Command(filepath.Join(dir, exe("library")))
		cmd.Env = append(os.Environ(), "SHELF=bad", "GRPC_ADDR=127.0.0.1:0", "HTTP_ADDR=127.0.0.1:0")
		out, err = cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("settings.Load: SHELF is bad")) {
			t.Errorf("got %v: %s", err, out)
		}
	})
}

func exe(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

func goTool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// serveAndCall runs the built service and asks it everything.
func serveAndCall(t *testing.T, dir string, res *generate.Result) {
	goTool(t, dir, "build", "-o", ".", "./cmd/library", "./cmd/probe")
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, exe("library")))
	cmd.Env = append(os.Environ(), "SHELF=top", "GRPC_ADDR=127.0.0.1:0", "HTTP_ADDR=127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	logs := bufio.NewReader(stderr)
	grpcAddr, httpAddr := serving(t, logs)

	probe := exec.CommandContext(t.Context(), filepath.Join(dir, exe("probe")), grpcAddr)
	out, err := probe.CombinedOutput()
	if err != nil || string(out) != "all right\n" {
		t.Errorf("probe: %v\n%s", err, out)
	}
	get(t, "http://"+httpAddr+"/healthz", "ok\n", "")
	get(t, "http://"+httpAddr+"/books/1", "Emma\n", "top")
	monolithCalls(t, dir, res, grpcAddr)
	stop(t, cmd, logs)
}

// remoteTest is a test of the monolith that only passes when its library is the one
// of the service, which has a book.
const remoteTest = `package desk

import (
	"log/slog"
	"testing"

	"example.com/books/internal/library"
)

func TestRemote(t *testing.T) {
	b, err := New(library.New("empty", slog.Default())).Top(t.Context())
	if err != nil || b.Title != "Emma" {
		t.Errorf("got %v, %v", b, err)
	}
}
`

// monolithCalls builds the monolith with the facade laid over it and lets it call
// the running service.
func monolithCalls(t *testing.T, dir string, res *generate.Result, grpcAddr string) {
	overlay, err := res.WriteOverlay(t.Context(), filepath.Join(t.TempDir(), "overlay"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "internal/desk/remote_test.go", remoteTest)
	held, err := net.Dial("tcp", grpcAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	nobody := held.LocalAddr().String() // its port is taken, and nobody listens there
	for _, tc := range []struct {
		name string
		env  []string
		want string
	}{
		{"remote", []string{"FICUS_LIBRARY=remote", "FICUS_LIBRARY_ADDR=" + grpcAddr}, "ok"},
		{"local", nil, "book not found"},
		{"service gone", []string{"FICUS_LIBRARY=remote", "FICUS_LIBRARY_ADDR=" + nobody}, "service library not reached, answered locally"},
		{"remote without address", []string{"FICUS_LIBRARY=remote"}, "FICUS_LIBRARY_ADDR does not say where"},
		{"mistyped", []string{"FICUS_LIBRARY=remoat"}, "use local, loopback or remote"},
	} {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-vet=off", "-overlay", overlay, "-run", "TestRemote", "./internal/desk")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), tc.env...)
		if out, err := cmd.CombinedOutput(); !strings.Contains(string(out), tc.want) || (err == nil) != (tc.want == "ok") {
			t.Errorf("%s: %v\n%s", tc.name, err, out)
		}
	}
}

// serving waits for the line that tells the addresses.
func serving(t *testing.T, logs *bufio.Reader) (grpcAddr, httpAddr string) {
	t.Helper()
	for {
		line, err := logs.ReadString('\n')
		if err != nil {
			t.Fatalf("the service ended: %v", err)
		}
		var e struct{ Msg, GRPC, HTTP string }
		if json.Unmarshal([]byte(line), &e) == nil && e.Msg == "serving" {
			return e.GRPC, e.HTTP
		}
	}
}

func get(t *testing.T, url, body, shelf string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 || string(data) != body || resp.Header.Get("X-Shelf") != shelf {
		t.Errorf("GET %s: %s %q, X-Shelf %q; want %q, %q", url, resp.Status, data, resp.Header.Get("X-Shelf"), body, shelf)
	}
}

// stop asks the service to stop and checks that it does in order.
func stop(t *testing.T, cmd *exec.Cmd, logs *bufio.Reader) {
	if runtime.GOOS == "windows" {
		return // no SIGTERM
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(logs)
	if err := cmd.Wait(); err != nil || !bytes.Contains(rest, []byte(`"stopping"`)) {
		t.Errorf("stop: %v\n%s", err, rest)
	}
}

// probe calls the running service with the generated client.
const probe = `package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"example.com/books/internal/library"
	"example.com/books/services/library/client"
	"example.com/books/services/library/facade"
	"example.com/books/services/library/wire"
)

func main() {
	conn, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err == nil, "dial", err)
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	health, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	check(err == nil && health.Status == grpc_health_v1.HealthCheckResponse_SERVING, "health", err)

	c := client.NewLibraryService(conn, client.Options{})
	_, err = c.Get(ctx, 7)
	check(errors.Is(err, library.ErrNotFound) && err.Error() == "book 7: book not found", "not found", err)
	id, err := c.Add(ctx, "Emma", "novel")
	check(id == 1 && err == nil, "add", err)
	_, err = c.Add(ctx, "Emma")
	var dup *library.DuplicateError
	check(errors.As(err, &dup) && dup.Title == "Emma", "typed", err)
	b, err := c.Get(ctx, 1)
	check(err == nil && b.Title == "Emma" && len(b.Tags) == 1 && b.Meta == nil, "get", err)
	_, err = c.Add(ctx, "panic")
	check(err != nil, "panic", err)

	local := library.New("x", nil)
	stage := facade.Remote
	f := facade.NewLibraryService(local, c, facade.Options{Stage: func() facade.Stage { return stage }})
	b, err = f.First(ctx)
	check(err == nil && b.Title == "Emma", "facade, remote", err)
	stage = facade.Local
	_, err = f.First(ctx)
	check(errors.Is(err, library.ErrNotFound), "facade, local", err)
	_, err = facade.StageFromEnv(func(string) string { return "x" })
	check(err != nil, "stage", err)

	held, err := net.Dial("tcp", os.Args[1])
	check(err == nil, "dial", err)
	defer held.Close() // until then nobody listens at its near end
	dead, err := grpc.NewClient(held.LocalAddr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err == nil, "dial", err)
	defer dead.Close()
	_, err = client.NewLibraryService(dead, client.Options{}).Get(ctx, 1)
	var remote *wire.RemoteError
	check(errors.As(err, &remote), "transport", err)
	f = facade.NewLibraryService(local, client.NewLibraryService(dead, client.Options{}),
		facade.Options{Stage: func() facade.Stage { return facade.Remote }, FallBack: true})
	_, err = f.Add(ctx, "Local")
	check(err == nil, "a write that certainly did not run falls back", err)
	b, err = f.Get(ctx, 1)
	check(err == nil && b.Title == "Local", "a read falls back", err)
	fmt.Println("all right")
}

func check(ok bool, what string, err error) {
	if !ok {
		fmt.Println(what, "is wrong:", err)
		os.Exit(1)
	}
}
`

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := generate.Run(t.Context(), generate.Options{Dir: dir, Service: "x"})
	if err == nil || !strings.Contains(err.Error(), "no go.mod") {
		t.Errorf("no module: %v", err)
	}
	_, err = generate.Run(t.Context(), generate.Options{Dir: filepath.Join(dir, "nowhere"), Service: "x"})
	if err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("no folder: %v", err)
	}
	write(t, dir, "go.mod", "module example.com/x\n\ngo 1.26\n")
	_, err = generate.Run(t.Context(), generate.Options{Dir: dir, Service: "x"})
	if err == nil || !strings.Contains(err.Error(), "ficus analyze") {
		t.Errorf("no model: %v", err)
	}
	m := &model.Model{Version: model.Version, Module: model.Module{Path: "example.com/other"},
		Services: []model.Service{{Name: "a"}, {Name: "b"}}}
	if err := m.WriteFile(filepath.Join(dir, ".ficus", "model.json")); err != nil {
		t.Fatal(err)
	}
	_, err = generate.Run(t.Context(), generate.Options{Dir: dir, Service: "x"})
	var unknown *generate.UnknownServiceError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "it has: a, b") {
		t.Errorf("unknown service: %v", err)
	}
	write(t, dir, "ficus.yaml", "version: 1\nservices:\n  x:\n    owns: [internal/x]\n")
	_, err = generate.Run(t.Context(), generate.Options{Dir: dir, Service: "x"})
	if !errors.As(err, &unknown) || !unknown.Planned {
		t.Errorf("planned service: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	dir := books(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := generate.Run(ctx, generate.Options{Dir: dir, Service: "library"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
