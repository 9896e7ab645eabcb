package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Draft is the first plan for a model: it names the proposed services and
// decides nothing about where code goes. What each would own stands in comments
// as lines to uncomment, so that a later analysis may still propose otherwise.
func Draft(m *model.Model) []byte {
	var b strings.Builder
	b.WriteString(draftHead)
	fmt.Fprintf(&b, "version: %d\n", Version)
	if m.Module.Path != "" {
		fmt.Fprintf(&b, "module: %s\n", scalar(m.Module.Path))
	}
	b.WriteString("\n")
	draftServices(&b, m)
	draftPins(&b, m)
	return []byte(b.String())
}

const draftHead = `# What you decided about moving this monolith to services. ficus reads this file
# and never rewrites a line of it; run "ficus analyze" again after an edit.
# Lines are decisions, comments are the proposal of the first analysis: uncomment
# what you want kept. Who owns what is otherwise read from .ficus/model.json.
`

func draftServices(b *strings.Builder, m *model.Model) {
	if len(m.Services) == 0 {
		b.WriteString("# No service was proposed. To ask for one, name it and what it owns:\n" +
			"# services:\n#   billing:\n#     owns: [internal/billing]\n\n")
		return
	}
	b.WriteString("services:\n")
	for _, s := range ordered(m) {
		fmt.Fprintf(b, "  # %s\n", serviceNote(m, s))
		fmt.Fprintf(b, "  %s:\n", scalar(s.Name))
		fmt.Fprintf(b, "    # owns: [%s]\n", strings.Join(ownedRefs(m, s.Units), ", "))
		if len(s.Tables) > 0 {
			fmt.Fprintf(b, "    # tables: %s\n", strings.Join(s.Tables, ", "))
		}
	}
	b.WriteString("\n")
}

// ordered are the services in the order of the cuts, the rest by name after.
func ordered(m *model.Model) []model.Service {
	rank := func(s model.Service) int {
		if i := slices.Index(m.Verdict.Order, s.Name); i >= 0 {
			return i
		}
		return len(m.Verdict.Order)
	}
	out := slices.Clone(m.Services)
	slices.SortStableFunc(out, func(a, b model.Service) int { return rank(a) - rank(b) })
	return out
}

func serviceNote(m *model.Model, s model.Service) string {
	note := fmt.Sprintf("%s, %s", counted(len(s.Routes), "route"), counted(len(s.Tables), "table"))
	for _, bill := range m.Bills {
		if bill.Service == s.Name {
			note += fmt.Sprintf(", price %.0f", bill.Price)
		}
	}
	if s.Name == m.Verdict.FirstCut {
		note = "first cut: " + note
	}
	return note
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func ownedRefs(m *model.Model, units []string) []string {
	sorted := slices.Clone(units)
	slices.Sort(sorted)
	for i, u := range sorted {
		sorted[i] = scalar(relative(m.Module.Path, u))
	}
	return sorted
}

func draftPins(b *strings.Builder, m *model.Model) {
	b.WriteString("# Pins that analysis keeps exactly; what is under services.*.owns is pinned too.\n# pins:\n")
	pins := []string{examplePin(m, model.Library, PinLibrary), examplePin(m, model.Root, PinRoot)}
	pins = append(pins,
		"#   - in: {internal/discounts: catalogue}            # this goes there",
		"#   - together: [internal/cart, internal/orders]     # one service, whichever",
		"#   - apart: [internal/orders, internal/payments]    # never one service")
	for _, p := range pins {
		if p != "" {
			b.WriteString(p + "\n")
		}
	}
}

// examplePin writes what the proposal left out of the services as a pin.
func examplePin(m *model.Model, home string, kind PinKind) string {
	var units []string
	for _, u := range m.Units {
		if u.Service == home {
			units = append(units, u.ID)
		}
	}
	if len(units) == 0 {
		return ""
	}
	return fmt.Sprintf("#   - %s: [%s]", kind, strings.Join(ownedRefs(m, units), ", "))
}
