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

// Print is what a module is known by before it is loaded.
type Print struct {
	// Source is a key of all that Load reads: the options, what the go command says of
	// itself and its environment, and the module's tree: the content of all files that a
	// build reads, of tests that are not loaded what they import, and the names beside
	// //go:embed. The same for modules that go.work or a local replacement brings in.
	// Dependencies are in go.sum, vendored ones in the tree.
	//
	// It does not see what else a build takes from the machine: C headers and libraries
	// outside of the module, as the go command's own cache does not, and whether
	// dependencies can be downloaded.
	Source cache.Key
	// Listing is a key of what the go command lists packages by, on this machine: as
	// Source, but of a Go file no more than its imports, its build constraints and what
	// it embeds.
	Listing cache.Key
	// Dir is the folder that names in the program are relative to.
	Dir string

	opt   Options
	stamp stamp
}

// Fingerprint takes the print of a module, without loading it. It fails where
// something else decides what is built: a packages driver, GOFLAGS with an overlay or
// another go.mod, no modules.
func Fingerprint(ctx context.Context, opt Options) (*Print, error) {
	r, err := locate(opt)
	if err != nil {
		return nil, err
	}
	env, err := goEnv(ctx, r.dir, opt.Env)
	if err != nil {
		return nil, err
	}
	if err := decidedElsewhere(opt.Env, env); err != nil {
		return nil, err
	}
	f := &fingerprint{ctx: ctx, source: cache.NewHash("source 1"), listing: cache.NewHash(listedKind), base: r.modDir, tests: opt.Tests}
	f.both(f.rel(r.dir), fmt.Sprint(opt.Tests), strings.Join(opt.Tags, ","))
	f.both(opt.Patterns...)
	f.source.Text(fmt.Sprint(opt.SkipBodies))
	f.environment(opt.Env, env)
	f.listing.Text(f.base, env["GOROOT"], env["GOMODCACHE"], env["GOPATH"])
	dirs, err := f.roots(env)
	if err != nil {
		return nil, fmt.Errorf("take a fingerprint: %w", err)
	}
	before := stampOf(ctx, dirs)
	for _, dir := range dirs {
		f.both("tree", f.rel(dir))
		if err := f.tree(dir); err != nil {
			return nil, err
		}
	}
	return &Print{Source: f.source.Sum(), Listing: f.listing.Sum(), Dir: r.modDir, opt: opt, stamp: before}, nil
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

// fingerprint gathers the keys.
type fingerprint struct {
	ctx             context.Context
	source, listing *cache.Hash
	base            string // what paths are relative to
	tests           bool   // are loaded
}

func (f *fingerprint) both(parts ...string) {
	f.source.Text(parts...)
	f.listing.Text(parts...)
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
			f.both(name, env[name])
		}
	}
	for _, name := range compilerVariables {
		f.both(name, lookup(process, name))
	}
	f.both("GOWORK", fmt.Sprint(workFile(env) != ""))
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
	f.both(f.rel(path), fmt.Sprint(err == nil))
	whole, listed := data, data
	switch ext := filepath.Ext(path); {
	case ext == ".go":
		listed = listedBy(data)
		if strings.HasSuffix(path, "_test.go") && !f.tests {
			whole = listed // of these the imports alone are read
		}
	case buildExts[ext] && !moduleExts[ext]:
		listed = nil
	}
	f.source.Bytes(whole)
	f.listing.Bytes(listed)
	return data
}

// buildExts are the endings of the files that a build reads, and of those that
// analysis reads besides.
var buildExts = map[string]bool{".go": true, ".mod": true, ".sum": true, ".work": true, ".sql": true,
	".c": true, ".cc": true, ".cpp": true, ".cxx": true, ".m": true, ".h": true, ".hh": true, ".hpp": true, ".hxx": true,
	".f": true, ".for": true, ".f90": true, ".s": true, ".sx": true, ".swig": true, ".swigcxx": true, ".syso": true}

// moduleExts are the endings of the files that say which modules there are.
var moduleExts = map[string]bool{".mod": true, ".sum": true, ".work": true}

// notRead are folders that no build and no analysis looks into.
var notRead = map[string]bool{".git": true, ".hg": true, ".svn": true, ".bzr": true, ".ficus": true}

// tree adds what a build reads of a folder, and the names in and below folders whose
// packages embed files.
func (f *fingerprint) tree(dir string) error {
	var other []string          // files, that can only be embedded
	embeds := map[string]bool{} // folders
	cgo := map[string]bool{}    // folders, whose C code may include any file
	at := resolved(dir)
	err := walkTree(f.ctx, at, func(path string, d fs.DirEntry) {
		switch {
		case d == nil:
			f.both("unreadable", f.rel(path))
			return
		case !buildExts[strings.ToLower(filepath.Ext(path))] && d.Name() != "modules.txt":
			other = append(other, path)
			return
		}
		data := f.content(path)
		if bytes.Contains(data, embedDirective) {
			embeds[filepath.Dir(path)] = true
		}
		if bytes.Contains(data, []byte(`"C"`)) {
			cgo[filepath.Dir(path)] = true
		}
	})
	for _, path := range other {
		switch in := filepath.Dir(path); {
		case cgo[in]:
			f.content(path)
		case below(in, at, embeds):
			f.both("file", f.rel(path))
		}
	}
	return err
}

// resolved looks through a symbolic link.
func resolved(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		return real
	}
	return dir
}

// walkTree calls do for the files below a folder that a build or analysis may look at,
// in the order of their names, and with no entry for what cannot be read.
func walkTree(ctx context.Context, dir string, do func(path string, d fs.DirEntry)) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			do(path, nil)
		case d.IsDir() && notRead[d.Name()]:
			return fs.SkipDir
		case !d.IsDir():
			do(path, d)
		}
		return nil
	})
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
