package strangler

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// realOrigin is a server that other people wrote; each writes a line for every request to
// its output or to $DIR/log. $PORT and $DIR are replaced.
type realOrigin struct {
	name, config string
	args         []string // $CONFIG is replaced
}

var realOrigins = []realOrigin{
	{"nginx", `
daemon off; master_process off; pid $DIR/pid; error_log stderr crit;
events {}
http {
  log_format line "$request_method $request_uri"; access_log $DIR/log line; underscores_in_headers on;
  client_body_temp_path $DIR/t1; proxy_temp_path $DIR/t2; fastcgi_temp_path $DIR/t3; uwsgi_temp_path $DIR/t4; scgi_temp_path $DIR/t5;
  server { listen 127.0.0.1:$PORT; location / { return 200 "ok"; } }
}`, []string{"-p", "$DIR", "-c", "$CONFIG"}},
	{"haproxy", `
global
  log stdout format raw local0
defaults
  mode http
  log global
  log-format "%HM %HU"
  timeout client 30s
  timeout server 30s
  timeout connect 3s
frontend in
  bind 127.0.0.1:$PORT
  http-request return status 200 content-type text/plain string ok
`, []string{"-db", "-f", "$CONFIG"}},
	{"apache2", `
ServerRoot $DIR
ServerName x
Listen 127.0.0.1:$PORT
PidFile $DIR/pid
DocumentRoot $DIR
ErrorLog $DIR/errors
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
LogFormat "%m %U" line
CustomLog $DIR/log line
RewriteEngine on
RewriteRule ^ - [R=200,L]
ErrorDocument 200 ok
`, []string{"-X", "-f", "$CONFIG"}},
	{"node", `
require('http').createServer((q, s) => {
  console.log(q.method + ' ' + q.url);
  q.resume(); q.on('end', () => s.end('ok'));
}).listen($PORT, '127.0.0.1');
`, []string{"$CONFIG"}},
}

