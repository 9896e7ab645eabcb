package strangler

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestRequestsDoNotMix: what is kept of one request for the next is of no other. They are
// plain, with bodies, and refused by the new side.
func TestRequestsDoNotMix(t *testing.T) {
	t.Parallel()
	answer := func(side string) string {
		return newServer(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if side == "new" && strings.HasPrefix(r.URL.Path, "/fails") {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			w.Header().Set("X-Path", r.URL.Path)
			fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, body)
		})
	}
	r := start(t, `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW"}}
routes:
  - {name: fails, match: {path: "/fails/{id}"}, service: s, weight: 100%}
  - {name: new, match: {path: "/new/{id}"}, service: s, weight: 100%}
`, map[string]string{"OLD": answer("old"), "NEW": answer("new")})
	var wait sync.WaitGroup
	for user := range 8 {
		wait.Go(func() {
			for i := range 42 {
				kind := []string{"new", "fails", "old"}[(user+i)%3]
				path, body, method := fmt.Sprintf("/%s/%d-%d", kind, user, i), "", http.MethodGet
				if i%3 == 0 && kind != "fails" {
					method, body = http.MethodPost, "of "+path
				}
				req, _ := http.NewRequest(method, r.url+path, strings.NewReader(body))
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || string(got) != method+" "+path+" "+body || res.Header.Get("X-Path") != path {
					t.Errorf("%s: %d %q, %v", path, res.StatusCode, got, err)
				}
			}
		})
	}
	wait.Wait()
	_ = r.stop()
	logged := r.access.String()
	for kind, want := range map[string]string{"new": `"route":"new","arm":"new"`, "fails": `"fallback":"5xx"`, "old": `"arm":"old"`} {
		n := 0
		for line := range strings.Lines(logged) {
			if strings.Contains(line, `"path":"/`+kind+`/`) && strings.Contains(line, want) && strings.Contains(line, "fallback") == (kind == "fails") {
				n++
			}
		}
		if n != 112 {
			t.Errorf("%d of 112 lines of %s say %s", n, kind, want)
		}
	}
}
