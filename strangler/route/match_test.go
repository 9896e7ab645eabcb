package route

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
)

func config(routes ...Route) *Config {
	for i := range routes {
		routes[i].Service = "s"
		if routes[i].Name == "" {
			routes[i].Name = fmt.Sprint(i)
		}
	}
	return &Config{Version: 1, Monolith: Upstream{URL: "http://127.0.0.1:1"},
		Services: map[string]Upstream{"s": {URL: "http://127.0.0.1:2"}}, Routes: routes}
}

func compiled(t testing.TB, routes ...Route) *Table {
	t.Helper()
	table, err := Compile(config(routes...))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestMatchPath(t *testing.T) {
	tests := []struct{ pattern, matches, not string }{
		{"/", "/", "/a //"},
		{"/{$}", "/", "/a"},
		{"/a", "/a", "/ /a/ /A /aa /a/b"},
		{"/a/", "/a/", "/a /a/b"},
		{"/a/{$}", "/a/", "/a"},
		{"/a/*", "/a/ /a/b /a/b/c /a/b/", "/a /ab"},
		{"/a/{rest...}", "/a/ /a/b /a/b/c", "/a"},
		{"/*", "/ /a /a/b", ""},
		{"", "/ /a /a/b", ""},
		{"/a/{id}", "/a/1 /a/%41 /a/x.y", "/a/ /a/1/ /a/1/b /a"},
		{"/a/{id}/", "/a/1/", "/a/1 /a//"},
		{"/a/{id}/c/{x}", "/a/1/c/2", "/a/1/c/ /a/1/d/2"},
		{"/caf%C3%A9", "/caf%C3%A9 /café", "/cafe"},
		{"/a%20b", "/a%20b", "/a+b"},
	}
	for _, tt := range tests {
		table := compiled(t, Route{Match: Match{Path: tt.pattern}})
		for path := range strings.FieldsSeq(tt.matches) {
			if table.Match(&http.Request{Method: "GET", URL: parseURL(t, path)}) == nil {
				t.Errorf("%q does not match %s", tt.pattern, path)
			}
		}
		for path := range strings.FieldsSeq(tt.not) {
			if table.Match(&http.Request{Method: "GET", URL: parseURL(t, path)}) != nil {
				t.Errorf("%q matches %s", tt.pattern, path)
			}
		}
	}
}

func parseURL(t testing.TB, path string) *url.URL {
	t.Helper()
	u, err := url.ParseRequestURI(path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestBadPatterns(t *testing.T) {
	for _, p := range []string{"a", "/a//b", "/{", "/}", "/{}", "/{a", "/x{a}", "/{a}x", "/{a}{b}", "/{a...}/b", "/{$}/a", "/*/a", "/a*",
		"/{1}", "/{a}/{a}", "/a?b", "/a#b", "/a;b", "/a%2", "/..", "/a/./b", "/%2e%2e/", "/a%5Cb", "/a\\b", "/a%3Bb", "/{a b}"} {
		if _, err := parsePattern(p); err == nil {
			t.Errorf("%q is accepted", p)
		}
	}
}

// TestPrecedence: the rule named first wins over those after it.
func TestPrecedence(t *testing.T) {
	get, post := []string{"GET"}, []string{"POST"}
	x := map[string]string{"X": "1"}
	xy := map[string]string{"X": "1", "Y": "2"}
	order := []Match{
		{Host: "a.b.example", Path: "/*"},
		{Host: "*.b.example", Path: "/a/b"},
		{Host: "*.example", Path: "/a/b"},
		{Path: "/a/b", Methods: get, Headers: xy},
		{Path: "/a/b", Methods: get, Headers: x},
		{Path: "/a/b", Methods: get},
		{Path: "/a/b", Methods: append(post, get...)},
		{Path: "/a/b", Headers: xy},
		{Path: "/a/b", Headers: x},
		{Path: "/a/b"},
		{Path: "/a/{id}", Methods: get},
		{Path: "/a/{id}"},
		{Path: "/a/*"},
		{Path: "/{x}/b"},
		{Path: "/{x}/{y}"},
		{Path: "/{x}/*"},
		{Path: "/*", Methods: get},
		{},
	}
	for seed := range uint64(20) {
		var routes []Route
		for _, i := range rand.New(rand.NewPCG(seed, 1)).Perm(len(order)) {
			routes = append(routes, Route{Name: fmt.Sprint(i), Match: order[i]})
		}
		var got []string
		for _, r := range compiled(t, routes...).Rules() {
			got = append(got, r.Name)
		}
		want := "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"
		if strings.Join(got, " ") != want {
			t.Fatalf("seed %d: order %v", seed, got)
		}
	}
}

func TestMatchConditions(t *testing.T) {
	table := compiled(t,
		Route{Name: "host", Match: Match{Host: "Shop.Example.com", Path: "/a"}},
		Route{Name: "wild", Match: Match{Host: "*.example.com", Path: "/a"}},
		Route{Name: "get", Match: Match{Path: "/a", Methods: []string{"GET"}}},
		Route{Name: "header", Match: Match{Path: "/a", Headers: map[string]string{"x-tenant": "7"}}},
	)
	tests := []struct{ method, host, header, want string }{
		{"GET", "shop.example.com:8080", "", "host"},
		{"GET", "SHOP.example.com.", "", "host"},
		{"GET", "x.y.example.com", "", "wild"},
		{"GET", "example.com", "", "get"},
		{"HEAD", "x", "", "get"}, // as net/http.ServeMux: GET answers HEAD
		{"POST", "x", "", ""},
		{"POST", "x", "7", "header"},
		{"POST", "x", "8", ""},
		{"GET", "[::1]:80", "7", "get"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, "/a", nil)
		r.Host = tt.host
		if tt.header != "" {
			r.Header.Set("X-Tenant", tt.header)
		}
		got := ""
		if rule := table.Match(r); rule != nil {
			got = rule.Name
		}
		if got != tt.want {
			t.Errorf("%s %s %s: %q, want %q", tt.method, tt.host, tt.header, got, tt.want)
		}
	}
}

// randomTable has many overlapping rules over few segments.
func randomTable(t testing.TB, rnd *rand.Rand) *Table {
	t.Helper()
	segments := []string{"a", "b", "{x}", "*", ""}
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	var c collector
	var rules []*Rule
	for i := range 30 {
		m := Match{Host: pick("", "", "h.example", "*.example")}
		for range 1 + rnd.IntN(3) {
			m.Path = strings.TrimSuffix(m.Path, "/*") + "/" + pick(segments...)
		}
		m.Path = strings.ReplaceAll(strings.ReplaceAll(m.Path, "//", "/"), "//", "/")
		m.Path = strings.Replace(m.Path, "{x}", "{y}", 1)
		m.Path = strings.Replace(m.Path, "{x}", "{z}", 1)
		if method := pick("", "GET", "POST"); method != "" {
			m.Methods = []string{method}
		}
		if rnd.IntN(4) == 0 {
			m.Headers = map[string]string{"X": pick("1", "2")}
		}
		if rnd.IntN(6) == 0 {
			m.Path, m.PathRegex = "", pick("/a/[ab]", "/[a-d]", "/a/b/.*", ".*/b", "/b/(a|c)/?")
		}
		if rule := c.compile("", Route{Name: fmt.Sprint(i), Match: m}, i); rule != nil {
			rules = append(rules, rule)
		}
	}
	if len(rules) < 20 {
		t.Fatalf("only %d rules: %v", len(rules), c.problems)
	}
	return newTable(rules)
}

// TestMatchIsFirstByPrecedence: the tree finds the rule that trying all rules in
// the order of precedence finds.
func TestMatchIsFirstByPrecedence(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		table := randomTable(t, rnd)
		for range 200 {
			path := ""
			for range 1 + rnd.IntN(4) {
				path += "/" + []string{"a", "b", "c", "", "d e"}[rnd.IntN(5)]
			}
			r := &http.Request{Method: []string{"GET", "HEAD", "POST"}[rnd.IntN(3)], URL: &url.URL{Path: path},
				Host: []string{"h.example", "i.example", "other"}[rnd.IntN(3)], Header: http.Header{}}
			if rnd.IntN(2) == 0 {
				r.Header.Set("X", []string{"1", "2"}[rnd.IntN(2)])
			}
			var want *Rule
			for _, rule := range table.Rules() {
				if rule.Mismatch(r) == "" {
					want = rule
					break
				}
			}
			if got := table.Match(r); got != want {
				t.Fatalf("seed %d: %s %s%s %v: got %v, want %v", seed, r.Method, r.Host, path, r.Header, got, want)
			}
		}
	}
}

func TestUnclear(t *testing.T) {
	for path, want := range map[string]string{
		"/": "", "/a/b": "", "/a/": "", "/a.b/..c/c..": "", "/%41": "", "/é": "", "/a:b": "", "/a%25b": "",
		"/a//b": "an empty segment", "//": "an empty segment", "/a/..": "a dot segment", "/./a": "a dot segment", "/%2e%2E/a": "a dot segment",
		"/a%2fb": "an encoded slash", "/a%2Fb": "an encoded slash", "/a%5cb": "a backslash", "/a;b": "a semicolon", "/a%3bb": "a semicolon",
		"/a%00": "a control character", "/a%7f": "a control character", "/a%0d%0ab": "a control character",
	} {
		if got := Unclear(parseURL(t, path)); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if got := Unclear(&url.URL{Path: "*"}); got == "" {
		t.Error("* is a path")
	}
}

// FuzzMatch: no request makes the table panic, tree and list agree, and an unclear
// path matches nothing.
func FuzzMatch(f *testing.F) {
	f.Add("GET", "/a/b", "h.example", uint64(1))
	f.Add("POST", "/a/%2e%2e/b", "[::1", uint64(2))
	f.Add("", "*", "", uint64(3))
	f.Fuzz(func(t *testing.T, method, target, host string, seed uint64) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		table := randomTable(t, rand.New(rand.NewPCG(seed, 2)))
		r := &http.Request{Method: method, URL: u, Host: host, Header: http.Header{}}
		got := table.Match(r)
		if Unclear(u) != "" && got != nil {
			t.Fatalf("unclear %q is matched", target)
		}
		var want *Rule
		for _, rule := range table.Rules() {
			if rule.Mismatch(r) == "" {
				want = rule
				break
			}
		}
		if got != want {
			t.Fatalf("%q: tree %v, list %v", target, got, want)
		}
	})
}

// FuzzUnclear: a clear path has one reading: cleaning it changes nothing, splitting and
// decoding it can be done in either order, and what is forwarded is what was matched.
func FuzzUnclear(f *testing.F) {
	for _, target := range []string{"/", "/a/b", "/a//b", "/a/../b", "/a/%2e%2e/b", "/a%2fb", "/%25%32%66", "/a;b", "/a%5cb", "/caf%C3%A9/", "/a%zz", "http://x//a", "//x/a", "/a#b", "/a?b/../c", "*"} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || Unclear(u) != "" {
			return
		}
		if cleaned := path.Clean(u.Path); cleaned != u.Path && cleaned+"/" != u.Path {
			t.Fatalf("%q: cleaned it is %q", u.Path, cleaned)
		}
		sent, _, _ := strings.Cut(u.RequestURI(), "?")
		var decoded []string
		for segment := range strings.SplitSeq(sent, "/") {
			text, err := url.PathUnescape(segment)
			if err != nil {
				t.Fatalf("%q is forwarded as %q: %v", target, sent, err)
			}
			decoded = append(decoded, text)
		}
		if got := strings.Split(u.Path, "/"); !slices.Equal(got, decoded) {
			t.Fatalf("%q: split first %q, decoded first %q", target, decoded, got)
		}
		again, err := url.ParseRequestURI(u.RequestURI())
		if err != nil || again.Path != u.Path || again.RawQuery != u.RawQuery || Unclear(again) != "" {
			t.Fatalf("%q is forwarded as %q, which is another: %v", target, u.RequestURI(), err)
		}
	})
}

