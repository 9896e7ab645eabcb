package strangler

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// flood is what one client sends, without end, to wear a server of HTTP/2 out.
type flood struct {
	rounds int
	begin  func(*http2.Framer) error          // nil: nothing
	round  func(f *http2.Framer, n int) error // n counts from 0
	deaf   bool                               // the client reads nothing
	tls    bool                               // by TLS as well
	ends   bool                               // the server must end the connection
}

// open begins a request that the upstream does not answer.
func openStream(f *http2.Framer, id uint32, whole bool) error {
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true, EndStream: whole, BlockFragment: hpackOf(h2Fields(":method=GET|:scheme=http|:authority=x|:path=/never"))})
}

func streamOf(n int) uint32 { return uint32(2*n + 1) }

var (
	fieldOf1K  = hpackOf([]string{"x-fill=" + strings.Repeat("\x01", 1000)}) // not compressible
	h2HeaderOf = hpackOf(h2Fields(":method=GET|:scheme=http|:authority=x|:path=/never"))
)

func beginHeader(f *http2.Framer) error {
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h2HeaderOf})
}

// floods are the known ones.
var floods = map[string]flood{
	"rapid reset (CVE-2023-44487)": {rounds: 4000, tls: true, round: func(f *http2.Framer, n int) error {
		return errors.Join(openStream(f, streamOf(n), true), f.WriteRSTStream(streamOf(n), http2.ErrCodeCancel))
	}},
	"resets that the server is made to send (CVE-2025-8671)": {rounds: 4000, tls: true, round: func(f *http2.Framer, n int) error {
		return errors.Join(openStream(f, streamOf(n), true), f.WriteWindowUpdate(streamOf(n), 0))
	}},
	"streams above the limit":         {rounds: 20000, round: func(f *http2.Framer, n int) error { return openStream(f, streamOf(n), true) }},
	"streams above the limit, unread": {rounds: 20000, deaf: true, round: func(f *http2.Framer, n int) error { return openStream(f, streamOf(n), true) }},
	"continuation of long fields (CVE-2023-45288)": {rounds: 20000, tls: true, ends: true, begin: beginHeader, round: func(f *http2.Framer, _ int) error {
		return f.WriteContinuation(1, false, fieldOf1K)
	}},
	"continuation of nothing": {rounds: 20000, begin: beginHeader, round: func(f *http2.Framer, _ int) error {
		return f.WriteContinuation(1, false, nil)
	}},
	"many headers that are too long": {rounds: 400, round: func(f *http2.Framer, n int) error {
		err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: streamOf(n), EndStream: true, BlockFragment: h2HeaderOf})
		for range 70 {
			err = errors.Join(err, f.WriteContinuation(streamOf(n), false, fieldOf1K))
		}
		return errors.Join(err, f.WriteContinuation(streamOf(n), true, nil))
	}},
	"pings (CVE-2019-9512)":    {rounds: 20000, deaf: true, round: func(f *http2.Framer, _ int) error { return f.WritePing(false, [8]byte{}) }},
	"settings (CVE-2019-9515)": {rounds: 20000, deaf: true, round: func(f *http2.Framer, _ int) error { return f.WriteSettings() }},
	"empty data (CVE-2019-9518)": {rounds: 20000, begin: func(f *http2.Framer) error { return openStream(f, 1, false) }, round: func(f *http2.Framer, _ int) error {
		return f.WriteData(1, false, nil)
	}},
	"priorities": {rounds: 20000, round: func(f *http2.Framer, n int) error {
		return f.WritePriority(streamOf(n), http2.PriorityParam{StreamDep: streamOf(n + 1), Weight: byte(n)})
	}},
	"window of one byte": {rounds: 20000, begin: func(f *http2.Framer) error { return openStream(f, 1, false) }, round: func(f *http2.Framer, _ int) error {
		return f.WriteWindowUpdate(1, 1)
	}},
}

