package main

import (
	"context"
	"errors"
	"fmt"
)

// exitCode is what the process ends with; the only place where codes are declared.
type exitCode int

const (
	exitOK     exitCode = 0 // done
	exitNo     exitCode = 1 // the answer is no: a check failed, tests differ
	exitUsage  exitCode = 2 // the command line is wrong
	exitFailed exitCode = 3 // it could not be done
)

// codedError carries the exit code of an error up to run.
type codedError struct {
	code exitCode
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// answerNo marks err as a negative answer (exit 1), not a failure. A nil err
// means that the answer has been printed already.
func answerNo(err error) error {
	if err == nil {
		err = errSilent
	}
	return &codedError{exitNo, err}
}

// usageErrorf is an error in the command line (exit 2).
func usageErrorf(format string, args ...any) error {
	return &codedError{exitUsage, fmt.Errorf(format, args...)}
}

// errSilent ends the command without another message.
var errSilent = errors.New("already reported")

// codeOf maps an error to the exit code; what nobody marked is exitFailed.
func codeOf(err error) exitCode {
	var coded *codedError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &coded):
		return coded.code
	default:
		return exitFailed
	}
}

// interrupted reports whether err comes from Ctrl-C.
func interrupted(err error) bool { return errors.Is(err, context.Canceled) }