// FuzzPattern: a template either is refused or matches a path made from it.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{"/a/{id}", "/*", "/{x...}", "/a/{$}", "/caf%C3%A9/"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parsePattern(text)
		if err != nil {
			return
		}
		var path strings.Builder
		for _, seg := range p {
			path.WriteByte('/')
			path.WriteString(seg.text)
			if seg.kind != literal {
				path.WriteByte('x')
			}
		}
		if !p.matches(path.String()) {
			t.Fatalf("%q does not match %q", text, path.String())
		}
		if why := Unclear(&url.URL{Path: path.String()}); why != "" {
			t.Fatalf("%q can never match: %s", text, why)
		}
		if !p.meets(p) || !p.within(p) || p.compare(p) != 0 {
			t.Fatalf("%q does not cover itself", text)
		}
	})
}

// manyRoutes is a configuration of n routes of usual shapes.
func manyRoutes(n int) []Route {
	var routes []Route
	for i := range n {
		routes = append(routes, Route{Match: Match{Path: fmt.Sprintf("/api/v1/thing%d/{id}/part", i), Methods: []string{"GET"}}})
	}
	return routes
}

// BenchmarkMatch: 10,000 routes must cost about what 10 do.
func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{10, 100, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			table := compiled(b, manyRoutes(n)...)
			r := httptest.NewRequest("GET", fmt.Sprintf("/api/v1/thing%d/42/part", n/2), nil)
			b.ReportAllocs()
			for b.Loop() {
				if table.Match(r) == nil {
					b.Fatal("no match")
				}
			}
		})
	}
}

