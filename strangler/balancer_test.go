package strangler

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/pires/go-proxyproto"
)

// announced sends a request behind a PROXY header of the version, or without one for 0.
func announced(t *testing.T, r *rig, version byte) string {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if version > 0 {
		header := proxyproto.HeaderProxyFromAddrs(version, &net.TCPAddr{IP: net.IP{203, 0, 113, 9}, Port: 5000}, &net.TCPAddr{IP: net.IP{10, 0, 0, 1}, Port: 80})
		if _, err := header.WriteTo(conn); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "closed"
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return fmt.Sprintf("%d %s", res.StatusCode, body)
}

// TestProxyProtocol: listed sources say who the client is, and must; others cannot. A
// reload changes who is listed for the connections after it.
func TestProxyProtocol(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("X-Forwarded-For")) })
	with := func(list string) *rig {
		return start(t, "version: 1\nmonolith: {url: $OLD}\nproxy_protocol: ["+list+"]\n", map[string]string{"OLD": s.URL})
	}
	listed, other := with("127.0.0.0/8"), with("10.0.0.0/8")
	for _, tt := range []struct {
		name    string
		rig     *rig
		version byte
		want    string
	}{
		{"version 1", listed, 1, "200 203.0.113.9"},
		{"version 2", listed, 2, "200 203.0.113.9"},
		{"listed without header", listed, 0, "closed"},
		{"not listed", other, 0, "200 127.0.0.1"},
		{"not listed, version 1", other, 1, "400 "},
		{"not listed, version 2", other, 2, "400 "},
	} {
		if got := announced(t, tt.rig, tt.version); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	listed.log.await(t, "closed a connection without a PROXY header: its source is listed in proxy_protocol\" from=127.0.0.1:")
	cfg := *listed.plan.Load().config
	cfg.ProxyProtocol = nil
	if err := listed.Reload(&cfg); err != nil {
		t.Fatal(err)
	}
	if got := announced(t, listed, 0); got != "200 127.0.0.1" {
		t.Errorf("after the reload: %q", got)
	}
}

// TestRedirectIsAnswered: no side is asked, nothing is observed, and explain says it.
func TestRedirectIsAnswered(t *testing.T) {
	old, seen := requests(t)
	r := start(t, "version: 1\nmonolith: {url: $OLD}\nredirects: [{match: {path: \"/a/{id}\"}, path: \"/b/{id}\"}]\n", map[string]string{"OLD": old})
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /a/7?x=1 HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 2\r\n\r\nhi")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Header.Get("Location"); res.StatusCode != 307 || got != "http://shop.example/b/7?x=1" {
		t.Errorf("%d %q", res.StatusCode, got)
	}
	if got := seen(); len(got) > 0 {
		t.Errorf("%v was forwarded", got)
	}
	req, _ := http.NewRequest("GET", "http://shop.example/a/7", nil)
	if d := r.Explain(req); d.Redirect != "307 http://shop.example/b/7" || d.Upstream != "" {
		t.Errorf("explain: %+v", d)
	}
	r.access.await(t, `"route":"redirect 1"`)
}
