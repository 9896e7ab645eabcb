package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"sync/atomic"

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
	// Refused is why the configuration in the file is not in force, "" when it is; nil
	// when there is no file.
	Refused func() string
	// Registry is what /metrics shows; the page is empty when nil.
	Registry prometheus.Gatherer
	// Token of the role Admin and of no name, beside those of Access; none when "".
	Token string
	// Access says who may do what. Without it and Token everybody may do everything.
	Access Access
	// Reload reads the configuration again; it cannot be asked for when nil.
	Reload func() error
	// Logger takes one line for each change that was asked for; none when nil.
	Logger *slog.Logger
}

// Handler serves the admin listener.
type Handler struct {
	http.Handler
	Options
	access atomic.Pointer[Access]
}

// SetAccess puts another Access into force; Options.Token stays.
func (h *Handler) SetAccess(a Access) {
	if h.Token != "" {
		a.Tokens = append(slices.Clone(a.Tokens), Token{Caller{Role: Admin}, h.Token})
	}
	h.access.Store(&a)
}

// New returns the handler of the admin listener.
func New(o Options) *Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	h := &Handler{Options: o}
	h.SetAccess(o.Access)
	open := http.NewServeMux() // needs no token
	open.HandleFunc("GET /healthz", h.healthz)
	open.Handle("GET /{$}", page())
	open.Handle("GET /static/", page())
	open.Handle("/", h.authorized(h.api()))
	h.Handler = loopbackOnly(secured(open))
	return h
}

func (h *Handler) api() http.Handler {
	mux := http.NewServeMux()
	view := func(pattern string, f http.HandlerFunc) { mux.Handle(pattern, needs(View, f)) }
	view("GET /metrics", promhttp.HandlerFor(h.Registry, promhttp.HandlerOpts{}).ServeHTTP)
	view("GET /api/v1/status", h.status)
	view("GET /api/v1/history", h.history)
	view("GET /api/v1/proxy", h.proxy)
	view("GET /api/v1/evidence/{route}", h.evidence)
	view("GET /api/v1/curve/{route}", h.curve)
	view("GET /api/v1/stream", h.stream)
	for verb, do := range h.verbs() {
		mux.Handle("POST /api/v1/routes/{route}/"+verb, needs(Operate, changing(h.operate(verb, do))))
	}
	mux.Handle("POST /api/v1/proxy/reload", needs(Admin, changing(http.HandlerFunc(h.reload))))
	for path, f := range map[string]http.HandlerFunc{"": pprof.Index, "profile": pprof.Profile, "trace": pprof.Trace} {
		mux.Handle("GET /debug/pprof/"+path, needs(Admin, f))
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
	// Refused is why the configuration in the file is not in force; "" when it is.
	Refused string `json:"refused,omitempty"`
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

func (h *Handler) statusReply() StatusReply {
	st := StatusReply{Config: h.Controller.Revision(), Routes: h.Controller.Status()}
	if h.Refused != nil {
		st.Refused = h.Refused()
	}
	return st
}

func (h *Handler) status(w http.ResponseWriter, _ *http.Request) { reply(w, h.statusReply()) }

func (h *Handler) history(w http.ResponseWriter, _ *http.Request) {
	reply(w, HistoryReply{Records: h.Controller.History()})
}

func (h *Handler) proxy(w http.ResponseWriter, _ *http.Request) {
	if h.ProxyStatus == nil {
		fail(w, http.StatusNotFound, errors.New("no proxy is attached"))
		return
	}
	reply(w, h.ProxyStatus())
}

func (h *Handler) evidence(w http.ResponseWriter, r *http.Request) {
	e, err := h.Controller.Evidence(r.PathValue("route"))
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	reply(w, e)
}

func (h *Handler) curve(w http.ResponseWriter, r *http.Request) {
	points, err := h.Controller.Curve(r.PathValue("route"))
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	reply(w, CurveReply{Route: r.PathValue("route"), Points: points})
}

func (h *Handler) reload(w http.ResponseWriter, r *http.Request) {
	if h.Reload == nil {
		fail(w, http.StatusNotFound, errors.New("no proxy is attached"))
		return
	}
	h.Logger.Info("admin", "verb", "reload", "who", cmp.Or(callerOf(r).Name, "admin"), "remote", r.RemoteAddr)
	if err := h.Reload(); err != nil {
		fail(w, http.StatusConflict, fmt.Errorf("the configuration is refused, the one before stays in force: %w", err))
		return
	}
	h.proxy(w, r)
}

func (h *Handler) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}

// verbs are the requests that change something.
func (h *Handler) verbs() map[string]func(route string, c Command) error {
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

func (h *Handler) operate(verb string, do func(string, Command) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := readCommand(w, r)
		c.Who = cmp.Or(callerOf(r).signed(c.Who), "admin")
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
	c.Who = strings.TrimSpace(c.Who)
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
