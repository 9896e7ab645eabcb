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
	// TLS of the traffic listener; it speaks plain HTTP when empty. Adding or removing
	// it takes effect at the next start, new certificates at once.
	TLS *TLS `yaml:"tls,omitempty" json:"tls,omitempty"`
	// Admin is the address of the admin API and dashboard; default 127.0.0.1:8081,
	// "off" for none. Only loopback addresses are accepted, or unix:PATH for a unix socket
	// that only its owner can open, its path relative to the folder of strangler.yaml.
	Admin string `yaml:"admin,omitempty" json:"admin,omitempty"`
	// AdminAccess says who may use the admin API, and for what.
	AdminAccess *AdminAccess `yaml:"admin_access,omitempty" json:"admin_access,omitempty"`
	// State is the file that keeps the rollout's state between restarts;
	// default .ficus/strangler.state beside strangler.yaml, "off" for memory only.
	State string `yaml:"state,omitempty" json:"state,omitempty"`
	// Monolith is the old arm: the safety net for every route.
	Monolith Upstream `yaml:"monolith" json:"monolith"`
	// TrustedProxies are addresses or CIDR ranges in front of the proxy whose
	// X-Forwarded-* and Forwarded headers are believed; none by default.
	TrustedProxies []string `yaml:"trusted_proxies,omitempty" json:"trusted_proxies,omitempty"`
	// ProxyProtocol are addresses or CIDR ranges of load balancers that begin every
	// connection with a PROXY protocol header (version 1 or 2): the client's address is
	// taken from it, and a connection of theirs without one is closed. From all others
	// such a header is refused as bad HTTP. None by default.
	ProxyProtocol []string `yaml:"proxy_protocol,omitempty" json:"proxy_protocol,omitempty"`
	// Services are the new arms by name.
	Services map[string]Upstream `yaml:"services,omitempty" json:"services,omitempty"`
	// Cohort says which users move together; the default for every route.
	Cohort Cohort `yaml:"cohort,omitempty" json:"cohort,omitempty"`
	// Rollout is the default policy for every route.
	Rollout Policy `yaml:"rollout,omitempty" json:"rollout,omitempty"`
	// Routes are the rules; the most specific wins (Gateway API precedence), what
	// none matches goes to the monolith.
	Routes []Route `yaml:"routes,omitempty" json:"routes,omitempty"`
	// Redirects are rules that the proxy answers itself. Precedence is that of the
	// routes; between equals the route wins.
	Redirects []Redirect `yaml:"redirects,omitempty" json:"redirects,omitempty"`
}

// Redirect sends the clients of some requests elsewhere. The query stays.
type Redirect struct {
	Match Match `yaml:"match,omitempty" json:"match,omitzero"`
	// Scheme to go to, http or https; the request's own when empty.
	Scheme string `yaml:"scheme,omitempty" json:"scheme,omitempty"`
	// Host to go to, with its port unless that is the scheme's; the request's own when
	// empty.
	Host string `yaml:"host,omitempty" json:"host,omitempty"`
	// Path to go to, with the wildcards of match.path as in Rewrite.Path; the request's
	// own when empty.
	Path string `yaml:"path,omitempty" json:"path,omitempty"`
	// Status of the answer: 301, 302, 303, 307 or 308; default 307, which is temporary
	// and keeps the method.
	Status int `yaml:"status,omitempty" json:"status,omitempty"`
}

