package strangler

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// raw sends bytes as they are and returns all that comes back until the server
// closes the connection; false when it does not.
func (r *rig) raw(t *testing.T, text string) (reply string, closed bool) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(conn)
	return string(data), err == nil
}

// requests is a backend that keeps the requests that reach it.
func requests(t *testing.T) (url string, seen func() []string) {
	t.Helper()
	list := make(chan string, 100)
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		list <- fmt.Sprintf("%s %s %q", r.Method, r.RequestURI, body)
	})
	return s.URL, func() (all []string) {
		for len(list) > 0 {
			all = append(all, <-list)
		}
		return all
	}
}

// TestSmuggling: nothing that follows an ambiguous request on its connection
// reaches an upstream.
func TestSmuggling(t *testing.T) {
	const second = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	tests := []struct{ name, text, first string }{
		{"HTTP/1.0 with Transfer-Encoding", "POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second, `POST /a ""`},
		{"HTTP/1.0 keep-alive", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + second, `GET /a ""`},
		{"Content-Length and Transfer-Encoding", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second, `POST /a ""`},
		{"Transfer-Encoding alone", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + second, `POST /a "abc"`},
		{"two lengths", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n" + second, ""},
		{"signed length", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n" + second, ""},
		{"space before colon", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + second, ""},
		{"two encodings", "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + second, ""},
		{"two hosts", "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + second, ""},
		{"no host", "GET /a HTTP/1.1\r\n\r\n" + second, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old, seen := requests(t)
			r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": old})
			reply, closed := r.raw(t, tt.text)
			if !closed {
				t.Error("the connection stays open")
			}
			got := seen()
			if tt.first == "" && len(got) > 0 || tt.first != "" && !slices.Equal(got, []string{tt.first}) {
				t.Errorf("the upstream saw %v, want %s", got, tt.first)
			}
			if tt.first == "" && !strings.HasPrefix(reply, "HTTP/1.1 400") && !strings.HasPrefix(reply, "HTTP/1.1 501") {
				t.Errorf("reply %q", reply)
			}
		})
	}
}

// TestBodyThatCannotBeRead: what follows a chunk that is none is not a request, whatever
// the upstream has answered in the meantime.
func TestBodyThatCannotBeRead(t *testing.T) {
	for _, chunk := range []string{"0\n\n", "zz\r\n", "10000000000000000\r\n\r\n", "1\r\nxx0\r\n\r\n"} {
		old, seen := requests(t)
		r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": old})
		reply, closed := r.raw(t, "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"+chunk+"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
		if !closed || strings.Count(reply, "HTTP/1.1 ") > 1 || strings.Contains(fmt.Sprint(seen()), "smuggled") {
			t.Errorf("%q: reply %q, closed %v", chunk, reply, closed)
		}
	}
}

// TestKeepAlive: an ordinary connection stays open.
func TestKeepAlive(t *testing.T) {
	old, seen := requests(t)
	r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": old})
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for range 2 {
		if _, err := io.WriteString(conn, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.Close {
			t.Errorf("the connection is closed after a request with a length: %v", err)
		}
	}
	if n := len(seen()); n != 2 {
		t.Errorf("%d requests came", n)
	}
}

// echoed starts a proxy whose monolith answers with the header lines it got.
func echoed(t *testing.T, config string) *rig {
	t.Helper()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "1")
		w.Header().Set("Keep-Alive", "timeout=5")
		fmt.Fprintf(w, "Host: %s\n", r.Host)
		_ = r.Header.Write(w)
	})
	return start(t, "version: 1\nmonolith: {url: $OLD}\n"+config, map[string]string{"OLD": s.URL})
}

func TestHeaders(t *testing.T) {
	r := echoed(t, "")
	got := r.ask(t, "GET", "/", "", "Connection: X-Private, keep-alive", "X-Private: 1", "Keep-Alive: 5", "Te: gzip",
		"Proxy-Authorization: secret", "X_Under: 1", "Content_Length: 5", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Host: evil",
		"X-Forwarded-Proto: https", "Forwarded: for=6.6.6.6", "X-Kept: yes")
	for _, gone := range []string{"X-Private", "Keep-Alive", "Te:", "Proxy-", "X_Under", "Content_Length", "6.6.6.6", "evil"} {
		if strings.Contains(got.body, gone) {
			t.Errorf("%s reached the upstream:\n%s", gone, got.body)
		}
	}
	for _, want := range []string{"X-Kept: yes", "X-Forwarded-For: 127.0.0.1\r\n", "X-Forwarded-Proto: http\r\n", "X-Forwarded-Host: " + r.addr, "Host: " + r.addr,
		`Forwarded: for=127.0.0.1;host="` + r.addr + "\";proto=http\r\n"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q reached the upstream:\n%s", want, got.body)
		}
	}
	if got.header.Get("X-Hop") != "" || got.header.Get("Keep-Alive") != "" {
		t.Errorf("fields of the upstream's connection reached the client: %v", got.header)
	}
}

func TestTrustedProxy(t *testing.T) {
	r := echoed(t, "trusted_proxies: [127.0.0.0/8, 10.0.0.1]\n")
	got := r.ask(t, "GET", "/", "", "X-Forwarded-For: 203.0.113.9, 10.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example")
	for _, want := range []string{"X-Forwarded-For: 203.0.113.9, 10.0.0.1, 127.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %q reached the upstream:\n%s", want, got.body)
		}
	}
	got = r.ask(t, "GET", "/", "", "Forwarded: for=203.0.113.9;proto=https")
	if want := `Forwarded: for=203.0.113.9;proto=https, for=127.0.0.1;host="` + r.addr + `";proto=http`; !strings.Contains(got.body, want) {
		t.Errorf("no %q reached the upstream:\n%s", want, got.body)
	}
	req, _ := http.NewRequest("GET", "/", nil)
	req.RemoteAddr = "127.0.0.1:1"
	req.Header["X-Forwarded-For"] = []string{"6.6.6.6, 203.0.113.9", "10.0.0.1"}
	if addr, trusted := r.plan.Load().client(req); addr.String() != "203.0.113.9" || !trusted {
		t.Errorf("client %s, trusted %v", addr, trusted)
	}
}

