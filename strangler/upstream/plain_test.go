package upstream

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// bothWays reads a response by plainResponse and by net/http. plain is false when
// plainResponse leaves it to net/http.
func bothWays(t *testing.T, method, text string) (plain bool) {
	t.Helper()
	request := &http.Request{Method: method}
	in := bufio.NewReader(strings.NewReader(text))
	if _, err := in.Peek(1); err != nil {
		return false
	}
	buffered := in.Buffered()
	header := http.Header{}
	got := new(Exchange).plainResponse(in, request, header)
	if got == nil {
		if len(header) > 0 {
			t.Errorf("%q: left to net/http, but for %v", text, header)
		}
		if in.Buffered() != buffered {
			t.Errorf("%q: left to net/http with a part read", text)
		}
		return false
	}
	other := bufio.NewReader(strings.NewReader(text))
	want, err := http.ReadResponse(other, request)
	if err != nil {
		t.Fatalf("%q is accepted, net/http: %v", text, err)
	}
	data, gotErr := io.ReadAll(got.Body)
	wantData, wantErr := io.ReadAll(want.Body)
	if string(data) != string(wantData) || (gotErr == nil) != (wantErr == nil) || gotErr != nil && !errors.Is(gotErr, io.ErrUnexpectedEOF) {
		t.Errorf("%q: body %q, %v; net/http %q, %v", text, data, gotErr, wantData, wantErr)
	}
	if in.Buffered() != other.Buffered() {
		t.Errorf("%q: leaves %d bytes, net/http %d", text, in.Buffered(), other.Buffered())
	}
	got.Body, want.Body = nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q:\n got %+v\nwant %+v", text, got, want)
	}
	return true
}

func TestPlainResponse(t *testing.T) {
	const rest = "\r\n\r\nbody and more"
	for _, tt := range []struct {
		text  string
		plain bool
	}{
		{"HTTP/1.1 200 OK\r\nContent-Length: 4" + rest, true},
		{"HTTP/1.1 200 OK\r\nServer: nginx\r\nConnection: keep-alive\r\ncontent-length:4 \r\nX-A: 1\r\nx-a:\t2\r\nX-Empty:" + rest, true},
		{"HTTP/1.1 404 \r\nContent-Length: 0" + rest, true},
		{"HTTP/1.1 999 Strange\r\nContent-Length: 100000000" + rest, true}, // breaks off
		{"HTTP/1.1 200\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK" + rest, false},
		{"HTTP/1.1 204 No Content\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 304 Not Modified\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 100 Continue\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.0 200 OK\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1  200 OK\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 2x0 OK\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: +4" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4, 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTrailer: X" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nPragma: no-cache" + rest, false},
		{"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length : 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nX_Y: 1\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nX: \x00\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nX: é\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nX: a\nY: b\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", false},
		{"HTTP/1.1 200 OK\r\n: 1\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nX\r\nContent-Length: 4" + rest, false},
		{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n", false},
	} {
		if got := bothWays(t, "GET", tt.text); got != tt.plain {
			t.Errorf("%q: plain %t", tt.text, got)
		}
	}
	if bothWays(t, "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n") {
		t.Error("an answer to HEAD has no body")
	}
}

func FuzzPlainResponse(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-A: 1\r\nX-A: 2\r\n\r\nbody")
	f.Add("HTTP/1.1 500 Oh no\r\nConnection: keep-alive\r\nx-a: \t 1\r\nContent-Length: 10\r\n\r\nbody")
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody")
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nbody")
	f.Fuzz(func(t *testing.T, text string) { bothWays(t, "GET", text) })
}
