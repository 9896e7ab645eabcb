package admin_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/route"
)

// three callers, one of each role.
var three = admin.Access{Tokens: []admin.Token{
	{Caller: admin.Caller{Name: "grafana", Role: admin.View}, Secret: "view-view-view-view"},
	{Caller: admin.Caller{Name: "ci", Role: admin.Operate}, Secret: "operate-operate"},
	{Caller: admin.Caller{Name: "ann", Role: admin.Admin}, Secret: "admin-admin-admin"},
}}

func bearer(secret string) string { return "Authorization: Bearer " + secret }

func TestRoles(t *testing.T) {
	reloads := 0
	_, server := newServer(t, func(o *admin.Options) {
		o.Access, o.Token = three, "from the environment"
		o.Reload = func() error {
			if reloads++; reloads > 2 {
				return errors.New("line 3 is wrong")
			}
			return nil
		}
	})
	for _, tt := range []struct {
		method, path string
		view, op, ad int // status for each role
	}{
		{"GET", "/api/v1/status", 200, 200, 200},
		{"GET", "/metrics", 200, 200, 200},
		{"POST", "/api/v1/routes/billing/pause", 403, 200, 200},
		{"GET", "/debug/pprof/", 403, 403, 200},
		{"GET", "/debug/pprof/heap", 403, 403, 200},
		{"POST", "/api/v1/proxy/reload", 403, 403, 200},
	} {
		for i, want := range []int{tt.view, tt.op, tt.ad} {
			if got, body := ask(t, server, tt.method, tt.path, "{}", asJSON, bearer(three.Tokens[i].Secret)); got != want {
				t.Errorf("%s %s as %s: %d %.80s, want %d", tt.method, tt.path, three.Tokens[i].Name, got, body, want)
			}
		}
	}
	if status, body := ask(t, server, "POST", "/api/v1/routes/billing/pause", "{}", asJSON, bearer("view-view-view-view")); !strings.Contains(body, "grafana has the role view; POST /api/v1/routes/billing/pause needs operate") {
		t.Errorf("refused by %d %s", status, body)
	}
	for _, header := range []string{"X-None: 1", bearer("view-view"), "Authorization: Basic view-view-view-view", bearer("")} {
		if status, _ := ask(t, server, "GET", "/api/v1/status", "", header); status != 401 {
			t.Errorf("%q is answered %d", header, status)
		}
	}
	for i, want := range []int{200, 409} {
		status, body := ask(t, server, "POST", "/api/v1/proxy/reload", "", asJSON, bearer("from the environment"))
		if status != want || want == 409 && !strings.Contains(body, "line 3 is wrong") {
			t.Errorf("reload %d: %d %s", i, status, body)
		}
	}
	if status, _ := ask(t, server, "POST", "/api/v1/proxy/reload", "", bearer("from the environment")); status != 415 {
		t.Errorf("a page of another origin may reload: %d", status)
	}
}

// TestWhoIsKnown: the history shows who a caller is, not who it says it is.
func TestWhoIsKnown(t *testing.T) {
	c, server := newServer(t, func(o *admin.Options) { o.Access, o.Token = three, "from the environment" })
	for _, tt := range []struct{ secret, given, want string }{
		{"operate-operate", "", "ci"}, {"operate-operate", "bob", "ci (bob)"}, {"admin-admin-admin", "ann", "ann"},
		{"from the environment", "bob", "bob"}, {"from the environment", "", "admin"},
	} {
		if status, body := ask(t, server, "POST", "/api/v1/routes/billing/share", `{"share":"5%","who":"`+tt.given+`"}`, asJSON, bearer(tt.secret)); status != 200 {
			t.Fatal(status, body)
		}
		history := c.History()
		if got := history[len(history)-1].Who; got != tt.want {
			t.Errorf("%s as %q: %q, want %q", tt.secret, tt.given, got, tt.want)
		}
	}
}

