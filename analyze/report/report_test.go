package report

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

func lineDiff(want, got string) string { return udiff.Unified("want", "got", want, got) }

func render(t testing.TB, m *model.Model, f Format, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, m, f, o); err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	return b.Bytes()
}

// TestGolden holds every format of the fixture against testdata.
func TestGolden(t *testing.T) {
	m := shop(t)
	for _, f := range Formats() {
		if f == FormatHTML {
			continue // held by TestHTML: most of it is our own script
		}
		t.Run(string(f), func(t *testing.T) { golden(t, "shop."+string(f), render(t, m, f, Options{})) })
	}
	golden(t, "shop.text140", render(t, m, FormatText, Options{Width: 140}))
	golden(t, "shop.units.dot", render(t, m, FormatDOT, Options{Level: LevelUnits}))
	golden(t, "shop.units.mermaid", render(t, m, FormatMermaid, Options{Level: LevelUnits}))
	var b bytes.Buffer
	if err := Bill(&b, m, "billing", Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "shop.bill", b.Bytes())
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestWidth: no line of a screen is wider than asked for, coloured or not, and
// colour changes nothing but the looks.
func TestWidth(t *testing.T) {
	m := shop(t)
	for _, width := range []int{1, 20, 40, 72, 80, 100, 109, 110, 140, 200} {
		plainText := render(t, m, FormatText, Options{Width: width})
		coloured := render(t, m, FormatText, Options{Width: width, Color: true})
		for line := range strings.Lines(string(plainText)) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
				t.Errorf("width %d: a line of %d: %q", width, n, line)
			}
			if strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
				t.Errorf("width %d: spaces at the end of %q", width, line)
			}
		}
		if stripped := ansi.ReplaceAll(coloured, nil); !bytes.Equal(stripped, plainText) {
			t.Errorf("width %d: colour changes the text\n%s", width, lineDiff(string(plainText), string(stripped)))
		}
	}
}

// TestUnitsComplete: every package of the module is in the table, every line of
// code once.
func TestUnitsComplete(t *testing.T) {
	m := shop(t)
	packages, lines := map[string]bool{}, 0
	rows := strings.Split(strings.TrimSpace(string(render(t, m, FormatUnits, Options{}))), "\n")
	if rows[0] != "package\tunit\tservice\tlines" {
		t.Errorf("header is %q", rows[0])
	}
	for _, r := range rows[1:] {
		f := strings.Split(r, "\t")
		packages[f[0]] = true
		var n int
		if _, err := fmt.Sscan(f[3], &n); err != nil {
			t.Fatal(err)
		}
		lines += n
	}
	for _, p := range m.Packages {
		if !packages[p.Path] {
			t.Errorf("%s is missing", p.Path)
		}
	}
	if lines != m.Stats.Lines {
		t.Errorf("%d lines, the model has %d", lines, m.Stats.Lines)
	}
}

// TestJSONNormalises: a shuffled model with null lists gives the bytes of the
// orderly one, and is itself left alone.
func TestJSONNormalises(t *testing.T) {
	want := render(t, shop(t), FormatJSON, Options{})
	m := shop(t)
	reverse(m)
	first := m.Atoms[0].ID
	if got := render(t, m, FormatJSON, Options{}); !bytes.Equal(want, got) {
		t.Errorf("differs:\n%s", lineDiff(string(want), string(got)))
	}
	if m.Atoms[0].ID != first {
		t.Error("JSON sorted the caller's model")
	}
	if got := render(t, &model.Model{Version: 1}, FormatJSON, Options{}); bytes.Contains(got, []byte("null")) {
		t.Errorf("null lists in %s", got)
	}
}

// TestStay: where the advice is to stay one program, the reasons take the place
// of the first cut.
func TestStay(t *testing.T) {
	m := shop(t)
	m.Verdict = model.Verdict{Summary: "Stay: every cut costs more than it gives.", Reasons: []string{"one transaction writes 7 of 8 tables", "no service is stable"}}
	text := string(render(t, m, FormatText, Options{}))
	for _, want := range []string{"Stay: every cut", "  · one transaction writes 7 of 8 tables", "Next: ficus explain billing · ficus report --open\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the screen lacks %q:\n%s", want, text)
		}
	}
	for _, not := range []string{"◀", "What cutting", "ficus generate"} {
		if strings.Contains(text, not) {
			t.Errorf("the screen has %q:\n%s", not, text)
		}
	}
}

// TestPlanShows: the screen says that a person's decisions were kept.
func TestPlanShows(t *testing.T) {
	p, err := plan.Parse("sub/ficus.yaml", []byte(pinnedPlan))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(render(t, shop(t), FormatText, Options{Plan: p})); !strings.Contains(text, "Kept: 1 pin of ficus.yaml.") {
		t.Errorf("the pin is not mentioned:\n%s", text)
	}
}

func TestUnknownFormat(t *testing.T) {
	_, err := ParseFormat("mermaids")
	want := `unknown format "mermaids": choose one of text, json, html, md, dot, mermaid, c4, units, atoms, csv, metrics, alternatives; did you mean mermaid?`
	if !errors.Is(err, ErrFormat) || err.Error() != want {
		t.Errorf("error is %v", err)
	}
}

func TestUnknownBill(t *testing.T) {
	err := Bill(&bytes.Buffer{}, shop(t), "biling", Options{})
	if !errors.Is(err, ErrName) || !strings.Contains(err.Error(), "did you mean billing?") {
		t.Errorf("error is %v", err)
	}
}
