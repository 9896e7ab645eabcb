package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// small is a valid model with two services and one crossing.
func small() *Model {
	crossing := Crossing{ID: "c1", Kind: CouplingCall, From: "m/b.B", To: "m/a.A", FromService: "b", ToService: "a", Callee: "m/a.A", Price: 1.5}
	return &Model{
		Version:  Version,
		Module:   Module{Path: "m", GoVersion: "1.26"},
		Packages: []Package{{Path: "m/a"}, {Path: "m/b"}},
		Atoms: []Atom{{ID: "m/a.A", Package: "m/a", Unit: "m/a", Service: "a"}, {ID: "m/b.B", Package: "m/b", Unit: "m/b", Service: "b"},
			{ID: "table:as", Kind: KindTable, Name: "as", Service: "a"}},
		Tables:   []Table{{Name: "as", Service: "a"}},
		Units:    []Unit{{ID: "m/a", Package: "m/a", Service: "a", Stability: 1}, {ID: "m/b", Package: "m/b", Service: "b", Stability: 0.5}},
		Services: []Service{{Name: "a", Units: []string{"m/a"}}, {Name: "b", Units: []string{"m/b"}}},
		Bills: []Bill{{Service: "a", Price: 1.5, In: 1, Crossings: []Crossing{crossing}},
			{Service: "b", Price: 1.5, Out: 1, Crossings: []Crossing{crossing}}},
	}
}

func TestWriteThenReadGivesTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "er", "model.json")
	if err := small().WriteFile(path); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := m.Write(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, again.Bytes()) {
		t.Errorf("written %s\nread and written again %s", first, again.Bytes())
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		want     string
		version  bool
	}{
		{"nothing", "", "line 1, column 1", false},
		{"no JSON", "{\n \"version\": x}", "line 2, column 13", false},
		{"wrong type", "{\"version\": 1,\n \"units\": 3}", "line 2", false},
		{"no version", `{"services": {}}`, "it is no model file", true},
		{"newer", `{"version": 99}`, "upgrade ficus", true},
		{"older than the first", `{"version": 0}`, "analyze again", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(strings.NewReader(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want it to say %q", err, tt.want)
			}
			if got := errors.Is(err, ErrVersion); got != tt.version {
				t.Errorf("errors.Is(err, ErrVersion) = %v, want %v", got, tt.version)
			}
		})
	}
}

func TestReadFileSaysHowToGetOne(t *testing.T) {
	_, err := ReadFile(filepath.Join(t.TempDir(), "model.json"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "ficus analyze") {
		t.Errorf("got %v", err)
	}
}

func TestWriteFileKeepsTheOldOneWhenItCannot(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "file")
	if err := os.WriteFile(blocked, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := small().WriteFile(filepath.Join(blocked, "model.json")); err == nil {
		t.Error("wrote below a file")
	}
	if got, _ := os.ReadFile(blocked); string(got) != "old" {
		t.Errorf("the file in the way holds %q", got)
	}
}

func TestLookups(t *testing.T) {
	m := small()
	if _, ok := m.Atom("m/b.B"); !ok {
		t.Error("atom not found")
	}
	if _, ok := m.Atom("m/b.C"); ok {
		t.Error("found an atom that is not there")
	}
	for _, ok := range []bool{has(m.Unit("m/a")), has(m.Service("b")), has(m.Bill("b")), has(m.Table("as")), has(m.Package("m/a"))} {
		if !ok {
			t.Error("a lookup failed")
		}
	}
	if got := m.Rel("m/a"); got != "a" {
		t.Errorf("Rel = %q", got)
	}
	if got := m.Rel("m"); got != "." {
		t.Errorf("Rel of the module = %q", got)
	}
	if got := (&Route{Method: "GET", Pattern: "/a/{id}"}).RouteID(); got != "route:GET /a/{id}" {
		t.Errorf("RouteID = %q", got)
	}
}

func has[T any](_ *T, ok bool) bool { return ok }

func TestValidate(t *testing.T) {
	if err := small().Validate(); err != nil {
		t.Fatalf("a valid model: %v", err)
	}
	tests := []struct {
		name  string
		spoil func(*Model)
		want  string
	}{
		{"order", func(m *Model) { m.Units[0], m.Units[1] = m.Units[1], m.Units[0] }, "stands after"},
		{"double", func(m *Model) { m.Tables = append(m.Tables, m.Tables[0]) }, "stands twice"},
		{"unknown service", func(m *Model) { m.Units[0].Service = "x" }, `service "x" is not listed`},
		{"unknown package", func(m *Model) { m.Units[0].Package = "x" }, "package x is not listed"},
		{"stability", func(m *Model) { m.Units[0].Stability = 2 }, "not between 0 and 1"},
		{"atom elsewhere", func(m *Model) { m.Atoms[0].Service = "b" }, "its unit m/a in a"},
		{"atom without unit", func(m *Model) { m.Atoms[0].Unit = "" }, `unit "" is not listed`},
		{"empty service", func(m *Model) { m.Services[0].Units = nil }, "owns no unit"},
		{"foreign unit", func(m *Model) { m.Services[0].Units = []string{"m/b"} }, "is not its own"},
		{"no bill", func(m *Model) { m.Bills = m.Bills[:1] }, "has no bill"},
		{"price", func(m *Model) { m.Bills[0].Price = 9 }, "its crossings cost"},
		{"one side", func(m *Model) { m.Bills[0].Crossings, m.Bills[0].Price = nil, 0 }, "missing in the bill of a"},
		{"inside", func(m *Model) { m.Bills[0].Crossings[0].FromService = "a" }, "goes from a to a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := small()
			tt.spoil(m)
			if err := m.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	var buf bytes.Buffer
	if err := small().Write(&buf); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		_ = m.Validate() // must not panic
		var out bytes.Buffer
		if err := m.Write(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(&out); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}

// TestWriteIsTheEncodingOfTheTypes holds the lines of Write against encoding/json.
func TestWriteIsTheEncodingOfTheTypes(t *testing.T) {
	for name, m := range map[string]*Model{"full": full(), "empty": {}, "empty lists": {Packages: []Package{}, EntryPoints: []EntryPoint{}}} {
		var lines, whole bytes.Buffer
		if err := m.Write(&lines); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&whole, lines.Bytes()); err != nil {
			t.Fatal(err)
		}
		if whole.String() != string(data) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, whole.String(), data)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteTellsOfFailures(t *testing.T) {
	if err := full().Write(failing{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
