//go:build unix

package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var trial = flag.Duration("trial", 0, "how long TestNoRequestIsLost loads the proxy, with a reload every second and a restart in the middle, e.g. 200s; a few rounds without waiting when 0")

// process is ficus proxy as a process of its own, and those that follow it.
type process struct {
	file, url, admin, pidFile string
	errs                      *output
	first                     *exec.Cmd
}

func startProcess(t *testing.T, old, new string) *process {
	t.Helper()
	return startProcessOf(t, proxyFile(t, old, new))
}

// startProcessOf starts one with the file.
func startProcessOf(t *testing.T, file string) *process {
	t.Helper()
	p := &process{file: file, errs: newOutput()}
	p.pidFile = filepath.Join(filepath.Dir(p.file), "pid")
	p.first = exec.Command("ficus", "proxy", "--pid-file", p.pidFile, "--access-log", filepath.Join(filepath.Dir(p.file), "access.log"), "--drain", "20s", p.file)
	p.first.Args[0] = mustPath(t, "ficus")
	p.first.Env = os.Environ()
	read, write, err := os.Pipe() // a file, which the processes after it have as well
	if err != nil {
		t.Fatal(err)
	}
	p.first.Stderr = write
	err = p.first.Start()
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan struct{})
	go func() { // ends with the last process, which the cleanup ends
		defer close(said)
		_, _ = io.Copy(p.errs, read)
	}()
	t.Cleanup(func() {
		p.signal(t, syscall.SIGKILL)
		<-said
		read.Close()
	})
	banner := p.errs.await(t, `listening on (http://\S+) for \S+ \(1 route\); admin and dashboard on (\S+?)/?\n`)
	p.url, p.admin = banner[1], banner[2]
	p.awaitPID(t)
	return p
}

func mustPath(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// awaitPID waits until the process hears signals.
func (p *process) awaitPID(t *testing.T) {
	t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); <-time.After(time.Millisecond) {
		if _, err := os.Stat(p.pidFile); err == nil {
			return
		}
	}
	t.Fatalf("no process id was written:\n%s", p.errs)
}

// reload puts the file into force.
func (p *process) reload(t *testing.T) {
	t.Helper()
	const said = "configuration in force"
	before := strings.Count(p.errs.String(), said)
	p.signal(t, syscall.SIGHUP)
	for limit := time.Now().Add(patience); strings.Count(p.errs.String(), said) == before; <-time.After(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("the configuration was not reloaded:\n%s", p.errs)
		}
	}
}

// pid is the process that serves now.
func (p *process) pid(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile(p.pidFile)
	if err != nil {
		return p.first.Process.Pid
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func (p *process) signal(t *testing.T, s syscall.Signal) { _ = syscall.Kill(p.pid(t), s) }

// loaded asks over keep-alive connections, without ever asking twice, until stopped.
type loaded struct {
	stopped          atomic.Bool
	answered, failed atomic.Int64
	first            atomic.Value // the first failure
	wait             sync.WaitGroup
}

func loadProcess(p *process, workers int) *loaded {
	l := &loaded{}
	addr := strings.TrimPrefix(p.url, "http://")
	for w := range workers {
		l.wait.Go(func() { l.work(addr, w) })
	}
	return l
}

func (l *loaded) work(addr string, worker int) {
	for !l.stopped.Load() {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			l.fail("dial", err)
			continue
		}
		in := bufio.NewReader(conn)
		for n, again := 0, true; again && !l.stopped.Load(); n++ {
			again = l.ask(conn, in, worker*1000+n%500)
		}
		conn.Close()
	}
}

// ask sends one request and reports whether the connection can be used again.
func (l *loaded) ask(conn net.Conn, in *bufio.Reader, user int) bool {
	method, body := "GET", ""
	if user%3 == 0 {
		method, body = "POST", "order"
	}
	fmt.Fprintf(conn, "%s /items/%d HTTP/1.1\r\nHost: shop\r\nCookie: uid=%d\r\nContent-Length: %d\r\n\r\n%s", method, user, user, len(body), body)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		l.fail("answer", err)
		return false
	}
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		l.fail(res.Status+" "+string(text), err)
	}
	l.answered.Add(1)
	return !res.Close
}

func (l *loaded) fail(what string, err error) {
	l.failed.Add(1)
	l.first.CompareAndSwap(nil, fmt.Sprint(what, ": ", err))
}

// more waits until so many further requests have been answered.
func (l *loaded) more(t *testing.T, n int64) {
	t.Helper()
	until := l.answered.Load() + n
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for l.answered.Load() < until && l.failed.Load() == 0 {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d of %d requests answered", l.answered.Load(), until)
		}
	}
}

