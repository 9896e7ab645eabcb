package strangler

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The configurations: $DIR is a folder, $ORIGIN the port of the origin, $PORT that of
// the proxy. All three choose an arm by a hash of a cookie, log every request to a
// file, and keep connections to the origin.
const (
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
	anywhere             bool // not on the first core alone

	pid, port int
	rounds    []loadReport
}

// perRequest are the CPU times of a request in µs, by round.
func (c *contender) perRequest() (list []float64) {
	for _, r := range c.rounds {
		list = append(list, float64(r.CPU.Nanoseconds())/1000/costRequests)
	}
	return list
}

const (
	costRounds   = 25 // short ones: what disturbs one does not disturb the next
	costRequests = 4000
)

// TestCost prints what the proxy costs, beside nginx and HAProxy. A proxy has one core
// (nginx one worker, HAProxy one thread, GOMAXPROCS=1), load and origin another; without
// taskset on PATH they are not held there. Its parts say how they measure.
//
// The process of the load parses and allocates next to nothing: a proxy must be what is
// busy, as one that waits between requests pays for waking up as well.
func TestCost(t *testing.T) {
	if !*cost {
		t.Skip("without -cost")
	}
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("no nginx on this machine: nothing to compare with")
	}
	dir := inMemory(t)
	all := contenders(t, dir, nginx)
	load := startGenerator(t)
	for _, c := range all {
		c.start(t, dir, load.origin)
	}
	t.Run("CPU", func(t *testing.T) { measureCPU(t, load, all) })
	t.Run("Latency", func(t *testing.T) {
		for _, c := range all[2:] {
			c.signal(t, syscall.SIGSTOP) // they have the same core
			defer c.signal(t, syscall.SIGCONT)
		}
		measureLatency(t, dir, load, all[0], all[1])
	})
	t.Run("Idle", func(t *testing.T) {
		fresh := *all[1]
		fresh.name = "fresh"
		fresh.start(t, dir, answering(t)) // the load's origin answers while there is load
		t.Logf("an idle connection takes %.1f KB", idleMemory(t, &fresh))
	})
}

// measureCPU prints the CPU time of the whole process, kernel included, for a GET with 1 KB
// of answer, over 64 keep-alive connections that ask again as soon as they are answered;
// metrics, access log and cohorts on. The proxies take turns, all in each of 25 rounds, and
// ratios are taken within a round, so that what else the machine does, and how fast it is
// then, meets all alike; the median of the rounds counts.
func measureCPU(t *testing.T, load *generator, all []*contender) {
	for range costRounds {
		for _, c := range all {
			c.rounds = append(c.rounds, load.do(t, loadOrder{Port: c.port, PID: c.pid, Requests: costRequests, Warm: costRequests / 10}))
		}
	}
	for _, c := range all {
		t.Logf("CPU a request: %-20s %5.1f µs, ratio %s; alone %.1f ms a second", c.name, median(c.perRequest()), over(c, all[0]), 1000*idleShare(t, c))
	}
	t.Logf("10,000 routes cost %s of 10", over(all[2], all[1]))
}

// inMemory is a folder for what the proxies log: in memory where that can be had, as a disk
// that others keep busy holds up whoever writes to it.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "cost")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func contenders(t *testing.T, dir, nginx string) []*contender {
	t.Helper()
	ficus := *costBinary
	if ficus == "" {
		ficus = filepath.Join(dir, "built")
		if out, err := exec.Command("go", "build", "-o", ficus, "github.com/ficus-dev/ficus/cmd/ficus").CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	one := []string{"GOMAXPROCS=1"}
	own := []string{"proxy", "--access-log", "$DIR/ficus.log", "$CONFIG"}
	all := []*contender{
		{name: "nginx", binary: nginx, config: costNginx, args: []string{"-p", "$DIR", "-c", "$CONFIG"}},
		{name: "ficus", binary: ficus, config: costFicus + costRoutes(10), args: own, env: one},
		{name: "ficus, 10,000 routes", binary: ficus, config: costFicus + costRoutes(10000), args: own, env: one},
	}
	haproxy, err := exec.LookPath("haproxy")
	if err != nil {
		t.Log("haproxy is not on PATH: left out")
		return all
	}
	return append(all, &contender{name: "haproxy", binary: haproxy, config: costHAProxy, args: []string{"-db", "-f", "$CONFIG"}})
}

// over is the ratio of two contenders, by round: its median, least and greatest.
func over(c, base *contender) string {
	list, below := c.perRequest(), base.perRequest()
	for i := range list {
		list[i] /= below[i]
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median(list), slices.Min(list), slices.Max(list))
}

// idleShare is the part of a core that a proxy takes without requests.
func idleShare(t *testing.T, c *contender) float64 {
	t.Helper()
	const pause = time.Second
	before, err := spent(c.pid)
	if err != nil {
		t.Skip(err)
	}
	time.Sleep(pause)
	after, err := spent(c.pid)
	if err != nil {
		t.Skip(err)
	}
	return (after - before).Seconds() / pause.Seconds()
}

func (c *contender) signal(t *testing.T, s os.Signal) {
	t.Helper()
	process, err := os.FindProcess(c.pid)
	if err == nil {
		err = process.Signal(s)
	}
	if err != nil {
		t.Error(err)
	}
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

func replaced(text, dir string, origin, port int) string {
	return strings.NewReplacer("$DIR", dir, "$ORIGIN", strconv.Itoa(origin), "$PORT", strconv.Itoa(port)).Replace(text)
}

// start starts the proxy, in a folder of its own.
func (c *contender) start(t *testing.T, dir string, origin int) {
	t.Helper()
	dir = filepath.Join(dir, strings.NewReplacer(" ", "-", ",", "").Replace(c.name))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.port = freePort(t)
	config := filepath.Join(dir, "proxy.conf")
	mustWrite(t, config, replaced(c.config, dir, origin, c.port))
	args := slices.Clone(c.args)
	for i, a := range args {
		args[i] = strings.NewReplacer("$DIR", dir, "$CONFIG", config).Replace(a)
	}
	cmd := exec.Command(c.binary, args...)
	if !c.anywhere {
		cmd = onCore(0, cmd)
	}
	cmd.Env = append(os.Environ(), c.env...)
	t.Cleanup(spawn(t, cmd, c.port))
	c.pid = cmd.Process.Pid
}
