package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/shop/internal/web"
)

func request(target, body string) *http.Request {
	return httptest.NewRequest("POST", target, strings.NewReader(body))
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"n":1}`:        "",
		``:               "empty",
		`{"n":`:          "not valid JSON",
		`{"m":1}`:        `unknown field "m"`,
		`{"n":"one"}`:    "cannot unmarshal",
		`{"n":1}{"n":2}`: "more than one",
	} {
		var v struct{ N int }
		err := web.Decode(request("/", body), &v)
		if want == "" && (err != nil || v.N != 1) {
			t.Errorf("%s: %v", body, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error = %v, want %q", body, err, want)
		}
	}
}

func TestFail(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	for err, want := range map[error]int{
		errors.New("?"):                500,
		&web.BadRequest{Message: "no"}: 400,
	} {
		rec := httptest.NewRecorder()
		web.Fail(rec, request("/", ""), log, err)
		if rec.Code != want {
			t.Errorf("%v: %d, want %d", err, rec.Code, want)
		}
	}
	fields := web.FieldErrors{}
	fields.Check(true, "a", "fine")
	if fields.Err() != nil {
		t.Error("no field is wrong")
	}
	fields.Check(false, "a", "first")
	fields.Check(false, "a", "second")
	rec := httptest.NewRecorder()
	web.Fail(rec, request("/", ""), log, fields.Err())
	if rec.Code != 422 || !strings.Contains(rec.Body.String(), `"fields":{"a":"first"}`) || fields.Error() != "1 fields are invalid" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec = httptest.NewRecorder()
	web.Fail(rec, request("/", "").WithContext(ctx), log, io.ErrUnexpectedEOF)
	if rec.Body.Len() != 0 {
		t.Errorf("a client that has gone gets no answer: %s", rec.Body)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	def := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for target, want := range map[string]time.Time{
		"/":                               def,
		"/?t=2026-02-03":                  time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC),
		"/?t=2026-02-03T04:05:06%2B01:00": time.Date(2026, 2, 3, 3, 5, 6, 0, time.UTC),
	} {
		if got, err := web.QueryTime(request(target, ""), "t", def); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", target, got, err, want)
		}
	}
	if _, err := web.QueryTime(request("/?t=noon", ""), "t", def); err == nil {
		t.Error("noon is not a time")
	}
	for target, want := range map[string]int{"/": 7, "/?n=3": 3} {
		if got, err := web.QueryInt(request(target, ""), "n", 7); err != nil || got != want {
			t.Errorf("%s: %d, %v", target, got, err)
		}
	}
	if _, err := web.QueryInt(request("/?n=-3", ""), "n", 7); err == nil {
		t.Error("-3 is refused")
	}
}

func TestContextDefaults(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	if web.Currency(ctx) != "EUR" || web.Tenant(ctx) != web.DefaultTenant || web.RequestIDFrom(ctx) != "" {
		t.Errorf("defaults: %s %s %q", web.Currency(ctx), web.Tenant(ctx), web.RequestIDFrom(ctx))
	}
}

// An aborted request must reach net/http as such.
func TestRecoverLetsAbortThrough(t *testing.T) {
	t.Parallel()
	h := web.Recover(slog.New(slog.DiscardHandler))(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("panic = %v", p)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), request("/", ""))
}
