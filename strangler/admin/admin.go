package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Options of the handler. Controller is required.
type Options struct {
	Controller *rollout.Controller
	// ProxyStatus is the data plane's own status, written as JSON; none when nil.
	ProxyStatus func() any
	// Registry is what /metrics shows; the page is empty when nil.
	Registry prometheus.Gatherer
	// Token that callers must show; none is needed when "".
	Token string
	// Logger takes one line for each change that was asked for; none when nil.
	Logger *slog.Logger
}

// handler serves the admin listener.
type handler struct {
	Options
}

// New returns the handler of the admin listener.
func New(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	h := &handler{o}
	open := http.NewServeMux() // needs no token
	open.HandleFunc("GET /healthz", h.healthz)
	open.Handle("GET /{$}", page())
	open.Handle("GET /static/", page())
	open.Handle("/", h.authorized(h.api()))
	return loopbackOnly(secured(open))
}

func (h *handler) api() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(h.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /api/v1/status", h.status)
	mux.HandleFunc("GET /api/v1/history", h.history)
	mux.HandleFunc("GET /api/v1/proxy", h.proxy)
	mux.HandleFunc("GET /api/v1/evidence/{route}", h.evidence)
	mux.HandleFunc("GET /api/v1/curve/{route}", h.curve)
	mux.HandleFunc("GET /api/v1/stream", h.stream)
	for verb, do := range h.verbs() {
		mux.Handle("POST /api/v1/routes/{route}/"+verb, changing(h.operate(verb, do)))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, fmt.Errorf("nothing at %s %s; the API is under /api/v1/", r.Method, r.URL.Path))
	})
	return mux
}

// StatusReply is the answer of /api/v1/status.
type StatusReply struct {
	// Config is the revision of the configuration in force.
	Config string                `json:"config"`
	Routes []rollout.RouteStatus `json:"routes"`
}

// HistoryReply is the answer of /api/v1/history.
type HistoryReply struct {
	Records []rollout.Record `json:"records"`
}

// CurveReply is the answer of /api/v1/curve/{route}.
type CurveReply struct {
	Route  string          `json:"route"`
	Points []rollout.Point `json:"points"`
}

// Command is the body of the requests that change something; fields that a verb
// does not use are refused as mistakes.
type Command struct {
	// Share to set, e.g. "5%".
	Share *route.Share `json:"share,omitempty"`
	// Reason of a rollback.
	Reason string `json:"reason,omitempty"`
	// Who asks, for the history; "admin" when empty.
	Who string `json:"who,omitempty"`
}

// ErrorReply is the body of every error.
type ErrorReply struct {
	Error string `json:"error"`
}

func (h *handler) statusReply() StatusReply {
	return StatusReply{Config: h.Controller.Revision(), Routes: h.Controller.Status()}
}

func (h *handler) status(w http.ResponseWriter, _ *http.Request) { reply(w, h.statusReply()) }

func (h *handler) history(w http.ResponseWriter, _ *http.Request) {
	reply(w, HistoryReply{Records: h.Controller.History()})
}

func (h *handler) proxy(w http.ResponseWriter, _ *http.Request) {
	if h.ProxyStatus == nil {
		fail(w, http.StatusNotFound, errors.New("no proxy is attached"))
		return
	}
	reply(w, h.ProxyStatus())
}

func (h *handler) evidence(w http.ResponseWriter, r *http.Request) {
	e, err := h.Controller.Evidence(r.PathValue("route"))
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	reply(w, e)
}

func (h *handler) curve(w http.ResponseWriter, r *http.Request) {
	points, err := h.Controller.Curve(r.PathValue("route"))
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	reply(w, CurveReply{Route: r.PathValue("route"), Points: points})
}

func (h *handler) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}

// verbs are the requests that change something.
func (h *handler) verbs() map[string]func(route string, c Command) error {
	return map[string]func(string, Command) error{
		"share": func(name string, c Command) error {
			if c.Share == nil {
				return badRequest{errors.New(`set a share: the body needs {"share":"5%"}`)}
			}
			return h.Controller.Set(name, *c.Share, c.Who)
		},
		"pause":    func(name string, c Command) error { return h.Controller.Pause(name, c.Who) },
		"resume":   func(name string, c Command) error { return h.Controller.Resume(name, c.Who) },
		"advance":  func(name string, c Command) error { return h.Controller.Advance(name, c.Who) },
		"rollback": func(name string, c Command) error { return h.Controller.Rollback(name, c.Reason, c.Who) },
	}
}

func (h *handler) operate(verb string, do func(string, Command) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := readCommand(w, r)
		if err == nil {
			err = do(r.PathValue("route"), c)
		}
		if err != nil {
			fail(w, statusOf(err), err)
			return
		}
		h.Logger.Info("admin", "verb", verb, "route", r.PathValue("route"), "who", c.Who, "remote", r.RemoteAddr)
		reply(w, h.statusReply())
	}
}

// maxBody is more than a command needs.
const maxBody = 64 << 10

// badRequest marks an error in the request itself.
type badRequest struct{ error }

func (b badRequest) Unwrap() error { return b.error }

func readCommand(w http.ResponseWriter, r *http.Request) (Command, error) {
	var c Command
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, badRequest{fmt.Errorf("read the request: %w", err)}
	}
	c.Who = cmp.Or(strings.TrimSpace(c.Who), "admin")
	return c, nil
}

func statusOf(err error) int {
	var bad badRequest
	switch {
	case errors.As(err, &bad):
		return http.StatusBadRequest
	case errors.Is(err, rollout.ErrUnknownRoute):
		return http.StatusNotFound
	case errors.Is(err, rollout.ErrRefused):
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

func reply(w http.ResponseWriter, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		fail(w, http.StatusInternalServerError, fmt.Errorf("write the answer: %w", err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(data, '\n'))
}

func fail(w http.ResponseWriter, code int, err error) {
	data, _ := json.Marshal(ErrorReply{Error: err.Error()}) // a string always marshals
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(append(data, '\n'))
}