// Upstream is one side of a route.
type Upstream struct {
	// URL of the upstream: scheme, host and port, no path.
	URL string `yaml:"url,omitempty" json:"url,omitempty"`
	// URLs of several upstreams that are alike, instead of URL: each request goes to
	// the one with the fewest under way, and to another when it cannot be reached.
	URLs []string `yaml:"urls,omitempty" json:"urls,omitempty"`
	// TLS of an https upstream: whom to trust and how to prove who we are; the system's
	// certificate authorities and no certificate when empty.
	TLS *UpstreamTLS `yaml:"tls,omitempty" json:"tls,omitempty"`
	// Health is the path probed for health, e.g. /healthz; none when empty.
	Health string `yaml:"health,omitempty" json:"health,omitempty"`
	// Timeout of one request until the response headers; default 30s.
	Timeout Duration `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	// Breaker lets a service that keeps failing rest: the monolith answers for it
	// without asking it first. None when empty; the monolith has none.
	Breaker *Breaker `yaml:"breaker,omitempty" json:"breaker,omitempty"`
	// Eject leaves out one of several URLs that keeps failing while the others do not.
	// None when empty.
	Eject *Eject `yaml:"eject,omitempty" json:"eject,omitempty"`
}

// Eject says when one of several upstreams is left out. When more than half of them
// would be, none is: then the fault is not theirs alone.
type Eject struct {
	// Failures in a row (no connection, timeout, broken off, 5xx); default 5.
	Failures int `yaml:"failures,omitempty" json:"failures,omitempty"`
	// Pause until it gets requests again; default 10s. The next failure ejects it anew.
	Pause Duration `yaml:"pause,omitempty" json:"pause,omitempty"`
}

// Breaker is a circuit breaker.
type Breaker struct {
	// Failures in a row (no connection, timeout, broken off, 5xx) that open it;
	// default 5.
	Failures int `yaml:"failures,omitempty" json:"failures,omitempty"`
	// Pause until one request tries the service again; default 10s.
	Pause Duration `yaml:"pause,omitempty" json:"pause,omitempty"`
}

// Cohort names the key whose hash puts a user into one of 10,000 buckets. Exactly
// one of Cookie, Header, Claim and Client is set; the default is the client address,
// which also stands in for a cookie, header or claim that a request does not have.
type Cohort struct {
	// Cookie whose value is the key.
	Cookie string `yaml:"cookie,omitempty" json:"cookie,omitempty"`
	// Header whose value is the key.
	Header string `yaml:"header,omitempty" json:"header,omitempty"`
	// Claim of the JSON Web Token in the Authorization header (Bearer) whose value is the
	// key, e.g. sub. The signature is not verified: the claim only chooses a cohort, as a
	// cookie does that a client can write as well, and grants nothing. The system behind
	// the proxy verifies the token as before.
	Claim string `yaml:"claim,omitempty" json:"claim,omitempty"`
	// Client uses the client's address.
	Client bool `yaml:"client,omitempty" json:"client,omitempty"`
	// Hash of the key: murmur2 (default), which is nginx's split_clients; xxh32, which is
	// HAProxy's xxh32,mod(10000); or xxh64. Another hash makes other cohorts: users change
	// sides.
	Hash string `yaml:"hash,omitempty" json:"hash,omitempty"`
	// Salt separates the cohorts of one rollout from those of another.
	Salt string `yaml:"salt,omitempty" json:"salt,omitempty"`
	// Allow lists keys that are always on the new arm, at every share, also after a
	// rollback: testers who asked for it.
	Allow []string `yaml:"allow,omitempty" json:"allow,omitempty"`
	// Deny lists keys that are never on the new arm; it wins over Allow and Override.
	Deny []string `yaml:"deny,omitempty" json:"deny,omitempty"`
	// Override names a header whose value new or old chooses the arm of one request;
	// none when empty. Whoever can send the header chooses, also an arm at 0%: name a
	// header that is not guessed, or let the proxy in front drop it from outside.
	Override string `yaml:"override,omitempty" json:"override,omitempty"`
}

// Route is one rule.
type Route struct {
	// Name is unique and stable: weights and evidence are kept under it.
	Name  string `yaml:"name" json:"name"`
	Match Match  `yaml:"match,omitempty" json:"match,omitzero"`
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
	// Timeout overrides the timeouts of both upstreams for this route.
	Timeout Duration `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	// MaxBody bounds the request's body, e.g. 10MB; a larger one is answered 413 on
	// either arm. No bound when empty.
	MaxBody Size `yaml:"max_body,omitempty" json:"max_body,omitempty"`
	// Rewrite changes the request for the new arm; the monolith always gets it as it
	// came.
	Rewrite *Rewrite `yaml:"rewrite,omitempty" json:"rewrite,omitempty"`
	// Owner is the Go function that answers the route, for explain.
	Owner string `yaml:"owner,omitempty" json:"owner,omitempty"`
	// Rollout overrides the default policy.
	Rollout *Policy `yaml:"rollout,omitempty" json:"rollout,omitempty"`
}

// Match lists conditions that must all hold.
type Match struct {
	Host string `yaml:"host,omitempty" json:"host,omitempty"`
	// Path is a template as in Go's ServeMux: /invoices/{id}, /static/{rest...}; a
	// literal path is exact, also when it ends in a slash, and one ending in /* takes
	// everything below (/a/* takes /a/ and /a/b, not /a). Every path when empty. Paths
	// that servers read in different ways (dot segments, //, %2F, a semicolon) match no
	// route: the monolith gets them as they came.
	Path string `yaml:"path,omitempty" json:"path,omitempty"`
	// PathRegex is a regular expression (RE2) that the whole decoded path must match,
	// instead of Path.
	PathRegex string `yaml:"path_regex,omitempty" json:"path_regex,omitempty"`
	// GRPC is a gRPC method, shop.v1.Orders/Get, or all methods of a service,
	// shop.v1.Orders, instead of Path and Methods: POST of content type
	// application/grpc, also +proto, +json and gRPC-Web.
	GRPC string `yaml:"grpc,omitempty" json:"grpc,omitempty"`
	// Methods; any when empty. GET takes HEAD as well, as in ServeMux.
	Methods []string `yaml:"methods,omitempty" json:"methods,omitempty"`
	// Headers that must be present with exactly this value.
	Headers map[string]string `yaml:"headers,omitempty" json:"headers,omitempty"`
	// Query parameters that must be present once with exactly this value.
	Query map[string]string `yaml:"query,omitempty" json:"query,omitempty"`
	// Cookies that must be present with exactly this value.
	Cookies map[string]string `yaml:"cookies,omitempty" json:"cookies,omitempty"`
	// SOAPAction is the action of a SOAP request, without quotes: the SOAPAction header
	// (SOAP 1.1), or the action of the content type (SOAP 1.2).
	SOAPAction string `yaml:"soap_action,omitempty" json:"soap_action,omitempty"`
}

// Rewrite changes a request on its way to the new arm.
type Rewrite struct {
	// Path replaces the path. {name} stands for what the wildcard of match.path took,
	// and * at the end for what its * took.
	Path string `yaml:"path,omitempty" json:"path,omitempty"`
	// Host replaces the Host header.
	Host string `yaml:"host,omitempty" json:"host,omitempty"`
	// SetHeaders are set, whatever the client sent.
	SetHeaders map[string]string `yaml:"set_headers,omitempty" json:"set_headers,omitempty"`
	// RemoveHeaders are removed.
	RemoveHeaders []string `yaml:"remove_headers,omitempty" json:"remove_headers,omitempty"`
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

// Size is a number of bytes, written 512KB, 10MB or 1GB (powers of 1024), or plain.
type Size int64

// Share is a share in units of 1/10000 (basis points): 500 is written 5%.
type Share int
