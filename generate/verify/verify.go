package verify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/generate"
	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/golang"
)

// Options of Run.
type Options struct {
	generate.Options
	// Packages are go list patterns of the tests to run; default ./...
	Packages []string
	// Race runs the tests with the race detector.
	Race bool
	// Retry runs a third time, sending each call that only reads twice: a retry
	// must change nothing.
	Retry bool
	// Timeout bounds the tests of each package; default 10 minutes.
	Timeout time.Duration
}

// Names of the modes.
const (
	Local    = "local"    // as it is
	Loopback = "loopback" // through gRPC, in the same process
	Retried  = "retried"  // as Loopback, reads sent twice
)

// Result is what the tests said.
type Result struct {
	Service string `json:"service"`
	// Refusals: with any, nothing was run.
	Refusals []contract.Refusal `json:"refusals,omitempty"`
	Modes    []Mode             `json:"modes"`
	// Differences are tests with another outcome than locally, by package and name.
	Differences []Difference `json:"differences"`
	// Calls tells how often each function crossed in the loopback mode, by name.
	Calls []Calls `json:"calls"`
	// Linked are the packages whose tests link the boundary: run in every mode.
	Linked []string `json:"linked"`
	// Others were run locally only.
	Others []string `json:"others"`
	// LocalCalls are functions that stay local calls, and why.
	LocalCalls []string `json:"local_calls,omitempty"`
}

// Mode is one run of the tests.
type Mode struct {
	Name string `json:"name"`
	Tally
	// Compared is the same over the packages that every mode ran.
	Compared Tally `json:"compared"`
	// Broken are packages that failed without a failing test: they do not build, or
	// their process crashed.
	Broken []string `json:"broken,omitempty"`
	// Seconds of wall-clock time, building included.
	Seconds float64 `json:"seconds"`
	tests   outcomes
}

// Tally counts tests, subtests included, by how they ended.
type Tally struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Calls counts how often a function really crossed.
type Calls struct {
	Func string `json:"func"`
	N    int    `json:"n"`
	// ReadOnly: analysis saw no write from it.
	ReadOnly bool `json:"read_only"`
}

// Difference is one test that does not end as it does locally.
type Difference struct {
	Mode    string `json:"mode"`
	Package string `json:"package"`
	// Test is empty when the package as a whole failed, e.g. to build.
	Test   string  `json:"test,omitempty"`
	Before Outcome `json:"local"`
	After  Outcome `json:"after"`
	// Own is true for tests of the boundary's own packages: in the service, calls
	// within these stay local.
	Own bool `json:"own,omitempty"`
	// Output of the test where it failed, of the end at most 16 KiB.
	Output string `json:"output,omitempty"`
}

// Same tells whether all modes agree.
func (r *Result) Same() bool { return len(r.Refusals) == 0 && len(r.Differences) == 0 }

// Crossed is the number of calls that crossed.
func (r *Result) Crossed() int {
	n := 0
	for _, c := range r.Calls {
		n += c.N
	}
	return n
}

// Unproved tells whether the tests of no package that links the boundary run as they
// are: then nothing was compared.
func (r *Result) Unproved() bool {
	return len(r.Modes) > 0 && len(r.Linked) > 0 && !slices.ContainsFunc(r.Linked, func(pkg string) bool {
		return !slices.Contains(r.Modes[0].Broken, pkg)
	})
}

// NotExercised are the functions that no test calls from outside their package.
func (r *Result) NotExercised() []string {
	var list []string
	for _, c := range r.Calls {
		if c.N == 0 {
			list = append(list, c.Func)
		}
	}
	return list
}

// Run runs the tests in all modes. Tests that fail or differ are no error.
func Run(ctx context.Context, o Options) (*Result, error) {
	b, err := generate.Load(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	res := &Result{Service: b.Service.Name, Refusals: b.Refusals}
	if len(b.Refusals) > 0 {
		return res, nil
	}
	for _, l := range b.Contract.Left {
		res.LocalCalls = append(res.LocalCalls, generate.LeftName(l))
	}
	files, err := b.Overlay()
	if err != nil {
		return nil, err
	}
	r := &runner{opts: o, boundary: b, result: res}
	return res, r.run(ctx, files)
}

// runner runs the modes of one verification.
type runner struct {
	opts     Options
	boundary *generate.Boundary
	result   *Result
	env      []string
	calls    string // folder in which calls are counted
}

func (r *runner) run(ctx context.Context, files []golang.File) (err error) {
	r.env = cleanEnv(r.opts.Env, golang.EnvName(r.result.Service))
	if err := r.choosePackages(ctx); err != nil {
		return err
	}
	all := append(slices.Clone(r.result.Linked), r.result.Others...)
	slices.Sort(all)
	if len(all) == 0 {
		return fmt.Errorf("verify %s: no tests in %s", r.result.Service, strings.Join(r.patterns(), " "))
	}
	if err := r.mode(ctx, Local, all, nil, nil); err != nil {
		return err
	}
	layer, err := generate.NewLayer(ctx, r.boundary.Dir, files, generate.RPCModules(), r.env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, layer.Close()) }()
	r.progress("checking the facade")
	if err := layer.TypeCheck(ctx, r.boundary.Model.Module.Path); err != nil {
		return err
	}
	if r.calls, err = os.MkdirTemp("", "ficus-calls-*"); err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.calls)) }()
	return r.remoteModes(ctx, layer)
}

