package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
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

// exitNotes say, by a command's path, what exit 1 means there; others never end so.
func exitNotes() map[string]string {
	return map[string]string{
		"ficus check":            "a crossing is new, worse, stale or expired",
		"ficus generate":         "something cannot cross, a file is in the way, or --check found one that differs",
		"ficus verify":           "a test ends differently",
		"ficus proxy":            "--check found a problem in the file",
		"ficus rollout set":      "the proxy refused, or rolled back at once",
		"ficus rollout rollback": "the proxy refused",
		"ficus rollout pause":    "the proxy refused",
		"ficus rollout resume":   "the proxy refused",
		"ficus rollout evidence": "the decision is not what the counts give",
	}
}

const exitNoteKey = "exit"

// noteExits has the help of every verb end with its exit codes.
func noteExits(root *cobra.Command) {
	root.SetHelpTemplate(root.HelpTemplate() + "{{with index .Annotations \"" + exitNoteKey + "\"}}\n{{.}}{{end}}")
	notes := exitNotes()
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.RunE != nil && cmd != root {
			if cmd.Annotations == nil {
				cmd.Annotations = map[string]string{}
			}
			cmd.Annotations[exitNoteKey] = exitsText(notes[cmd.CommandPath()])
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

func exitsText(no string) string {
	lines := []string{"Exit codes:", "  0  done"}
	if no != "" {
		lines = append(lines, "  1  the answer is no: "+no)
	}
	return strings.Join(append(lines, "  2  the command line is wrong", "  3  it could not be done, or was stopped"), "\n") + "\n"
}

// interrupted reports whether err comes from Ctrl-C.
func interrupted(err error) bool { return errors.Is(err, context.Canceled) }
