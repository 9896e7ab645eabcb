package report

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Units writes which unit is in which service, as tab-separated values with the
// header "package unit service lines". Every package of the module is in it: one
// without units, for it holds only tests or nothing, stands as its own unit in
// @unassigned. Outside of services it is @library, @root or @unassigned.
func Units(w io.Writer, m *model.Model) error {
	rows := [][]string{}
	covered := map[string]bool{}
	for _, u := range m.Units {
		covered[u.Package] = true
		rows = append(rows, []string{u.Package, u.ID, assigned(u.Service), strconv.Itoa(u.Lines)})
	}
	for _, p := range m.Packages {
		if !covered[p.Path] {
			rows = append(rows, []string{p.Path, p.Path, model.Unassigned, strconv.Itoa(p.Lines)})
		}
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return writeTSV(w, []string{"package", "unit", "service", "lines"}, rows)
}

// Atoms writes the same by declaration, with the header "package file name kind
// service lines". Tables and routes are no declarations and not in it.
func Atoms(w io.Writer, m *model.Model) error {
	rows := [][]string{}
	for _, a := range m.Atoms {
		if a.Kind == model.KindTable || a.Kind == model.KindRoute {
			continue
		}
		rows = append(rows, []string{a.Package, a.File, a.Name, string(a.Kind), assigned(a.Service), strconv.Itoa(a.Lines)})
	}
	slices.SortStableFunc(rows, func(a, b []string) int { return slices.Compare(a[:4], b[:4]) })
	return writeTSV(w, []string{"package", "file", "name", "kind", "service", "lines"}, rows)
}

func assigned(service string) string { return orSay(service, model.Unassigned) }

func writeTSV(w io.Writer, head []string, rows [][]string) error {
	b := bufio.NewWriter(w)
	for _, r := range append([][]string{head}, rows...) {
		for i, field := range r {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(strings.Join(strings.FieldsFunc(field, func(r rune) bool { return r == '\t' || r == '\n' || r == '\r' }), " "))
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}

// CSV writes every crossing of the model once, by cure, dearest cures and crossings
// first, with a header. The place is the first of its evidence; steps are a line each.
func CSV(w io.Writer, m *model.Model) error {
	ix := newIndex(m)
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "price", "kind", "from_service", "to_service", "from", "to", "callee", "in_loop", "in_tx", "place", "places", "why", "cure", "cure_kind", "cure_title", "steps"})
	crossings := ix.crossings()
	rank := map[string]int{}
	for i, sum := range model.SumByCure(crossings) {
		rank[sum.Kind] = i
	}
	slices.SortStableFunc(crossings, func(a, b model.Crossing) int { return cmp.Compare(rank[a.CureKind], rank[b.CureKind]) })
	for _, c := range crossings {
		_ = out.Write([]string{c.ID, strconv.FormatFloat(c.Price, 'f', -1, 64), string(c.Kind), c.FromService, c.ToService, ix.short(c.From), ix.short(c.To), c.Callee,
			strconv.FormatBool(c.InLoop), strconv.FormatBool(c.InTx), place(c.Evidence), strconv.Itoa(len(c.Evidence)), c.Why, c.Cure, c.CureKind, model.CureOf(c.CureKind).Title, stepLines(c.Steps)})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write crossings: %w", err)
	}
	return nil
}

func stepLines(steps []model.CureStep) string {
	var lines []string
	for _, s := range steps {
		line := s.Service + ": " + s.Do
		if s.Undo != "" {
			line += " (undo: " + s.Undo + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
