package facts

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

var (
	update = flag.Bool("update", false, "rewrite the want files of the fixtures")
	real   = flag.Bool("real", false, "take the libraries of the fixtures from the module proxy, at the versions required, not their stand-ins")
)

// TestFixtures extracts the facts of each fixture and compares them with what its
// source says: a comment "// want KIND: TEXT" stands on the line of the fact, one
// a fact, several separated by " | ". The fixture's comment names the kinds that
// are compared; of these every fact must be wanted and every want found. Facts of
// other files than Go are in the file "want".
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			kinds, env := header(t, string(ar.Comment))
			p, f := extractFixture(t, ar, env)
			got, loose := render(p, f, kinds)
			want, wantLoose := wants(ar)
			if *update {
				updateLoose(t, file, ar, loose)
				wantLoose = loose
			}
			compare(t, got, want)
			if strings.Join(loose, "\n") != strings.Join(wantLoose, "\n") {
				t.Errorf("file want:\ngot:\n%s\nwant:\n%s", strings.Join(loose, "\n"), strings.Join(wantLoose, "\n"))
			}
		})
	}
}

// header reads "kinds: a b c" and "env: K=V" from a fixture's comment.
func header(t *testing.T, comment string) (kinds map[string]bool, env []string) {
	kinds = map[string]bool{}
	for _, line := range strings.Split(comment, "\n") {
		if rest, ok := strings.CutPrefix(line, "kinds:"); ok {
			for _, k := range strings.Fields(rest) {
				kinds[k] = true
			}
		}
		if rest, ok := strings.CutPrefix(line, "env:"); ok {
			env = append(env, strings.Fields(rest)...)
		}
	}
	if len(kinds) == 0 {
		t.Fatal("the fixture names no kinds")
	}
	return kinds, env
}

// extractFixture writes a fixture to a folder and extracts its facts. A fixture
// without go.mod gets the sample shop's, with its libraries.
func extractFixture(t *testing.T, ar *txtar.Archive, env []string) (*source.Program, *Facts) {
	t.Helper()
	dir := t.TempDir()
	hasMod, fetch := false, false
	for _, f := range ar.Files {
		hasMod = hasMod || f.Name == "go.mod"
		if *real && strings.HasPrefix(f.Name, "third/") {
			continue
		}
		if *real && f.Name == "go.mod" {
			mod, _, _ := strings.Cut(string(f.Data), "\nreplace")
			f.Data = []byte(mod + "\n")
			fetch = true
		}
		write(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
	}
	if !hasMod {
		for _, name := range []string{"go.mod", "go.sum"} {
			data, err := os.ReadFile(filepath.Join("..", "..", "samples", "shop", name))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, name), []byte(strings.Replace(string(data), "module example.com/shop", "module example.com/m", 1)))
		}
	}
	if fetch {
		tidy(t, dir)
	}
	env = append(append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off"), env...)
	p, err := source.Load(t.Context(), source.Options{Dir: dir, Env: env, SkipBodies: true})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Extract(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if bad := dangling(f); len(bad) > 0 {
		t.Error("facts of what is not declared:", bad)
	}
	return p, f
}

func tidy(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "tidy")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go mod tidy: %v\n%s", err, out)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// place is a line of a fixture.
type place struct {
	file string
	line int
}

var wantRE = regexp.MustCompile(`// want (.*)$`)

func wants(ar *txtar.Archive) (map[place][]string, []string) {
	out := map[place][]string{}
	var loose []string
	for _, f := range ar.Files {
		if f.Name == "want" {
			loose = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			if loose[0] == "" {
				loose = nil
			}
			continue
		}
		for i, line := range strings.Split(string(f.Data), "\n") {
			if m := wantRE.FindStringSubmatch(line); m != nil {
				at := place{f.Name, i + 1}
				for _, w := range strings.Split(m[1], " | ") {
					out[at] = append(out[at], strings.TrimSpace(w))
				}
			}
		}
	}
	return out, loose
}

func compare(t *testing.T, got, want map[place][]string) {
	t.Helper()
	at := map[place]bool{}
	for p := range got {
		at[p] = true
	}
	for p := range want {
		at[p] = true
	}
	places := slices.SortedFunc(maps.Keys(at), func(a, b place) int {
		if a.file != b.file {
			return strings.Compare(a.file, b.file)
		}
		return a.line - b.line
	})
	for _, p := range places {
		g, w := slices.Sorted(slices.Values(got[p])), slices.Sorted(slices.Values(want[p]))
		if !slices.Equal(g, w) {
			t.Errorf("%s:%d\n got  %s\n want %s", p.file, p.line, strings.Join(g, " | "), strings.Join(w, " | "))
		}
	}
}

func updateLoose(t *testing.T, file string, ar *txtar.Archive, loose []string) {
	t.Helper()
	data := []byte(strings.Join(loose, "\n") + "\n")
	found := false
	for i := range ar.Files {
		if ar.Files[i].Name == "want" {
			ar.Files[i].Data, found = data, true
		}
	}
	if !found && len(loose) > 0 {
		ar.Files = append(ar.Files, txtar.File{Name: "want", Data: data})
	}
	if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
		t.Fatal(err)
	}
}

