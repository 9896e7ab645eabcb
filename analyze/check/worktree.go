package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Worktree is a module as it was at another revision, in a temporary folder.
type Worktree struct {
	Dir    string // of the module
	Commit string // whole
	repo   string
	top    string // of the temporary folder
	tree   string
}

// Checkout makes a worktree of the commit in which the current branch and rev
// parted, as a review shows a branch: what rev got since does not count. The
// module is the one in moduleDir. The caller closes it, however ctx ends.
func Checkout(ctx context.Context, moduleDir, rev string) (*Worktree, error) {
	if strings.HasPrefix(rev, "-") {
		return nil, fmt.Errorf("read revision %s: it is none; name a branch, a tag or a commit", rev)
	}
	if _, err := exec.LookPath("git"); err != nil {
		return nil, fmt.Errorf("read revision %s: there is no git to be run (%w); install it, or compare with %s instead", rev, err, FileName)
	}
	prefix, err := git(ctx, moduleDir, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, fmt.Errorf("read revision %s: %w; --base needs the module in a git repository", rev, err)
	}
	commit, err := forkPoint(ctx, moduleDir, rev)
	if err != nil {
		return nil, err
	}
	top, err := os.MkdirTemp("", "ficus-base-*")
	if err != nil {
		return nil, fmt.Errorf("read revision %s: %w", rev, err)
	}
	if whole, err := filepath.EvalSymlinks(top); err == nil {
		top = whole
	}
	w := &Worktree{Commit: commit, repo: moduleDir, top: top, tree: filepath.Join(top, "tree")}
	w.Dir = filepath.Join(w.tree, filepath.FromSlash(prefix))
	if _, err := git(ctx, moduleDir, "-c", "core.hooksPath="+filepath.Join(top, "no-hooks"), "worktree", "add", "--detach", "--quiet", w.tree, commit); err != nil {
		return nil, errors.Join(fmt.Errorf("read revision %s: %w", rev, err), w.Close())
	}
	if _, err := os.Stat(filepath.Join(w.Dir, "go.mod")); err != nil {
		return nil, errors.Join(fmt.Errorf("read revision %s: it has no module in %s; name a later one", rev, orRoot(prefix)), w.Close())
	}
	return w, nil
}

func orRoot(prefix string) string {
	if prefix == "" {
		return "its root"
	}
	return strings.TrimSuffix(prefix, "/")
}

// forkPoint is the newest commit that HEAD and rev share.
func forkPoint(ctx context.Context, dir, rev string) (string, error) {
	const shallow = "in CI fetch the whole history (fetch-depth: 0, or git fetch --unshallow)"
	if _, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", rev+"^{commit}"); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("read revision %s: git knows no such commit; name a branch, a tag or a commit; %s", rev, shallow)
	}
	commit, err := git(ctx, dir, "merge-base", "HEAD", rev)
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("read revision %s: it shares no commit with HEAD; %s", rev, shallow)
	}
	return commit, nil
}

// Close removes the worktree. It works after its context has ended.
func (w *Worktree) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, _ = git(ctx, w.repo, "worktree", "remove", "--force", "--force", w.tree) // fails when adding it did
	if err := os.RemoveAll(w.top); err != nil {
		return fmt.Errorf("remove the temporary worktree: %w; remove the folder yourself, then: git worktree prune", err)
	}
	return nil
}

// git runs one command and returns its first line; git's own message is in the
// error.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = gitEnv(os.Environ())
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if text := strings.TrimSpace(said.String()); text != "" {
			return "", fmt.Errorf("git says: %s", strings.ReplaceAll(text, "\n", "; "))
		}
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(out.String()), nil
}

// gitEnv leaves out what a hook that runs ficus was given: it names the hook's
// index, not the worktree's. Nothing may ask a question.
func gitEnv(env []string) []string {
	hooks := []string{"GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"}
	out := slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(hooks, name)
	})
	return append(out, "GIT_TERMINAL_PROMPT=0", "GIT_LFS_SKIP_SMUDGE=1", "LC_ALL=C")
}
