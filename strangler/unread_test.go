package strangler

import (
	"bytes"
	"crypto/tls"
	"errors"
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
// of others go on, and nothing of them stays.
func TestUnreadAnswers(t *testing.T) {
	a := newAuthority(t)
	folder := t.TempDir()
	a.write(t, folder, "server", "one")
	origin := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		size := map[string]int{"/short": 1 << 10, "/middle": 64 << 10, "/long": 1 << 20}[r.URL.Path]
		_, _ = io.WriteString(w, strings.Repeat("x", size))
	})
	tests := []struct {
		name, path string
		window     uint32
		want       string
	}{
		{"nothing of a long answer", "/long", 0, "reset"},
		{"a part of a long answer", "/long", 300 << 10, "reset"},
		{"all but the end of a long answer", "/long", 1<<20 - 1, "reset"},
		{"all of a long answer", "/long", 1 << 20, "end"},
		{"nothing of a short answer", "/short", 0, "reset"},
		{"all of a short answer", "/short", 1 << 10, "end"},
		{"nothing of one in between", "/middle", 0, "reset"},
	}
	for _, secure := range []bool{false, true} {
		yaml := "version: 1\nmonolith: {url: $OLD}\n"
		if secure {
			yaml += "tls: {cert: server.pem, key: server.key}\n"
		}
		r := startFile(t, folder, yaml, map[string]string{"OLD": origin}, func(o *Options) { o.WriteTimeout = 300 * time.Millisecond })
		for _, tt := range tests {
			conn, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			if secure {
				conn = tls.Client(conn, &tls.Config{RootCAs: a.pool(), ServerName: "127.0.0.1", NextProtos: []string{"h2"}})
			}
			m := newMiser(t, conn)
			m.ask(t, 1, tt.path, tt.window)
			if got := m.until(t, 1); got != tt.want {
				t.Errorf("TLS %t, client takes %s: stream ends by %q, want %q", secure, tt.name, got, tt.want)
			}
			if tt.want != "reset" {
				continue
			}
			m.ask(t, 3, "/long", 2<<20)
			if got := m.until(t, 3); got != "end" {
				t.Errorf("TLS %t, after %s: the next stream ends by %q", secure, tt.name, got)
			}
		}
		if err := r.stop(); err != nil {
			t.Errorf("something stayed: %v", err)
		}
	}
}
