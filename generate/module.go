package generate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/ficus-dev/ficus/generate/golang"
)

// Modules that generated code needs, at the versions that ficus is tested with. A
// newer one that the monolith already has is kept.
var (
	rpcModules = []module.Version{
		{Path: "google.golang.org/grpc", Version: "v1.85.0"},
		{Path: "google.golang.org/protobuf", Version: "v1.36.12"},
	}
	commandModules = []module.Version{
		{Path: "go.opentelemetry.io/contrib/exporters/autoexport", Version: "v0.72.0"},
		{Path: "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc", Version: "v0.72.0"},
		{Path: "go.opentelemetry.io/otel", Version: "v1.47.0"},
		{Path: "go.opentelemetry.io/otel/sdk", Version: "v1.47.0"},
		{Path: "go.opentelemetry.io/otel/sdk/metric", Version: "v1.47.0"},
	}
)

// Layer is a set of files laid over a module without changing it: the files, and a
// go.mod and go.sum that have what they need. Flags hands all to the go command.
type Layer struct {
	// Dir is the module's folder, absolute.
	Dir string
	// scratch holds go.mod, go.sum, overlay.json and the files; Close removes it.
	scratch string
	env     []string
	overlay map[string]string // absolute path in the module → file in scratch
}

// NewLayer lays files, with paths relative to the module, over the module at dir.
// The caller closes it.
func NewLayer(ctx context.Context, dir string, files []golang.File, needs []module.Version, env []string) (_ *Layer, err error) {
	scratch, err := os.MkdirTemp("", "ficus-*")
	if err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	l := &Layer{Dir: dir, scratch: scratch, env: append(slices.Clone(env), "GOWORK=off"), overlay: map[string]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	if err := l.place(files); err != nil {
		return nil, err
	}
	return l, l.modules(ctx, needs)
}

// Close removes the scratch folder.
func (l *Layer) Close() error {
	if err := os.RemoveAll(l.scratch); err != nil {
		return fmt.Errorf("remove the scratch folder: %w", err)
	}
	return nil
}

// Flags are those of the go command that lay the layer over the module.
func (l *Layer) Flags() []string {
	return []string{"-mod=mod", "-modfile=" + filepath.Join(l.scratch, "go.mod"), "-overlay=" + filepath.Join(l.scratch, "overlay.json")}
}

// Env is the environment to run the go command in.
func (l *Layer) Env() []string { return l.env }

func (l *Layer) place(files []golang.File) error {
	for i, f := range files {
		name := filepath.Join(l.scratch, "files", fmt.Sprintf("%d", i), filepath.Base(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("lay files over the module: %w", err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return fmt.Errorf("lay files over the module: %w", err)
		}
		l.overlay[filepath.Join(l.Dir, filepath.FromSlash(f.Path))] = name
	}
	data, err := json.MarshalIndent(map[string]any{"Replace": l.overlay}, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(l.scratch, "overlay.json"), data, 0o644)
	}
	if err != nil {
		return fmt.Errorf("lay files over the module: %w", err)
	}
	return nil
}

// modules copies go.mod and go.sum and adds what is missing.
func (l *Layer) modules(ctx context.Context, needs []module.Version) error {
	mod, err := os.ReadFile(filepath.Join(l.Dir, "go.mod"))
	if err != nil {
		return fmt.Errorf("read go.mod: %w", err)
	}
	sum, err := os.ReadFile(filepath.Join(l.Dir, "go.sum"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read go.sum: %w", err)
	}
	if err := os.WriteFile(filepath.Join(l.scratch, "go.mod"), mod, 0o644); err != nil {
		return fmt.Errorf("copy go.mod: %w", err)
	}
	if err := os.WriteFile(filepath.Join(l.scratch, "go.sum"), sum, 0o644); err != nil {
		return fmt.Errorf("copy go.sum: %w", err)
	}
	missing, err := missingModules(mod, needs)
	if err != nil || len(missing) == 0 {
		return err
	}
	args := append([]string{"get", "-modfile=" + filepath.Join(l.scratch, "go.mod")}, missing...)
	if out, err := l.run(ctx, args...); err != nil {
		return fmt.Errorf("add the modules that generated code needs: go get %s: %w\n%s", strings.Join(missing, " "), err, out)
	}
	return nil
}

// missingModules are those that go.mod does not have, or has too old, as path@version.
func missingModules(mod []byte, needs []module.Version) ([]string, error) {
	f, err := modfile.Parse("go.mod", mod, nil)
	if err != nil {
		return nil, fmt.Errorf("read go.mod: %w", err)
	}
	have := map[string]string{}
	for _, r := range f.Require {
		have[r.Mod.Path] = r.Mod.Version
	}
	var list []string
	for _, n := range needs {
		if v, ok := have[n.Path]; !ok || semver.Compare(v, n.Version) < 0 {
			list = append(list, n.Path+"@"+n.Version)
		}
	}
	return list, nil
}

// run runs the go command in the module's folder and returns what it said.
func (l *Layer) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = l.Dir, l.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return strings.TrimSpace(out.String()), err
}

// output is what the go command writes to standard output; what it writes to the
// other is in the error.
func (l *Layer) output(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = l.Dir, l.env
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

// moduleChange is what happens to go.mod and go.sum.
type moduleChange struct {
	files []golang.File
	notes []string
	// goVersion is go.mod's go directive with what generated code needs, at least the
	// module's own.
	goVersion string
}

// check type-checks the files laid over the module, and finds what go.mod and
// go.sum must become.
func check(ctx context.Context, b *Boundary, files []golang.File, o Options) (_ moduleChange, err error) {
	var layered []golang.File
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".go") && !keeps(b.Dir, f.Path) {
			layered = append(layered, f)
		}
	}
	l, err := NewLayer(ctx, b.Dir, layered, append(slices.Clone(rpcModules), commandModules...), o.env())
	if err != nil {
		return moduleChange{}, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := l.TypeCheck(ctx, b.Model.Module.Path); err != nil {
		return moduleChange{}, err
	}
	if err := l.complete(ctx); err != nil {
		return moduleChange{}, err
	}
	return l.changed()
}

// complete adds to go.mod and go.sum what the module's other packages and its tests
// need of the modules that were raised: a newer testify imports what the old one did
// not, and the monolith's tests must go on building. What was missing before is left.
func (l *Layer) complete(ctx context.Context) error {
	c, err := l.changed()
	if err != nil || len(c.files) == 0 {
		return err
	}
	args := append([]string{"list", "-e", "-deps", "-test", "-f", "{{/**/}}"}, l.Flags()...)
	if out, err := l.run(ctx, append(args, "./...")...); err != nil {
		return fmt.Errorf("add what the module's tests need of raised modules: go list -deps -test ./...: %w\n%s", err, out)
	}
	return nil
}

// keeps tells whether a file that is written once stands on disk already.
func keeps(dir, path string) bool {
	if !writtenOnce(path) {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, filepath.FromSlash(path)))
	return err == nil
}

// changed are go.mod and go.sum when they must change, with what is added.
func (l *Layer) changed() (moduleChange, error) {
	version, err := l.goVersion()
	if err != nil {
		return moduleChange{}, err
	}
	c := moduleChange{goVersion: version}
	for _, name := range []string{"go.mod", "go.sum"} {
		now, err := os.ReadFile(filepath.Join(l.scratch, name))
		if err != nil {
			return c, fmt.Errorf("read %s: %w", name, err)
		}
		old, err := os.ReadFile(filepath.Join(l.Dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return c, fmt.Errorf("read %s: %w", name, err)
		}
		if !bytes.Equal(old, now) {
			c.files = append(c.files, golang.File{Path: name, Data: now})
		}
		if name == "go.mod" {
			c.notes = append(c.notes, addedModules(old, now)...)
		}
	}
	if _, err := os.Stat(filepath.Join(l.Dir, "vendor", "modules.txt")); err == nil && len(c.files) > 0 {
		c.notes = append(c.notes, "the module has a vendor folder: bring it up to date with: go mod vendor")
	}
	return c, nil
}

// goVersion is the go directive of the layer's go.mod, which go get raises when a
// module asks for more; empty when there is none.
func (l *Layer) goVersion() (string, error) {
	data, err := os.ReadFile(filepath.Join(l.scratch, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("read go.mod: %w", err)
	}
	f, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil {
		return "", fmt.Errorf("read go.mod: %w", err)
	}
	if f.Go == nil {
		return "", nil
	}
	return f.Go.Version, nil
}

// addedModules tells which direct requirements go.mod gets, how many others are
// raised or added for them, and when the language is raised.
func addedModules(old, now []byte) []string {
	before, err1 := modfile.ParseLax("go.mod", old, nil)
	after, err2 := modfile.ParseLax("go.mod", now, nil)
	if err1 != nil || err2 != nil {
		return nil
	}
	had := map[string]string{}
	for _, r := range before.Require {
		had[r.Mod.Path] = r.Mod.Version
	}
	var added []string
	indirect := 0
	for _, r := range after.Require {
		switch v, ok := had[r.Mod.Path]; {
		case v == r.Mod.Version:
		case r.Indirect:
			indirect++
		case !ok:
			added = append(added, r.Mod.String())
		default:
			added = append(added, fmt.Sprintf("%s (was %s)", r.Mod.String(), v))
		}
	}
	var notes []string
	if len(added)+indirect > 0 {
		notes = append(notes, fmt.Sprintf("go.mod gets %s, and %d that these need", strings.Join(added, ", "), indirect))
	}
	return append(notes, raisedLanguage(before, after)...)
}

// raisedLanguage says when the go directive changes, and when that changes what the
// monolith's own code means: https://go.dev/blog/loopvar-preview.
func raisedLanguage(before, after *modfile.File) []string {
	if after.Go == nil || before.Go != nil && before.Go.Version == after.Go.Version {
		return nil
	}
	was := "1.16" // what the go command takes for none
	if before.Go != nil {
		was = before.Go.Version
	}
	note := fmt.Sprintf("go.mod says go %s (was %s), which those modules need", after.Go.Version, was)
	if version.Compare("go"+was, "go1.22") < 0 {
		note += "; from 1.22 on, each turn of a loop has variables of its own: raise it and run your tests before you merge the service"
	}
	return []string{note}
}

// RPCModules are the modules that a contract and its facade need.
func RPCModules() []module.Version { return slices.Clone(rpcModules) }