// render writes each fact as a fixture does, by its place.
func render(p *source.Program, f *Facts, kinds map[string]bool) (map[place][]string, []string) {
	out := map[place][]string{}
	var loose []string
	add := func(kind string, ev model.Evidence, format string, args ...any) {
		if !kinds[kind] {
			return
		}
		text := kind + ": " + strings.TrimSpace(fmt.Sprintf(format, args...))
		if !strings.HasSuffix(ev.File, ".go") {
			loose = append(loose, strings.TrimSpace(fmt.Sprintf("%s:%d %s", ev.File, ev.Line, text)))
			return
		}
		at := place{ev.File, ev.Line}
		out[at] = append(out[at], text)
	}
	renderCode(f, p.Module.Path, add)
	renderShapes(f, p.Module.Path, add)
	renderData(f, p.Module.Path, add)
	for _, u := range f.Unresolved {
		add("unresolved", model.Evidence{File: u.File, Line: u.Line}, "%s", u.Code)
	}
	for _, pr := range p.Problems {
		add("problem", model.Evidence{File: pr.File, Line: pr.Line}, "%s", pr.Code)
	}
	return out, loose
}

// short drops the module path.
func short(module, id string) string {
	return strings.TrimPrefix(strings.TrimPrefix(id, module+"/"), module+".")
}

func shortRef(module string, r Ref) string {
	s := short(module, r.Atom)
	if r.Method != "" {
		s += "." + r.Method
	}
	return s
}

func flags(pairs ...any) string {
	s := ""
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1].(bool) {
			s += " " + pairs[i].(string)
		}
	}
	return s
}

func renderCode(f *Facts, mod string, add func(kind string, ev model.Evidence, format string, args ...any)) {
	for _, d := range f.Decls {
		add("decl", model.Evidence{File: d.File, Line: d.Line}, "%s %s %d%s", d.Kind, d.Name, d.Lines, flags("generated", d.Generated, "methods="+strings.Join(d.Methods, ","), len(d.Methods) > 0))
	}
	for _, c := range f.Calls {
		mode := " " + string(c.Mode)
		if c.Mode == Static {
			mode = ""
		}
		add("call", c.Evidence, "%s%s%s", shortRef(mod, c.To), mode, flags("loop", c.InLoop, "tx", c.InTx, "go", c.Go, "defer", c.Defer, "callback", c.Callback))
	}
	for _, c := range f.Calls {
		for _, r := range c.Repeats {
			text := shortRef(mod, c.To) + " " + cmp.Or(string(r.Cure), "other")
			if len(r.Varies) > 0 {
				text += " " + strings.Join(r.Varies, ",")
			}
			for _, via := range r.Via {
				text += fmt.Sprintf(" via %d", via.Line)
			}
			add("repeat", c.Evidence, "%s of %d", text, r.Loop.Line)
		}
	}
	for _, u := range f.Uses {
		add("use", u.Evidence, "%s %s%s", u.Kind, short(mod, u.To)+u.Evidence.Detail, flags("api", u.InAPI))
	}
	for _, s := range f.States {
		add("state", s.Evidence, "%s %s%s", s.Access, short(mod, s.Var), flags("init", s.Init, "infra", s.Infra))
	}
	for _, s := range f.Surfaces {
		add("surface", s.Evidence, "%d%s", s.Fields, flags("ctx", s.Context, "err", s.Error))
		for _, o := range s.Obstacles {
			add("obstacle", s.Evidence, "%s %s", o.Kind, o.Path)
		}
	}
	for _, x := range f.ErrorTests {
		add("errtest", x.Evidence, "%s%s", short(mod, x.Error), flags("typed", x.Typed))
	}
}

