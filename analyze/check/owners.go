package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/hmarr/codeowners"
)

// Owners reads the CODEOWNERS of the repository that a module stands in and
// returns who owns a file of the module. The file is looked for where hosts look
// for it: .github, the repository's root, docs. Without one nobody owns anything.
func Owners(moduleDir string) (func(file string) []string, error) {
	nobody := func(string) []string { return nil }
	root, prefix := repository(moduleDir)
	for _, name := range []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"} {
		f, err := os.Open(filepath.Join(root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the owners: %w", err)
		}
		rules, err := codeowners.ParseFile(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("read the owners: %s: %w; correct the line", name, err)
		}
		return func(file string) []string { return ownersOf(rules, path.Join(prefix, file)) }, nil
	}
	return nobody, nil
}

func ownersOf(rules codeowners.Ruleset, file string) []string {
	rule, err := rules.Match(file)
	if err != nil || rule == nil {
		return nil
	}
	var out []string
	for _, o := range rule.Owners {
		out = append(out, o.String())
	}
	return out
}

// repository is the folder above dir that has a .git, and dir's path in it; dir
// itself where there is none.
func repository(dir string) (root, prefix string) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir, ""
	}
	for at := abs; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			rel, err := filepath.Rel(at, abs)
			if err != nil {
				return dir, ""
			}
			return at, filepath.ToSlash(rel)
		}
		if at == filepath.Dir(at) {
			return abs, ""
		}
	}
}
