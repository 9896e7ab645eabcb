package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Text writes a result as compilers do, a paragraph for each finding, and ends
// with what to do next.
func Text(w io.Writer, r *Result) error {
	var b bytes.Buffer
	for _, f := range r.Findings {
		f.text(&b)
	}
	r.summary(&b)
	_, err := w.Write(b.Bytes())
	if err != nil {
		return fmt.Errorf("write the check: %w", err)
	}
	return nil
}

func (f Finding) text(b *bytes.Buffer) {
	if f.File != "" {
		fmt.Fprintf(b, "%s:%d:%d: ", f.File, max(f.Line, 1), max(f.Column, 1))
	}
	fmt.Fprintf(b, "%s [%s]\n", f.Message, f.Rule)
	switch {
	case f.Status == Stale:
	case f.Why != "" && f.Status != Expired:
		fmt.Fprintf(b, "    price %s: %s\n", amount(f.Price), f.Why)
	default:
		fmt.Fprintf(b, "    price %s\n", amount(f.Price))
	}
	if f.Cure != "" && f.Status != Stale {
		fmt.Fprintf(b, "    cure: %s\n", f.Cure)
	}
	if len(f.Owners) > 0 {
		fmt.Fprintf(b, "    owner: %s\n", strings.Join(f.Owners, " "))
	}
}

// amount is a price with at most two decimals.
func amount(x float64) string {
	s := strings.TrimRight(fmt.Sprintf("%.2f", x), "0")
	return strings.TrimSuffix(s, ".")
}

func (r *Result) summary(b *bytes.Buffer) {
	total := 0
	for _, s := range r.Services {
		total += s.Now
	}
	if r.OK {
		if r.Base != "" {
			fmt.Fprintf(b, "Nothing new crosses a boundary since %s: %s, price %s", r.Base, plural(total, "crossing"), amount(r.Price))
			if r.Gone > 0 {
				fmt.Fprintf(b, "; %d fewer", r.Gone)
			}
			b.WriteString(".\n")
			return
		}
		fmt.Fprintf(b, "Nothing new crosses a boundary: %s, all accepted, price %s.\n", plural(total, "crossing"), amount(r.Price))
		return
	}
	var parts []string
	for _, s := range []Status{New, Worse, Stale, Expired} {
		if n := r.count(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	fmt.Fprintf(b, "\n%s.", strings.Join(parts, ", "))
	touched, lead := r.Touched(), "Accepted crossings of %s: %d, now %d."
	if r.Base != "" {
		lead = "Crossings of %s at " + strings.ReplaceAll(r.Base, "%", "%%") + ": %d, now %d."
	}
	for _, s := range r.Services {
		if slices.Contains(touched, s.Service) {
			fmt.Fprintf(b, " "+lead, s.Service, s.Accepted, s.Now)
		}
	}
	fmt.Fprintf(b, "\nNext: %s\n", r.next(touched))
}

// next is the last line: what to do about it.
func (r *Result) next(touched []string) string {
	accept := "ficus check"
	for _, s := range touched {
		accept += " --accept " + s
	}
	switch {
	case r.Base != "":
		return "cure them; or, to accept them, " + accept + " where " + FileName + " is kept"
	case r.count(New)+r.count(Worse)+r.count(Expired) == 0:
		return "remove them: " + accept
	case r.count(Expired) == len(r.Findings):
		return "cure them, or agree on another day in " + FileName
	}
	return "cure them, or accept them: " + accept
}

func (r *Result) count(s Status) int {
	n := 0
	for _, f := range r.Findings {
		if f.Status == s {
			n++
		}
	}
	return n
}

// Touched are the services whose lists have findings, by name.
func (r *Result) Touched() []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.Service)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// JSON writes a result as data.
func JSON(w io.Writer, r *Result) error { return encode(w, r) }

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the check: %w", err)
	}
	return nil
}