func renderShapes(f *Facts, mod string, add func(kind string, ev model.Evidence, format string, args ...any)) {
	for _, i := range f.Interfaces {
		var impls []string
		for _, id := range i.Implementations {
			impls = append(impls, short(mod, id))
		}
		add("interface", i.Evidence, "%s ← %s%s", short(mod, i.Type), strings.Join(impls, ","), flags("caller-side", i.CallerSide))
	}
	for _, x := range f.Identities {
		add("identity", x.Evidence, "%s %s", x.Kind, short(mod, x.Type))
	}
	for _, n := range f.NilTests {
		of := shortRef(mod, n.Of)
		if n.Field != "" {
			of += " field " + n.Field
		} else {
			of += fmt.Sprintf(" result %d", n.Result)
		}
		add("niltest", n.Evidence, "%s", of)
	}
	for _, x := range f.InitEffects {
		text := fmt.Sprintf("%s %s", x.Kind, short(mod, x.Target))
		if x.Name != "" {
			text += fmt.Sprintf(" %q", strings.ReplaceAll(x.Name, mod+"/", ""))
		}
		if x.From.Atom != "" {
			text += " by " + shortRef(mod, x.From)
		}
		for _, via := range x.Via {
			text += fmt.Sprintf(" via %s:%d", via.File, via.Line)
		}
		add("effect", x.Evidence, "%s%s", text, flags("guessed", x.Evidence.Confidence == model.Guessed, "resolved", x.Evidence.Confidence == model.Resolved))
	}
	for _, n := range f.NilResults {
		add("nilresult", n.Evidence, "%d%s", n.Result, flags("nil", n.Nil, "never", !n.Nil))
	}
	for _, x := range f.EntryPoints {
		run := "?"
		if x.Func.Atom != "" {
			run = shortRef(mod, x.Func)
		}
		add("entry", x.Evidence, "%s %s → %s", x.Kind, x.Name, run)
	}
}

func renderData(f *Facts, mod string, add func(kind string, ev model.Evidence, format string, args ...any)) {
	for _, d := range f.Tables {
		refs := ""
		if len(d.Refs) > 0 {
			refs = " → " + strings.Join(d.Refs, " ")
		}
		add("tabledef", d.Evidence, "%s (%s)%s", d.Name, strings.Join(d.Columns, " "), refs)
	}
	for _, a := range f.Accesses {
		add("table", a.Evidence, "%s %s%s", a.Access, a.Table, flags("loop", a.InLoop, "tx", a.InTx, "for "+shortRef(mod, a.For), a.For.Atom != ""))
	}
	for _, u := range f.Resources {
		add("uses", u.Evidence, "%s %s %s%s", u.Kind, u.Access, u.Name, flags("loop", u.InLoop, "for "+shortRef(mod, u.For), u.For.Atom != ""))
	}
	for _, x := range f.Transactions {
		set := map[string]bool{}
		for _, i := range x.Reached {
			set[f.Accesses[i].Table] = true
		}
		names := slices.Sorted(maps.Keys(set))
		add("tx", x.Evidence, "%s", strings.Join(names, " "))
	}
	for _, r := range f.Routes {
		h := "?"
		if r.Handler.Atom != "" {
			h = shortRef(mod, r.Handler)
		}
		m := r.Method
		if m == "" {
			m = "ANY"
		}
		add("route", r.Evidence, "%s %s%s → %s", m, r.Host, r.Pattern, h)
	}
}

// TestSameFacts: the number of processors changes nothing.
func TestSameFacts(t *testing.T) {
	ar, err := txtar.ParseFile("testdata/sql.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range []int{1, 2, runtime.NumCPU()} {
		old := runtime.GOMAXPROCS(n)
		_, f := extractFixture(t, ar, nil)
		runtime.GOMAXPROCS(old)
		all = append(all, fmt.Sprintf("%+v", *f))
	}
	if all[0] != all[1] || all[1] != all[2] {
		t.Error("facts differ with GOMAXPROCS")
	}
}

// TestCancel: an ended context stops the work.
func TestCancel(t *testing.T) {
	ar := txtar.Parse([]byte("-- go.mod --\nmodule m\n\ngo 1.26\n-- x.go --\npackage m\n"))
	p, _ := extractFixture(t, ar, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Extract(ctx, p, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// TestGuard: a defect in one step is listed and the others still run.
func TestGuard(t *testing.T) {
	ar := txtar.Parse([]byte("-- go.mod --\nmodule m\n\ngo 1.26\n-- x.go --\npackage m\n"))
	p, _ := extractFixture(t, ar, nil)
	e := newExtractor(t.Context(), p, Options{})
	e.guard("nothing", func() { panic("defect") })
	if len(e.out.Unresolved) != 1 || e.out.Unresolved[0].Code != "internal" {
		t.Errorf("got %+v", e.out.Unresolved)
	}
}
