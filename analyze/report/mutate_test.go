package report

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// reverse puts every list of a model into the opposite order.
func reverse(m *model.Model) {
	slices.Reverse(m.Packages)
	slices.Reverse(m.Atoms)
	slices.Reverse(m.Tables)
	slices.Reverse(m.Routes)
	slices.Reverse(m.Couplings)
	slices.Reverse(m.Units)
	slices.Reverse(m.Services)
	slices.Reverse(m.Bills)
	slices.Reverse(m.Candidates)
}

// FuzzMutated: every format and every explanation renders a model with random
// pieces dropped, emptied or swapped, without a panic.
func FuzzMutated(f *testing.F) {
	var b bytes.Buffer
	if err := shop(f).Write(&b); err != nil {
		f.Fatal(err)
	}
	for seed := range uint64(20) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		m, err := model.Decode(bytes.NewReader(mutate(t, b.Bytes(), seed)))
		if err != nil {
			return
		}
		for _, format := range Formats() {
			render(t, m, format, Options{Width: 60})
			render(t, m, format, Options{Level: LevelUnits, Width: 130, Color: true})
		}
		explainAll(t, m)
	})
}

func explainAll(t *testing.T, m *model.Model) {
	for _, bill := range m.Bills {
		if err := Bill(&bytes.Buffer{}, m, bill.Service, Options{}); err != nil {
			t.Error(err)
		}
	}
	before := "orders"
	for _, name := range newIndex(m).allNames() {
		if e, err := Explain(m, nil, name); err == nil {
			if err := ExplainText(&bytes.Buffer{}, m, e, Options{}); err != nil {
				t.Error(err)
			}
		}
		if pair, err := ExplainPair(m, before, name); err == nil {
			if err := BetweenText(&bytes.Buffer{}, m, pair, Options{}); err != nil {
				t.Error(err)
			}
		}
		before = name
	}
}

func TestEmptyModel(t *testing.T) {
	for _, f := range Formats() {
		render(t, &model.Model{}, f, Options{})
	}
	text := string(render(t, &model.Model{}, FormatText, Options{}))
	if !strings.Contains(text, "no service was proposed") {
		t.Errorf("an empty model gives\n%s", text)
	}
}

// mutate drops, empties and duplicates random pieces of a JSON document.
func mutate(t testing.TB, src []byte, seed uint64) []byte {
	t.Helper()
	var doc any
	if err := json.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	out, err := json.Marshal(damage(doc, r, 0))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func damage(v any, r *rand.Rand, depth int) any {
	hit := depth > 0 && r.IntN(40) == 0
	switch x := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(x) {
			if k == "version" && depth == 0 {
				continue
			}
			if x[k] = damage(x[k], r, depth+1); r.IntN(60) == 0 {
				delete(x, k)
			}
		}
		return x
	case []any:
		if hit {
			return []any{}
		}
		for i := range x {
			x[i] = damage(x[i], r, depth+1)
		}
		if len(x) > 1 && r.IntN(4) == 0 {
			x[0], x[len(x)-1] = x[len(x)-1], x[0]
		}
		return x
	case string:
		if hit {
			return []string{"", "nowhere", "a\nb\tc\x1b[31m", "@library"}[r.IntN(4)]
		}
	case float64:
		if hit {
			return -x
		}
	}
	return v
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
