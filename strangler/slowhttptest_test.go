package strangler

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestSlowHTTPTest: slowhttptest, a tool of others, opens 400 slow connections in each of
// its ways; other clients are served all the while, and slow headers and bodies are closed
// before the tool gives up.
func TestSlowHTTPTest(t *testing.T) {
	if !*long {
		t.Skip("without -big")
	}
	tool, err := exec.LookPath("slowhttptest")
	if err != nil {
		t.Skip("no slowhttptest on this machine")
	}
	origin := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, strings.Repeat("slow", 1<<18))
	})
	const config = "version: 1\nmonolith: {url: $OLD, timeout: 2s}\n"
	ended := regexp.MustCompile(`Exit status:(?:\s|\x1b\[[0-9;]*m)*([A-Z][a-z ]+)`) // in colours
	for _, way := range []struct {
		name   string
		args   []string
		closes bool
	}{
		{"slow headers", []string{"-H", "-i", "1"}, true},
		{"slow bodies", []string{"-B", "-i", "30", "-s", "8192"}, true},
		{"slow reading", []string{"-X", "-w", "1", "-y", "2", "-n", "5", "-z", "1"}, false},
		{"ranges", []string{"-R", "-t", "HEAD"}, true},
	} {
		t.Run(way.name, func(t *testing.T) {
			r := start(t, config, map[string]string{"OLD": origin.URL}, func(o *Options) { o.HeaderTimeout = 2 * time.Second })
			var out strings.Builder
			cmd := exec.CommandContext(t.Context(), tool, append(way.args, "-c", "400", "-r", "200", "-l", "20", "-p", "60", "-u", r.url+"/slow")...)
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() { _ = cmd.Wait(); close(done) }() // its exit status says little
			others := 0
			for running := true; running; others++ {
				select {
				case <-done:
					running = false
				default:
				}
				if got := r.ask(t, "GET", "/other", ""); got.status != 200 || len(got.body) != 4<<18 {
					t.Fatalf("another client: %d, %d bytes", got.status, len(got.body))
				}
			}
			status := ended.FindAllStringSubmatch(out.String(), -1)
			if len(status) == 0 {
				t.Fatalf("no result:\n%s", out.String())
			}
			last := status[len(status)-1][1]
			t.Logf("%d requests of others; %s", others, last)
			if way.closes != (last == "No open connections left") {
				t.Errorf("it ended with: %s", last)
			}
		})
	}
}
