package strangler

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// miser is an HTTP/2 client that opens no window.
type miser struct {
	net.Conn
	*http2.Framer
	paths []string
}

func newMiser(t *testing.T, conn net.Conn) *miser {
	t.Helper()
	t.Cleanup(func() { conn.Close() })
	m := &miser{Conn: conn, Framer: http2.NewFramer(conn, conn)}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := m.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}); err != nil {
		t.Fatal(err)
	}
	return m
}

// ask opens a stream and lets the server send window bytes over it.
func (m *miser) ask(t *testing.T, stream uint32, path string, window uint32) {
	t.Helper()
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, f := range []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "x"}, {Name: ":path", Value: path}} {
		if err := enc.WriteField(f); err != nil {
			t.Fatal(err)
		}
	}
	err := m.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true})
	if window > 0 {
		err = errors.Join(err, m.WriteWindowUpdate(0, window), m.WriteWindowUpdate(stream, window))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// until reads frames up to the end of a stream or of the connection: "reset", "end" or
// "closed".
func (m *miser) until(t *testing.T, stream uint32) string {
	t.Helper()
	if err := m.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := m.ReadFrame()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			t.Fatalf("stream %d never ended", stream)
		case err != nil:
			return "closed"
		}
		if f.Header().StreamID != stream {
			continue
		}
		switch f := f.(type) {
		case *http2.RSTStreamFrame:
			return "reset"
		case *http2.DataFrame:
			if f.StreamEnded() {
				return "end"
			}
		}
	}
}

// TestUnreadAnswers: HTTP/2 streams whose clients take nothing of the answer end, those
// of others go on, and nothing of them stays. On a machine too busy to take an answer in
// time, there is more.
func TestUnreadAnswers(t *testing.T) {
	a := newAuthority(t)
	folder := t.TempDir()
	a.write(t, folder, "server", "one")
	origin := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		size := map[string]int{"/short": 1 << 10, "/middle": 64 << 10, "/long": 1 << 20}[r.URL.Path]
		_, _ = io.WriteString(w, strings.Repeat("x", size))
	})
	for _, secure := range []bool{false, true} {
		yaml := "version: 1\nmonolith: {url: $OLD}\n"
		if secure {
			yaml += "tls: {cert: server.pem, key: server.key}\n"
		}
		for limit := 250 * time.Millisecond; ; limit *= 4 {
			r := startFile(t, folder, yaml, map[string]string{"OLD": origin}, func(o *Options) { o.WriteTimeout = limit })
			var wrong []string
			for _, tt := range unreadTests {
				got, next := tt.ask(t, r, a, secure)
				if got != tt.want || tt.want == "reset" && next != "end" {
					wrong = append(wrong, fmt.Sprintf("TLS %t, client takes %s: stream ends by %q, want %q; the next by %q", secure, tt.name, got, tt.want, next))
				}
			}
			if err := r.stop(); err != nil {
				t.Errorf("something stayed: %v", err)
			}
			if len(wrong) == 0 {
				break
			}
			if limit > 10*time.Second {
				t.Fatalf("within %s:\n%s", limit, strings.Join(wrong, "\n"))
			}
		}
	}
}

// unreadTests are clients that take a part of an answer.
var unreadTests = []unreadTest{
	{"nothing of a long answer", "/long", 0, "reset"},
	{"a part of a long answer", "/long", 300 << 10, "reset"},
	{"all but the end of a long answer", "/long", 1<<20 - 1, "reset"},
	{"all of a long answer", "/long", 1 << 20, "end"},
	{"nothing of a short answer", "/short", 0, "reset"},
	{"all of a short answer", "/short", 1 << 10, "end"},
	{"nothing of one in between", "/middle", 0, "reset"},
}

type unreadTest struct {
	name, path string
	window     uint32 // what the client takes, in bytes
	want       string // how the stream ends
}

// ask says how the stream ends, and, after one that was reset, another of its connection
// whose client takes everything.
func (tt unreadTest) ask(t *testing.T, r *rig, a *authority, secure bool) (got, next string) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	if secure {
		conn = tls.Client(conn, &tls.Config{RootCAs: a.pool(), ServerName: "127.0.0.1", NextProtos: []string{"h2"}})
	}
	m := newMiser(t, conn)
	m.ask(t, 1, tt.path, tt.window)
	if got = m.until(t, 1); got != "reset" {
		return got, ""
	}
	m.ask(t, 3, "/long", 2<<20)
	return got, m.until(t, 3)
}
