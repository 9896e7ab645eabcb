// Package boundarytest is ficus check as a test of the module's own: a new crossing of
// a service boundary then fails go test, at the line that crosses.
//
//	func TestBoundaries(t *testing.T) {
//		boundarytest.Check(t, boundarytest.Options{})
//	}
//
// It reads what ficus check reads, below the module's root: .ficus/model.json for the
// boundaries, ficus.yaml for the pins, ficus.accepted.yaml for what people accepted
// (ficus check --accept all begins that list).
package boundarytest

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/analyze"
	"github.com/ficus-dev/ficus/analyze/check"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/source"
)

// Options of Check.
type Options struct {
	// Dir is the module's folder or one below it; default the test's own.
	Dir string
	// Model is the model file; default .ficus/model.json at the module's root.
	Model string
	// Tags are build tags, as for ficus analyze.
	Tags []string
	// Now decides which acceptances have expired; default the clock's time.
	Now time.Time
}

// Check analyses the module and reports every crossing that is new, worse, stale or
// accepted until a day that has passed as an error of the test. It ends the test when
// it has no answer: no model, no list of accepted crossings, code that is broken.
// Analysis takes seconds, so it skips with -short.
func Check(t testing.TB, opt Options) {
	t.Helper()
	if testing.Short() {
		t.Skip("checking boundaries analyses the whole module: not with -short")
	}
	r, err := compare(t, opt)
	if err != nil {
		t.Fatalf("check boundaries: %v", err)
	}
	for _, f := range r.Findings {
		t.Error(line(f))
	}
}

func compare(t testing.TB, opt Options) (*check.Result, error) {
	root := source.ModuleRoot(opt.Dir)
	if opt.Model == "" {
		opt.Model = filepath.Join(root, ".ficus", "model.json")
	}
	if opt.Now.IsZero() {
		opt.Now = time.Now()
	}
	before, err := model.ReadFile(opt.Model)
	if err != nil {
		return nil, err
	}
	accepted, err := check.Load(filepath.Join(root, check.FileName), check.FileName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no %s yet: accept what crosses today, once, and commit it: ficus check --accept all", check.FileName)
	} else if err != nil {
		return nil, err
	}
	pins, err := plan.Load(filepath.Join(root, plan.FileName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	owners, err := check.Owners(root)
	if err != nil {
		return nil, err
	}
	now, err := analyze.Within(t.Context(), before, analyze.Options{Dir: root, Tags: opt.Tags, Plan: pins})
	if err != nil {
		return nil, err
	}
	return check.Compare(now, accepted, check.Options{Now: opt.Now, Owners: owners}), nil
}

// line is a finding as compilers write them, with what helps.
func line(f check.Finding) string {
	text := f.Message + " [" + f.Rule + "]"
	if f.File != "" {
		text = fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, text)
	}
	if f.Cure != "" {
		text += "; " + f.Cure
	}
	if len(f.Owners) > 0 {
		text += "; owned by " + strings.Join(f.Owners, " ")
	}
	return text
}
