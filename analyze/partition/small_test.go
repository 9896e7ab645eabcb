package partition

import (
	"strings"
	"testing"
)

// A generator's schema is large without being anybody's work: beside it a domain of a
// few hundred lines is no smaller than it was.
func TestGeneratedCodeMakesNobodySmall(t *testing.T) {
	text := strings.Replace(shopText, "/reviews\n", "/reviews\n\tschema 40000: web\n", 1)
	text = strings.Replace(text, "clock money web config\n", "clock money web config schema\n", 1)
	for _, generated := range []bool{true, false} {
		g := parse(t, text)
		if p, _ := g.Package("schema"); generated {
			g.Packages[p].Generated = g.Packages[p].Lines
		}
		r := solve(t, g, Options{Seed: 1, Blind: true})
		own := placeOf(t, r, "reviews") != placeOf(t, r, "catalogue") && placeOf(t, r, "reviews") != placeOf(t, r, "customers")
		if own != generated {
			t.Errorf("generated %v: a service of its own: %v\n%s", generated, own, places(r))
		}
	}
}

// What people gave a folder like its neighbours' is a module, however small beside them.
func TestSmallFolderModuleStays(t *testing.T) {
	g := parse(t, `
		cmd/shop 60 main: modules/auth/handler modules/product/handler modules/user/handler
		modules/auth/handler 9000: modules/auth/domain
		modules/auth/domain 9000: modules/user/domain
		modules/product/handler 9000: modules/product/domain
		modules/product/domain 9000: modules/user/domain
		modules/user/handler 150: modules/user/domain
		modules/user/domain 150:`)
	r := solve(t, g, Options{Seed: 1})
	user := placeOf(t, r, "modules/user/domain")
	if user != placeOf(t, r, "modules/user/handler") || user == placeOf(t, r, "modules/auth/domain") || user == placeOf(t, r, "modules/product/domain") {
		t.Errorf("want three services:\n%s", places(r))
	}
}
