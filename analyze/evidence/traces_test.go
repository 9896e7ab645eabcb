package evidence

import (
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
)

// Two requests of one route: the first calls Get three times and Put once through a
// span of the database driver, the second calls Get once. A third trace is of a gRPC
// method.
const traces = `{"resourceSpans":[{"resource":{"attributes":[]},"scopeSpans":[{"scope":{"name":"x"},"spans":[
 {"traceId":"t1","spanId":"1","name":"GET /orders/{id}","kind":2,"attributes":[{"key":"http.route","value":{"stringValue":"/orders/{id}"}},{"key":"http.request.method","value":{"stringValue":"GET"}}]},
 {"traceId":"t1","spanId":"2","parentSpanId":"1","name":"get","attributes":[{"key":"code.function.name","value":{"stringValue":"example.com/m/b.(*Store).Get"}}]},
 {"traceId":"t1","spanId":"3","parentSpanId":"1","name":"get","attributes":[{"key":"code.function","value":{"stringValue":"(*Store).Get"}},{"key":"code.namespace","value":{"stringValue":"example.com/m/b"}}]},
 {"traceId":"t1","spanId":"4","parentSpanId":"1","name":"example.com/m/b.(*Store).Get","attributes":[{"key":"n","value":{"intValue":"3"}}]},
 {"traceId":"t1","spanId":"5","parentSpanId":"2","name":"SELECT","attributes":[{"key":"db.system","value":{"stringValue":"postgresql"}}]},
 {"traceId":"t1","spanId":"6","parentSpanId":"5","name":"put","attributes":[{"key":"code.function.name","value":{"stringValue":"example.com/m/b.Store.Put"}}]}
]}]}]}
{"resourceSpans":[{"scopeSpans":[{"spans":[
 {"traceId":"t2","spanId":"1","name":"GET /orders/:id"},
 {"traceId":"t2","spanId":"2","parentSpanId":"1","name":"x","attributes":[{"key":"code.function.name","value":{"stringValue":"example.com/m/b.(*Store).Get"}}]},
 {"traceId":"t3","spanId":"1","name":"shop.v1.Orders/Place","attributes":[{"key":"rpc.service","value":{"stringValue":"shop.v1.Orders"}},{"key":"rpc.method","value":{"stringValue":"Place"}}]},
 {"traceId":"t3","spanId":"2","parentSpanId":"1","name":"x","attributes":[{"key":"code.function.name","value":{"stringValue":"example.com/m/a.Map"}}]},
 {"traceId":"t4","spanId":"1","parentSpanId":"1","name":"its own parent"},
 {"traceId":"t5","spanId":"1","parentSpanId":"2","name":"a"},{"traceId":"t5","spanId":"2","parentSpanId":"1","name":"example.com/m/a.Run"}
]}]}]}
`

func TestCallsForEachRequest(t *testing.T) {
	r := read(t, Options{Traces: []string{write(t, "traces.json", traces)}}, module())
	got := map[flowKey]facts.Flow{}
	for _, f := range r.Measured.Flows {
		got[flowKey{f.From, f.To}] = f
	}
	run, get, put := ref("example.com/m/a.Run"), ref("example.com/m/b.Store", "Get"), ref("example.com/m/b.Store", "Put")
	for k, want := range map[flowKey]facts.Flow{
		{run, get}:                        {PerRequest: 2, Entry: "route:GET /orders/{id}"},
		{get, put}:                        {PerRequest: 0.5, Entry: "route:GET /orders/{id}"},
		{put, ref("example.com/m/a.Map")}: {PerRequest: 1, Entry: "shop.v1.Orders/Place"},
	} {
		if f := got[k]; f.PerRequest != want.PerRequest || f.Entry != want.Entry {
			t.Errorf("%v: %+v, want %+v", k, f, want)
		}
	}
	if len(got) != 3 {
		t.Errorf("got %+v", got)
	}
	if len(r.Sources) != 1 || !near(r.Sources[0].Matched, 0.7692) { // 10 of 13 spans
		t.Errorf("sources %+v", r.Sources)
	}
}

func TestTracesOfOthers(t *testing.T) {
	other := write(t, "traces.json", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"a","spanId":"b","name":"GET /elsewhere"}]}]}]}`)
	if r := read(t, Options{Traces: []string{other}}, module()); len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, "of another program") || len(r.Measured.Flows) != 0 {
		t.Errorf("got %+v", r)
	}
	for _, text := range []string{"not json", `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":5}]}]}]}`, `{"resourceSpans":`} {
		_, err := Read(t.Context(), Options{Traces: []string{write(t, "traces.json", text)}}, module())
		if err == nil || !strings.Contains(err.Error(), "traces.json is no OTLP JSON") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func FuzzTraces(f *testing.F) {
	f.Add(traces)
	f.Add(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"a","spanId":"b","parentSpanId":"b","name":"example.com/m/a.Run"}]}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		spans, err := readSpans(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, c := range newTracer(newNames(module()), spans).calls() {
			if c.perRequest <= 0 || c.from == c.to {
				t.Errorf("got %+v", c)
			}
		}
	})
}
