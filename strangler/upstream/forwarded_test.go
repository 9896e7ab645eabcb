package upstream

import (
	"crypto/tls"
	"net/http"
	"testing"
)

// TestForwardedField: the examples of RFC 7239, 4 and 6, as they come from a connection.
func TestForwardedField(t *testing.T) {
	const balancer = "for=203.0.113.9;proto=https"
	for _, tt := range []struct {
		name, remote, host string
		secure, trusted    bool
		header             http.Header
		want               string
	}{
		{"IPv4", "192.0.2.43:47011", "example.com", false, false, nil, `for=192.0.2.43;host="example.com";proto=http`},
		{"IPv6, TLS", "[2001:db8:cafe::17]:4711", "example.com:8443", true, false, nil, `for="[2001:db8:cafe::17]";host="example.com:8443";proto=https`},
		{"no address", "@", "example.com", false, false, nil, `for=unknown;host="example.com";proto=http`},
		{"no host", "192.0.2.43:1", "", false, false, nil, "for=192.0.2.43;proto=http"},
		{"host that would end the text", "192.0.2.43:1", `a";proto=https`, false, false, nil, "for=192.0.2.43;proto=http"},
		{"a client's", "192.0.2.43:1", "a", false, false, http.Header{"Forwarded": {balancer}}, `for=192.0.2.43;host="a";proto=http`},
		{"a trusted proxy's", "10.0.0.1:1", "a", false, true, http.Header{"Forwarded": {balancer, "for=10.0.0.9"}}, balancer + `, for=10.0.0.9, for=10.0.0.1;host="a";proto=http`},
		{"a trusted proxy that says nothing", "10.0.0.1:1", "a", false, true, nil, `for=10.0.0.1;host="a";proto=http`},
		{"a trusted proxy that speaks by the others", "10.0.0.1:1", "a", false, true, http.Header{"X-Forwarded-Proto": {"https"}}, ""},
	} {
		r := &http.Request{RemoteAddr: tt.remote, Host: tt.host, Header: tt.header}
		if tt.secure {
			r.TLS = &tls.ConnectionState{}
		}
		if got := forwardedField(r, tt.trusted); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
