package strangler

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/websocket"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

const tlsFront = `
version: 1
tls: {cert: server.pem, key: server.key}
monolith: {url: "$OLD"}
`

// startFile runs a proxy with its configuration in a file of the folder.
func startFile(t *testing.T, folder, yaml string, replace map[string]string, adjust ...func(*Options)) *rig {
	t.Helper()
	for name, value := range replace {
		yaml = strings.ReplaceAll(yaml, "$"+name, value)
	}
	file := filepath.Join(folder, "strangler.yaml")
	mustWrite(t, file, yaml)
	return start(t, yaml, nil, append(adjust, func(o *Options) { o.ConfigFile = file })...)
}

// tlsClient trusts the authority and shows the certificates; each call makes its own
// connections.
func tlsClient(t *testing.T, a *authority, h2 bool, mine ...tls.Certificate) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.pool(), Certificates: mine}, Protocols: &http.Protocols{}}
	transport.Protocols.SetHTTP1(!h2)
	transport.Protocols.SetHTTP2(h2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// secureGet returns the answer's text, protocol, and the name on the server's certificate.
func secureGet(c *http.Client, r *rig) (text, proto, name string, err error) {
	res, err := c.Get("https://" + r.addr + "/path")
	if err != nil {
		return "", "", "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), res.Proto, res.TLS.PeerCertificates[0].Subject.CommonName, err
}

// TestTLS: HTTP/1 and HTTP/2 by ALPN, the upstream told that it was https, plain HTTP
// refused, and WebSockets.
func TestTLS(t *testing.T) {
	a, folder := newAuthority(t), t.TempDir()
	a.write(t, folder, "server", "one")
	echo := websocket.Handler(func(c *websocket.Conn) { io.Copy(c, c) })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			echo.ServeHTTP(w, r)
			return
		}
		fmt.Fprint(w, "via ", r.Header.Get("X-Forwarded-Proto"))
	})
	r := startFile(t, folder, tlsFront, map[string]string{"OLD": s.URL})
	for h2, want := range map[bool]string{false: "HTTP/1.1", true: "HTTP/2.0"} {
		text, proto, name, err := secureGet(tlsClient(t, a, h2), r)
		if err != nil || text != "via https" || proto != want || name != "one" {
			t.Errorf("got %q by %s from %q, %v; want %s", text, proto, name, err, want)
		}
	}
	if res, err := http.Get(r.url); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("plain HTTP is answered %s", res.Status)
		}
	}
	if _, err := tls.Dial("tcp", r.addr, &tls.Config{RootCAs: a.pool(), MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is accepted")
	}
	config, err := websocket.NewConfig("wss://"+r.addr+"/echo", "https://"+r.addr)
	if err != nil {
		t.Fatal(err)
	}
	config.TlsConfig = &tls.Config{RootCAs: a.pool()}
	c, err := websocket.DialConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := make([]byte, 5)
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "hello" {
		t.Errorf("echo %q, %v", got, err)
	}
}

