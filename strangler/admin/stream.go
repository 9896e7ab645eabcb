package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout"
)

// Events of the stream.
const (
	eventStatus  = "status"  // StatusReply
	eventHistory = "history" // HistoryReply with the new records
	eventCurve   = "curve"   // CurveReply with the newest points of one route
)

// leastBetween is the least time between two messages to one listener.
const leastBetween = 250 * time.Millisecond

// stream sends the status at once and after every change until the client leaves.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request) {
	changes, stop := h.Controller.Watch()
	defer stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := &eventWriter{w: w, control: http.NewResponseController(w)}
	pause := time.NewTimer(0)
	defer pause.Stop()
	seen := streamPosition{curve: map[string]time.Time{}}
	for {
		h.send(out, &seen)
		if out.flush() != nil {
			return
		}
		pause.Reset(leastBetween)
		select {
		case <-r.Context().Done():
			return
		case <-pause.C:
		}
		select {
		case <-r.Context().Done():
			return
		case <-changes:
		}
	}
}

// streamPosition is what a listener has seen.
type streamPosition struct {
	seq   int64
	curve map[string]time.Time
}

func (h *Handler) send(out *eventWriter, seen *streamPosition) {
	status := h.statusReply()
	out.event(eventStatus, status)
	if records := h.Controller.HistorySince(seen.seq); len(records) > 0 {
		seen.seq = records[len(records)-1].Seq
		out.event(eventHistory, HistoryReply{Records: records})
	}
	for _, s := range status.Routes {
		points, err := h.Controller.Curve(s.Route)
		if err != nil {
			continue // removed by a reload in between
		}
		if points = newer(points, seen.curve[s.Route]); len(points) > 0 {
			seen.curve[s.Route] = points[len(points)-1].Time
			out.event(eventCurve, CurveReply{Route: s.Route, Points: points})
		}
	}
}

func newer(points []rollout.Point, after time.Time) []rollout.Point {
	for i := len(points) - 1; i >= 0; i-- {
		if !points[i].Time.After(after) {
			return points[i+1:]
		}
	}
	return points
}

// eventWriter writes server-sent events and keeps the first error.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (e *eventWriter) event(name string, v any) {
	if e.err != nil {
		return
	}
	data, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, data)
	}
	e.err = err
}

func (e *eventWriter) flush() error {
	if e.err == nil {
		e.err = e.control.Flush()
	}
	return e.err
}
