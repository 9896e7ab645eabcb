package evidence

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
)

// span is a span of OTLP JSON as far as it is needed.
type span struct {
	Trace      string      `json:"traceId"`
	ID         string      `json:"spanId"`
	Parent     string      `json:"parentSpanId"`
	Name       string      `json:"name"`
	Attributes []attribute `json:"attributes"`
}

type attribute struct {
	Key   string `json:"key"`
	Value struct {
		String string `json:"stringValue"`
	} `json:"value"`
}

func (s *span) attr(keys ...string) string {
	for _, k := range keys {
		for _, a := range s.Attributes {
			if a.Key == k && a.Value.String != "" {
				return a.Value.String
			}
		}
	}
	return ""
}

// export is one request of an exporter: ExportTraceServiceRequest, or TracesData.
type export struct {
	Resources []struct {
		Scopes []struct {
			Spans []span `json:"spans"`
		} `json:"scopeSpans"`
	} `json:"resourceSpans"`
}

// readSpans reads one JSON object after another.
func readSpans(in io.Reader) ([]span, error) {
	var out []span
	dec := json.NewDecoder(in)
	for {
		var e export
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("is no OTLP JSON, at byte %d: %w; write it with the collector's file exporter", dec.InputOffset(), err)
		}
		for _, r := range e.Resources {
			for _, s := range r.Scopes {
				out = append(out, s.Spans...)
			}
		}
	}
}

// traces reads how often functions are called for one request.
func (r *reader) traces() error {
	var spans []span
	for _, path := range r.opt.Traces {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		more, err := readSpans(bufio.NewReader(f))
		f.Close()
		if err != nil {
			return fmt.Errorf("%s %w", showName(path), err)
		}
		spans = append(spans, more...)
	}
	t := newTracer(r.names, spans)
	name := showName(r.opt.Traces[0])
	if n := len(r.opt.Traces); n > 1 {
		name += fmt.Sprintf(" and %d more", n-1)
	}
	if !r.source("traces", name, float64(t.matched), float64(len(spans)), "spans") {
		return nil
	}
	calls := t.calls()
	for _, c := range calls {
		f := r.flow(c.from, c.to)
		if c.perRequest > f.PerRequest {
			f.PerRequest, f.Entry = c.perRequest, c.entry
		}
	}
	return r.ctx.Err()
}

// tracer finds the functions of spans and walks from each to what called it.
type tracer struct {
	spans   []span
	place   map[[2]string]int // trace and span → its number
	fn      []facts.Ref       // of each span; empty when it names none
	entry   []string          // of spans that are an entry point
	matched int
}

func newTracer(n *names, spans []span) *tracer {
	t := &tracer{spans: spans, place: map[[2]string]int{}, fn: make([]facts.Ref, len(spans)), entry: make([]string, len(spans))}
	for i := range spans {
		s := &spans[i]
		t.place[[2]string{s.Trace, s.ID}] = i
		t.fn[i], t.entry[i] = resolve(n, s)
		if t.fn[i].Atom != "" || t.entry[i] != "" {
			t.matched++
		}
	}
	for i := range spans { // jobs and the like: what starts a trace is an entry point
		if _, inside := t.place[[2]string{spans[i].Trace, spans[i].Parent}]; !inside && t.fn[i].Atom != "" {
			t.entry[i] = cmp.Or(t.entry[i], spans[i].Name)
		}
	}
	return t
}

// resolve finds what a span names: a function, or an entry point with the function
// that answers it.
func resolve(n *names, s *span) (fn facts.Ref, entry string) {
	if route := s.attr("http.route"); route != "" {
		if handler, id, ok := n.route(s.attr("http.request.method", "http.method"), route); ok {
			return handler, id
		}
	}
	if service := s.attr("rpc.service"); service != "" {
		if handler, ok := n.rpc(service, s.attr("rpc.method")); ok {
			return handler, s.Name
		}
	}
	name := s.attr("code.function.name", "code.function")
	if ns := s.attr("code.namespace"); ns != "" {
		if fn, ok := n.symbol(ns + "." + name); ok {
			return fn, ""
		}
	}
	if fn, ok := n.symbol(name); ok && name != "" {
		return fn, ""
	}
	if handler, id, ok := n.route("", s.Name); ok { // "GET /orders/{id}", as otelhttp names it
		return handler, id
	}
	fn, _ = n.symbol(s.Name)
	return fn, ""
}

type tracedCall struct {
	from, to   facts.Ref
	entry      string
	perRequest float64
}

// calls counts the spans of a function below one of another, by entry point.
func (t *tracer) calls() []tracedCall {
	type key struct {
		from, to facts.Ref
		entry    string
	}
	requests, count := map[string]int{}, map[key]int{}
	for i := range t.spans {
		if t.entry[i] != "" {
			requests[t.entry[i]]++
		}
		if t.fn[i].Atom == "" {
			continue
		}
		if from, entry := t.caller(i); from.Atom != "" && entry != "" && from != t.fn[i] {
			count[key{from, t.fn[i], entry}]++
		}
	}
	out := make([]tracedCall, 0, len(count))
	for k, n := range count {
		out = append(out, tracedCall{k.from, k.to, k.entry, float64(n) / float64(requests[k.entry])})
	}
	slices.SortFunc(out, func(a, b tracedCall) int {
		return cmp.Or(cmp.Compare(a.entry, b.entry), compareRefs(a.from, b.from), compareRefs(a.to, b.to))
	})
	return out
}

// maxDepth bounds the way up from a span: traces with a circle exist.
const maxDepth = 1000

// caller is the nearest function above a span, and the nearest entry point.
func (t *tracer) caller(i int) (from facts.Ref, entry string) {
	for range maxDepth {
		up, ok := t.place[[2]string{t.spans[i].Trace, t.spans[i].Parent}]
		if !ok || up == i {
			return from, entry
		}
		if from.Atom == "" {
			from = t.fn[up]
		}
		if t.entry[up] != "" {
			return from, t.entry[up]
		}
		i = up
	}
	return from, entry
}

func compareRefs(a, b facts.Ref) int {
	return cmp.Or(cmp.Compare(a.Atom, b.Atom), cmp.Compare(a.Method, b.Method))
}