func TestManyRoutesCompile(t *testing.T) {
	if table := compiled(t, manyRoutes(4000)...); len(table.Rules()) != 4000 {
		t.Errorf("%d rules", len(table.Rules()))
	}
}

func TestMatchRegexQueryCookie(t *testing.T) {
	table := compiled(t,
		Route{Name: "literal", Match: Match{Path: "/a/7"}},
		Route{Name: "digits", Match: Match{PathRegex: "^/a/[0-9]+$"}},
		Route{Name: "alternatives", Match: Match{PathRegex: "/(x|y)/.*"}},
		Route{Name: "template", Match: Match{Path: "/a/{id}"}},
		Route{Name: "query", Match: Match{Path: "/q", Query: map[string]string{"v": "2"}}},
		Route{Name: "cookie", Match: Match{Path: "/q", Cookies: map[string]string{"beta": "yes"}}},
		Route{Name: "prefix", Match: Match{Path: "/x/*"}},
	)
	tests := []struct{ target, cookie, want string }{
		{"/a/7", "", "literal"}, {"/a/8", "", "digits"}, {"/a/8x", "", "template"}, {"/a/%38", "", "digits"},
		{"/x/1", "", "prefix"}, // a literal segment comes before a regular expression without one
		{"/y/1", "", "alternatives"}, {"/z/x/1", "", ""},
		{"/q?v=2", "", "query"}, {"/q?v=2", "beta=yes", "query"}, {"/q?v=1", "beta=yes", "cookie"}, {"/q", "", ""},
		{"/q?v=2&v=3", "", ""}, {"/q?v=2;w=1", "", ""}, {"/q?w=1&v=%32", "", "query"}, {"/q", "beta=no", ""},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", tt.target, nil)
		if tt.cookie != "" {
			r.Header.Set("Cookie", tt.cookie)
		}
		got := ""
		if rule := table.Match(r); rule != nil {
			got = rule.Name
		}
		if got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.target, tt.cookie, got, tt.want)
		}
	}
}

