package cache

import (
	"bytes"
	"math"
	"reflect"
	"testing"
)

type leaf struct {
	Name string
	N    int
	U    uint8
	F    float64
	B    bool
}

type tree struct {
	Embedded
	Leaf  leaf
	List  []leaf
	Names []string
	Empty []string
	Nil   []string
	Map   map[string]int
	NoMap map[string]int
	At    *leaf
	None  *leaf
	Kids  []tree
}

// Embedded is embedded in tree.
type Embedded struct{ X int }

func sample() tree {
	return tree{Embedded: Embedded{X: -3}, Leaf: leaf{"a", math.MinInt64, 255, -0.25, true},
		List: []leaf{{"a", 1, 2, math.Inf(1), false}, {"", -1, 0, 0, true}}, Names: []string{"a", "b", "a"}, Empty: []string{},
		Map: map[string]int{"x": 1, "": 2, "a": 3}, At: &leaf{Name: "b"}, Kids: []tree{{Names: []string{"c"}}}}
}

func TestCodecReadsWhatItWrote(t *testing.T) {
	want := sample()
	data, err := Encode(&want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode[tree](data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v\nwant %+v", *got, want)
	}
	if again, err := Encode(got); err != nil || !bytes.Equal(data, again) {
		t.Error("equal values gave other bytes")
	}
}

func refused[T any](t *testing.T) {
	t.Helper()
	if _, err := Encode(new(T)); err == nil {
		t.Errorf("encoded %T", *new(T))
	}
	if _, err := Decode[T](nil); err == nil {
		t.Errorf("decoded %T", *new(T))
	}
}

func TestCodecRefuses(t *testing.T) {
	refused[[]any](t)
	refused[struct{ F func() }](t)
	refused[struct{ x int }](t)
	refused[struct{}](t)
	refused[map[int]string](t)
	if _, err := Decode[tree](nil); err == nil {
		t.Error("decoded nothing")
	}
}

// FuzzDecode looks for data that makes Decode panic, or take memory out of proportion.
func FuzzDecode(f *testing.F) {
	v := sample()
	data, err := Encode(&v)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	for i := range data {
		f.Add(data[:i])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Decode[tree](data)
		if err != nil {
			return
		}
		again, err := Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode[tree](again); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}
