// Package web has what all HTTP handlers share: JSON in and out, the error
// format and the middleware.
package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/shop/internal/pagination"
)

// MaxBody is the largest JSON body that is read.
const MaxBody = 1 << 20

// ErrorBody is the JSON form of an error.
type ErrorBody struct {
	Error     string            `json:"error"`
	Message   string            `json:"message"`
	Fields    map[string]string `json:"fields,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
}

// FieldErrors collects what is wrong with the fields of a request.
type FieldErrors map[string]string

// Error implements error.
func (f FieldErrors) Error() string {
	return fmt.Sprintf("%d fields are invalid", len(f))
}

// Check records message for field unless ok.
func (f FieldErrors) Check(ok bool, field, message string) {
	if _, done := f[field]; !ok && !done {
		f[field] = message
	}
}

// Err returns f as an error, nil when nothing was recorded.
func (f FieldErrors) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// JSON writes v with the given status.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		slog.Debug("write response", "error", err)
	}
}

// NoContent writes a 204.
func NoContent(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }

// Error writes an error response.
func Error(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	JSON(w, status, ErrorBody{Error: code, Message: message, RequestID: RequestIDFrom(r.Context())})
}

// Invalid writes a 422 with the invalid fields.
func Invalid(w http.ResponseWriter, r *http.Request, fields map[string]string) {
	JSON(w, http.StatusUnprocessableEntity, ErrorBody{
		Error: "invalid", Message: "the request is invalid", Fields: fields,
		RequestID: RequestIDFrom(r.Context()),
	})
}

// Fail writes the response for errors that no handler knows better: field
// errors, bad input, cancelled requests; all else is a 500 and logged.
func Fail(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	var fields FieldErrors
	var bad *BadRequest
	switch {
	case errors.As(err, &fields):
		Invalid(w, r, fields)
	case errors.As(err, &bad):
		Error(w, r, http.StatusBadRequest, "bad_request", bad.Message)
	case r.Context().Err() != nil:
		log.InfoContext(r.Context(), "request cancelled", "path", r.URL.Path, "error", err)
	default:
		log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path,
			"request_id", RequestIDFrom(r.Context()), "error", err)
		Error(w, r, http.StatusInternalServerError, "internal", "internal error")
	}
}

// BadRequest is input that cannot be read at all.
type BadRequest struct{ Message string }

// Error implements error.
func (b *BadRequest) Error() string { return b.Message }

// Decode reads a JSON body into v. Unknown fields are refused.
func Decode(r *http.Request, v any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, MaxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return &BadRequest{"the body is empty"}
		}
		return &BadRequest{"the body is not valid JSON: " + strings.TrimPrefix(err.Error(), "json: ")}
	}
	if dec.More() {
		return &BadRequest{"the body has more than one JSON value"}
	}
	return nil
}

// Read is Decode for handlers: it has answered the request if ok is false.
func Read(w http.ResponseWriter, r *http.Request, v any) (ok bool) {
	if err := Decode(r, v); err != nil {
		Error(w, r, http.StatusBadRequest, "bad_request", err.Error())
		return false
	}
	return true
}

// PathID reads a numeric path parameter. It has answered if ok is false.
func PathID(w http.ResponseWriter, r *http.Request, name string) (id int64, ok bool) {
	id, err := ParseID(r.PathValue(name), name)
	if err != nil {
		Error(w, r, http.StatusBadRequest, "bad_request", err.Error())
	}
	return id, err == nil
}

// Page reads the page parameters. It has answered if ok is false.
func Page(w http.ResponseWriter, r *http.Request) (page pagination.Request, ok bool) {
	page, err := pagination.FromQuery(r.URL.Query())
	if err != nil {
		Error(w, r, http.StatusBadRequest, "bad_request", err.Error())
	}
	return page, err == nil
}

// Reply sends v, or lets fail answer if there is an error.
func Reply(w http.ResponseWriter, r *http.Request, status int, v any, err error, fail func(http.ResponseWriter, *http.Request, error)) {
	if err != nil {
		fail(w, r, err)
		return
	}
	JSON(w, status, v)
}

// Done is Reply without content.
func Done(w http.ResponseWriter, r *http.Request, err error, fail func(http.ResponseWriter, *http.Request, error)) {
	if err != nil {
		fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// ParseID parses a numeric id.
func ParseID(raw, name string) (int64, error) {
	id, err := strconv.ParseInt(raw, 10, 64)
	if err != nil || id < 1 {
		return 0, &BadRequest{fmt.Sprintf("%s must be a positive number, got %q", name, raw)}
	}
	return id, nil
}

// QueryInt reads an optional number from the query.
func QueryInt(r *http.Request, name string, def int) (int, error) {
	raw := r.URL.Query().Get(name)
	if raw == "" {
		return def, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 0 {
		return 0, &BadRequest{fmt.Sprintf("%s must be a number, got %q", name, raw)}
	}
	return n, nil
}

// QueryTime reads an optional RFC 3339 time or date from the query.
func QueryTime(r *http.Request, name string, def time.Time) (time.Time, error) {
	raw := r.URL.Query().Get(name)
	if raw == "" {
		return def, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, raw); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, &BadRequest{fmt.Sprintf("%s must be a date or an RFC 3339 time, got %q", name, raw)}
}
