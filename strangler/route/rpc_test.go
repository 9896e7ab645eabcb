package route

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMatchGRPC(t *testing.T) {
	table := compiled(t,
		Route{Name: "get", Match: Match{GRPC: "shop.v1.Orders/Get"}},
		Route{Name: "orders", Match: Match{GRPC: "shop.v1.Orders"}},
		Route{Name: "tenant", Match: Match{GRPC: "shop.v1.Orders", Headers: map[string]string{"X-Tenant": "7"}}},
		Route{Name: "bare", Match: Match{GRPC: "Ping/Do"}},
		Route{Name: "same path", Match: Match{Path: "/shop.v1.Orders/Get"}},
	)
	tests := []struct{ method, path, kind, header, want string }{
		{"POST", "/shop.v1.Orders/Get", "application/grpc", "", "get"},
		{"POST", "/shop.v1.Orders/Get", "application/grpc+proto", "", "get"},
		{"POST", "/shop.v1.Orders/Get", "application/grpc-web-text", "", "get"},
		{"POST", "/shop.v1.Orders/Get", "application/json", "", "same path"},
		{"GET", "/shop.v1.Orders/Get", "application/grpc", "", "same path"},
		{"POST", "/shop.v1.Orders/List", "application/grpc", "", "orders"},
		{"POST", "/shop.v1.Orders/List", "application/grpc", "7", "tenant"},
		{"POST", "/shop.v1.Orders/Get", "application/grpc", "7", "get"}, // the longer path first
		{"POST", "/shop.v1.Orders/", "application/grpc", "", ""},
		{"POST", "/shop.v1.Orders/Get/x", "application/grpc", "", ""},
		{"POST", "/shop.v1.Carts/Get", "application/grpc", "", ""},
		{"POST", "/Ping/Do", "application/grpc", "", "bare"},
		{"POST", "/Ping/Do", "", "", ""},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Header.Set("Content-Type", tt.kind)
		r.Header.Set("X-Tenant", tt.header)
		if got := nameOf(table.Match(r)); got != tt.want {
			t.Errorf("%+v: matched %q", tt, got)
		}
	}
}

func nameOf(rule *Rule) string {
	if rule == nil {
		return ""
	}
	return rule.Name
}

func TestMatchSOAP(t *testing.T) {
	table := compiled(t,
		Route{Name: "create", Match: Match{Path: "/soap", SOAPAction: "urn:orders#Create"}},
		Route{Name: "rest", Match: Match{Path: "/soap"}},
	)
	const soap12 = `application/soap+xml; charset=utf-8; action="urn:orders#Create"`
	tests := []struct {
		headers []string // SOAPAction
		kind    string
		want    string
	}{
		{[]string{`"urn:orders#Create"`}, "text/xml; charset=utf-8", "create"},
		{[]string{`urn:orders#Create`}, "text/xml", "create"}, // as some clients send it
		{[]string{` "urn:orders#Create" `}, "text/xml", "create"},
		{nil, soap12, "create"},
		{nil, `multipart/related; type="application/xop+xml"; action="urn:orders#Create"`, "create"},
		{[]string{`"urn:orders#Create"`}, soap12, "create"},
		{[]string{`"urn:orders#Delete"`}, soap12, "rest"}, // they contradict each other
		{[]string{`"urn:orders#Delete"`}, "text/xml", "rest"},
		{[]string{`"urn:orders#Create"`, `"urn:orders#Delete"`}, "text/xml", "rest"},
		{[]string{`"urn:orders#create"`}, "text/xml", "rest"}, // a URI has capitals
		{[]string{`"`}, "text/xml", "rest"},
		{[]string{``}, "text/xml", "rest"},
		{nil, `text/xml; action="urn:orders#Create"`, "rest"},
		{nil, `application/soap+xml; action=`, "rest"},
		{nil, "", "rest"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("POST", "/soap", nil)
		r.Header["Soapaction"] = tt.headers
		r.Header.Set("Content-Type", tt.kind)
		if got := nameOf(table.Match(r)); got != tt.want {
			t.Errorf("%q %s: matched %q, want %q", tt.headers, tt.kind, got, tt.want)
		}
	}
}

// TestGRPCRewrite: the method is a wildcard of the path.
func TestGRPCRewrite(t *testing.T) {
	rule := compiled(t, Route{Match: Match{GRPC: "shop.v1.Orders"}, Rewrite: &Rewrite{Path: "/shop.v2.Orders/{method}"}}).Rules()[0]
	r := httptest.NewRequest("POST", "/shop.v1.Orders/Get", nil)
	rule.Adjust(r)
	if r.URL.Path != "/shop.v2.Orders/Get" {
		t.Errorf("rewritten to %s", r.URL.Path)
	}
}

func TestProtocolMismatch(t *testing.T) {
	for _, tt := range []struct {
		match      Match
		kind, want string
	}{
		{Match{GRPC: "a.B/C"}, "application/json", "content type of gRPC"},
		{Match{GRPC: "a.B/D"}, "application/grpc", "path"},
		{Match{SOAPAction: "x"}, "text/xml", "SOAP action"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/a.B/C", nil)
		r.Header.Set("Content-Type", tt.kind)
		if got := compiled(t, Route{Match: tt.match}).Rules()[0].Mismatch(r); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.match, got, tt.want)
		}
	}
}

func FuzzSOAPAction(f *testing.F) {
	f.Add(`"urn:a"`, "text/xml")
	f.Add("", `application/soap+xml; action="urn:a"`)
	f.Fuzz(func(t *testing.T, header, kind string) {
		r := &http.Request{Header: http.Header{"Soapaction": {header}, "Content-Type": {kind}}}
		action, ok := soapAction(r)
		if ok && !strings.Contains(header, action) {
			t.Errorf("action %q does not stand in %q", action, header)
		}
	})
}
