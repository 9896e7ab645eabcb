package check

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOwners(t *testing.T) {
	tests := []struct {
		name, module string
		files        map[string]string
		file         string
		want         []string
	}{
		{"none", ".", nil, "a.go", nil},
		{"the last rule wins", ".", map[string]string{"CODEOWNERS": "* @all\n/cart/ @cart ann@example.com\n"}, "cart/a.go", []string{"@cart", "ann@example.com"}},
		{"the folder of the host first", ".", map[string]string{"CODEOWNERS": "* @root\n", ".github/CODEOWNERS": "* @github\n"}, "a.go", []string{"@github"}},
		{"docs", ".", map[string]string{"docs/CODEOWNERS": "* @docs\n"}, "a.go", []string{"@docs"}},
		{"a module below the root", "shop", map[string]string{"CODEOWNERS": "/shop/cart/ @cart\n"}, "cart/a.go", []string{"@cart"}},
		{"nobody's", ".", map[string]string{"CODEOWNERS": "* @all\n/cart/\n"}, "cart/a.go", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, map[string]string{".git": "gitdir: elsewhere\n", "shop/go.mod": "module shop\n"})
			write(t, dir, tt.files)
			owners, err := Owners(filepath.Join(dir, tt.module))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, owners(tt.file)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestOwnersNameTheBadLine(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"CODEOWNERS": "* @all\n/x nobody\n"})
	if _, err := Owners(dir); err == nil || !strings.Contains(err.Error(), "CODEOWNERS") || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v", err)
	}
}

// repo is a repository whose branch left main, which went on.
func repo(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Dir, cmd.Env = dir, gitEnv(os.Environ())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	run("init", "--quiet", "--initial-branch=main")
	write(t, dir, map[string]string{"README": "x", "shop/go.mod": "module shop\n", "shop/a.go": "package shop // fork\n"})
	run("add", ".")
	run("commit", "--quiet", "-m", "one")
	run("checkout", "--quiet", "-b", "branch")
	run("checkout", "--quiet", "main")
	write(t, dir, map[string]string{"shop/a.go": "package shop // later\n"})
	run("commit", "--quiet", "-am", "two")
	run("checkout", "--quiet", "branch")
	write(t, dir, map[string]string{"shop/a.go": "package shop // not committed\n", ".git/hooks/post-checkout": "#!/bin/sh\nexit 1\n"})
	if err := os.Chmod(filepath.Join(dir, ".git/hooks/post-checkout"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func worktrees(t *testing.T, dir string) string {
	t.Helper()
	out, err := git(context.Background(), dir, "worktree", "list", "--porcelain")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCheckoutIsWhereTheBranchLeft(t *testing.T) {
	dir := repo(t)
	before := worktrees(t, dir)
	w, err := Checkout(context.Background(), filepath.Join(dir, "shop"), "main")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(w.Dir, "a.go"))
	if err != nil || !strings.Contains(string(got), "fork") {
		t.Errorf("the base has %q, %v", got, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(w.top); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", w.top, err)
	}
	if after := worktrees(t, dir); after != before {
		t.Errorf("worktrees before\n%s\nafter\n%s", before, after)
	}
}

func TestCheckoutRefuses(t *testing.T) {
	dir := repo(t)
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	stopped, stop := context.WithCancel(context.Background())
	stop()
	tests := []struct {
		name, dir, rev, want string
		ctx                  context.Context
	}{
		{"no such revision", dir, "nowhere", "git knows no such commit; name a branch", context.Background()},
		{"an option", dir, "--all", "it is none", context.Background()},
		{"no repository", t.TempDir(), "main", "--base needs the module in a git repository", context.Background()},
		{"no module", dir, "main", "it has no module in its root", context.Background()},
		{"stopped", dir, "main", "context canceled", stopped},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Checkout(tt.ctx, tt.dir, tt.rev); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
			if left, _ := filepath.Glob(filepath.Join(temp, "ficus-base-*")); len(left) > 0 {
				t.Errorf("left %v", left)
			}
		})
	}
	if list := worktrees(t, dir); strings.Count(list, "worktree ") != 1 {
		t.Errorf("worktrees are left:\n%s", list)
	}
}

func TestCheckoutWithoutGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Checkout(context.Background(), t.TempDir(), "main"); err == nil || !strings.Contains(err.Error(), "there is no git") {
		t.Errorf("got %v", err)
	}
}

func TestBoundariesPinWhatTheModelKnows(t *testing.T) {
	m := &model.Model{Module: model.Module{Path: module},
		Units: []model.Unit{{ID: module + "/cart", Package: module + "/cart", Service: "orders"},
			{ID: module + "/models#x", Package: module + "/models", Service: "billing", Atoms: []string{module + "/models.X"}}},
		Tables: []model.Table{{Name: "carts", Service: "orders"}, {Name: "lost", Service: model.Unassigned}},
		Routes: []model.Route{{Method: "GET", Pattern: "/carts", Service: "orders"}}}
	p, err := plan.Parse("ficus.yaml", []byte(`version: 1
services:
  orders: {owns: ["table:carts", cart/...]}
pins:
  - in: {models#x: orders}
  - library: [clock]
  - apart: [cart, models]
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, pin := range Boundaries(m, p).Decisions() {
		got = append(got, pin.String())
	}
	slices.Sort(got)
	want := []string{"in: {cart/...: orders}", "in: {cart: orders}", "in: {models.X: billing}", `in: {"route:GET /carts": orders}`,
		`in: {"table:carts": orders}`, "library: [clock]"}
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
