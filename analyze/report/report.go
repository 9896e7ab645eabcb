package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// Format is a way to render a model.
type Format string

// The formats.
const (
	FormatText     Format = "text"    // the analyze screen
	FormatJSON     Format = "json"    // the model itself, normalised
	FormatMarkdown Format = "md"      // the analyze screen for a pull request or a wiki
	FormatHTML     Format = "html"    // one file to open in a browser, offline
	FormatDOT      Format = "dot"     // Graphviz graph
	FormatMermaid  Format = "mermaid" // Mermaid flowchart
	FormatC4       Format = "c4"      // C4-PlantUML container diagram
	FormatUnits    Format = "units"   // TSV: package unit service lines
	FormatAtoms    Format = "atoms"   // TSV: package file name kind service lines
	FormatCSV      Format = "csv"     // all crossings, one a line
	FormatMetrics  Format = "metrics" // what papers measure, each with its formula
	// FormatAlternatives are more and fewer services, price against independence.
	FormatAlternatives Format = "alternatives"
)

// ErrFormat is wrapped by the error for a format that does not exist.
var ErrFormat = errors.New("unknown format")

// Formats are all formats, in the order that help lists them.
func Formats() []Format {
	return []Format{FormatText, FormatJSON, FormatHTML, FormatMarkdown, FormatDOT, FormatMermaid, FormatC4, FormatUnits, FormatAtoms, FormatCSV, FormatMetrics, FormatAlternatives}
}

// aliases are what people call a format too.
func aliases() map[string]Format {
	return map[string]Format{"markdown": FormatMarkdown, "graphviz": FormatDOT, "plantuml": FormatC4, "txt": FormatText}
}

// ParseFormat finds a format by its name, or by what else people call it: markdown,
// graphviz, plantuml, txt. The error wraps ErrFormat and lists the names.
func ParseFormat(name string) (Format, error) {
	if f, ok := aliases()[name]; ok {
		return f, nil
	}
	if slices.Contains(Formats(), Format(name)) {
		return Format(name), nil
	}
	var names []string
	for _, f := range Formats() {
		names = append(names, string(f))
	}
	hint := ""
	if best := plan.Closest(name, names); best != "" {
		hint = "; did you mean " + best + "?"
	}
	return "", fmt.Errorf("%w %q: choose one of %s%s", ErrFormat, name, strings.Join(names, ", "), hint)
}

// FormatOf is the format that files with this ending have: ".html", ".md", ".json",
// ".csv", ".dot" or ".gv", ".mmd", ".puml". Ok is false for others, and for .txt and
// .tsv, which several formats have.
func FormatOf(ext string) (f Format, ok bool) {
	f, ok = map[string]Format{".html": FormatHTML, ".htm": FormatHTML, ".md": FormatMarkdown, ".markdown": FormatMarkdown, ".json": FormatJSON,
		".csv": FormatCSV, ".dot": FormatDOT, ".gv": FormatDOT, ".mmd": FormatMermaid, ".mermaid": FormatMermaid, ".puml": FormatC4, ".plantuml": FormatC4}[ext]
	return f, ok
}

// Level is how much a graph shows.
type Level string

// The levels.
const (
	LevelServices Level = "services" // one node a service, library and root
	LevelUnits    Level = "units"    // one node a unit, grouped by service
)

// Options say how to render. The zero value is 80 columns without colour.
type Options struct {
	// Width is the most columns that a line of a screen takes; 0 means 80. It does
	// not bound files such as TSV.
	Width int
	// Color allows ANSI colours in screens.
	Color bool
	// RTT is the round trip of one remote call, for added latency; 0 means DefaultRTT.
	RTT time.Duration
	// Level of graphs; empty means LevelServices.
	Level Level
	// Plan, when there is one, marks what people decided.
	Plan *plan.Plan
}

// Write renders the model in a format.
func Write(w io.Writer, m *model.Model, f Format, o Options) error {
	switch f {
	case FormatText:
		return Text(w, m, o)
	case FormatJSON:
		return JSON(w, m)
	case FormatMarkdown:
		return Markdown(w, m, o)
	case FormatHTML:
		return HTML(w, m, o)
	case FormatDOT:
		return DOT(w, m, o)
	case FormatMermaid:
		return Mermaid(w, m, o)
	case FormatC4:
		return C4(w, m)
	case FormatUnits:
		return Units(w, m)
	case FormatAtoms:
		return Atoms(w, m)
	case FormatCSV:
		return CSV(w, m)
	case FormatAlternatives:
		return Alternatives(w, m, o)
	case FormatMetrics:
		return Metrics(w, m, o)
	}
	return fmt.Errorf("%w %q", ErrFormat, f)
}
