package model_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ficus-dev/ficus/analyze/model"
)

func outlined() *model.Model {
	return &model.Model{Version: model.Version, Module: model.Module{Path: "example.com/shop", GoVersion: "1.26"},
		// what looks like a field, but stands in a text
		Atoms: []model.Atom{{ID: "example.com/shop.Place", Name: "\n \"units\": [\n ]"}},
		Units: []model.Unit{{ID: "example.com/shop/orders", Service: "orders", Reason: "a ] and a \" in it"}, {ID: "example.com/shop/users", Service: "users"}},
		Bills: []model.Bill{{Service: strings.Repeat("long ", 1<<15)}}}
}

// TestReadOutline holds the outline to what the whole file says, however it is laid out.
func TestReadOutline(t *testing.T) {
	var written, indented, short bytes.Buffer
	m := outlined()
	if err := m.Write(&written); err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&indented, written.Bytes(), "", "    "); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&short, written.Bytes()); err != nil {
		t.Fatal(err)
	}
	empty := outlined()
	empty.Units = []model.Unit{}
	var none bytes.Buffer
	if err := empty.Write(&none); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"as written": written.Bytes(), "indented": indented.Bytes(), "compact": short.Bytes(), "no units": none.Bytes(),
		"windows": bytes.ReplaceAll(written.Bytes(), []byte("\n"), []byte("\r\n"))} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "model.json")
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
			whole, err := model.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := model.ReadOutline(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(whole.Units, got.Units); diff != "" || !reflect.DeepEqual(got.Module, whole.Module) || got.Version != whole.Version {
				t.Errorf("outline of %q, version %d, units (-whole +outline):\n%s", got.Module.Path, got.Version, diff)
			}
		})
	}
}

// TestReadOutlineRefuses wants the errors of ReadFile.
func TestReadOutlineRefuses(t *testing.T) {
	var written bytes.Buffer
	if err := outlined().Write(&written); err != nil {
		t.Fatal(err)
	}
	whole := written.String()
	for name, text := range map[string]string{
		"newer":     strings.Replace(whole, `"version": 1`, `"version": 99`, 1),
		"cut short": whole[:strings.Index(whole, `"users"`)],
		"broken":    strings.Replace(whole, `"service":"users"`, `"service":7`, 1),
		"empty":     "",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "model.json")
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, want := model.ReadFile(file)
			if want == nil {
				t.Fatal("ReadFile takes it")
			}
			if _, err := model.ReadOutline(file); err == nil || err.Error() != want.Error() {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
}
