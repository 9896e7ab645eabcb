package partition

import (
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Folders beside each other that repeat their inner folders are modules, though a
// transport calls all handlers back and a store is behind each of them.
func TestFoldersThatRepeatThemselvesAreModules(t *testing.T) {
	g := parse(t, `
		cmd/shop 60 main: transport modules/auth/handler modules/product/handler modules/user/handler modules/auth/store modules/product/store modules/user/store
		transport 500: shared/context ~modules/auth/handler ~modules/product/handler ~modules/user/handler
		modules/auth/handler 300: modules/auth/domain shared/context
		modules/auth/domain 200: modules/user/domain
		modules/auth/store 300: modules/auth/domain
		modules/product/handler 300: modules/product/domain shared/context
		modules/product/domain 200:
		modules/product/store 300: modules/product/domain
		modules/user/handler 300: modules/user/domain shared/context
		modules/user/domain 200:
		modules/user/store 300: modules/user/domain
		shared/context 100:`)
	r := solve(t, g, Options{Seed: 1})
	of := func(name string) string { return r.Units[r.UnitOf[atoms(t, g, name)[0]]].Service }
	services := map[string]bool{}
	for _, module := range []string{"auth", "product", "user"} {
		services[of("modules/"+module+"/domain")] = true
		for _, inner := range []string{"handler", "store"} {
			if of("modules/"+module+"/"+inner) != of("modules/"+module+"/domain") {
				t.Errorf("%s of %s is apart from its domain:\n%s", inner, module, places(r))
			}
		}
	}
	if len(services) != 3 {
		t.Errorf("want three services:\n%s", places(r))
	}
}

// Layers that hold a folder for each domain are no modules, nor is what has but one
// folder in common, nor the smaller part of a system.
func TestWhatIsNoFolderModule(t *testing.T) {
	for name, text := range map[string]string{
		"layers": `
			cmd/shop 60 main: handler/shop handler/user
			handler/shop 300: usecase/shop
			handler/user 300: usecase/user
			usecase/shop 300:
			usecase/user 300:`,
		"one folder in common": `
			cmd/shop 60 main: shop/client user/client
			shop/client 300: shop/orders
			shop/orders 300:
			user/client 300: user/accounts
			user/accounts 300:`,
		"a small part": `
			cmd/shop 60 main: engine
			engine 6000: shop/handler user/handler
			shop/handler 300: shop/store
			shop/store 300:
			user/handler 300: user/store
			user/store 300:`,
	} {
		l := newLayout(parse(t, text))
		if l.findFolderModules(); l.many {
			t.Errorf("%s: taken for modules: %v", name, l.process)
		}
	}
}

// What no module's folder has stays outside of them, and so does what nobody reaches.
func TestFolderModulesHoldTheirFoldersOnly(t *testing.T) {
	l := newLayout(parse(t, `
		cmd/shop 60 main: shop/handler user/handler
		shop/handler 300: shop/store tracing
		shop/store 300:
		shop/mocks 300: shop/store
		user/handler 300: user/store tracing
		user/store 300:
		tracing 300:`))
	if l.findFolderModules(); !l.many {
		t.Fatal("found no modules")
	}
	for p, pkg := range l.g.Packages {
		module, _, _ := strings.Cut(pkg.Path, "/")
		want := slices.Contains([]string{"shop", "user"}, module) && pkg.Path != "shop/mocks"
		if got := l.process[p] != nothing; got != want {
			t.Errorf("%s: in a module: %v, want %v", pkg.Path, got, want)
		}
	}
}

// What stands beside modules that folders tell, and what several of them use, is a
// library unless one of them is clearly its main user.
func TestBesideFolderModules(t *testing.T) {
	g := parse(t, `
		cmd/shop 60 main: orders/handler billing/handler
		orders/handler 300: orders/store codec
		orders/store 300: orders/domain orders/audit codec orders!
		orders/domain 300: codec
		orders/audit 300: codec
		billing/handler 300: billing/store codec
		billing/store 300: billing/domain codec bills!
		billing/domain 300: codec
		codec 300:`)
	r := solve(t, g, Options{Seed: 1})
	of := func(name string) string { return r.Units[r.UnitOf[atoms(t, g, name)[0]]].Service }
	if of("codec") != model.Library || of("orders/audit") != of("orders/handler") || of("orders/handler") == of("billing/handler") {
		t.Errorf("want two services over a library:\n%s", places(r))
	}
}

// A module that no main starts yet is one by its folder; dead code elsewhere stays dead.
func TestFolderModuleThatNobodyStarts(t *testing.T) {
	g := parse(t, `
		cmd/shop 60 main: modules/auth/handler modules/product/handler
		modules/auth/handler 900: modules/auth/domain
		modules/auth/domain 900:
		modules/product/handler 900: modules/product/domain
		modules/product/domain 900: modules/auth/domain
		modules/booking/handler 300: modules/booking/domain modules/auth/domain
		modules/booking/domain 200: modules/product/domain
		attic/handler 300:
		modules/notes/text 300: modules/product/domain`)
	r := solve(t, g, Options{Seed: 1})
	booking := placeOf(t, r, "modules/booking/domain")
	if booking != placeOf(t, r, "modules/booking/handler") || booking == placeOf(t, r, "modules/auth/domain") || booking == placeOf(t, r, "modules/product/domain") || !model.IsService(booking) {
		t.Errorf("want booking by itself:\n%s", places(r))
	}
	if got := placeOf(t, r, "attic/handler"); got != model.Unassigned {
		t.Errorf("the attic is in %s:\n%s", got, places(r))
	}
}