func TestBadRewrites(t *testing.T) {
	match := Match{Path: "/a/{id}/{rest...}"}
	for _, rw := range []Rewrite{
		{Path: "b"}, {Path: "/{other}"}, {Path: "/*"}, {Path: "/x{id}"}, {Path: "/a//b"}, {Path: "/a?b"}, {Path: "/.."},
		{Host: "a b"}, {SetHeaders: map[string]string{"X_Y": "1"}}, {SetHeaders: map[string]string{"X": "a\nb"}},
		{SetHeaders: map[string]string{"Content-Length": "1"}}, {RemoveHeaders: []string{"Host"}}, {RemoveHeaders: []string{""}},
	} {
		if _, err := Compile(config(Route{Match: match, Rewrite: &rw})); err == nil {
			t.Errorf("%+v is accepted", rw)
		}
	}
	if _, err := Compile(config(Route{Match: match, Rewrite: &Rewrite{Path: "/{rest...}/{id}/é"}})); err != nil {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "1": 1, "512KB": 512 << 10, "10 MB": 10 << 20, "1GB": 1 << 30, "7B": 7} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
		var again Size
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != got {
			t.Errorf("%s is written %s", text, got)
		}
	}
	for _, text := range []string{"", "x", "-1", "1.5MB", "9999999999GB", "KB"} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
