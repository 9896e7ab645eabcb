package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

func TestWhatWasMeasuredIsShown(t *testing.T) {
	m := shop(t)
	m.Sources = []model.Source{{Kind: "profile", Name: "cpu.pprof", Matched: 0.8123}, {Kind: "history", Name: "12mo", Matched: 1}}
	m.Problems = append(m.Problems, model.Problem{Code: "traces", Message: "t.json is of another program"})
	for i := range m.Units {
		if m.Units[i].ID == full("internal/billing") {
			m.Units[i].History = &model.History{Revisions: 12, Churn: 90, Authors: 3, Main: 0.5, Together: []model.Together{{Unit: full("internal/orders"), Shared: 6, Degree: 0.61}}}
		}
	}
	for i := range m.Atoms {
		if m.Atoms[i].ID == full("internal/billing.Service") {
			m.Atoms[i].Heat, m.Atoms[i].UseCases = 0.25, []string{"buy", "refund"}
		}
	}
	var b bytes.Buffer
	if err := Text(&b, m, Options{Width: 200}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"internal/billing", "billing.Service", "internal/orders"} {
		e, err := Explain(m, nil, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := ExplainText(&b, m, e, Options{Width: 200}); err != nil {
			t.Fatal(err)
		}
	}
	text := b.String()
	for want, times := range map[string]int{
		"Beside the code: profile cpu.pprof (81 % of it matched), history 12mo (100 % of it matched).": 1,
		"1 doubt about the traces": 1,
		"history: 12 revisions by 3 people, 50 % of them by one; changes together with internal/orders (6 commits, 61 %)": 1,
		"heat: on the stack in 25 % of the profile's samples":                                                             2,
		"runs in: buy, refund": 2,
	} {
		if n := strings.Count(text, want); n != times {
			t.Errorf("%q stands %d times, want %d in\n%s", want, n, times, text)
		}
	}
}
