package strangler

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// loadOrder is one line to the generator; loadReport is its answer.
type loadOrder struct {
	Port int // of the proxy, or of the origin
	PID  int // of the proxy, 0 for the origin
	// Requests over all connections, each sent as soon as the one before on its connection
	// was answered; as many in Warm before, which do not count.
	Requests, Warm int
	// Rate is in requests a second when they are sent by the clock instead (an open loop):
	// one that is late because others are counts from when it was due.
	Rate float64
}

type loadReport struct {
	Wall  time.Duration
	CPU   time.Duration   // of the proxy
	Took  []time.Duration // by request, sorted; of those sent by the clock
	Error string
}

// costConnections is how many keep-alive connections the load comes over.
const costConnections = 64

// serveAsLoad prints the origin's port, and obeys orders until its input ends.
func serveAsLoad() error {
	m, port, err := newMachine()
	if err != nil {
		return err
	}
	fmt.Println(port)
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var order loadOrder
		if err := in.Decode(&order); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		report, err := order.obey(m)
		if err != nil {
			report.Error = err.Error()
		}
		if err := out.Encode(report); err != nil {
			return err
		}
	}
}

// costAnswer is what the origin says, with nginx's header fields.
var costAnswer = []byte("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\n" +
	"Content-Length: 1024\r\nConnection: keep-alive\r\n\r\n" + strings.Repeat("x", 1024))

func (o *loadOrder) obey(m *machine) (r loadReport, err error) {
	if err := m.dial(o.Port); err != nil {
		return r, err
	}
	defer m.hangUp()
	m.sendAll(o.Warm)
	before, err := spent(o.PID)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if o.Rate > 0 {
		m.sendPaced(o.Requests, o.Rate)
	} else {
		m.sendAll(o.Requests)
	}
	r.Wall = time.Since(began)
	after, err := spent(o.PID)
	r.CPU, r.Took = after-before, slices.Sorted(slices.Values(m.took))
	return r, errors.Join(m.failed, err)
}

// machine is load and origin in one loop, which never sleeps: a process that sleeps must
// be woken by whoever writes to it, and a proxy would pay for that the more, the longer
// the others have nothing to do.
type machine struct {
	epoll, listener int
	peers           map[int]*peer // by descriptor
	clients         []*peer
	took            []time.Duration
	open            int // requests that wait for their answer
	failed          error
}

// peer is one connection: of the load when it has a request, of the origin otherwise.
type peer struct {
	fd      int
	request []byte
	buf     [4 << 10]byte
	n       int
	busy    bool
	due     time.Time
}

func newMachine() (m *machine, port int, err error) {
	m = &machine{peers: map[int]*peer{}}
	if m.epoll, err = syscall.EpollCreate1(0); err != nil {
		return nil, 0, err
	}
	if m.listener, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK, 0); err != nil {
		return nil, 0, err
	}
	if err := syscall.Bind(m.listener, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, 0, err
	}
	if err := syscall.Listen(m.listener, 1024); err != nil {
		return nil, 0, err
	}
	address, err := syscall.Getsockname(m.listener)
	if err != nil {
		return nil, 0, err
	}
	return m, address.(*syscall.SockaddrInet4).Port, m.watch(m.listener)
}

func (m *machine) watch(fd int) error {
	return syscall.EpollCtl(m.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

// add takes a connection into the loop.
func (m *machine) add(fd int, request []byte) (*peer, error) {
	p := &peer{fd: fd, request: request}
	m.peers[fd] = p
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	return p, errors.Join(syscall.SetNonblock(fd, true), m.watch(fd))
}

// dial connects the load, each connection with its own user.
func (m *machine) dial(port int) error {
	m.clients, m.took, m.open, m.failed = nil, m.took[:0], 0, nil
	for user := range costConnections {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port}); err != nil {
			return err
		}
		p, err := m.add(fd, costRequest(user))
		if err != nil {
			return err
		}
		m.clients = append(m.clients, p)
	}
	return nil
}

func (m *machine) hangUp() {
	for _, p := range m.clients {
		m.drop(p)
	}
}

func (m *machine) drop(p *peer) {
	delete(m.peers, p.fd)
	_ = syscall.Close(p.fd)
}

// turn serves what has come, and calls answered for each answer of the load.
func (m *machine) turn(answered func(*peer)) {
	var events [costConnections]syscall.EpollEvent
	n, err := syscall.EpollWait(m.epoll, events[:], 0)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		m.failed = err
	}
	for i := range max(n, 0) {
		switch fd := int(events[i].Fd); {
		case fd == m.listener:
			m.accept()
		case m.peers[fd] != nil:
			m.read(m.peers[fd], answered)
		}
	}
}

func (m *machine) accept() {
	fd, _, err := syscall.Accept(m.listener)
	if err == nil {
		_, err = m.add(fd, nil)
	}
	m.failed = errors.Join(m.failed, err)
}

