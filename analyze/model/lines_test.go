package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is the file of a model with n couplings, which come to several pieces.
func written(t testing.TB, n int) []byte {
	t.Helper()
	m := small()
	for i := range n {
		m.Couplings = append(m.Couplings, Coupling{From: "m/b.B", To: "m/a.A", Kind: CouplingCall, Count: i,
			Evidence: []Evidence{{File: "b/b.go", Line: i, Func: "B", Detail: "[\n ]," + strings.Repeat("x", i%7)}}})
	}
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unmarshalled(t testing.TB, data []byte) *Model {
	t.Helper()
	m := new(Model)
	if err := json.Unmarshal(data, m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDecodeLines: what is decoded in pieces is what encoding/json makes of the whole.
func TestDecodeLines(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			data := written(t, n)
			if n == 5000 && len(data) < 2*pieceBytes {
				t.Fatalf("%d bytes are one piece", len(data))
			}
			want := unmarshalled(t, data)
			got := decodeLines(bytes.Clone(data), nil)
			if got == nil {
				t.Fatal("not read by its lines")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-whole +pieces\n%s", diff)
			}
			part := decodeLines(bytes.Clone(data), []string{"couplings", "services"})
			if want.Couplings, want.Services = nil, nil; part == nil || cmp.Diff(want, part) != "" {
				t.Errorf("without couplings: %+v", part)
			}
		})
	}
}

// TestDecodeLinesLeavesOthers: a file that is not as Write makes it is for encoding/json,
// byte for byte.
func TestDecodeLinesLeavesOthers(t *testing.T) {
	whole := string(written(t, 5000))
	change := func(old, with string) string {
		t.Helper()
		if !strings.Contains(whole, old) {
			t.Fatalf("the file has no %q", old)
		}
		return strings.Replace(whole, old, with, 1)
	}
	for name, text := range map[string]string{
		"ends early":       whole[:len(whole)/2],
		"not closed":       strings.TrimSuffix(whole, "}\n"),
		"more behind":      whole + "{}\n",
		"comma at the end": strings.TrimSuffix(whole, "\n}\n") + ",\n}\n",
		"no comma":         change("\n ],\n \"units\"", "\n ]\n \"units\""),
		"twice":            change("{\n \"version\"", "{\n \"version\": 1,\n \"version\""),
		"unknown field":    change("{\n \"version\"", "{\n \"later\": [\n ],\n \"version\""),
		"broken item":      change("\"count\":4000", "\"count\":4000}"),
		"text for number":  change("\"count\":4000", "\"count\":\"4000\""),
		"two in a line":    change("},\n  {\"from\"", "}, {\"from\""),
		"an item in lines": change("  {\"from\"", "  {\n   \"from\""),
		"one line":         strings.ReplaceAll(whole, "\n", ""),
		"empty":            "",
	} {
		t.Run(name, func(t *testing.T) {
			data := []byte(text)
			if m := decodeLines(data, nil); m != nil {
				t.Errorf("was read: %+v", m.Module)
			}
			if string(data) != text {
				t.Error("the bytes are not what they were")
			}
		})
	}
}

// TestReadFileWithout: lists may be left empty, and are not when the file is no model
// of ours.
func TestReadFileWithout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.json")
	data := written(t, 3)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := ReadFileWithout(path, "couplings")
	if err != nil {
		t.Fatal(err)
	}
	if m.Couplings != nil || len(m.Bills) != 2 {
		t.Errorf("%d couplings, %d bills", len(m.Couplings), len(m.Bills))
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(data, []byte("\n"), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err = ReadFileWithout(path, "couplings"); err != nil || len(m.Bills) != 2 {
		t.Errorf("%v, %d bills", err, len(m.Bills))
	}
}

// FuzzDecodeLines: what is read by its lines is what encoding/json reads.
func FuzzDecodeLines(f *testing.F) {
	for _, n := range []int{0, 2} {
		f.Add(written(f, n))
	}
	f.Add([]byte("{\n \"version\": 1,\n \"plain\": [\n  \"a\",\n  \"b\"\n ],\n \"tables\": null\n}\n"))
	f.Add([]byte("{\n \"services\": [,\n ]\n}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := decodeLines(bytes.Clone(data), nil)
		if m == nil {
			return
		}
		want := new(Model)
		if err := json.Unmarshal(data, want); err != nil {
			t.Fatalf("read by its lines, but: %v", err)
		}
		if diff := cmp.Diff(want, m); diff != "" {
			t.Errorf("-whole +pieces\n%s", diff)
		}
	})
}