// startReal runs an origin; seen is what it logged so far.
func startReal(t *testing.T, o realOrigin) (url string, seen func() string) {
	t.Helper()
	binary, err := exec.LookPath(o.name)
	if err != nil {
		if os.Getenv("FICUS_REQUIRE_ALL") != "" && o.name != "node" {
			t.Fatalf("no %s on this machine, and FICUS_REQUIRE_ALL is set", o.name)
		}
		t.Skipf("no %s on this machine", o.name)
	}
	dir, port := t.TempDir(), freePort(t)
	fill := strings.NewReplacer("$DIR", dir, "$PORT", fmt.Sprint(port), "$CONFIG", filepath.Join(dir, "config.js"))
	mustWrite(t, filepath.Join(dir, "config.js"), fill.Replace(o.config))
	mustWrite(t, filepath.Join(dir, "log"), "")
	out, err := os.OpenFile(filepath.Join(dir, "log"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	args := make([]string, len(o.args))
	for i, a := range o.args {
		args[i] = fill.Replace(a)
	}
	cmd := exec.Command(binary, args...)
	cmd.Stdout = out
	t.Cleanup(spawn(t, cmd, port))
	return fmt.Sprintf("http://127.0.0.1:%d", port), func() string {
		data, err := os.ReadFile(filepath.Join(dir, "log"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
}

// hidden is a request within what an attacker calls a body, or after it.
const hidden = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

// smuggling are ways to make two servers disagree where a request ends.
var smuggling = map[string]string{
	"CL and TE":              "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
	"CL longer than TE":      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 300\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
	"TE in HTTP/1.0":         "POST /a HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
	"CL twice":               "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 35\r\n\r\n" + hidden,
	"CL list":                "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 35\r\n\r\n" + hidden,
	"CL signed":              "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: +0\r\n\r\n" + hidden,
	"CL in hexadecimal":      "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0x0\r\n\r\n" + hidden,
	"TE twice":               "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
	"TE of another kind":     "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
	"TE before a colon":      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
	"TE with a vertical tab": "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + hidden,
	"TE folded":              "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + hidden,
	"CL folded":              "POST /a HTTP/1.1\r\nHost: x\r\nX: y\r\n Content-Length: 35\r\n\r\n",
	"CL with an underscore":  "POST /a HTTP/1.1\r\nHost: x\r\nContent_Length: 35\r\n\r\n",
	"TE with an underscore":  "POST /a HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked\r\nContent-Length: 35\r\n\r\n" + hidden,
	"bare LF in the header":  "POST /a HTTP/1.1\nHost: x\nContent-Length: 35\n\n" + hidden,
	"bare CR in a value":     "POST /a HTTP/1.1\r\nHost: x\r\nX: a\rContent-Length: 0\r\nContent-Length: 35\r\n\r\n" + hidden,
	"chunk size with space":  "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0 \r\n\r\n" + hidden,
	"chunk ended by LF":      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n" + hidden,
	"chunk extension with LF": "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"2;\nxx\r\n28\r\n0\r\n\r\n" + hidden + "\r\n0\r\n\r\n",
	"chunk size overflows": "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n" + hidden,
	"chunk longer than it says": "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"1\r\nxx0\r\n\r\n" + hidden,
	"trailer that frames": "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 35\r\n\r\n" + hidden,
	"body of a GET":       "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 35\r\n\r\n" + hidden,
	"named by Connection": "POST /a HTTP/1.1\r\nHost: x\r\nConnection: Content-Length\r\nContent-Length: 35\r\n\r\n" + hidden,
	"Expect":              "POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 35\r\n\r\n" + hidden,
	"Upgrade to h2c":      "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
}

// TestSmugglingToRealOrigins: whatever is sent, the origins see one request or none, and
// never the hidden one; a request of somebody else afterwards is answered as it should be.
func TestSmugglingToRealOrigins(t *testing.T) {
	if len(hidden) != 35 {
		t.Fatalf("the hidden request has %d bytes, the lengths above say 35", len(hidden))
	}
	for _, o := range realOrigins {
		t.Run(o.name, func(t *testing.T) {
			url, seen := startReal(t, o)
			r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": url})
			for name, text := range smuggling {
				sendAndClose(t, r, text)
				checkControl(t, r, seen, name)
			}
			if n := strings.Count(seen(), " /a\n"); n > len(smuggling) {
				t.Errorf("the origin saw %d requests of %d connections:\n%s", n, len(smuggling), seen())
			}
		})
	}
}

// checkControl sends somebody else's request: it is answered as it should be, and until
// then the origin has not seen the hidden one.
func checkControl(t *testing.T, r *rig, seen func() string, name string) {
	t.Helper()
	control := "/control/" + strings.Map(func(c rune) rune {
		if c == ' ' || c == ',' {
			return '-'
		}
		return c
	}, name)
	if got := r.ask(t, "GET", control, ""); got.status != 200 || got.body != "ok" {
		t.Errorf("%s: somebody else's request afterwards: %d %q", name, got.status, got.body)
	}
	if logged := awaitText(t, seen, control); strings.Contains(logged, "/smuggled") {
		t.Fatalf("%s, or the one before: the origin saw\n%s", name, logged)
	}
}

// sendAndClose sends bytes, waits for the first answer or the end of the connection, and
// closes.
func sendAndClose(t *testing.T, r *rig, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text) // the proxy may close before it has all
	_ = conn.(*net.TCPConn).CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	in := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
	}
}

// awaitText waits until the log holds the line, and returns the log.
func awaitText(t *testing.T, seen func() string, text string) string {
	t.Helper()
	for limit := time.Now().Add(patience); ; <-time.After(time.Millisecond) {
		if logged := seen(); strings.Contains(logged, text+"\n") {
			return logged
		}
		if time.Now().After(limit) {
			t.Fatalf("%s was never logged:\n%s", text, seen())
		}
	}
}
