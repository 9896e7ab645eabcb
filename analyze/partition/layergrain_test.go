package partition

import (
	"maps"
	"math"
	"strings"
	"testing"
)

// The example of Hubert and Arabie's index in scikit-learn's manual, and its ends.
func TestAgreement(t *testing.T) {
	for _, c := range []struct {
		pairs map[pairing]int
		want  float64
	}{
		{map[pairing]int{{0, "a"}: 2, {1, "b"}: 1, {2, "b"}: 1}, 4.0 / 7},
		{map[pairing]int{{0, "a"}: 3, {1, "b"}: 2}, 1},
		{map[pairing]int{{0, "a"}: 1, {0, "b"}: 1, {1, "a"}: 1, {1, "b"}: 1}, -0.5},
		{nil, 0},
	} {
		if got := agreement(c.pairs); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %v, want %v", c.pairs, got, c.want)
		}
	}
}

// Of groupings that modularity lets pass, the one counts that files' names agree with:
// categories of rooms are rooms, and cities are no hotels. Where most files have names
// that say nothing, the coarsest stays.
func TestLayersAreCutAsFineAsFiles(t *testing.T) {
	text := `
		cmd/stay 50 main: handlers
		handlers.City 90: services.City
		handlers.Hotel 90: services.Hotel
		handlers.Room 90: services.Room
		handlers.Category 90: services.Category
		services.City 90:
		services.Hotel 90:
		services.Room 90:
		services.Category 90:`
	files := map[string]string{"City": "city", "Hotel": "hotel", "Room": "room", "Category": "room_category"}
	coarse, fine, finest := map[string]int32{"City": 0, "Hotel": 0, "Room": 1, "Category": 1}, map[string]int32{"City": 0, "Hotel": 1, "Room": 2, "Category": 2},
		map[string]int32{"City": 0, "Hotel": 1, "Room": 2, "Category": 3}
	for _, named := range []bool{true, false} {
		g := parse(t, text)
		l := newLayout(g)
		l.layers = &layers{nodeOf: allOf(len(g.Atoms)), found: make([][]int32, 3), of: []float64{0.25, 0.5, 1}}
		for i, groups := range []map[string]int32{coarse, fine, finest} {
			l.layers.found[i] = make([]int32, len(g.Atoms))
			for a, atom := range g.Atoms {
				l.layers.found[i][a] = groups[atom.Name]
			}
		}
		l.layers.group, l.layers.at = l.layers.found[0], 0.25
		var packages []int32
		for _, path := range []string{"handlers", "services"} {
			p, _ := g.Package(path)
			packages = append(packages, p)
			for _, a := range g.Packages[p].Atoms {
				if name := g.Atoms[a].Name; named || name == "City" {
					g.Atoms[a].File = path + "/" + files[name] + "_" + path + ".go"
				} else {
					g.Atoms[a].File = path + "/" + path + ".go"
				}
			}
		}
		want := 0.25
		if named {
			want = 0.5
		}
		if l.asFineAsFiles(packages); l.layers.at != want {
			t.Errorf("named %v: resolution %v, want %v", named, l.layers.at, want)
		}
	}
}

// A folder speaks for its files where files of several other layers are named after it;
// what all folders have inside (errors.go) says nothing then.
func TestFoldersThatFilesAreNamedAfter(t *testing.T) {
	g := parse(t, `
		handlers.Orders 10:
		repository.Orders 10:
		core/orders.Errors 10:
		core/orders.Service 10:
		core/users.Errors 10:
		handlers.Users 10:
		cmd.Users 10:`)
	for i, a := range g.Atoms {
		g.Atoms[i].File = g.Packages[a.Package].Dir + "/" + strings.ToLower(a.Name) + ".go"
	}
	l := newLayout(g)
	got := map[string]string{}
	for p, w := range l.folderNames(l.where(func(p int) bool { return g.Packages[p].Dir != "cmd" })) {
		got[g.Packages[p].Dir] = w
	}
	if want := map[string]string{"core/orders": "order"}; !maps.Equal(got, want) {
		t.Errorf("folders %v, want %v", got, want)
	}
}
