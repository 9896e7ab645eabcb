package upstream

import (
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
)

func isForwarded(name string) bool {
	switch name {
	case "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto":
		return true
	}
	return false
}

// eachForwarded emits X-Forwarded-For, -Host, -Proto and Forwarded (RFC 7239). A trusted
// proxy's values are kept, and its address is appended.
func eachForwarded(r *http.Request, trusted bool, emit func(name, value string)) {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		if prior := r.Header["X-Forwarded-For"]; trusted && len(prior) > 0 {
			host = strings.Join(prior, ", ") + ", " + host
		}
		emit("X-Forwarded-For", host)
	}
	for _, field := range [...]struct{ name, value string }{{"X-Forwarded-Host", r.Host}, {"X-Forwarded-Proto", spoken(r)}} {
		values := r.Header[field.name]
		switch {
		case trusted && len(values) > 0:
			for _, v := range values {
				emit(field.name, v)
			}
		case field.value != "":
			emit(field.name, field.value)
		}
	}
	if value := forwardedField(r, trusted); value != "" {
		emit("Forwarded", value)
	}
}

// spoken is the scheme that the client speaks to this proxy.
func spoken(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// forwardedField is the value of Forwarded: what a trusted proxy says and, after it, the
// connection's own. It is empty when that proxy speaks by X-Forwarded-* alone: programs
// that prefer Forwarded would take the proxy for the client.
func forwardedField(r *http.Request, trusted bool) string {
	if !trusted {
		return forwardedElement(r)
	}
	if prior := r.Header["Forwarded"]; len(prior) > 0 {
		return strings.Join(prior, ", ") + ", " + forwardedElement(r)
	}
	for _, name := range [...]string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if len(r.Header[name]) > 0 {
			return ""
		}
	}
	return forwardedElement(r)
}

// forwardedElement says who the client of the connection is, what it asked for, and how.
func forwardedElement(r *http.Request) string {
	node := "unknown" // RFC 7239, 6.2
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		if node = host; strings.Contains(host, ":") {
			node = `"[` + host + `]"`
		}
	}
	if r.Host == "" || strings.ContainsAny(r.Host, `"\`) {
		return "for=" + node + ";proto=" + spoken(r)
	}
	return "for=" + node + `;host="` + r.Host + `";proto=` + spoken(r)
}

// forwarded sets on an outgoing request what eachForwarded emits.
func forwarded(pr *httputil.ProxyRequest, trusted bool) {
	eachForwarded(pr.In, trusted, func(name, value string) {
		pr.Out.Header[name] = append(pr.Out.Header[name], value)
	})
}
