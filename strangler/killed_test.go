package strangler

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// originEnv makes the test binary run as a service that can be killed.
const originEnv = "STRANGLER_TEST_ORIGIN"

// serveAsOrigin prints its address and serves until it is killed.
func serveAsOrigin() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + ln.Addr().String())
	panic(http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, "new")
	})))
}

// TestServiceIsKilled: kill -9 of the service in the middle of the load costs no request
// that may run twice, and none of the monolith's; what may not is answered at most once.
func TestServiceIsKilled(t *testing.T) {
	const workers, before, after = 8, 400, 400
	service := exec.Command(os.Args[0])
	service.Env = append(os.Environ(), originEnv+"=1")
	out, err := service.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	defer service.Wait()
	defer service.Process.Kill()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	old := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "old") })
	r := start(t, twoArms, map[string]string{"OLD": old.URL, "NEW": strings.TrimSpace(address), "WEIGHT": "100%"})

	var answered, byOld, lost atomic.Int64
	var stop atomic.Bool
	var wait sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	for w := range workers {
		wait.Go(func() {
			for n := 0; !stop.Load(); n++ {
				method, path := "GET", "/items/1"
				switch n % 4 {
				case 0:
					path = "/elsewhere" // the monolith's
				case 1:
					method = "POST"
				}
				req, _ := http.NewRequest(method, r.url+path, strings.NewReader(strings.Repeat("b", w*n%1000)))
				res, err := client.Do(req)
				if err != nil {
					t.Errorf("%s %s: %v", method, path, err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				switch {
				case err == nil && res.StatusCode == 200:
				case method == "POST" && res.StatusCode == 502: // it may have run
					lost.Add(1)
				default:
					t.Errorf("%s %s: %s %v", method, path, res.Status, err)
				}
				if string(body) == "old" && path != "/elsewhere" {
					byOld.Add(1)
				}
				answered.Add(1)
			}
		})
	}
	until := func(c *atomic.Int64, n int64) {
		for limit := time.Now().Add(3 * patience); c.Load() < n && !t.Failed(); <-time.After(time.Millisecond) {
			if time.Now().After(limit) {
				t.Errorf("%d answered, %d wanted", c.Load(), n)
			}
		}
	}
	until(&answered, before)
	if byOld.Load() > 0 {
		t.Errorf("%d requests of the service were answered by the monolith while it ran", byOld.Load())
	}
	if err := service.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	until(&byOld, after)
	stop.Store(true)
	wait.Wait()
	t.Logf("%d answered, %d by the monolith for the service, %d POSTs lost", answered.Load(), byOld.Load(), lost.Load())
	if lost.Load() > 3*workers { // each connection of the pool dies once
		t.Errorf("%d POSTs were lost, far more than were under way", lost.Load())
	}
}
