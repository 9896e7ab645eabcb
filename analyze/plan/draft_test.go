package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ficus-dev/ficus/analyze/model"
)

const wantDraft = draftHead + `version: 1
module: example.com/shop

services:
  # 0 routes, 0 tables, price 63
  orders:
    # owns: [internal/orders]
  # first cut: 1 route, 2 tables, price 11
  billing:
    # owns: [internal/billing, internal/models#invoice]
    # tables: invoices, payments

# Pins that analysis keeps exactly; what is under services.*.owns is pinned too.
# pins:
#   - library: [internal/models]
#   - in: {internal/discounts: catalogue}            # this goes there
#   - together: [internal/cart, internal/orders]     # one service, whichever
#   - apart: [internal/orders, internal/payments]    # never one service
`

func TestDraft(t *testing.T) {
	m := shopModel()
	draft := Draft(m)
	if diff := cmp.Diff(wantDraft, string(draft)); diff != "" {
		t.Errorf("draft differs (-want +got):\n%s", diff)
	}
	p, err := Parse(FileName, draft)
	if err != nil {
		t.Fatalf("the draft is not accepted: %v", err)
	}
	if err := p.Check(m); err != nil {
		t.Errorf("the draft does not fit its own model: %v", err)
	}
	if n := len(p.Decisions()); n != 0 {
		t.Errorf("the draft decides %d things, want none", n)
	}
}

// TestDraftUncommented: taking every proposed line as it stands gives a valid
// plan that pins what the model has.
func TestDraftUncommented(t *testing.T) {
	m := shopModel()
	text := strings.NewReplacer("    # owns", "    owns", "# pins:\n", "pins:\n", "#   - library", "  - library").Replace(string(Draft(m)))
	p, err := Parse(FileName, []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := p.Check(m); err != nil {
		t.Error(err)
	}
	pinned := p.Assign(m.Module.Path, m.Atoms)
	for _, u := range m.Units {
		for _, a := range m.Atoms {
			if a.Unit == u.ID && pinned[a.ID].Service != u.Service {
				t.Errorf("%s is pinned to %q, the model has %q", a.ID, pinned[a.ID].Service, u.Service)
			}
		}
	}
}

func TestDraftWithoutServices(t *testing.T) {
	m := &model.Model{Module: model.Module{Path: "shop"}}
	if _, err := Parse(FileName, Draft(m)); err != nil {
		t.Errorf("the draft of an empty model is not accepted: %v", err)
	}
}

// TestAddPin: one line more, every other byte as it was.
func TestAddPin(t *testing.T) {
	pin := Pin{Kind: PinIn, Refs: []Ref{{Text: "internal/discounts"}}, Service: "catalogue"}
	const line = "in: {internal/discounts: catalogue}"
	for name, tt := range map[string]struct{ src, want string }{
		"no pins": {
			"version: 1 # mine\n",
			"version: 1 # mine\npins:\n  - " + line + "\n",
		},
		"no newline at the end": {
			"version: 1",
			"version: 1\npins:\n  - " + line + "\n",
		},
		"empty pins": {
			"pins: # here\n# a word\nversion: 1\n",
			"pins: # here\n  - " + line + "\n# a word\nversion: 1\n",
		},
		"in the middle, own indent": {
			"version: 1\npins:\n- apart: # never\n    - a\n    - b # b\n# services\nservices:\n  x:\n",
			"version: 1\npins:\n- apart: # never\n    - a\n    - b # b\n- " + line + "\n# services\nservices:\n  x:\n",
		},
		"flow list over two lines": {
			"version: 1\npins:\n    - library: [a,\n        b\n        ]\nmodule: m.test\n",
			"version: 1\npins:\n    - library: [a,\n        b\n        ]\n    - " + line + "\nmodule: m.test\n",
		},
		"there already": {
			"version: 1\npins:\n  - " + line + "\n",
			"version: 1\npins:\n  - " + line + "\n",
		},
		"windows": {
			"version: 1\r\npins:\r\n  - root: [w]\r\n",
			"version: 1\r\npins:\r\n  - root: [w]\r\n  - " + line + "\r\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := AddPin(FileName, []byte(tt.src), pin)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("text differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAddPinOfTablesAndRoutes: what has a colon reads back as it was meant.
func TestAddPinOfTablesAndRoutes(t *testing.T) {
	pin := Pin{Kind: PinIn, Refs: []Ref{{Text: "table:payments"}, {Text: "route:GET /payments/{id}"}, {Text: "internal/pay.New"}}, Service: "money"}
	out, err := AddPin(FileName, []byte("version: 1\n"), pin)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(FileName, out)
	if err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	var got []string
	for _, d := range p.Decisions() {
		got = append(got, d.Refs[0].Text+" → "+d.Service)
	}
	if text := strings.Join(got, ", "); text != "table:payments → money, route:GET /payments/{id} → money, internal/pay.New → money" {
		t.Errorf("read back: %s", text)
	}
}

func TestAddPinRefusesContradiction(t *testing.T) {
	src := []byte("version: 1\npins:\n  - library: [internal/discounts]\n")
	out, err := AddPin(FileName, src, Pin{Kind: PinIn, Refs: []Ref{{Text: "internal/discounts"}}, Service: "catalogue"})
	if err == nil || out != nil || !strings.Contains(err.Error(), "ficus.yaml:4:10: internal/discounts is pinned to catalogue here and to @library at 3:15") {
		t.Errorf("got %q, %v", out, err)
	}
}
