package strangler

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var cost = flag.Bool("cost", false, "measure CPU time, latency and memory against nginx and HAProxy (those on PATH); takes two minutes")

func TestMain(m *testing.M) {
	if spec := os.Getenv(interopEnv); spec != "" {
		callInterop(spec)
		return
	}
	if os.Getenv(originEnv) != "" {
		serveAsOrigin()
	}
	if spec := os.Getenv(conformanceEnv); spec != "" {
		if err := serveConformance(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return
	}
	m.Run()
}

// The configurations: $DIR is a folder, $ORIGIN the port of the origin, $PORT that of
// the proxy. All three choose an arm by a hash of a cookie, log every request to a
// file, and keep connections to the origin.
const (
	costOrigin = `
daemon off; master_process off; pid $DIR/origin.pid; error_log stderr crit;
events { worker_connections 4000; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path $DIR/t1; proxy_temp_path $DIR/t2; fastcgi_temp_path $DIR/t3; uwsgi_temp_path $DIR/t4; scgi_temp_path $DIR/t5;
  server { listen 127.0.0.1:$ORIGIN; location / { return 200 "$BODY"; } }
}`
	costNginx = `
daemon off; master_process off; pid $DIR/nginx.pid; error_log stderr crit;
events { worker_connections 8000; }
http {
  keepalive_requests 1000000000; access_log $DIR/nginx.log combined buffer=64k flush=1s;
  client_body_temp_path $DIR/t1; proxy_temp_path $DIR/t2; fastcgi_temp_path $DIR/t3; uwsgi_temp_path $DIR/t4; scgi_temp_path $DIR/t5;
  split_clients "$cookie_uid" $side { 50% new; * old; }
  upstream new { server 127.0.0.1:$ORIGIN; keepalive 128; keepalive_requests 1000000000; }
  upstream old { server 127.0.0.1:$ORIGIN; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:$PORT;
    location / {
      proxy_pass http://$side; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}`
	costHAProxy = `
global
  nbthread 1
  maxconn 8000
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  option forwardfor
  timeout connect 3s
  timeout client 60s
  timeout server 30s
  http-reuse always
frontend in
  bind 127.0.0.1:$PORT
  use_backend new if { req.cook(uid),xxh32,mod(10000) lt 5000 }
  default_backend old
backend new
  server s 127.0.0.1:$ORIGIN
backend old
  server s 127.0.0.1:$ORIGIN
`
	costFicus = `
version: 1
listen: 127.0.0.1:$PORT
admin: off
state: off
monolith: {url: "http://127.0.0.1:$ORIGIN"}
services: {s: {url: "http://127.0.0.1:$ORIGIN"}}
cohort: {cookie: uid}
routes:
`
)

// costRoutes are n routes, of which the load asks the last.
func costRoutes(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, "  - {name: r%d, match: {path: \"/api/v1/thing%d/{id}\"}, service: s, weight: 50%%}\n", i, i)
	}
	b.WriteString("  - {name: items, match: {path: \"/items/{id}\"}, service: s, weight: 50%}\n")
	return b.String()
}

// contender is one proxy under measurement.
type contender struct {
	name, binary, config string
	args                 []string // $CONFIG and $DIR are replaced
	env                  []string
	cpu                  []float64 // µs a request, by round
}

// TestCost prints CPU time per proxied request, whole process, each with one core:
// 1 KB of answer, 64 keep-alive connections, medians of five alternating rounds; and of
// ours what 10,000 routes cost, what latency it adds, and what an idle connection
// takes.
func TestCost(t *testing.T) {
	if !*cost {
		t.Skip("without -cost")
	}
	dir := t.TempDir()
	ficus := filepath.Join(dir, "ficus")
	if out, err := exec.Command("go", "build", "-o", ficus, "github.com/ficus-dev/ficus/cmd/ficus").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("no nginx on this machine: nothing to compare with, and no origin")
	}
	origin := freePort(t)
	text := replaced(costOrigin, dir, origin, 0)
	mustWrite(t, filepath.Join(dir, "origin.conf"), strings.ReplaceAll(text, "$BODY", strings.Repeat("x", 1024)))
	end := spawn(t, exec.Command(nginx, "-p", dir, "-c", filepath.Join(dir, "origin.conf")), origin)
	defer end()

	one := []string{"GOMAXPROCS=1"}
	own := []string{"proxy", "--access-log", "$DIR/ficus.log", "$CONFIG"}
	all := []*contender{
		{name: "nginx", binary: nginx, config: costNginx, args: []string{"-p", "$DIR", "-c", "$CONFIG"}},
		{name: "ficus", binary: ficus, config: costFicus + costRoutes(10), args: own, env: one},
		{name: "ficus, 10,000 routes", binary: ficus, config: costFicus + costRoutes(10000), args: own, env: one},
	}
	if haproxy, err := exec.LookPath("haproxy"); err == nil {
		all = append(all, &contender{name: "haproxy", binary: haproxy, config: costHAProxy, args: []string{"-db", "-f", "$CONFIG"}})
	} else {
		t.Log("haproxy is not on PATH: left out")
	}
	for range 5 {
		for _, c := range all {
			running := c.start(t, dir, origin)
			c.cpu = append(c.cpu, running.perRequest(t))
			running.end()
		}
	}
	base := median(all[0].cpu)
	for _, c := range all {
		t.Logf("CPU a request: %-20s %6.1f µs, ratio %.2f (rounds: %.1f)", c.name, median(c.cpu), median(c.cpu)/base, c.cpu)
	}
	t.Logf("10,000 routes cost %.2f of 10", median(all[2].cpu)/median(all[1].cpu))

	running := all[1].start(t, dir, origin)
	defer running.end()
	direct, proxied := p99(t, origin), p99(t, running.port)
	t.Logf("p99 at half load: %s direct, %s proxied, %s added", direct, proxied, proxied-direct)
	t.Logf("an idle connection takes %.1f KB", running.idle(t))
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

