package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Version is the format that this package reads and writes.
const Version = 1

// FileName is where the plan stands, at the module's root.
const FileName = "ficus.yaml"

// Pos is a place in the plan file, both numbers counted from 1; zero when the
// value did not come from a file.
type Pos struct {
	Line   int
	Column int
}

// String is line:column.
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Plan is one plan file. The zero value decides nothing.
type Plan struct {
	// File is the name that errors use.
	File    string
	Version int
	// Module is the module path that the plan was written for; empty when it
	// does not say.
	Module   string
	Services []Service // by name
	Pins     []Pin     // in the file's order; those of Services not among them, see Decisions
}

// Service is what people decided about one service.
type Service struct {
	Name string
	// Owns are pinned to the service: the same as a pin "in".
	Owns []Ref
	// Local are functions that stay local calls: generate keeps them out of the
	// contract.
	Local []Ref
	// Wire gives generate the values that it cannot derive: the name it asked for
	// → a Go expression qualified by import path.
	Wire map[string]string
	Pos  Pos
}

// PinKind tells what a pin decides.
type PinKind string

// The kinds of pins, as their keys are written.
const (
	PinIn       PinKind = "in"       // Refs belong to Service
	PinTogether PinKind = "together" // all Refs belong to one service, whichever
	PinApart    PinKind = "apart"    // no two Refs belong to one service
	PinLibrary  PinKind = "library"  // Refs stay a module that services import
	PinRoot     PinKind = "root"     // Refs stay with the monolith's front
)

// Pin is one decision that the analyzer must respect.
type Pin struct {
	Kind    PinKind
	Refs    []Ref
	Service string // of PinIn
	Why     string // a person's reason, may be empty
	Pos     Pos
}

// String is the pin as one line of the plan, without the leading dash.
func (p Pin) String() string {
	if p.Kind == PinIn {
		parts := make([]string, len(p.Refs))
		for i, r := range p.Refs {
			parts[i] = scalarKey(r.Text) + ": " + scalar(p.Service)
		}
		return "in: {" + strings.Join(parts, ", ") + "}"
	}
	return string(p.Kind) + ": [" + joinScalars(p.Refs) + "]"
}

// Service finds a service's decisions by name; nil when the plan has none.
func (p *Plan) Service(name string) *Service {
	i := slices.IndexFunc(p.Services, func(s Service) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Services[i]
}

// Decisions are all pins, those that stand as a service's owns included, by
// their place in the file.
func (p *Plan) Decisions() []Pin {
	all := slices.Clone(p.Pins)
	for _, s := range p.Services {
		for _, r := range s.Owns {
			all = append(all, Pin{Kind: PinIn, Refs: []Ref{r}, Service: s.Name, Pos: r.Pos})
		}
	}
	slices.SortStableFunc(all, func(a, b Pin) int { return comparePos(a.Pos, b.Pos) })
	return all
}

func comparePos(a, b Pos) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}

// Problem is one thing that is wrong with a plan file.
type Problem struct {
	File    string
	Pos     Pos
	Message string
}

// Error is the problem with its position, and what to do.
func (p Problem) Error() string {
	if p.Pos.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Pos.Line, p.Pos.Column, p.Message)
}

// Problems is the error of a plan file: all that is wrong with it, by position.
type Problems []Problem

// Error has a line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each Problem to errors.As.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// err is nil when there is no problem, else the problems by position.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if c := comparePos(a.Pos, b.Pos); c != 0 {
			return c
		}
		return strings.Compare(a.Message, b.Message)
	})
	return ps
}