// TestCertificatesReload: new certificates come into force for new connections when
// their files change, old connections live on, and a pair that does not fit changes
// nothing and is reported with its place.
func TestCertificatesReload(t *testing.T) {
	a, folder := newAuthority(t), t.TempDir()
	a.write(t, folder, "server", "one")
	loaded := make(chan *route.Config, 10)
	r := startFile(t, folder, tlsFront, map[string]string{"OLD": backend(t, "old").URL}, func(o *Options) {
		o.OnReload = func(c *route.Config) { loaded <- c }
	})
	name := func(c *http.Client) string {
		t.Helper()
		_, _, name, err := secureGet(c, r)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	kept := tlsClient(t, a, false)
	if got := name(kept); got != "one" {
		t.Fatalf("certificate of %q", got)
	}
	a.write(t, folder, "server", "two")
	<-loaded
	if got := name(tlsClient(t, a, true)); got != "two" {
		t.Errorf("a new connection after the change: certificate of %q", got)
	}
	if got := name(kept); got != "one" {
		t.Errorf("the connection from before was not kept: certificate of %q", got)
	}
	other := t.TempDir()
	a.write(t, other, "x", "three")
	mustWrite(t, filepath.Join(folder, "server.key"), "not a key")
	r.log.await(t, "configuration refused")
	if s := r.Status(); s.Revision != 2 || s.Refused == nil || !strings.Contains(s.Refused.Error, "strangler.yaml:3:13: tls.cert: server.pem: ") {
		t.Errorf("status %+v", s.Refused)
	}
	if got := name(tlsClient(t, a, false)); got != "two" {
		t.Errorf("after a refused change: certificate of %q", got)
	}
	a.write(t, folder, "server", "three")
	<-loaded
	if got := name(tlsClient(t, a, false)); got != "three" || r.Status().Refused != nil {
		t.Errorf("after the repair: certificate of %q", got)
	}
	cfg := *r.plan.Load().config
	cfg.TLS = nil
	if err := r.Reload(&cfg); err != nil {
		t.Fatal(err)
	}
	r.log.await(t, "a reload cannot put it into force: restart (SIGUSR2 loses no request)\" keys=tls")
	if got := name(tlsClient(t, a, false)); got != "three" {
		t.Errorf("after tls was removed from the file: certificate of %q", got)
	}
}

// TestMutualTLS: with client_ca only clients with a certificate from it are served.
func TestMutualTLS(t *testing.T) {
	a, stranger, folder := newAuthority(t), newAuthority(t), t.TempDir()
	a.write(t, folder, "server", "one")
	a.writeCA(t, folder, "ca.pem")
	r := startFile(t, folder, strings.Replace(tlsFront, "server.key}", "server.key, client_ca: ca.pem}", 1), map[string]string{"OLD": backend(t, "old").URL})
	for _, h2 := range []bool{false, true} {
		if text, _, _, err := secureGet(tlsClient(t, a, h2, a.pair(t, "client")), r); err != nil || text != "old GET /path " {
			t.Errorf("with a certificate: %q, %v", text, err)
		}
		if text, _, _, err := secureGet(tlsClient(t, a, h2), r); err == nil {
			t.Errorf("without a certificate: %q", text)
		}
		if text, _, _, err := secureGet(tlsClient(t, a, h2, stranger.pair(t, "client")), r); err == nil {
			t.Errorf("with a stranger's certificate: %q", text)
		}
	}
}

// secureBackend is an https server that asks for a client certificate and says which
// one it got, and by which protocol.
func secureBackend(t *testing.T, a *authority, name string, h2 bool) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := "nobody"
		if len(r.TLS.PeerCertificates) > 0 {
			client = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		fmt.Fprintf(w, "%s for %s by %s", name, client, r.Proto)
	}))
	s.EnableHTTP2 = h2
	s.TLS = &tls.Config{Certificates: []tls.Certificate{a.pair(t, name)}, ClientCAs: a.pool(), ClientAuth: tls.VerifyClientCertIfGiven}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// TestSecureUpstreams: an https upstream is checked against ca and server_name and