func (m *machine) read(p *peer, answered func(*peer)) {
	n, err := syscall.Read(p.fd, p.buf[p.n:])
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return
	case p.request == nil && (err != nil || n == 0):
		m.drop(p) // the proxy does not need it any more
		return
	case err != nil || n == 0:
		m.failed = fmt.Errorf("the proxy ended a connection: %v", err)
		return
	}
	p.n += n
	if p.request == nil {
		if bytes.HasSuffix(p.buf[:p.n], []byte("\r\n\r\n")) {
			p.n = 0
			m.write(p, costAnswer)
		}
		return
	}
	switch whole := wholeAnswer(p.buf[:p.n]); {
	case whole == p.n:
		p.n, p.busy = 0, false
		m.open--
		answered(p)
	case whole < 0 || whole > 0 && p.n > whole || p.n == len(p.buf):
		m.failed = fmt.Errorf("unexpected answer: %q", p.buf[:p.n])
	}
}

func (m *machine) write(p *peer, text []byte) {
	if n, err := syscall.Write(p.fd, text); err != nil || n < len(text) {
		m.failed = fmt.Errorf("write: %d of %d bytes, %v", n, len(text), err)
	}
}

func (m *machine) ask(p *peer) {
	p.busy = true
	m.open++
	m.write(p, p.request)
}

// sendAll sends requests as fast as they are answered.
func (m *machine) sendAll(requests int) {
	next := func(p *peer) {
		if requests > 0 {
			requests--
			m.ask(p)
		}
	}
	for _, p := range m.clients {
		next(p)
	}
	for m.open > 0 && m.failed == nil {
		m.turn(next)
	}
}

// sendPaced sends requests by the clock, in turn over the connections.
func (m *machine) sendPaced(requests int, rate float64) {
	pace := time.Duration(float64(time.Second) / rate)
	first := time.Now()
	for i, p := range m.clients {
		p.due = first.Add(pace * time.Duration(i))
	}
	end := first.Add(pace * time.Duration(requests))
	answered := func(p *peer) {
		m.took = append(m.took, time.Since(p.due))
		p.due = p.due.Add(pace * time.Duration(len(m.clients)))
	}
	for sent := true; (sent || m.open > 0) && m.failed == nil; {
		sent = false
		now := time.Now()
		for _, p := range m.clients {
			if p.due.After(end) {
				continue
			}
			sent = true
			if !p.busy && !now.Before(p.due) {
				m.ask(p)
			}
		}
		m.turn(answered)
	}
}

// costRequest is the request of a user.
func costRequest(user int) []byte {
	return fmt.Appendf(nil, "GET /items/%d HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: load\r\nAccept: */*\r\nCookie: uid=%d\r\n\r\n", user, user)
}

// wholeAnswer is the length of an answer with 1 KB of body, 0 while its header is not
// whole, -1 when it is another answer.
func wholeAnswer(text []byte) int {
	end := bytes.Index(text, []byte("\r\n\r\n"))
	switch {
	case end < 0:
		return 0
	case !bytes.HasPrefix(text, []byte("HTTP/1.1 200 ")),
		!bytes.Contains(text[:end], []byte("Content-Length: 1024")) && !bytes.Contains(text[:end], []byte("content-length: 1024")):
		return -1
	}
	return end + len("\r\n\r\n") + 1024
}

var errNoAccounts = errors.New("this system does not tell the CPU time of a process while it runs (/proc/PID/task/*/schedstat)")

// spent is the CPU time of all threads of a process.
func spent(pid int) (cpu time.Duration, err error) {
	if pid == 0 {
		return 0, nil
	}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		return 0, errNoAccounts
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		var ran time.Duration
		if _, err := fmt.Sscan(string(data), &ran); err != nil {
			return 0, fmt.Errorf("read %s: %w", file, err)
		}
		cpu += ran
	}
	return cpu, nil
}

// generator is the process of serveAsLoad.
type generator struct {
	pid    int
	origin int // its port
	orders *json.Encoder
	answer *json.Decoder
}

// startGenerator starts it on the second core.
func startGenerator(t *testing.T) *generator {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := onCore(1, exec.Command(self))
	cmd.Env = append(os.Environ(), loadEnv+"=1", "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(out)
	port, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	g := &generator{pid: cmd.Process.Pid, orders: json.NewEncoder(in), answer: json.NewDecoder(lines)}
	if g.origin, err = strconv.Atoi(strings.TrimSpace(port)); err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *generator) do(t *testing.T, order loadOrder) loadReport {
	t.Helper()
	if err := g.orders.Encode(order); err != nil {
		t.Fatal(err)
	}
	var r loadReport
	if err := g.answer.Decode(&r); err != nil {
		t.Fatal(err)
	}
	switch r.Error {
	case "":
	case errNoAccounts.Error():
		t.Skip(r.Error)
	default:
		t.Fatal(r.Error)
	}
	return r
}

// onCore keeps a process on one core where that can be done: proxies on the first, load
// and origin on the second, so that neither is moved nor runs in the place of the other.
func onCore(core int, cmd *exec.Cmd) *exec.Cmd {
	taskset, err := exec.LookPath("taskset")
	if err != nil {
		return cmd
	}
	return exec.Command(taskset, append([]string{"-c", strconv.Itoa(core), cmd.Path}, cmd.Args[1:]...)...)
}
