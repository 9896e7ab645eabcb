package evidence

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ficus-dev/ficus/analyze/facts"
)

// encodeProfile writes profile.proto with one location a function.
func encodeProfile(types []string, samples []sample) []byte {
	text, index := []string{""}, map[string]uint64{"": 0}
	intern := func(s string) uint64 {
		if _, ok := index[s]; !ok {
			index[s] = uint64(len(text))
			text = append(text, s)
		}
		return index[s]
	}
	var out []byte
	message := func(to []byte, n protowire.Number, b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(to, n, protowire.BytesType), b)
	}
	number := func(to []byte, n protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(to, n, protowire.VarintType), v)
	}
	for _, typ := range types {
		out = message(out, 1, number(nil, 1, intern(typ)))
	}
	for _, s := range samples {
		var packed, b []byte
		for _, name := range s.stack {
			packed = protowire.AppendVarint(packed, intern(name))
		}
		b = message(b, 1, packed)
		for range types[1:] {
			b = number(b, 2, 1) // not packed
		}
		out = message(out, 2, number(b, 2, uint64(s.value)))
	}
	for i := 1; i < len(text); i++ {
		out = message(out, 4, message(number(nil, 1, uint64(i)), 4, number(nil, 1, uint64(i))))
		out = message(out, 5, number(number(nil, 1, uint64(i)), 2, uint64(i)))
	}
	for _, s := range text {
		out = message(out, 6, []byte(s))
	}
	return out
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHeat(t *testing.T) {
	data := encodeProfile([]string{"samples", "cpu"}, []sample{
		{60, []string{"runtime.mallocgc", "example.com/m/b.(*Store).Get", "sort.Slice", "example.com/m/a.Run.func1", "example.com/m/a.Run", "main.serve"}},
		{20, []string{"example.com/m/a.Run", "example.com/m/b.(*Store).Get", "example.com/m/a.Run"}}, // back and forth
		{20, []string{"runtime.gcBgMarkWorker"}},
	})
	path := write(t, "cpu.pprof", string(zipped(t, data)))
	r := read(t, Options{Profile: path}, module())
	heat := map[facts.Ref]float64{}
	for _, h := range r.Measured.Heats {
		heat[h.Func] = h.Share
	}
	run, get, serve := ref("example.com/m/a.Run"), ref("example.com/m/b.Store", "Get"), ref("example.com/m/cmd/one.serve")
	if !near(heat[run], 0.8) || !near(heat[get], 0.8) || !near(heat[serve], 0.6) || len(heat) != 3 {
		t.Errorf("heat %v", heat)
	}
	flow := map[flowKey]float64{}
	for _, f := range r.Measured.Flows {
		flow[flowKey{f.From, f.To}] = f.Share
	}
	if !near(flow[flowKey{run, get}], 0.8) || !near(flow[flowKey{get, run}], 0.2) || !near(flow[flowKey{serve, run}], 0.6) || len(flow) != 3 {
		t.Errorf("flows %v", flow)
	}
	if len(r.Problems) != 0 || len(r.Sources) != 1 || r.Sources[0].Matched != 0.8 || r.Sources[0].Name != "cpu.pprof" {
		t.Errorf("sources %+v, problems %+v", r.Sources, r.Problems)
	}
}

func TestProfilesOfOtherPrograms(t *testing.T) {
	foreign := encodeProfile([]string{"cpu"}, []sample{{99, []string{"example.com/other.F"}}})
	little := encodeProfile([]string{"cpu"}, []sample{{99, []string{"example.com/other.F"}}, {1, []string{"example.com/m/a.Run"}}})
	idle := encodeProfile([]string{"cpu"}, nil)
	for _, tt := range []struct {
		data []byte
		want string
		used bool
	}{{foreign, "of another program", false}, {little, "only 1.0 %", true}, {idle, "is empty", false}} {
		r := read(t, Options{Profile: write(t, "p", string(tt.data))}, module())
		if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, tt.want) || (len(r.Measured.Heats) > 0) != tt.used {
			t.Errorf("want %q, used %v: got %+v", tt.want, tt.used, r)
		}
	}
}

// What the runtime itself writes is read: this test's own stack is in it.
func TestProfileOfTheRuntime(t *testing.T) {
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 0); err != nil {
		t.Fatal(err)
	}
	samples, err := parseProfile(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	here := slices.ContainsFunc(samples, func(s sample) bool {
		return slices.Contains(s.stack, "github.com/ficus-dev/ficus/analyze/evidence.TestProfileOfTheRuntime")
	})
	if !here {
		t.Errorf("this test is in none of %d stacks", len(samples))
	}
}

func TestNoProfiles(t *testing.T) {
	whole := zipped(t, encodeProfile([]string{"cpu"}, []sample{{5, []string{"f"}}}))
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("flat flat% sum%"), "cut": whole[:len(whole)/2], "json": []byte(`{"a":1}`),
		"preprofile": []byte("GO PREPROFILE V1\n"), "no types": encodeProfile([]string{"cpu"}, nil)[4:]} {
		if _, err := parseProfile(data); !errors.Is(err, errNoProfile) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "p")
	if err := os.WriteFile(path, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), Options{Profile: path}, module()); err == nil || !strings.Contains(err.Error(), "read profile: p is no profile") {
		t.Errorf("got %v", err)
	}
}

func FuzzProfile(f *testing.F) {
	f.Add(encodeProfile([]string{"samples", "cpu"}, []sample{{5, []string{"f", "g"}}}))
	f.Add([]byte{0x1f, 0x8b})
	f.Add([]byte{0x12, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		samples, err := parseProfile(data)
		if err != nil && !errors.Is(err, errNoProfile) {
			t.Errorf("got %v", err)
		}
		for _, s := range samples {
			if s.value <= 0 {
				t.Errorf("a sample of %d", s.value)
			}
		}
	})
}