func TestConnectIsRefused(t *testing.T) {
	old, seen := requests(t)
	r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": old})
	reply, _ := r.raw(t, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(reply, "HTTP/1.1 405") || len(seen()) > 0 {
		t.Errorf("reply %q", reply)
	}
}

// TestPathIsForwardedAsMatched: what reaches the upstream is what came, and paths
// with two readings never reach the service.
func TestPathIsForwardedAsMatched(t *testing.T) {
	tests := []struct{ target, from string }{
		{"/items/a%41b", "new"}, {"/items/%C3%A9?x=1;y=2&z=%zz", "new"}, {"/items/a+b", "new"}, {"/items/a%20b", "new"},
		{"/items/a%2Fb", "old"}, {"/items/a%2fb", "old"}, {"/items/../items/1", "old"}, {"/items/%2e%2e", "old"},
		{"//items/1", "old"}, {"/items//1", "old"}, {"/items/1;x=2", "old"}, {"/items/1%3Bx", "old"}, {"/items/a%5Cb", "old"},
		{"/items/a%00b", "old"}, {"/items/", "old"}, {"/items", "old"}, {"/items/1/", "old"}, {"/items/*", "new"},
	}
	target := make(chan string, 1)
	side := func(name string) string {
		return serve(t, func(_ http.ResponseWriter, r *http.Request) { target <- name + " " + r.RequestURI }).URL
	}
	r := start(t, twoArms, map[string]string{"OLD": side("old"), "NEW": side("new"), "WEIGHT": "100%"})
	for _, tt := range tests {
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", tt.target)
		if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
			t.Fatalf("%s: %v", tt.target, err)
		}
		conn.Close()
		if got := <-target; got != tt.from+" "+tt.target {
			t.Errorf("%s: got %q, want it from %s as it came", tt.target, got, tt.from)
		}
	}
}

func TestHeaderFloodIsRefused(t *testing.T) {
	old, seen := requests(t)
	r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": old})
	reply, _ := r.raw(t, "GET / HTTP/1.1\r\nHost: x\r\nX-Big: "+strings.Repeat("x", 100<<10)+"\r\n\r\n")
	if !strings.HasPrefix(reply, "HTTP/1.1 431") || len(seen()) > 0 {
		t.Errorf("reply %.60q", reply)
	}
}
