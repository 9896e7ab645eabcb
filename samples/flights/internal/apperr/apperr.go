// Package apperr has the errors that clients of the API get to see.
package apperr

import (
	"errors"
	"fmt"
	"net/http"

	"gorm.io/gorm"
)

// Error is an error with a code for programs and a message for people.
type Error struct {
	Status  int               `json:"-"`
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// New makes an error.
func New(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// NotFound says that there is no such thing.
func NotFound(what string, id any) *Error {
	return New(http.StatusNotFound, "not_found", "there is no %s %v", what, id)
}

// Conflict says that the state of things does not allow it.
func Conflict(code, format string, args ...any) *Error {
	return New(http.StatusConflict, code, format, args...)
}

// Invalid says that the request makes no sense.
func Invalid(format string, args ...any) *Error {
	return New(http.StatusUnprocessableEntity, "invalid", format, args...)
}

// InvalidField says which field makes no sense, and why.
func InvalidField(field, format string, args ...any) *Error {
	err := Invalid("%s is not valid", field)
	err.Fields = map[string]string{field: fmt.Sprintf(format, args...)}
	return err
}

// Missing turns gorm's "record not found" into NotFound; other errors stay.
func Missing(err error, what string, id any) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return NotFound(what, id)
	}
	return err
}

// Duplicate turns a violated unique index into a conflict; other errors stay.
func Duplicate(err error, code, format string, args ...any) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return Conflict(code, format, args...)
	}
	return err
}

// From finds the error for clients in err. What is not meant for them becomes
// an internal error.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(http.StatusInternalServerError, "internal", "something went wrong, please try again")
}