// boundaryPackages are the packages that the facade is laid over.
func (r *runner) boundaryPackages() []string {
	var list []string
	for _, rec := range r.boundary.Contract.Receivers {
		list = append(list, rec.Package.Path())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (r *runner) remoteModes(ctx context.Context, layer *generate.Layer) error {
	env := golang.EnvName(r.result.Service)
	on := []string{env + "=loopback"}
	if len(r.result.Linked) > 0 {
		if err := r.mode(ctx, Loopback, r.result.Linked, layer, append(on, env+"_CALLS="+r.calls)); err != nil {
			return err
		}
		if r.opts.Retry {
			if err := r.mode(ctx, Retried, r.result.Linked, layer, append(on, env+"_RETRY=1")); err != nil {
				return err
			}
		}
	}
	if err := r.countCalls(); err != nil {
		return err
	}
	r.compare()
	return nil
}

func (r *runner) patterns() []string {
	if len(r.opts.Packages) == 0 {
		return []string{"./..."}
	}
	return r.opts.Packages
}

// cleanEnv is the environment without the facade's own variables.
func cleanEnv(env []string, prefix string) []string {
	if env == nil {
		env = os.Environ()
	}
	var out []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if name != prefix && !strings.HasPrefix(name, prefix+"_") {
			out = append(out, kv)
		}
	}
	return out
}

// mode runs the tests once and notes how they ended.
func (r *runner) mode(ctx context.Context, name string, pkgs []string, layer *generate.Layer, env []string) error {
	start := time.Now()
	t := testRun{dir: r.boundary.Dir, env: append(slices.Clone(r.env), env...), args: r.args(pkgs, layer)}
	if layer != nil {
		t.env = append(slices.Clone(layer.Env()), env...)
	}
	done := 0
	t.onPackage = func(string) {
		done++
		r.progress(fmt.Sprintf("%s: %d of %d packages tested", name, done, len(pkgs)))
	}
	r.progress(fmt.Sprintf("%s: building the tests of %d packages", name, len(pkgs)))
	found, err := t.run(ctx)
	if err != nil {
		return fmt.Errorf("run the tests (%s): %w", name, err)
	}
	m := Mode{Name: name, Tally: found.tally(nil), Seconds: time.Since(start).Seconds(), tests: found}
	m.Compared, m.Broken = found.tally(r.result.Linked), found.broken()
	r.result.Modes = append(r.result.Modes, m)
	return nil
}

func (r *runner) progress(msg string) {
	if r.opts.Progress != nil {
		r.opts.Progress(msg)
	}
}

func (r *runner) args(pkgs []string, layer *generate.Layer) []string {
	timeout := r.opts.Timeout
	if timeout == 0 {
		timeout = 10 * time.Minute
	}
	args := []string{"test", "-json", "-count=1", "-vet=off", "-timeout=" + timeout.String()}
	if r.opts.Race {
		args = append(args, "-race")
	}
	if layer != nil {
		args = append(args, layer.Flags()...)
	}
	return append(args, pkgs...)
}

// countCalls reads what the loopback servers noted.
func (r *runner) countCalls() error {
	names, err := filepath.Glob(filepath.Join(r.calls, "calls-*"))
	if err != nil {
		return fmt.Errorf("count calls: %w", err)
	}
	counts := map[string]int{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("count calls: %w", err)
		}
		for line := range strings.Lines(string(data)) {
			counts[strings.TrimSpace(line)]++
		}
	}
	c := r.boundary.Contract
	for _, rec := range c.Receivers {
		for _, m := range rec.Methods {
			r.result.Calls = append(r.result.Calls, Calls{
				Func: generate.FuncName(rec, m), N: counts[golang.FullMethod(c, rec, m)], ReadOnly: m.ReadOnly,
			})
		}
	}
	slices.SortFunc(r.result.Calls, func(a, b Calls) int { return strings.Compare(a.Func, b.Func) })
	return nil
}