const patience = 60 * time.Second

// TestNoRequestIsLost: under load the configuration is reloaded again and again, the
// share moves, and the process is restarted; no request fails, and an upgraded
// connection outlives the restart.
func TestNoRequestIsLost(t *testing.T) {
	monolith := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			echoing(w, r)
			return
		}
		fmt.Fprint(w, "old")
	}))
	t.Cleanup(monolith.Close)
	old, service := monolith.URL, side(t, "new")
	p := startProcess(t, old, service)
	tunnel := openTunnel(t, p)
	l := loadProcess(p, 8)
	begin, restarted := time.Now(), false
	for round := 0; round < 3 || time.Since(begin) < *trial; round++ {
		if round > 0 && !restarted && time.Since(begin) >= *trial/2 {
			restarted = true
			p.signal(t, syscall.SIGUSR2)
			p.errs.await(t, "restarted: the new process serves")
			tunnel.echo(t, "after the restart")
			tunnel.Close()
			if err := p.first.Wait(); err != nil {
				t.Fatalf("the old process: %v\n%s", err, p.errs)
			}
		}
		writeProxyFile(t, p.file, old, service, fmt.Sprintf("/items/{id%d}", round))
		p.reload(t)
		said := newOutput()
		share := fmt.Sprintf("%d%%", (round*37+10)%100)
		if code := run(context.Background(), newConsole(strings.NewReader(""), said, said, nil), []string{"rollout", "set", "items", share, "--admin", p.admin}); code != exitOK {
			t.Fatalf("rollout set: exit %d\n%s", code, said)
		}
		l.more(t, 200)
		if *trial > 0 {
			<-time.After(time.Until(begin.Add(time.Duration(round+1) * time.Second)))
		}
	}
	l.more(t, 200)
	l.stopped.Store(true)
	l.wait.Wait()
	t.Logf("%d requests answered, %d failed, %d reloads", l.answered.Load(), l.failed.Load(), strings.Count(p.errs.String(), "configuration in force"))
	if l.failed.Load() > 0 {
		t.Errorf("%d of %d requests failed, the first: %v\n%s", l.failed.Load(), l.answered.Load(), l.first.Load(), p.errs)
	}
	if p.pid(t) == p.first.Process.Pid {
		t.Error("the process is the same as before")
	}
}

// tunnel is an upgraded connection to an echoing upstream.
type tunnel struct {
	net.Conn
	in *bufio.Reader
}

// openTunnel opens one to the monolith.
func openTunnel(t *testing.T, p *process) *tunnel {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprint(conn, "GET /echo HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade: %v %v", res, err)
	}
	return &tunnel{conn, in}
}

func (c *tunnel) echo(t *testing.T, text string) {
	t.Helper()
	fmt.Fprintln(c, text)
	if got, err := c.in.ReadString('\n'); err != nil || got != text+"\n" {
		t.Fatalf("echo %q: %v", got, err)
	}
}

// TestRestartThatFails: a new process that does not come up leaves the old one serving,
// with its state.
func TestRestartThatFails(t *testing.T) {
	old, service := side(t, "old"), side(t, "new")
	p := startProcess(t, old, service)
	if err := os.WriteFile(p.file, []byte("version: 1\nmonolith: {url: nonsense}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGUSR2)
	p.errs.await(t, "restart failed: this process stays")
	if got := get(t, p.url+"/items/1"); got != "old" {
		t.Errorf("after the restart that failed: %q", got)
	}
	writeProxyFile(t, p.file, old, service, "/items/{id}")
	said := newOutput()
	if code := run(context.Background(), newConsole(strings.NewReader(""), said, said, nil), []string{"rollout", "set", "items", "100%", "--admin", p.admin}); code != exitOK {
		t.Fatalf("rollout set: exit %d\n%s", code, said)
	}
	p.signal(t, syscall.SIGUSR2)
	p.errs.await(t, "restarted: the new process serves")
	http.DefaultClient.CloseIdleConnections() // the old process would wait for them
	if err := p.first.Wait(); err != nil {
		t.Fatalf("the old process: %v\n%s", err, p.errs)
	}
	if got := get(t, p.url+"/items/1"); got != "new" {
		t.Errorf("the new process does not know the share: %q", got)
	}
}

// echoing answers an upgrade by echoing lines.
func echoing(w http.ResponseWriter, r *http.Request) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+r.Header.Get("Upgrade")+"\r\n\r\n")
	_, _ = io.Copy(conn, rw)
}
