package partition

import (
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// shipping has a folder for each application service, and their handlers in one package,
// in files named after these folders, which a server and its helper tie to each other.
func shipping(t *testing.T, folders ...string) *coupling.Graph {
	t.Helper()
	text := `
		cmd/app 60 main: server ` + strings.Join(folders, " ") + `
		server 40: server.booking server.tracking server.handling
		server.booking 120: server.respond server.fail /bookings ` + folders[0] + `
		server.tracking 90: server.respond server.fail /tracks ` + folders[1] + `
		server.handling 90: server.respond server.fail /incidents ` + folders[2] + `
		server.respond 15:
		server.fail 15:`
	for _, f := range folders {
		text += "\n" + f + " 300: " + strings.ReplaceAll(f, "/", "") + "s!"
	}
	g := parse(t, text)
	for a := range g.Atoms {
		if _, decl := split(g.Atoms[a].ID); strings.HasPrefix(g.Atoms[a].ID, "server.") && len(decl) > 6 && decl != "respond" && decl != "Service" {
			g.Atoms[a].File = "server/" + decl + ".go"
		}
	}
	return g
}

// Handlers in files named after folders go with these folders, whatever ties the files.
func TestFilesNamedAfterFolders(t *testing.T) {
	g := shipping(t, "booking", "tracking", "handling")
	r := solve(t, g, Options{Seed: 1})
	of := func(name string) string { return r.Units[r.UnitOf[atoms(t, g, name)[0]]].Service }
	for _, domain := range []string{"booking", "tracking", "handling"} {
		if of("server."+domain) != of(domain) {
			t.Errorf("the handlers of %s are in %s:\n%s", domain, of("server."+domain), places(r))
		}
	}
	if of("booking") == of("tracking") || of("booking") == of("handling") || of("tracking") == of("handling") {
		t.Errorf("want three services:\n%s", places(r))
	}
}

// Names of other folders, of folders that are not beside each other, or of too few say
// nothing, nor does any name where names are withheld.
func TestWhatFilesSayNothing(t *testing.T) {
	for name, c := range map[string]struct {
		g   *coupling.Graph
		opt Options
	}{
		"other folders":         {shipping(t, "cargo", "voyage", "location"), Options{Seed: 1}},
		"not beside each other": {shipping(t, "sales/booking", "tracking", "ops/handling"), Options{Seed: 1}},
		"two":                   {shipping(t, "booking", "tracking", "location"), Options{Seed: 1}},
		"blind":                 {shipping(t, "booking", "tracking", "handling"), Options{Seed: 1, Blind: true}},
	} {
		lay := newLayout(c.g)
		if parts, err := mixed(t.Context(), c.g, lay, c.opt); err != nil || len(lay.strangers) > 0 {
			t.Errorf("%s: parts %v, %v", name, parts, err)
		}
	}
}
