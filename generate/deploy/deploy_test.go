package deploy_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/generate/deploy"
	"github.com/ficus-dev/ficus/strangler/route"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestDockerfile(t *testing.T) {
	f, err := deploy.Dockerfile(deploy.Image{Service: "catalogue", Command: "cmd/catalogue", Dir: "services/catalogue", GoVersion: "1.26.0"})
	if err != nil {
		t.Fatal(err)
	}
	if f.Path != "services/catalogue/Dockerfile" {
		t.Errorf("path %s", f.Path)
	}
	golden(t, "Dockerfile.golden", f.Data)
}

func catalogue() *model.Model {
	r := func(service, method, pattern, router string, readOnly bool) model.Route {
		return model.Route{Method: method, Pattern: pattern, Router: router, Service: service, ReadOnly: readOnly, Handler: "shop/catalogue.Service.handle"}
	}
	return &model.Model{Routes: []model.Route{
		r("", "GET", "/healthz", "net/http", true),
		r("catalogue", "GET", "/products", "net/http", true),
		r("catalogue", "GET", "/products/{id}", "net/http", true),
		r("catalogue", "GET", "/products/{id}/view", "net/http", false), // counts views
		r("catalogue", "PUT", "/products/{id}", "net/http", false),
		r("catalogue", "", "/static/", "net/http", true),
		r("catalogue", "GET", "/static/x/", "chi", true),
		r("orders", "GET", "/orders", "net/http", true),
	}}
}

func TestStrangler(t *testing.T) {
	f, err := deploy.Strangler("catalogue", catalogue())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "strangler.golden.yaml", f.Data)
	cfg, err := route.Parse(f.Path, f.Data)
	if err != nil {
		t.Fatalf("the proxy refuses the draft: %v", err)
	}
	for _, r := range cfg.Routes {
		if r.Weight != 0 {
			t.Errorf("route %s begins with %s", r.Name, r.Weight)
		}
		if strings.Contains(r.Match.Path, "/view") && (r.Safe != route.SafeNever || r.Shadow != 0) {
			t.Errorf("route %s writes, and is %s with shadow %s", r.Name, r.Safe, r.Shadow)
		}
	}
}
