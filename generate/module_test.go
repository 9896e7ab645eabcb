package generate

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// A module that is raised may import what its older version did not. The monolith's
// tests, which no generated file imports, must build with the go.mod that is written.
func TestRaisedModulesKeepTestsBuilding(t *testing.T) {
	proxy, dir := t.TempDir(), t.TempDir()
	publish(t, proxy, "example.com/assert", "v1.0.0", "", "package check\n\nfunc True(bool) {}\n")
	publish(t, proxy, "example.com/assert", "v1.1.0", "require example.com/yaml v1.0.0\n",
		"package check\n\nimport _ \"example.com/yaml/check\"\n\nfunc True(bool) {}\n")
	publish(t, proxy, "example.com/yaml", "v1.0.0", "", "package check\n")
	env := append(os.Environ(), "GOPROXY=file://"+filepath.ToSlash(proxy), "GONOSUMDB=*", "GOSUMDB=off", "GOFLAGS=-modcacherw",
		"GOMODCACHE="+t.TempDir(), "GOTOOLCHAIN=local")
	for name, data := range map[string]string{
		"go.mod":    "module example.com/m\n\ngo 1.26\n\nrequire example.com/assert v1.0.0\n",
		"m.go":      "package m\n",
		"m_test.go": "package m\n\nimport (\n\t\"testing\"\n\n\t\"example.com/assert/check\"\n)\n\nfunc TestM(t *testing.T) { check.True(true) }\n",
	} {
		put(t, filepath.Join(dir, name), data)
	}
	l, err := NewLayer(t.Context(), dir, nil, []module.Version{{Path: "example.com/assert", Version: "v1.1.0"}}, env)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := l.complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := l.changed()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.files {
		put(t, filepath.Join(dir, f.Path), string(f.Data))
	}
	cmd := exec.CommandContext(t.Context(), "go", "vet", ".")
	cmd.Dir, cmd.Env = dir, append(env, "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the module's tests do not build any more: %s", out)
	}
}

// publish puts a module of one package, check, into a proxy of files.
func publish(t *testing.T, proxy, path, version, requires, code string) {
	t.Helper()
	src, base := t.TempDir(), filepath.Join(proxy, filepath.FromSlash(path), "@v", version)
	mod := "module " + path + "\n\ngo 1.26\n\n" + requires
	put(t, filepath.Join(src, "go.mod"), mod)
	put(t, filepath.Join(src, "check", "check.go"), code)
	put(t, base+".mod", mod)
	put(t, base+".info", `{"Version":"`+version+`"}`)
	f, err := os.Create(base + ".zip")
	if err != nil {
		t.Fatal(err)
	}
	if err := zip.CreateFromDir(f, module.Version{Path: path, Version: version}, src); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}
