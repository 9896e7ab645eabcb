package partition

import (
	"slices"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// What two processes import, and each can have a copy of, is a library, though one of
// them runs more code that uses it. A table, an entry point, or an import that has one
// keeps it where it is used most, and so does a service that has nearly all of its users.
func TestWhatEachCanCopyIsLinked(t *testing.T) {
	const processes = `
		cmd/server 60 main: api jobs store retry
		cmd/agent 60 main: run retry
		api 900: jobs store retry codec /work
		jobs 700: store retry work!
		store 600: retry runs!
		run 900: retry logs!
		`
	for _, c := range []struct {
		name, text string
		library    []string
	}{
		{"a copy each", "codec 80:\nretry 200:", []string{"retry"}},
		{"with its inside", "codec 80:\nretry 200: backoff\nbackoff 100:", []string{"backoff", "retry"}},
		{"a table", "codec 80:\nretry 200: attempts!", nil},
		{"a route", "codec 80:\nretry 200: /retries", nil},
		{"an inside with a table", "codec 80:\nretry 200: backoff\nbackoff 100: attempts!", nil},
		{"nearly all users in one service", "api.More 20: mail queue\nmail 80: retry\nqueue 80: retry\ncodec 80: retry\nretry 200:", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := solve(t, parse(t, processes+c.text), Options{Seed: 1, Blind: true, Without: []Rule{RuleLinked}}); slices.ContainsFunc(r.Units, func(u Unit) bool { return u.Service == model.Library }) {
				t.Errorf("a library without the rule:\n%s", places(r))
			}
			r := solve(t, parse(t, processes+c.text), Options{Seed: 1, Blind: true})
			var got []string
			for _, u := range r.Units {
				if u.Service == model.Library {
					got = append(got, u.ID)
				}
			}
			if !slices.Equal(got, c.library) {
				t.Errorf("libraries %v, want %v:\n%s", got, c.library, places(r))
			}
		})
	}
}
