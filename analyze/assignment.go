package analyze

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// Assignment says which service packages and files belong to, by import path and
// by path relative to the module. Roles (@library, …) count as names as others.
type Assignment struct {
	Source   string
	Packages map[string]string
	Files    map[string]string
	// byFile: made by file, because the packages mix services.
	byFile bool
}

// ReadAssignment reads a model.json, a ficus.yaml or a truth file, told apart by
// what stands in them.
func ReadAssignment(path string) (*Assignment, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read assignment: no file %s; give a model.json, a ficus.yaml or a truth file", filepath.ToSlash(path))
	}
	if err != nil {
		return nil, fmt.Errorf("read assignment: %w", err)
	}
	name := filepath.ToSlash(path)
	var a *Assignment
	switch {
	case strings.EqualFold(filepath.Ext(path), ".yaml"), strings.EqualFold(filepath.Ext(path), ".yml"):
		a, err = planAssignment(name, data)
	case isTruth(data):
		a, err = truthAssignment(data)
	default:
		a, err = modelAssignment(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(a.Packages)+len(a.Files) == 0 {
		return nil, fmt.Errorf("%s: assigns no package to any service", name)
	}
	a.Source = name
	return a, nil
}

// isTruth reports whether the file's services are an object of lists, as in truth
// files; a model's are a list.
func isTruth(data []byte) bool {
	var head struct {
		Version  *int            `json:"version"`
		Services json.RawMessage `json:"services"`
	}
	return json.Unmarshal(data, &head) == nil && head.Version == nil &&
		bytes.HasPrefix(bytes.TrimSpace(head.Services), []byte("{"))
}

// truthAssignment takes what the truth assigns to services; what it calls shared
// or unassigned is not scored.
func truthAssignment(data []byte) (*Assignment, error) {
	var t struct {
		Services map[string][]string `json:"services"`
		Files    map[string][]string `json:"services_files"`
	}
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("read truth: %w", err)
	}
	return &Assignment{Packages: invert(t.Services), Files: invert(t.Files), byFile: len(t.Files) > 0}, nil
}

func invert(m map[string][]string) map[string]string {
	out := map[string]string{}
	for _, service := range slices.Sorted(maps.Keys(m)) {
		for _, p := range m[service] {
			out[p] = service
		}
	}
	return out
}

func modelAssignment(data []byte) (*Assignment, error) {
	m, err := model.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return AssignmentOf(m), nil
}

// AssignmentOf rolls a model up: a package or file whose declarations are in
// several services counts for the one with most of its lines.
func AssignmentOf(m *model.Model) *Assignment {
	packages, files := tally{}, tally{}
	for _, u := range m.Units {
		packages.add(u.Package, u.Service, u.Lines)
	}
	for _, a := range m.Atoms {
		files.addAtom(a, a.Service)
	}
	return &Assignment{Packages: packages.winners(), Files: files.winners()}
}

// tally counts lines: thing → service → lines.
type tally map[string]map[string]int

func (t tally) add(thing, service string, lines int) {
	if t[thing] == nil {
		t[thing] = map[string]int{}
	}
	t[thing][service] += lines + 1
}

// addAtom counts a declaration for each file that it stands in: a type's methods may
// have files of their own.
func (t tally) addAtom(a model.Atom, service string) {
	lines := a.Lines
	for _, e := range a.Elsewhere {
		t.add(e.File, service, e.Lines)
		lines -= e.Lines
	}
	if a.File != "" {
		t.add(a.File, service, lines)
	}
}

func (t tally) winners() map[string]string {
	out := map[string]string{}
	for thing, lines := range t {
		for _, service := range slices.Sorted(maps.Keys(lines)) {
			if best, ok := out[thing]; !ok || lines[service] > lines[best] {
				out[thing] = service
			}
		}
	}
	return out
}

// planAssignment takes what a plan pins, package by package.
func planAssignment(name string, data []byte) (*Assignment, error) {
	p, err := plan.Parse(name, data)
	if err != nil {
		return nil, err
	}
	a := &Assignment{Packages: map[string]string{}}
	for _, pin := range p.Decisions() {
		home := map[plan.PinKind]string{plan.PinIn: pin.Service, plan.PinLibrary: model.Library, plan.PinRoot: model.Root}[pin.Kind]
		for _, r := range pin.Refs {
			if home != "" && r.Specificity() == 1 {
				a.Packages[absolute(p.Module, r.Text)] = home
			}
		}
	}
	return a, nil
}

// absolute is the import path of a package named relative to the module.
func absolute(module, ref string) string {
	switch {
	case module == "" || ref == module || strings.HasPrefix(ref, module+"/"):
		return ref
	case ref == ".":
		return module
	}
	return module + "/" + ref
}

// Compare measures a against b over the files that both name, if b names files,
// else over the packages that both name.
func Compare(a, b *Assignment) (*Agreement, error) {
	over, left, right := "packages", a.Packages, b.Packages
	if (a.byFile || b.byFile) && len(a.Files) > 0 && len(b.Files) > 0 {
		over, left, right = "files", a.Files, b.Files
	}
	var common []string
	for thing := range left {
		if _, ok := right[thing]; ok {
			common = append(common, thing)
		}
	}
	if len(common) == 0 {
		return nil, fmt.Errorf("compare %s with %s: they name no package in common; are they of one module?", a.Source, b.Source)
	}
	slices.Sort(common)
	t := newContingency(groups(common, left), groups(common, right))
	out := &Agreement{Over: over, Common: len(common), OnlyA: len(left) - len(common), OnlyB: len(right) - len(common),
		GroupsA: len(t.a), GroupsB: len(t.b), MoJoFM: round4(t.mojoFM()), ARI: round4(t.ari())}
	f1, precision, recall := t.f1()
	out.F1, out.Precision, out.Recall = round4(f1), round4(precision), round4(recall)
	return out, nil
}

// groups numbers the services of things in order of appearance.
func groups(things []string, of map[string]string) []int {
	number := map[string]int{}
	out := make([]int, len(things))
	for i, thing := range things {
		service := of[thing]
		if _, ok := number[service]; !ok {
			number[service] = len(number)
		}
		out[i] = number[service]
	}
	return out
}
