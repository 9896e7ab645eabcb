package route

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRedirect(t *testing.T) {
	const config = `
version: 1
monolith: {url: "http://127.0.0.1:9"}
services: {s: {url: "http://127.0.0.1:10"}}
routes: [{name: kept, match: {path: /old/kept}, service: s}]
redirects:
  - {match: {path: "/old/{id}"}, path: "/new/{id}/view", status: 308}
  - {match: {path: "/shop/*"}, host: "shop.example:8443", path: "/*"}
  - {match: {host: plain.example}, scheme: https, status: 301}
`
	cfg, err := Parse("strangler.yaml", []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	table, err := Compile(cfg)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ url, want string }{
		{"http://a.example/old/7?q=1&q=2", "308 http://a.example/new/7/view?q=1&q=2"},
		{"http://a.example/old/a%20b", "308 http://a.example/new/a%20b/view"},
		{"http://a.example/old/%3Cb%3E%0d", ""}, // unclear: the monolith's
		{"http://a.example/old/kept", ""},
		{"http://a.example/shop/a/b?x", "307 http://shop.example:8443/a/b?x"},
		{"http://a.example/shop//evil.example", ""},
		{"http://plain.example:8080/any/%C3%A9", "301 https://plain.example/any/%C3%A9"},
		{"http://[::1]:8080/old/7", "308 http://[::1]:8080/new/7/view"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", tt.url, nil)
		got := ""
		if rule := table.Match(r); rule != nil && rule.Redirect != nil {
			got = http.StatusText(rule.Redirect.Code())
			got = strings.TrimSpace(strings.Join([]string{itoa(rule.Redirect.Code()), rule.Location(r, "http")}, " "))
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.url, got, tt.want)
		}
	}
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

func TestRedirectProblems(t *testing.T) {
	const head = "version: 1\nmonolith: {url: \"http://127.0.0.1:9\"}\nservices: {s: {url: \"http://127.0.0.1:10\"}}\n"
	tests := []struct{ config, want string }{
		{"redirects:\n  - {match: {path: /a}}\n", "strangler.yaml:5:6: redirects[0]: goes nowhere else"},
		{"redirects:\n  - {match: {path: /a}, path: /b, status: 200}\n", "redirects[0].status: 200 is no redirect"},
		{"redirects:\n  - {match: {path: /a}, scheme: ftp}\n", "redirects[0].scheme: \"ftp\" is neither"},
		{"redirects:\n  - {match: {path: \"/a/{id}\"}, path: \"/b/{di}\"}\n", "redirects[0].path: "},
		{"redirects:\n  - {match: {path: /a b;}, path: /b}\n", "redirects[0].match.path: "},
		{"routes: [{name: r, match: {path: /a}, service: s}]\nredirects:\n  - {match: {path: /a}, path: /b}\n",
			"redirect 1 can never match: route \"r\""},
	}
	for _, tt := range tests {
		_, problems := Check("strangler.yaml", []byte(head+tt.config))
		text := ""
		for _, p := range problems.Errors() {
			text += p.String() + "\n"
		}
		if !strings.Contains(text, tt.want) {
			t.Errorf("%s\ngives %swant %s", tt.config, text, tt.want)
		}
	}
}
