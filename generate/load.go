package generate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/golang"
)

// ModelFile is where ficus analyze leaves the model, relative to the module.
const ModelFile = ".ficus/model.json"

// Options of Run and Load.
type Options struct {
	// Dir is the module's folder or one below it; default the current folder.
	Dir string
	// Service is the boundary's name in the model.
	Service string
	// Model is the model's file; default ModelFile in the module's folder.
	Model string
	// Force replaces generated files that were edited by hand, and foreign files
	// that stand in the place of generated ones.
	Force bool
	// Progress is told what is being done; nil: nobody.
	Progress func(string)
	// Env is the environment of the go command; nil: the process's.
	Env []string
}

func (o Options) progress(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}

func (o Options) env() []string {
	if o.Env != nil {
		return o.Env
	}
	return os.Environ()
}

// Boundary is one service's boundary, read and decided.
type Boundary struct {
	// Dir is the module's folder, absolute.
	Dir     string
	Model   *model.Model
	Plan    *plan.Plan // nil when there is no ficus.yaml
	Service model.Service
	Program *source.Program
	// Contract is what crosses; not to be generated from when there are Refusals.
	Contract *contract.Contract
	Refusals []contract.Refusal
	// Lock is the one on disk, nil the first time.
	Lock *contract.Lock
}

// UnknownServiceError is the answer to a service that the model does not have.
type UnknownServiceError struct {
	Name  string
	Known []string // sorted
	// Planned: ficus.yaml has it, the model has not.
	Planned bool
}

func (e *UnknownServiceError) Error() string {
	if e.Planned {
		return fmt.Sprintf("find service %q: ficus.yaml names it, the model does not have it yet; bring the model up to date with: ficus analyze", e.Name)
	}
	if len(e.Known) == 0 {
		return fmt.Sprintf("find service %q: the model proposes no services; see: ficus report", e.Name)
	}
	return fmt.Sprintf("find service %q: the model has no such service, it has: %s", e.Name, strings.Join(e.Known, ", "))
}

// Load reads model, plan and source and decides what crosses the boundary. The
// error is an *UnknownServiceError when the model has no such service.
func Load(ctx context.Context, o Options) (*Boundary, error) {
	dir, err := moduleDir(o.Dir)
	if err != nil {
		return nil, err
	}
	b := &Boundary{Dir: dir}
	if err := b.readFiles(o); err != nil {
		return nil, err
	}
	b.Program, err = source.Load(ctx, source.Options{Dir: dir, Progress: o.Progress, Env: o.Env})
	if err != nil {
		return nil, err
	}
	if b.Program.Module.Path != b.Model.Module.Path {
		return nil, fmt.Errorf("read the model: it is of module %s, but the folder holds %s; write it anew with: ficus analyze",
			b.Model.Module.Path, b.Program.Module.Path)
	}
	o.progress("deciding what crosses the boundary of %s", o.Service)
	b.Contract, b.Refusals, err = contract.Build(ctx, b.Program, b.Model, b.Plan, o.Service, contract.Options{Lock: b.Lock})
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Boundary) readFiles(o Options) error {
	file := o.Model
	if file == "" {
		file = filepath.Join(b.Dir, filepath.FromSlash(ModelFile))
	}
	var err error
	if b.Model, err = model.ReadFile(file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("read the model: there is none at %s; write it first: ficus analyze -C %s", shown(b.Dir, file), shownDir(o.Dir))
		}
		return err
	}
	b.Plan, err = plan.Load(filepath.Join(b.Dir, plan.FileName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s, ok := b.Model.Service(o.Service)
	if !ok {
		planned := b.Plan != nil && b.Plan.Service(o.Service) != nil
		return &UnknownServiceError{Name: o.Service, Known: serviceNames(b.Model), Planned: planned}
	}
	b.Service = *s
	return b.readLock()
}

func (b *Boundary) readLock() error {
	name := "services/" + b.Service.Name + "/" + contract.LockFile
	data, err := os.ReadFile(filepath.Join(b.Dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the lock: %w", err)
	}
	if b.Lock, err = contract.ReadLock(data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func serviceNames(m *model.Model) []string {
	var names []string
	for _, s := range m.Services {
		names = append(names, s.Name)
	}
	return names
}

// moduleDir is the folder of the go.mod at or above dir.
func moduleDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	if info, err := os.Stat(abs); err != nil {
		return "", fmt.Errorf("find the module: no folder %s", shownDir(dir))
	} else if !info.IsDir() {
		return "", fmt.Errorf("find the module: %s is no folder", shownDir(dir))
	}
	for d := abs; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, "go.mod")); err == nil {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("find the module: no go.mod in %s or above; go to the module's folder or use -C", shownDir(dir))
		}
	}
}

func shownDir(dir string) string {
	if dir == "" {
		return "."
	}
	return filepath.ToSlash(dir)
}

// shown is a file as people type it from the module's folder.
func shown(dir, file string) string {
	if rel, err := filepath.Rel(dir, file); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(file)
}

// routes are the HTTP routes that the service owns.
func (b *Boundary) routes() []model.Route {
	var list []model.Route
	for _, r := range b.Model.Routes {
		if r.Service == b.Service.Name {
			list = append(list, r)
		}
	}
	return list
}

// wire are the plan's expressions for values that cannot be derived.
func (b *Boundary) wire() map[string]string {
	if b.Plan == nil {
		return nil
	}
	if s := b.Plan.Service(b.Service.Name); s != nil {
		return s.Wire
	}
	return nil
}

// Overlay is what is laid over the module so that the boundary's packages call
// through the contract: the protobuf package and the facades. Paths are relative
// to the module.
func (b *Boundary) Overlay() ([]golang.File, error) {
	files, err := contractFiles(b.Contract)
	if err != nil {
		return nil, err
	}
	over, err := golang.Overlay(b.Contract, b.Program)
	if err != nil {
		return nil, err
	}
	var list []golang.File
	for _, f := range append(files, over...) {
		if strings.HasSuffix(f.Path, ".go") {
			list = append(list, f)
		}
	}
	return list, nil
}