// shown the certificate; one that fails the check has seen nothing, so that the
// monolith answers even a POST.
func TestSecureUpstreams(t *testing.T) {
	a, folder := newAuthority(t), t.TempDir()
	a.write(t, folder, "me", "proxy")
	a.writeCA(t, folder, "ca.pem")
	const config = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW", tls: $TLS}}
routes: [{name: all, service: s, weight: 100%}]
`
	for _, tt := range []struct {
		tls, want string
		h2        bool
	}{
		{"{ca: ca.pem}", "new for nobody by HTTP/1.1", false},
		{"{ca: ca.pem}", "new for nobody by HTTP/2.0", true},
		{"{ca: ca.pem, cert: me.pem, key: me.key, server_name: new.example}", "new for proxy by HTTP/2.0", true},
		{"{ca: ca.pem, server_name: other.example}", "old POST / body", true},
		{"{}", "old POST / body", false},
	} {
		r := startFile(t, folder, config, map[string]string{"OLD": backend(t, "old").URL, "NEW": secureBackend(t, a, "new", tt.h2), "TLS": tt.tls})
		if got := r.ask(t, "POST", "/", "body").body; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.tls, got, tt.want)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		if o := r.fake.last(t); o.Failed != strings.HasPrefix(tt.want, "old") {
			t.Errorf("%s: observation %+v", tt.tls, o)
		}
	}
}

// TestUpstreamCertificatesReload: another ca in the same file comes into force.
func TestUpstreamCertificatesReload(t *testing.T) {
	a, other, folder := newAuthority(t), newAuthority(t), t.TempDir()
	other.writeCA(t, folder, "ca.pem")
	loaded := make(chan *route.Config, 10)
	r := startFile(t, folder, "version: 1\nmonolith: {url: \"$OLD\", tls: {ca: ca.pem}}\n", map[string]string{"OLD": secureBackend(t, a, "old", true)},
		func(o *Options) { o.OnReload = func(c *route.Config) { loaded <- c } })
	if got := r.ask(t, "GET", "/", "").status; got != http.StatusBadGateway {
		t.Errorf("an upstream of another authority: %d", got)
	}
	a.writeCA(t, folder, "ca.pem")
	<-loaded
	if got := r.ask(t, "GET", "/", "").body; got != "old for nobody by HTTP/2.0" {
		t.Errorf("after the change: %q", got)
	}
}

func TestNewRefusesCertificates(t *testing.T) {
	for _, cfg := range []*route.Config{
		{Version: 1, Monolith: route.Upstream{URL: "http://127.0.0.1:1"}, TLS: &route.TLS{Cert: "none.pem", Key: "none.key"}},
		{Version: 1, Monolith: route.Upstream{URL: "https://127.0.0.1:1", TLS: &route.UpstreamTLS{CA: "none.pem"}}},
	} {
		if _, err := New(Options{Config: cfg, ConfigFile: filepath.Join(t.TempDir(), "strangler.yaml")}); err == nil || !strings.Contains(err.Error(), "none.pem: no such file") {
			t.Errorf("err = %v", err)
		}
	}
}

// TestOverrides: the lists and the header choose the arm, on the wire as in explain;
// who was chosen is no evidence.
func TestOverrides(t *testing.T) {
	const config = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW"}}
cohort: {cookie: uid, allow: [friend], deny: [enemy], override: X-Arm}
routes: [{name: all, service: s, weight: $WEIGHT}]
`
	for _, tt := range []struct {
		weight, user, header, want string
		pin                        route.Pin
	}{
		{"0%", "friend", "", "new", route.PinAllow}, {"100%", "enemy", "", "old", route.PinDeny}, {"100%", "enemy", "new", "old", route.PinDeny},
		{"0%", "x", "new", "new", route.PinOverrideNew}, {"100%", "x", "old", "old", route.PinOverrideOld}, {"0%", "x", "", "old", ""}, {"100%", "x", "2", "new", ""},
	} {
		r := start(t, config, arms(t, tt.weight))
		headers := []string{"Cookie: uid=" + tt.user}
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Cookie", "uid="+tt.user)
		if tt.header != "" {
			headers = append(headers, "X-Arm: "+tt.header)
			req.Header.Set("X-Arm", tt.header)
		}
		got := r.ask(t, "GET", "/", "", headers...).header.Get("X-From")
		d := r.Explain(req)
		if got != tt.want || d.Arm != rollout.Arm(tt.want) || d.Pin != tt.pin {
			t.Errorf("%+v: %s answers, explained %s %q", tt, got, d.Arm, d.Pin)
		}
		r.access.await(t, `"arm":"`+tt.want+`"`)
		if logged := strings.Contains(r.access.String(), fmt.Sprintf(`"pin":"%s"`, tt.pin)); logged != (tt.pin != "") {
			t.Errorf("%+v: access log %s", tt, r.access)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		if n := len(r.fake.observations); (n == 0) != (tt.pin != "") {
			t.Errorf("%+v: %d observations", tt, n)
		}
	}
}
