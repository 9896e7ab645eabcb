package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// Fingerprint is a key of all that Load reads, made without loading: the options,
// what the go command says of itself and its environment, and the module's tree:
// the content of all files that a build reads and the names beside //go:embed. The
// same for modules that go.work or a local replacement brings in. Dependencies are
// in go.sum, vendored ones in the tree.
//
// It does not see what else a build takes from the machine: C headers and libraries
// outside of the module, as the go command's own cache does not, and whether
// dependencies can be downloaded. It fails where something else decides what is
// built: a packages driver, GOFLAGS with an overlay or another go.mod, no modules.
//
// dir is the folder that names in the program are relative to.
func Fingerprint(ctx context.Context, opt Options) (key cache.Key, dir string, err error) {
	r, err := locate(opt)
	if err != nil {
		return key, "", err
	}
	env, err := goEnv(ctx, r.dir, opt.Env)
	if err != nil {
		return key, "", err
	}
	if err := decidedElsewhere(opt.Env, env); err != nil {
		return key, "", err
	}
	f := &fingerprint{ctx: ctx, hash: cache.NewHash("source 1"), base: r.modDir}
	f.hash.Text(f.rel(r.dir), fmt.Sprint(opt.Tests, opt.SkipBodies), strings.Join(opt.Tags, ","))
	f.hash.Text(opt.Patterns...)
	f.environment(opt.Env, env)
	dirs, err := f.roots(env)
	if err != nil {
		return key, "", fmt.Errorf("take a fingerprint: %w", err)
	}
	for _, dir := range dirs {
		f.hash.Text("tree", f.rel(dir))
		if err := f.tree(dir); err != nil {
			return key, "", err
		}
	}
	return f.hash.Sum(), r.modDir, nil
}

// goEnv asks the go command for its environment: what the process, its own file and
// the module's toolchain line say.
func goEnv(ctx context.Context, dir string, env []string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "-json")
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("read the go command's environment: %w", err)
	}
	var vars map[string]string
	if err := json.Unmarshal(out, &vars); err != nil {
		return nil, fmt.Errorf("read the go command's environment: %w", err)
	}
	return vars, nil
}

// decidedElsewhere refuses what the fingerprint cannot see.
func decidedElsewhere(process []string, env map[string]string) error {
	if driver := lookup(process, "GOPACKAGESDRIVER"); driver != "" && driver != "off" {
		return errors.New("take a fingerprint: GOPACKAGESDRIVER decides what is built")
	}
	for _, flag := range []string{"-modfile", "-overlay", "-toolexec"} {
		if strings.Contains(env["GOFLAGS"], flag) {
			return fmt.Errorf("take a fingerprint: GOFLAGS has %s", flag)
		}
	}
	if env["GO111MODULE"] == "off" || env["GOVERSION"] == "" {
		return errors.New("take a fingerprint: the go command does not use modules")
	}
	return nil
}

