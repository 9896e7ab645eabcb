package strangler

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

var cost = flag.Bool("cost", false, "measure CPU time a request against nginx (must be on PATH); takes a minute")

// roleEnv makes the test binary run as a proxy for TestCost: a process of its own,
// whose CPU time can be told from that of the load.
const roleEnv = "STRANGLER_TEST_PROXY"

func TestMain(m *testing.M) {
	if spec := os.Getenv(roleEnv); spec != "" {
		serveForCost(spec)
		return
	}
	if spec := os.Getenv(interopEnv); spec != "" {
		callInterop(spec)
		return
	}
	m.Run()
}

// serveForCost runs a proxy with metrics, access log and cohorts on; spec is the
// listening socket and the upstream.
func serveForCost(spec string) {
	socket, target, _ := strings.Cut(spec, " ")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ln, err := net.Listen("unix", socket)
	if err != nil {
		panic(err)
	}
	p, err := New(Options{AccessLog: io.Discard, Config: &route.Config{
		Version: 1, Monolith: route.Upstream{URL: target}, Services: map[string]route.Upstream{"s": {URL: target}},
		Cohort: route.Cohort{Cookie: "uid"},
		Routes: []route.Route{{Name: "items", Match: route.Match{Path: "/items/{id}"}, Service: "s", Weight: 5000}},
	}})
	if err != nil {
		panic(err)
	}
	if err := p.Run(ctx, ln); err != nil {
		panic(err)
	}
}

const costOrigin = `
daemon off; master_process off; pid %[1]s/pid1; error_log stderr crit;
events { worker_connections 2000; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
  server { listen 127.0.0.1:%[2]d; location / { return 200 "%[3]s"; } }
}`

const costProxy = `
daemon off; master_process off; pid %[1]s/pid2; error_log stderr crit;
events { worker_connections 2000; }
http {
  keepalive_requests 1000000000; access_log %[1]s/access.log combined buffer=64k;
  client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
  split_clients "$cookie_uid" $side { 50%% new; * old; }
  upstream new { server 127.0.0.1:%[2]d; keepalive 128; keepalive_requests 1000000000; }
  upstream old { server 127.0.0.1:%[2]d; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen unix:%[1]s/nginx;
    location / {
      proxy_pass http://$side; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}`

// TestCost prints CPU time per proxied request of ours and of nginx, each with one
// core: 1 KB answer, 64 keep-alive connections, medians of five alternating rounds.
func TestCost(t *testing.T) {
	if !*cost {
		t.Skip("without -cost")
	}
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("no nginx on this machine")
	}
	dir, err := os.MkdirTemp("", "cost")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	port := freePort(t)
	conf := func(name, text string) string {
		file := filepath.Join(dir, name)
		mustWrite(t, file, text)
		return file
	}
	origin := exec.Command(nginx, "-p", dir, "-c", conf("origin.conf", fmt.Sprintf(costOrigin, dir, port, strings.Repeat("x", 1024))))
	defer spawn(t, origin)()
	target := fmt.Sprintf("http://127.0.0.1:%d", port)
	results := map[string][]float64{}
	for range 5 {
		results["nginx"] = append(results["nginx"], measure(t, filepath.Join(dir, "nginx"), func() *exec.Cmd {
			return exec.Command(nginx, "-p", dir, "-c", conf("proxy.conf", fmt.Sprintf(costProxy, dir, port)))
		}))
		results["ficus"] = append(results["ficus"], measure(t, filepath.Join(dir, "ficus"), func() *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), roleEnv+"="+filepath.Join(dir, "ficus")+" "+target, "GOMAXPROCS=1")
			return cmd
		}))
	}
	for _, list := range results {
		slices.Sort(list)
	}
	ours, theirs := results["ficus"][2], results["nginx"][2]
	t.Logf("CPU a request: ficus %.1f µs, nginx %.1f µs, ratio %.2f\nall: %v", ours, theirs, ours/theirs, results)
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// spawn starts a process; the returned function ends it.
func spawn(t *testing.T, cmd *exec.Cmd) (end func()) {
	t.Helper()
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
}

// measure runs a proxy under load and returns its CPU time a request in µs, what
// starting took taken off.
func measure(t *testing.T, socket string, command func() *exec.Cmd) float64 {
	t.Helper()
	const few, many = 2000, 22000
	spent := func(requests int64) time.Duration {
		os.Remove(socket)
		cmd := command()
		end := spawn(t, cmd)
		load(t, socket, requests)
		end()
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	start := spent(few)
	return float64((spent(many) - start).Microseconds()) / (many - few)
}

// load sends requests over 64 keep-alive connections.
func load(t *testing.T, socket string, requests int64) {
	t.Helper()
	var left atomic.Int64
	left.Store(requests)
	var wait sync.WaitGroup
	for c := range 64 {
		wait.Go(func() {
			conn, err := net.Dial("unix", socket)
			for limit := time.Now().Add(patience); err != nil && time.Now().Before(limit); {
				conn, err = net.Dial("unix", socket) // until it listens
			}
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			request := fmt.Sprintf("GET /items/%d HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: load\r\nAccept: */*\r\nCookie: uid=%d\r\n\r\n", c, c)
			for left.Add(-1) >= 0 {
				if _, err := io.WriteString(conn, request); err != nil {
					t.Error(err)
					return
				}
				res, err := http.ReadResponse(in, nil)
				if err != nil || res.StatusCode != 200 {
					t.Errorf("%v %v", res, err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
			}
		})
	}
	wait.Wait()
}