func replaced(text, dir string, origin, port int) string {
	return strings.NewReplacer("$DIR", dir, "$ORIGIN", strconv.Itoa(origin), "$PORT", strconv.Itoa(port)).Replace(text)
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

// measured is a proxy that runs.
type measured struct {
	pid, port int
	end       func()
}

func (c *contender) start(t *testing.T, dir string, origin int) *measured {
	t.Helper()
	port := freePort(t)
	config := filepath.Join(dir, "proxy.conf")
	mustWrite(t, config, replaced(c.config, dir, origin, port))
	args := slices.Clone(c.args)
	for i, a := range args {
		args[i] = strings.NewReplacer("$DIR", dir, "$CONFIG", config).Replace(a)
	}
	cmd := exec.Command(c.binary, args...)
	cmd.Env = append(os.Environ(), c.env...)
	end := spawn(t, cmd, port)
	return &measured{cmd.Process.Pid, port, end}
}

// spawn starts a process that serves the port, and waits until it does; the returned
// function ends it.
func spawn(t *testing.T, cmd *exec.Cmd, port int) (end func()) {
	t.Helper()
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		_ = cmd.Process.Kill() // an interrupt may be ignored, as it is below a shell's background jobs
		_ = cmd.Wait()
	}
	for limit := time.Now().Add(patience); ; {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return end
		}
		if time.Now().After(limit) {
			end()
			t.Fatalf("%s does not serve: %v\n%s", cmd, err, errs.String())
		}
	}
}

// perRequest is the CPU time of a request in µs, after a warm-up.
func (m *measured) perRequest(t *testing.T) float64 {
	t.Helper()
	const few, many = 2000, 20000
	load(t, m.port, few)
	before := m.spent(t)
	load(t, m.port, many)
	return float64((m.spent(t) - before).Nanoseconds()) / 1000 / many
}

// spent is the CPU time of all threads.
func (m *measured) spent(t *testing.T) (sum time.Duration) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", m.pid))
	if err != nil || len(files) == 0 {
		t.Skip("this system does not tell the CPU time of a process while it runs (/proc/PID/task/*/schedstat)")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		ns, err := strconv.ParseInt(strings.Fields(string(data))[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(ns)
	}
	return sum
}

// idle is the resident memory of a connection that waits, in KB: each has had a
// request.
func (m *measured) idle(t *testing.T) float64 {
	t.Helper()
	const connections = 1000
	before := m.resident(t)
	for i := range connections {
		c := connect(t, m.port)
		defer c.Close()
		c.ask(t, i)
	}
	return float64(m.resident(t)-before) / connections
}

// resident is the memory in KB.
func (m *measured) resident(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.pid))
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}

// client is one keep-alive connection.
type client struct {
	net.Conn
	in *bufio.Reader
}

func connect(t *testing.T, port int) *client {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	return &client{conn, bufio.NewReader(conn)}
}

func (c *client) ask(t *testing.T, user int) bool {
	_, err := fmt.Fprintf(c, "GET /items/%d HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: load\r\nAccept: */*\r\nCookie: uid=%d\r\n\r\n", user, user)
	if err != nil {
		t.Error(err)
		return false
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil || res.StatusCode != 200 {
		t.Errorf("%v %v", res, err)
		return false
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return true
}

// load sends requests over 64 keep-alive connections, as fast as they are answered.
func load(t *testing.T, port int, requests int64) {
	t.Helper()
	var left atomic.Int64
	left.Store(requests)
	var wait sync.WaitGroup
	for user := range 64 {
		c := connect(t, port)
		wait.Go(func() {
			defer c.Close()
			for left.Add(-1) >= 0 && c.ask(t, user) {
			}
		})
	}
	wait.Wait()
}

// p99 of requests sent at a fixed pace over 16 connections: 5,000 a second, about half
// of what one core takes. A request that is late because the one before was slow counts
// from when it was due.
func p99(t *testing.T, port int) time.Duration {
	t.Helper()
	const connections, each, pace = 16, 1000, 16 * time.Second / 5000
	took := make([][]time.Duration, connections)
	var wait sync.WaitGroup
	for user := range connections {
		c := connect(t, port)
		wait.Go(func() {
			defer c.Close()
			due := time.Now().Add(pace * time.Duration(user) / connections)
			for range each {
				time.Sleep(time.Until(due))
				if !c.ask(t, user) {
					return
				}
				took[user] = append(took[user], time.Since(due))
				due = due.Add(pace)
			}
		})
	}
	wait.Wait()
	all := slices.Sorted(slices.Values(slices.Concat(took...)))
	return all[len(all)*99/100].Round(10 * time.Microsecond)
}
