package route

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// full uses every field.
var full = Config{
	Version: 1, Listen: "127.0.0.1:8080", TLS: &TLS{Cert: "a.pem", Key: "a.key", ClientCA: "ca.pem"}, Admin: "127.0.0.1:9", State: "off",
	AdminAccess: &AdminAccess{TLS: &TLS{Cert: "c.pem", Key: "c.key", ClientCA: "ca.pem"}, Tokens: []AdminToken{{Name: "ci", Role: "operate", File: "ci.token"}},
		Clients: []AdminClient{{Name: "ann", Role: "admin"}}},
	Monolith:       Upstream{URL: "http://127.0.0.1:9000", Health: "/healthz", Timeout: Duration(90 * time.Second)},
	TrustedProxies: []string{"10.0.0.0/8", "::1"},
	Services:       map[string]Upstream{"billing": {URL: "h2c://127.0.0.1:9001", Breaker: &Breaker{Failures: 3, Pause: Duration(time.Minute)}}, "a b": {URLs: []string{"https://x.example", "https://y.example"}, TLS: &UpstreamTLS{CA: "ca.pem", Cert: "b.pem", Key: "b.key", ServerName: "z.example"}}},
	Cohort:         Cohort{Cookie: "uid", Salt: "spring", Allow: []string{"1", "2"}, Deny: []string{"3"}, Override: "X-Arm"},
	Rollout:        Policy{Mode: "auto", Steps: []Share{1, 500, 10000}, Alpha: 0.01, MaxErrorRate: 0.02, MaxRatio: 2, MinStep: Duration(time.Minute)},
	Routes: []Route{
		{
			Name: "GET /invoices/{id}", Service: "billing", Weight: 525, Shadow: 10000, Safe: "always",
			Match: Match{Host: "shop.example.com", Path: "/invoices/{id}", Methods: []string{"GET", "POST"},
				Headers: map[string]string{"X-Tenant": "a: b"}},
			Ignore: []string{"$.generated_at", "$.items[*]['a.b']"}, Owner: "billing.Get",
			Rollout: &Policy{Mode: "manual", Alpha: 0.1},
			Timeout: Duration(5 * time.Second), MaxBody: 10 << 20,
			Rewrite: &Rewrite{Path: "/v2/{id}", Host: "x.example", SetHeaders: map[string]string{"X-Y": "1"}, RemoveHeaders: []string{"X-Z"}},
		},
		{Name: "regex", Service: "a b", Match: Match{PathRegex: "/x/[0-9]+", Query: map[string]string{"a": "1"}, Cookies: map[string]string{"b": "2"}}},
		{Name: "rest", Service: "a b"},
		{Name: "grpc", Service: "a b", Match: Match{GRPC: "shop.v1.Orders/Get"}},
		{Name: "soap", Service: "a b", Match: Match{SOAPAction: "urn:shop#Order"}},
	},
}

func TestMarshalRoundTrip(t *testing.T) {
	data, err := Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse("strangler.yaml", data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if !reflect.DeepEqual(*got, full) {
		t.Errorf("round trip changed the configuration:\n got %+v\nwant %+v\n%s", *got, full, data)
	}
	again, err := Marshal(*got)
	if err != nil || string(again) != string(data) {
		t.Errorf("second Marshal differs (%v):\n%s\n%s", err, data, again)
	}
	if strings.Contains(string(data), "cookie: \"\"") || strings.Contains(string(data), "timeout: 0s") {
		t.Errorf("zero fields are written:\n%s", data)
	}
}

func TestMarshalRefusesInvalid(t *testing.T) {
	_, err := Marshal(Config{Version: 1})
	var ps Problems
	if !errors.As(err, &ps) || !strings.Contains(err.Error(), "monolith: url is missing") {
		t.Errorf("err = %v", err)
	}
}

// TestCheck reads testdata/*.txtar: strangler.yaml and the problems it must give.
func TestCheck(t *testing.T) {
	files, _ := filepath.Glob("testdata/check/*.txtar")
	if len(files) < 5 {
		t.Fatalf("only %d fixtures", len(files))
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, problems := Check(ar.Files[0].Name, ar.Files[0].Data)
			got := problems.Error()
			if got != "" {
				got += "\n"
			}
			if *update {
				ar.Files = append(ar.Files[:1], txtar.File{Name: "problems", Data: []byte(got)})
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(ar.Files[1].Data); got != want {
				t.Errorf("problems:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestCheckNil(t *testing.T) {
	for _, src := range []string{"", "# only a comment\n", "---\n", "a: [", "a: b\n---\nc: d\n", "\t", "a: &x [*x"} {
		cfg, problems := Check("f.yaml", []byte(src))
		if len(problems.Errors()) == 0 {
			t.Errorf("%q: no error (config %+v)", src, cfg)
		}
		for _, p := range problems {
			if p.File != "f.yaml" || p.Line < 0 {
				t.Errorf("%q: problem without position: %+v", src, p)
			}
		}
	}
}

func TestShare(t *testing.T) {
	for text, want := range map[string]Share{"5%": 500, "0%": 0, "0": 0, "100%": 10000, "0.5%": 50, "12.25 %": 1225, "0.01%": 1} {
		if got, err := ParseShare(text); err != nil || got != want {
			t.Errorf("ParseShare(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "0.5", "-1%", "101%", "100.01%", "1.234%", "x%", "%", "1e1%", "+5%", ".5%", "99999999999999999999%"} {
		if got, err := ParseShare(text); err == nil {
			t.Errorf("ParseShare(%q) = %d, want an error", text, got)
		}
	}
	for s := Share(0); s <= FullShare; s++ {
		if got, err := ParseShare(s.String()); err != nil || got != s {
			t.Fatalf("share %d is written %q and read %d, %v", int(s), s, got, err)
		}
	}
}

func TestPolicyOf(t *testing.T) {
	got := full.PolicyOf("GET /invoices/{id}")
	if got.Mode != "manual" || got.Alpha != 0.1 || got.MaxErrorRate != 0.02 || len(got.Steps) != 3 {
		t.Errorf("overlaid policy = %+v", got)
	}
	empty := Config{}
	if got := empty.PolicyOf("none"); !reflect.DeepEqual(got, DefaultPolicy()) {
		t.Errorf("default policy = %+v", got)
	}
}

func FuzzCheck(f *testing.F) {
	data, _ := Marshal(full)
	f.Add(data)
	f.Add([]byte("version: 1\nmonolith: &m {url: http://a:1}\nservices: {b: *m}\nroutes:\n- <<: {name: x}\n  service: b\n"))
	f.Add([]byte("a: &a [*a]\nroutes: *a\n"))
	f.Add([]byte("<<: *x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, problems := Check("strangler.yaml", data)
		if cfg == nil && len(problems.Errors()) == 0 {
			t.Fatal("neither configuration nor problem")
		}
		if len(problems.Errors()) > 0 {
			return
		}
		if _, err := Compile(cfg); err != nil {
			t.Fatalf("accepted, but does not compile: %v", err)
		}
	})
}
