package source

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// publish lays a module out as a proxy does, in a folder, and gives the environment in
// which the go command takes it from there.
func publish(t *testing.T, path, version, code string) []string {
	t.Helper()
	proxy, src := t.TempDir(), t.TempDir()
	at := filepath.Join(proxy, filepath.FromSlash(path), "@v")
	mod := "module " + path + "\n\ngo 1.21\n"
	for name, text := range map[string]string{
		filepath.Join(src, "go.mod"): mod, filepath.Join(src, "dep.go"): code,
		filepath.Join(at, version+".mod"): mod, filepath.Join(at, version+".info"): `{"Version":"` + version + `"}`,
		filepath.Join(at, "list"): version + "\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	out, err := os.Create(filepath.Join(at, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := zip.CreateFromDir(out, module.Version{Path: path, Version: version}, src); err != nil {
		t.Fatal(err)
	}
	where := filepath.ToSlash(proxy)
	if !strings.HasPrefix(where, "/") {
		where = "/" + where // C:/…
	}
	from := url.URL{Scheme: "file", Path: where}
	return offline("GOPROXY="+from.String(), "GOSUMDB=off", "GOMODCACHE="+filepath.Join(t.TempDir(), "mod"), "GOFLAGS=-modcacherw")
}

func TestIncompleteSums(t *testing.T) {
	env := publish(t, "example.test/dep", "v1.2.0", "package dep\n\nfunc Do() {}\n")
	const code = "-- a.go --\npackage m\n\nimport \"example.test/dep\"\n\nfunc A() { dep.Do() }\n"
	for name, tt := range map[string]struct{ mod, says string }{
		"no hash of a module":       {"module example.com/m\n\ngo 1.21\n\nrequire example.test/dep v1.2.0\n", "go.sum lacks the modules of 1 packages"},
		"go.mod wants to be tidied": {"module example.com/m\n\ngo 1.21\n\nrequire example.test/dep v1.2\n", "updates to go.mod needed"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := unpack(t, "-- go.mod --\n"+tt.mod+code)
			before := tree(t, dir)
			p := load(t, dir, Options{Env: env})
			if len(p.Problems) != 1 || p.Problems[0].Code != "go.sum" || !strings.Contains(p.Problems[0].Message, tt.says) {
				t.Errorf("%s", summary(p))
			}
			if after := tree(t, dir); after != before {
				t.Errorf("loading has written into the checkout:\n%s", after)
			}
		})
	}
}

// Without the module to be had, what is missing is listed as before.
func TestIncompleteSumsOffline(t *testing.T) {
	dir := unpack(t, "-- go.mod --\nmodule example.com/m\n\ngo 1.21\n\nrequire example.test/dep v1.2.0\n-- a.go --\npackage m\n\nimport _ \"example.test/dep\"\n")
	p := load(t, dir, Options{Env: offline("GOMODCACHE=" + filepath.Join(t.TempDir(), "mod"))})
	for _, problem := range p.Problems {
		if problem.Code == "go.sum" {
			t.Errorf("%s", summary(p))
		}
	}
	if len(p.Problems) == 0 {
		t.Error("nothing is said to be missing")
	}
}