// TestCertificates: a verified certificate is known by any of its names, and the strongest
// role of several counts; one that is only shown is none.
func TestCertificates(t *testing.T) {
	access := admin.Access{Clients: []admin.Caller{{Name: "ann", Role: admin.Admin}, {Name: "ops.example", Role: admin.Operate}, {Name: "spiffe://x/y", Role: admin.View}}}
	h := admin.New(admin.Options{Controller: controller(t), Access: access})
	uri, err := url.Parse("spiffe://x/y")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		leaf *x509.Certificate
		view int // of a view
		move int // of a move
	}{
		{"common name", &x509.Certificate{Subject: pkix.Name{CommonName: "ann"}}, 200, 200},
		{"DNS name", &x509.Certificate{DNSNames: []string{"x", "ops.example"}}, 200, 200},
		{"URI", &x509.Certificate{URIs: []*url.URL{uri}}, 200, 403},
		{"strongest", &x509.Certificate{URIs: []*url.URL{uri}, Subject: pkix.Name{CommonName: "ann"}}, 200, 200},
		{"nobody", &x509.Certificate{Subject: pkix.Name{CommonName: "eve"}}, 403, 403},
		{"none", nil, 401, 401},
	} {
		for path, want := range map[string]int{"/api/v1/status": tt.view, "/api/v1/routes/billing/pause": tt.move} {
			r := httptest.NewRequest("GET", "http://localhost"+path, strings.NewReader("{}"))
			if want == tt.move && strings.HasSuffix(path, "pause") {
				r.Method = http.MethodPost
			}
			r.Header.Set("Content-Type", "application/json")
			r.TLS = &tls.ConnectionState{}
			if tt.leaf != nil {
				r.TLS.PeerCertificates, r.TLS.VerifiedChains = []*x509.Certificate{tt.leaf}, [][]*x509.Certificate{{tt.leaf}}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s, %s: %d %s, want %d", tt.name, path, w.Code, w.Body, want)
			}
		}
	}
	r := httptest.NewRequest("GET", "http://localhost/api/v1/status", nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "ann"}}}}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 401 {
		t.Errorf("a certificate that was not verified is answered %d", w.Code)
	}
}

// TestSetAccess: a token that is taken away opens nothing any more.
func TestSetAccess(t *testing.T) {
	h := admin.New(admin.Options{Controller: controller(t), Access: three, Token: "from the environment"})
	status := func(secret string) int {
		r := httptest.NewRequest("GET", "http://localhost/api/v1/status", nil)
		r.Header.Set("Authorization", "Bearer "+secret)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	before := status("operate-operate")
	h.SetAccess(admin.Access{Tokens: three.Tokens[:1]})
	if got := []int{before, status("operate-operate"), status("view-view-view-view"), status("from the environment")}; got[0] != 200 || got[1] != 401 || got[2] != 200 || got[3] != 200 {
		t.Errorf("%v", got)
	}
}

func TestAccessOf(t *testing.T) {
	c := &route.AdminAccess{Tokens: []route.AdminToken{{Name: "ci", Role: "operate"}}, Clients: []route.AdminClient{{Name: "ann", Role: "admin"}}}
	a, err := admin.AccessOf(c, route.AdminSecrets{Tokens: []string{"x"}})
	if err != nil || len(a.Tokens) != 1 || a.Tokens[0] != (admin.Token{Caller: admin.Caller{Name: "ci", Role: admin.Operate}, Secret: "x"}) || a.Clients[0].Role != admin.Admin {
		t.Errorf("%+v %v", a, err)
	}
	if _, err := admin.AccessOf(c, route.AdminSecrets{}); err == nil {
		t.Error("a token without its secret is accepted")
	}
	c.Clients[0].Role = "root"
	if _, err := admin.AccessOf(c, route.AdminSecrets{Tokens: []string{"x"}}); err == nil {
		t.Error("an unknown role is accepted")
	}
	if a, err := admin.AccessOf(nil, route.AdminSecrets{}); err != nil || len(a.Tokens)+len(a.Clients) != 0 {
		t.Errorf("%+v %v", a, err)
	}
}