func lookup(env []string, name string) string {
	if env == nil {
		return os.Getenv(name)
	}
	for _, e := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// fingerprint gathers one key.
type fingerprint struct {
	ctx  context.Context
	hash *cache.Hash
	base string // what paths are relative to
}

func (f *fingerprint) rel(path string) string {
	if rel, err := filepath.Rel(f.base, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// immaterial are the variables that say where things are kept, not what they are;
// GOGCCFLAGS names a folder that is another one every time.
var immaterial = map[string]bool{"GOGCCFLAGS": true, "GOTMPDIR": true, "GOCACHE": true, "GOCACHEPROG": true, "GOTELEMETRY": true,
	"GOTELEMETRYDIR": true, "GOMOD": true, "GOWORK": true, "GOMODCACHE": true, "GOPATH": true, "GOENV": true, "GOBIN": true}

// compilerVariables are read by what the go command calls.
var compilerVariables = []string{"PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "SDKROOT"}

func (f *fingerprint) environment(process []string, env map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !immaterial[name] {
			f.hash.Text(name, env[name])
		}
	}
	for _, name := range compilerVariables {
		f.hash.Text(name, lookup(process, name))
	}
	f.hash.Text("GOWORK", fmt.Sprint(workFile(env) != ""))
}

func workFile(env map[string]string) string {
	if env["GOWORK"] == "off" {
		return ""
	}
	return env["GOWORK"]
}

// roots are the folders whose trees count, none inside another: the module, the
// modules of its workspace, and local replacements of either.
func (f *fingerprint) roots(env map[string]string) ([]string, error) {
	dirs := []string{f.base}
	mods := []string{filepath.Join(f.base, "go.mod")}
	if work := workFile(env); work != "" {
		at := filepath.Dir(work)
		f.content(work + ".sum")
		file, err := modfile.ParseWork(work, f.content(work), nil)
		if err != nil {
			return nil, err
		}
		for _, use := range file.Use {
			dirs = append(dirs, resolve(at, use.Path))
			mods = append(mods, filepath.Join(resolve(at, use.Path), "go.mod"))
		}
		dirs = append(dirs, replaced(at, file.Replace)...)
	}
	for _, mod := range mods {
		data, err := os.ReadFile(mod)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a workspace has none of its own
		}
		if err != nil {
			return nil, err
		}
		file, err := modfile.Parse(mod, data, nil)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, replaced(filepath.Dir(mod), file.Replace)...)
	}
	return outermost(dirs), nil
}

// replaced are the folders that stand in for modules.
func replaced(at string, list []*modfile.Replace) []string {
	var dirs []string
	for _, r := range list {
		if r.New.Version == "" {
			dirs = append(dirs, resolve(at, r.New.Path))
		}
	}
	return dirs
}

func resolve(at, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(at, path)
}

// outermost leaves out folders inside of others.
func outermost(dirs []string) []string {
	slices.Sort(dirs)
	var out []string
	for _, dir := range slices.Compact(dirs) {
		inside := slices.ContainsFunc(out, func(o string) bool {
			return strings.HasPrefix(dir, strings.TrimSuffix(o, string(filepath.Separator))+string(filepath.Separator))
		})
		if !inside {
			out = append(out, dir)
		}
	}
	return out
}

// content adds a file's content, or that it cannot be read.
func (f *fingerprint) content(path string) []byte {
	data, err := os.ReadFile(path)
	f.hash.Text(f.rel(path), fmt.Sprint(err == nil))
	f.hash.Bytes(data)
	return data
}

// buildExts are the endings of the files that a build reads, and of those that
// analysis reads besides.
var buildExts = map[string]bool{".go": true, ".mod": true, ".sum": true, ".work": true, ".sql": true,
	".c": true, ".cc": true, ".cpp": true, ".cxx": true, ".m": true, ".h": true, ".hh": true, ".hpp": true, ".hxx": true,
	".f": true, ".for": true, ".f90": true, ".s": true, ".sx": true, ".swig": true, ".swigcxx": true, ".syso": true}

// notRead are folders that no build and no analysis looks into.
var notRead = map[string]bool{".git": true, ".hg": true, ".svn": true, ".bzr": true, ".ficus": true}

// tree adds what a build reads of a folder, and the names in and below folders whose
// packages embed files.
func (f *fingerprint) tree(dir string) error {
	var other []string          // files, that can only be embedded
	embeds := map[string]bool{} // folders
	cgo := map[string]bool{}    // folders, whose C code may include any file
	at := dir
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		at = real
	}
	err := filepath.WalkDir(at, func(path string, d fs.DirEntry, err error) error {
		switch {
		case f.ctx.Err() != nil:
			return f.ctx.Err()
		case err != nil:
			f.hash.Text("unreadable", f.rel(path))
			return nil
		case d.IsDir() && notRead[d.Name()]:
			return fs.SkipDir
		case d.IsDir():
			return nil
		case !buildExts[strings.ToLower(filepath.Ext(path))] && d.Name() != "modules.txt":
			other = append(other, path)
			return nil
		}
		data := f.content(path)
		if bytes.Contains(data, []byte("//go:embed")) {
			embeds[filepath.Dir(path)] = true
		}
		if bytes.Contains(data, []byte(`"C"`)) {
			cgo[filepath.Dir(path)] = true
		}
		return nil
	})
	for _, path := range other {
		switch in := filepath.Dir(path); {
		case cgo[in]:
			f.content(path)
		case below(in, at, embeds):
			f.hash.Text("file", f.rel(path))
		}
	}
	return err
}

// below reports whether one of the folders is in, or above it up to root.
func below(in, root string, folders map[string]bool) bool {
	for ; len(in) >= len(root); in = filepath.Dir(in) {
		if folders[in] {
			return true
		}
		if in == filepath.Dir(in) {
			break
		}
	}
	return false
}
