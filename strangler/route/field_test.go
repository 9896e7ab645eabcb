package route

import (
	"reflect"
	"testing"
)

func TestParseFieldPath(t *testing.T) {
	tests := map[string]FieldPath{
		"$.a":                {{Name: "a"}},
		"$.a.b[3]":           {{Name: "a"}, {Name: "b"}, {Index: 3}},
		"$[*].x":             {{Index: Any}, {Name: "x"}},
		"$.*.x":              {{Index: Any}, {Name: "x"}},
		"$..id":              {{Name: "id", Deep: true}},
		"$['a.b'][\"c]d\"]":  {{Name: "a.b"}, {Name: "c]d"}},
		"$.items[*]..at[10]": {{Name: "items"}, {Index: Any}, {Name: "at", Deep: true}, {Index: 10}},
	}
	for text, want := range tests {
		if got, err := ParseFieldPath(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "$", "a", ".a", "$a", "$.", "$.a.", "$..", "$[", "$[]", "$[-1]", "$[x]", "$['a]", "$['']", "$.a[1"} {
		if got, err := ParseFieldPath(text); err == nil {
			t.Errorf("%q is accepted: %+v", text, got)
		}
	}
}

func FuzzParseFieldPath(f *testing.F) {
	f.Add("$.a[*]['b']..c")
	f.Fuzz(func(_ *testing.T, text string) { _, _ = ParseFieldPath(text) })
}
