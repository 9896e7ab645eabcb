package generate

import (
	"cmp"
	"context"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/deploy"
	"github.com/ficus-dev/ficus/generate/golang"
	"github.com/ficus-dev/ficus/generate/schema"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Result is what Run decided. With Refusals there are no Files.
type Result struct {
	Service string
	// Dir is the module's folder, absolute.
	Dir string
	// Command is the folder of the service's program, relative to the module.
	Command string
	// Files are all that belong to the service, by path, with what Write would do.
	Files []Change
	// Refusals are what cannot be generated, by position.
	Refusals []contract.Refusal
	// Notes tell what people should know: what is held twice, what go.mod gets.
	Notes []string
	// Crossing are the functions that go through the contract, and Local those that
	// are called from outside and stay local calls, sorted.
	Crossing, Local []string
	// Routes are the HTTP routes that the service answers.
	Routes []string
	// Facade are the files that, laid over the monolith with go build -overlay, let
	// it call the service; see WriteOverlay.
	Facade []golang.File
}

// Run decides what generating the service means, and writes nothing.
func Run(ctx context.Context, o Options) (*Result, error) {
	b, err := Load(ctx, o)
	if err != nil {
		return nil, err
	}
	res := b.result()
	o.progress("following how the monolith puts %s together", o.Service)
	wired, err := golang.Wiring(b.Contract, b.Program, golang.WiringOptions{
		Routes: b.routes(), Packages: b.Service.Packages, Wire: b.wire(),
	})
	if err != nil {
		return nil, err
	}
	res.Notes = append(res.Notes, wired.Notes...)
	res.Refusals = append(slices.Clone(b.Refusals), wired.Refusals...)
	sortRefusals(res.Refusals)
	if len(res.Refusals) > 0 {
		return res, nil
	}
	files, err := b.files(wired.File)
	if err != nil {
		return nil, err
	}
	o.progress("checking that the result compiles")
	mod, err := check(ctx, b, files, o)
	if err != nil {
		return nil, err
	}
	res.Notes = append(res.Notes, mod.notes...)
	image, err := deploy.Dockerfile(deploy.Image{
		Service: o.Service, Command: golang.CommandDir(b.Contract), Dir: golang.ServiceDir(b.Contract), GoVersion: mod.imageVersion(),
	})
	if err != nil {
		return nil, err
	}
	files = append(files, image)
	if b.strangledWithout() && len(b.routes()) > 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("%s does not know %s: take its routes over from %s/%s",
			deploy.StranglerFile, res.Service, golang.ServiceDir(b.Contract), deploy.StranglerFile))
	}
	if res.Facade, err = golang.Overlay(b.Contract, b.Program); err != nil {
		return nil, err
	}
	res.Files, err = b.changes(append(files, mod.files...), o)
	return res, err
}

func (b *Boundary) result() *Result {
	res := &Result{Service: b.Service.Name, Dir: b.Dir, Command: golang.CommandDir(b.Contract)}
	for _, r := range b.Contract.Receivers {
		for _, m := range r.Methods {
			res.Crossing = append(res.Crossing, FuncName(r, m))
		}
	}
	for _, l := range b.Contract.Left {
		res.Local = append(res.Local, LeftName(l))
	}
	for _, r := range b.routes() {
		res.Routes = append(res.Routes, strings.TrimSpace(r.Method+" "+r.Host+r.Pattern))
	}
	return res
}

// FuncName is a function as people say it: catalogue.Service.Get.
func FuncName(r *contract.Receiver, m *contract.Method) string {
	if r.Type == nil {
		return r.Package.Name() + "." + m.Func.Name()
	}
	return r.Package.Name() + "." + r.Type.Obj().Name() + "." + m.Func.Name()
}

// LeftName is a function that stays a local call, and why.
func LeftName(l contract.Left) string {
	name := l.Func.Name()
	if recv := l.Func.Signature().Recv(); recv != nil {
		t := recv.Type()
		if p, ok := types.Unalias(t).(*types.Pointer); ok {
			t = p.Elem()
		}
		name = types.TypeString(t, func(*types.Package) string { return "" }) + "." + name
	}
	return fmt.Sprintf("%s.%s (%s)", l.Func.Pkg().Name(), name, l.Reason)
}

func sortRefusals(list []contract.Refusal) {
	slices.SortStableFunc(list, func(a, b contract.Refusal) int {
		if c := strings.Compare(a.Position.Filename, b.Position.Filename); c != 0 {
			return c
		}
		if a.Position.Line != b.Position.Line {
			return a.Position.Line - b.Position.Line
		}
		return strings.Compare(string(a.Code)+a.Reason, string(b.Code)+b.Reason)
	})
}

// contractFiles are the files of the contract itself: .proto, .pb.go, stubs.
func contractFiles(c *contract.Contract) ([]golang.File, error) { return schema.Files(c) }

// files are all files of the service but the Dockerfile, go.mod and the lock.
func (b *Boundary) files(wiring golang.File) ([]golang.File, error) {
	c := b.Contract
	files, err := contractFiles(c)
	if err != nil {
		return nil, err
	}
	files = append(files, wiring, golang.File{Path: golang.ServiceDir(c) + "/FIDELITY.md", Data: contract.Fidelity(c)})
	for _, make := range []func(*contract.Contract) (golang.File, error){
		wireFile, golang.Server, golang.Client, golang.Facade, golang.Main, golang.Run,
	} {
		f, err := make(c)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(b.routes()) > 0 {
		f, err := deploy.Strangler(c.Service, b.Model)
		if err != nil {
			return nil, err
		}
		if b.strangledWithout() {
			f.Path = golang.ServiceDir(c) + "/" + deploy.StranglerFile
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b golang.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// strangledWithout tells whether there is a strangler.yaml that does not know the
// service: people merge the draft, which then stands in the service's folder.
func (b *Boundary) strangledWithout() bool {
	data, err := os.ReadFile(filepath.Join(b.Dir, deploy.StranglerFile))
	if err != nil {
		return false
	}
	cfg, _ := route.Check(deploy.StranglerFile, data)
	if cfg == nil {
		return true
	}
	_, known := cfg.Services[b.Service.Name]
	return !known
}

func wireFile(c *contract.Contract) (golang.File, error) {
	return golang.Wire(c, golang.WireOptions{
		Path: golang.ServiceDir(c) + "/wire/wire_gen.go", Import: golang.WireImport(c), Package: "wire",
	})
}

// imageVersion is the Go that builds the result, as images of Go are tagged.
func (c moduleChange) imageVersion() string { return cmp.Or(c.goVersion, "1.26") }

// EnvName is the environment variable that says where a service's facade runs:
// FICUS_CATALOGUE.
func EnvName(service string) string { return golang.EnvName(service) }