// TestFloods: while one client floods, others are served, no more requests are under way
// than a connection may have, and memory stays; afterwards nothing is left.
func TestFloods(t *testing.T) {
	const most = 64 << 20 // client, proxy and upstream
	var current atomic.Pointer[rig]
	var busiest atomic.Int64
	origin := serve(t, func(w http.ResponseWriter, q *http.Request) {
		for n := current.Load().active.n.Load(); ; {
			before := busiest.Load()
			if n <= before || busiest.CompareAndSwap(before, n) {
				break
			}
		}
		if _, err := io.Copy(io.Discard, q.Body); err != nil {
			return // net/http looks for the end of a connection only behind the body
		}
		if q.URL.Path == "/never" {
			<-q.Context().Done()
			return
		}
		fmt.Fprint(w, "ok")
	})
	a, folder := newAuthority(t), t.TempDir()
	a.write(t, folder, "server", "h2")
	for _, secure := range []bool{false, true} {
		for name, f := range floods {
			if secure && !f.tls {
				continue // the frames are read by the same code
			}
			t.Run(fmt.Sprintf("%s, TLS %t", name, secure), func(t *testing.T) {
				var r *rig
				client := &http.Client{Transport: &http.Transport{}}
				if secure {
					r = startFile(t, folder, tlsFront, map[string]string{"OLD": origin.URL})
					client = tlsClient(t, a, false)
					r.url = "https://" + r.addr
				} else {
					r = start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": origin.URL})
				}
				defer client.CloseIdleConnections()
				current.Store(r)
				other := func() {
					t.Helper()
					if got, err := get(client, r.url+"/other"); got != "200 ok" || err != nil {
						t.Errorf("another client: %s, %v", got, err)
					}
				}
				other()
				runtime.GC()
				before, running := heapInUse(), exchanging()
				busiest.Store(0)
				peak, ended := f.send(t, r.addr, secure, other)
				if f.ends && !ended {
					t.Error("the connection is still open")
				}
				if peak > before+most {
					t.Errorf("heap in use grew by %d MB", (peak-before)>>20)
				}
				if n := busiest.Load(); n > maxH2Streams+1 {
					t.Errorf("%d requests at a time", n)
				}
				other()
				awaitGoroutines(t, running+20) // idle connections come and go; of a flood there would be hundreds
				t.Logf("heap in use +%.1f MB, %d requests at a time, ended %t", float64(peak-min(peak, before))/(1<<20), busiest.Load(), ended)
				if err := r.stop(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

func get(c *http.Client, url string) (string, error) {
	res, err := c.Get(url)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return fmt.Sprintf("%d %s", res.StatusCode, body), err
}

// send sends it; between, eight times, another client has its turn, and the heap is
// looked at.
func (fl flood) send(t *testing.T, addr string, secure bool, other func()) (peak uint64, ended bool) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if secure {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}) // nobody is in between
	}
	closed := make(chan struct{})
	defer func() { conn.Close(); <-closed }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the connection
		defer close(closed)
		if !fl.deaf {
			_, _ = io.Copy(io.Discard, conn)
		}
	}()
	out := bufio.NewWriterSize(conn, 16<<10)
	framer := http2.NewFramer(out, nil)
	framer.AllowIllegalWrites = true
	err = framer.WriteSettings()
	if fl.begin != nil {
		err = errors.Join(err, fl.begin(framer))
	}
	rounds := fl.rounds
	if *long {
		rounds *= 10
	}
	for n := range rounds {
		if n%(rounds/8) == 0 {
			err = errors.Join(err, out.Flush())
			other()
			peak = max(peak, heapInUse())
		}
		if err = errors.Join(err, fl.round(framer, n)); err != nil {
			break
		}
	}
	err = errors.Join(err, out.Flush())
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		t.Errorf("the server takes nothing more, and does not end the connection")
	}
	return max(peak, heapInUse()), err != nil
}
