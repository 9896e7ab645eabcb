package source

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/tools/go/packages"
)

// The go command lists nothing at all while it cannot read the go.mod of one module
// that is required: withdrawn, private, or not there without a network. Such modules
// are replaced by empty ones in a copy of go.mod, and what imports them is listed as
// what any missing dependency is.

// maxUnreadable is how many modules are found one by one; then all whose go.mod is not
// in the module cache are taken for unreadable, since there is no network.
const maxUnreadable = 8

var unreadable = regexp.MustCompile(`(?m)^(?:go: |\t)?([^\s@]+)@(v[^\s:]+): ((?:reading |Get |module lookup disabled|invalid version: |unknown revision |git ).*)`)

// withoutUnreadable tries again without the modules that cannot be read, as long as
// others turn up.
func (l *loader) withoutUnreadable(failed error) ([]*packages.Package, error) {
	vars, err := goEnv(l.ctx, l.root.dir, l.opt.Env)
	if err != nil || workFile(vars) != "" {
		return nil, failed
	}
	gone := map[string]string{} // why, by path
	for round := 0; ; round++ {
		found := unreadableIn(failed, gone)
		if round == maxUnreadable {
			maps.Copy(found, l.notCached(vars["GOMODCACHE"], gone))
		}
		if len(found) == 0 || round > 2*maxUnreadable || l.ctx.Err() != nil {
			return nil, failed
		}
		maps.Copy(gone, found)
		if err := l.replaceUnreadable(gone); err != nil {
			return nil, failed
		}
		pkgs, err := packages.Load(l.config(), l.patterns()...)
		if err == nil {
			err = wholeFailure(pkgs)
		}
		if err == nil {
			paths := slices.Sorted(maps.Keys(gone))
			l.report(Problem{Code: "dependency", File: "go.mod", Message: "left out modules that cannot be read, " + strings.Join(paths, ", ") +
				": " + oneLine(strings.ReplaceAll(gone[paths[0]], l.root.dir, ".")), Cure: "go mod download, where they can be had"})
			l.hideStubs(pkgs)
			return pkgs, nil
		}
		failed = err
	}
}

// unreadableIn gives the modules that an error says cannot be read, and why.
func unreadableIn(err error, known map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range unreadable.FindAllStringSubmatch(afterStderr(err.Error()), -1) {
		if _, again := known[m[1]]; !again && module.CheckPath(m[1]) == nil {
			out[m[1]] = m[3]
		}
	}
	return out
}

// notCached gives the required modules whose go.mod is not in the module cache.
func (l *loader) notCached(cache string, known map[string]string) map[string]string {
	file, err := l.parseMod()
	if err != nil || cache == "" {
		return nil
	}
	out := map[string]string{}
	for _, r := range file.Require {
		path, err := module.EscapePath(r.Mod.Path)
		version, err2 := module.EscapeVersion(r.Mod.Version)
		if err != nil || err2 != nil {
			continue
		}
		if _, again := known[r.Mod.Path]; again {
			continue
		}
		if _, err := os.Stat(filepath.Join(cache, "cache", "download", filepath.FromSlash(path), "@v", version+".mod")); err != nil {
			out[r.Mod.Path] = "not in the module cache"
		}
	}
	return out
}

func (l *loader) parseMod() (*modfile.File, error) {
	at := filepath.Join(l.root.modDir, "go.mod")
	data, err := os.ReadFile(at)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(at, data, nil)
}

// replaceUnreadable writes the copy of go.mod, with an empty module for each that is
// gone. Closing the loader removes it.
func (l *loader) replaceUnreadable(gone map[string]string) error {
	if l.stubs == "" {
		dir, err := os.MkdirTemp("", "ficus-mod-")
		if err != nil {
			return err
		}
		l.stubs = dir
	}
	file, err := l.parseMod()
	if err != nil {
		return err
	}
	for i, path := range slices.Sorted(maps.Keys(gone)) {
		at := filepath.Join(l.stubs, fmt.Sprint(i))
		if err := os.MkdirAll(at, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(at, "go.mod"), []byte("module "+modfile.AutoQuote(path)+"\n"), 0o600); err != nil {
			return err
		}
		for _, r := range file.Replace {
			if r.Old.Path == path {
				if err := file.DropReplace(r.Old.Path, r.Old.Version); err != nil {
					return err
				}
			}
		}
		if err := file.AddReplace(path, "", at, ""); err != nil {
			return err
		}
	}
	data, err := file.Format()
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(l.root.modDir, "go.sum"))
	if err == nil {
		err = os.WriteFile(filepath.Join(l.stubs, "go.sum"), sums, 0o600)
	}
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	l.modFile = filepath.Join(l.stubs, "go.mod")
	return os.WriteFile(l.modFile, data, 0o600)
}

// hideStubs takes the place of the empty modules out of what is reported.
func (l *loader) hideStubs(pkgs []*packages.Package) {
	where := regexp.MustCompile(`,? ?replaced by ` + regexp.QuoteMeta(l.stubs) + `[/\\]\d+`)
	packages.Visit(pkgs, nil, func(pkg *packages.Package) {
		for i, e := range pkg.Errors {
			pkg.Errors[i].Msg = strings.ReplaceAll(where.ReplaceAllString(e.Msg, ""), l.stubs, "")
		}
	})
}

// close removes what was written for the go command.
func (l *loader) close() {
	if l.stubs != "" {
		os.RemoveAll(l.stubs)
	}
}

// afterStderr is what the go command said.
func afterStderr(msg string) string {
	if _, said, ok := strings.Cut(msg, "stderr: "); ok {
		return said
	}
	return msg
}
