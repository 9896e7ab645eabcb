package evidence

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// Options name the sources; the zero value reads nothing.
type Options struct {
	// Dir is the module's folder.
	Dir string
	// Profile is a CPU profile's file.
	Profile string
	// Traces are files of OTLP JSON.
	Traces []string
	// Coverage are folders of coverage counters, by use case.
	Coverage []UseCaseDir
	// History is how far back commits count: 12mo, 2y, 90d, 6w or all; empty: not read.
	History string
	// Progress is told what is being done; nil: nobody.
	Progress func(string)
}

// UseCaseDir is the coverage of one use case.
type UseCaseDir struct{ Name, Dir string }

// Result is what was read.
type Result struct {
	Measured facts.Measured
	// Sources say of each source how much of it was matched.
	Sources []model.Source
	// Problems are sources that were left out, and why.
	Problems []model.Problem
}

// few is the matched share under which a source is doubted.
const few = 0.1

// Read reads the sources and matches them with the facts' declarations. It fails when
// a named file or folder cannot be read or is not what it should be, and when ctx
// ends.
func Read(ctx context.Context, opt Options, f *facts.Facts) (*Result, error) {
	r := &reader{ctx: ctx, opt: opt, facts: f, names: newNames(f), out: &Result{}, flows: map[flowKey]*facts.Flow{}}
	for _, source := range []struct {
		name string
		on   bool
		read func() error
	}{
		{"profile", opt.Profile != "", r.profile},
		{"traces", len(opt.Traces) > 0, r.traces},
		{"coverage", len(opt.Coverage) > 0, r.coverage},
		{"history", opt.History != "", r.history},
	} {
		if !source.on {
			continue
		}
		if opt.Progress != nil {
			opt.Progress("reading " + source.name)
		}
		if err := source.read(); err != nil {
			return nil, fmt.Errorf("read %s: %w", source.name, err)
		}
	}
	r.finish()
	return r.out, nil
}

type reader struct {
	ctx   context.Context
	opt   Options
	facts *facts.Facts
	names *names
	out   *Result
	flows map[flowKey]*facts.Flow
}

type flowKey struct{ from, to facts.Ref }

func (r *reader) flow(from, to facts.Ref) *facts.Flow {
	k := flowKey{from, to}
	if r.flows[k] == nil {
		r.flows[k] = &facts.Flow{From: from, To: to}
	}
	return r.flows[k]
}

// source notes a source and doubts it when little of it matched. It reports whether
// anything did.
func (r *reader) source(kind, name string, matched, total float64, of string) bool {
	share := 0.0
	if total > 0 {
		share = matched / total
	}
	r.out.Sources = append(r.out.Sources, model.Source{Kind: kind, Name: name, Matched: model.Round(share)})
	switch {
	case total == 0:
		r.problem(kind, fmt.Sprintf("%s is empty: it has no %s", name, of), "record it while the program does what users do")
	case matched == 0:
		r.problem(kind, fmt.Sprintf("%s is of another program: none of its %s match this module; it was left out", name, of), "record it with a build of this module")
	case share < few:
		r.problem(kind, fmt.Sprintf("only %.1f %% of the %s of %s match this module", 100*share, of, name), "record it with a build of this module, and of this state of it")
	}
	return matched > 0
}

func (r *reader) problem(code, message, cure string) {
	r.out.Problems = append(r.out.Problems, model.Problem{Code: code, Message: message, Cure: cure})
}

// showName is a file as problems name it: without the folders of this machine.
func showName(path string) string { return filepath.Base(filepath.Clean(path)) }
