// Package route is strangler.yaml: its types, validation, compilation into a
// table, and matching. It uses the standard library and YAML only, so that
// generate can write a first draft and the proxy can read it.
package route

import "time"

// Version is the format version of strangler.yaml that this package reads.
const Version = 1

// Config is strangler.yaml: what people decided about traffic.
type Config struct {
	// Version of the format; 1.
	Version int `yaml:"version" json:"version"`
	// Listen is the address production traffic comes to; default 127.0.0.1:8080.
	Listen string `yaml:"listen,omitempty" json:"listen,omitempty"`
	// Admin is the address of the admin API and dashboard; default 127.0.0.1:8081,
	// "off" for none. Only loopback addresses are accepted.
	Admin string `yaml:"admin,omitempty" json:"admin,omitempty"`
	// State is the file that keeps the rollout's state between restarts;
	// default .ficus/strangler.state beside strangler.yaml, "off" for memory only.
	State string `yaml:"state,omitempty" json:"state,omitempty"`
	// Monolith is the old arm: the safety net for every route.
	Monolith Upstream `yaml:"monolith" json:"monolith"`
	// TrustedProxies are addresses or CIDR ranges in front of the proxy whose
	// X-Forwarded-* headers are believed; none by default.
	TrustedProxies []string `yaml:"trusted_proxies,omitempty" json:"trusted_proxies,omitempty"`
	// Services are the new arms by name.
	Services map[string]Upstream `yaml:"services,omitempty" json:"services,omitempty"`
	// Cohort says which users move together; the default for every route.
	Cohort Cohort `yaml:"cohort,omitempty" json:"cohort,omitempty"`
	// Rollout is the default policy for every route.
	Rollout Policy `yaml:"rollout,omitempty" json:"rollout,omitempty"`
	// Routes are the rules; the most specific wins (Gateway API precedence), what
	// none matches goes to the monolith.
	Routes []Route `yaml:"routes,omitempty" json:"routes,omitempty"`
}

// Upstream is one side of a route.
type Upstream struct {
	// URL of the upstream: scheme, host and port, no path.
	URL string `yaml:"url" json:"url"`
	// Health is the path probed for health, e.g. /healthz; none when empty.
	Health string `yaml:"health,omitempty" json:"health,omitempty"`
	// Timeout of one request until the response headers; default 30s.
	Timeout Duration `yaml:"timeout,omitempty" json:"timeout,omitempty"`
}

// Cohort names the key whose hash puts a user into one of 10,000 buckets. Exactly
// one of Cookie, Header and Client is set; the default is the client address.
type Cohort struct {
	Cookie string `yaml:"cookie,omitempty" json:"cookie,omitempty"`
	Header string `yaml:"header,omitempty" json:"header,omitempty"`
	// Client uses the client's address.
	Client bool `yaml:"client,omitempty" json:"client,omitempty"`
	// Salt separates the cohorts of one rollout from those of another.
	Salt string `yaml:"salt,omitempty" json:"salt,omitempty"`
}

// Route is one rule.
type Route struct {
	// Name is unique and stable: weights and evidence are kept under it.
	Name  string `yaml:"name" json:"name"`
	Match Match  `yaml:"match" json:"match"`
	// Service is the new arm: a key of Config.Services.
	Service string `yaml:"service" json:"service"`
	// Weight is the share of the cohort's users that starts on the new arm, e.g.
	// "5%"; default 0%. Once the rollout has moved it, the state file wins.
	Weight Share `yaml:"weight,omitempty" json:"weight,omitempty"`
	// Shadow is the share of the monolith's requests copied to the new arm and compared.
	Shadow Share `yaml:"shadow,omitempty" json:"shadow,omitempty"`
	// Safe says what may be sent again (fallback) or copied (shadow): "auto" = GET,
	// HEAD, OPTIONS, and not if the analysis saw a write; "always" = declared
	// repeatable; "never".
	Safe string `yaml:"safe,omitempty" json:"safe,omitempty"`
	// Ignore lists JSON paths that the comparison leaves out, e.g. $.generated_at.
	Ignore []string `yaml:"ignore,omitempty" json:"ignore,omitempty"`
	// Owner is the Go function that answers the route, for explain.
	Owner string `yaml:"owner,omitempty" json:"owner,omitempty"`
	// Rollout overrides the default policy.
	Rollout *Policy `yaml:"rollout,omitempty" json:"rollout,omitempty"`
}

// Match lists conditions that must all hold.
type Match struct {
	Host string `yaml:"host,omitempty" json:"host,omitempty"`
	// Path is a template as in Go's ServeMux: /invoices/{id}, /static/{rest...}; a
	// literal path is exact, and one ending in /* is a prefix.
	Path string `yaml:"path,omitempty" json:"path,omitempty"`
	// Methods; any when empty.
	Methods []string `yaml:"methods,omitempty" json:"methods,omitempty"`
	// Headers that must be present with exactly this value.
	Headers map[string]string `yaml:"headers,omitempty" json:"headers,omitempty"`
}

// Policy says how a route moves. All fields have defaults (DefaultPolicy).
type Policy struct {
	// Mode: "manual" (default: people move weights, rollback is automatic) or "auto".
	Mode string `yaml:"mode,omitempty" json:"mode,omitempty"`
	// Steps are the shares that an automatic rollout goes through.
	Steps []Share `yaml:"steps,omitempty" json:"steps,omitempty"`
	// Alpha bounds the chance of a wrong decision however often it is looked at; default 0.05.
	Alpha float64 `yaml:"alpha,omitempty" json:"alpha,omitempty"`
	// MaxErrorRate is the absolute rate of failed users above which the new arm is
	// rolled back and below which it must provably be to advance; default 0.01.
	MaxErrorRate float64 `yaml:"max_error_rate,omitempty" json:"max_error_rate,omitempty"`
	// MaxRatio is how much worse than the monolith the new arm may be (errors, new ÷
	// old) to advance; default 1.5.
	MaxRatio float64 `yaml:"max_ratio,omitempty" json:"max_ratio,omitempty"`
	// MinStep is the least time on one step; default 1m.
	MinStep Duration `yaml:"min_step,omitempty" json:"min_step,omitempty"`
}

// Duration is a time.Duration written as in Go: 500ms, 30s.
type Duration time.Duration

// Share is a share in units of 1/10000 (basis points): 500 is written 5%.
type Share int
