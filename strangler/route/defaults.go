package route

import (
	"net/http"
	"path/filepath"
	"slices"
	"time"
)

// Defaults of strangler.yaml, in one place.
const (
	DefaultListen  = "127.0.0.1:8080"
	DefaultAdmin   = "127.0.0.1:8081"
	DefaultTimeout = 30 * time.Second
	// Of Breaker and Eject.
	DefaultFailures = 5
	DefaultPause    = 10 * time.Second
	// DefaultState is relative to the folder of strangler.yaml.
	DefaultState = ".ficus/strangler.state"
	// Off switches Admin or State off.
	Off = "off"
)

// Modes of a rollout policy.
const (
	ModeManual = "manual"
	ModeAuto   = "auto"
)

// Values of Cohort.Hash.
const (
	HashMurmur2 = "murmur2"
	HashXXH32   = "xxh32"
	HashXXH64   = "xxh64"
)

// Values of Route.Safe.
const (
	SafeAuto   = "auto"
	SafeAlways = "always"
	SafeNever  = "never"
)

// DefaultPolicy is the policy of a route for which nothing is said.
func DefaultPolicy() Policy {
	return Policy{
		Mode:         ModeManual,
		Steps:        []Share{100, 500, 2500, 5000, 10000},
		Alpha:        0.05,
		MaxErrorRate: 0.01,
		MaxRatio:     1.5,
		MinStep:      Duration(time.Minute),
	}
}

// ListenAddress is Listen or its default.
func (c *Config) ListenAddress() string { return or(c.Listen, DefaultListen) }

// AdminAddress is Admin or its default; "" when it is switched off.
func (c *Config) AdminAddress() string { return unlessOff(or(c.Admin, DefaultAdmin)) }

// StatePath is the state file for a strangler.yaml at file: absolute paths as
// they are, others beside it; "" when state is kept in memory only.
func (c *Config) StatePath(file string) string {
	path := unlessOff(or(c.State, DefaultState))
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), filepath.FromSlash(path))
}

// Code is Status or its default.
func (r Redirect) Code() int { return or(r.Status, http.StatusTemporaryRedirect) }

// RequestTimeout is Timeout or its default.
func (u Upstream) RequestTimeout() time.Duration { return or(u.Timeout.Std(), DefaultTimeout) }

// Addresses are the URLs of the upstream: URL, or URLs.
func (u Upstream) Addresses() []string {
	if u.URL != "" {
		return []string{u.URL}
	}
	return u.URLs
}

// Find is the route of that name, nil when there is none.
func (c *Config) Find(name string) *Route {
	for i := range c.Routes {
		if c.Routes[i].Name == name {
			return &c.Routes[i]
		}
	}
	return nil
}

// PolicyOf is the whole policy of a route: what the route says, else what the
// configuration says for all, else DefaultPolicy.
func (c *Config) PolicyOf(name string) Policy {
	p := DefaultPolicy().overlaid(c.Rollout)
	if r := c.Find(name); r != nil && r.Rollout != nil {
		p = p.overlaid(*r.Rollout)
	}
	return p
}

// overlaid is p with the fields that over sets.
func (p Policy) overlaid(over Policy) Policy {
	p.Mode = or(over.Mode, p.Mode)
	if len(over.Steps) > 0 {
		p.Steps = slices.Clone(over.Steps)
	}
	p.Alpha = or(over.Alpha, p.Alpha)
	p.MaxErrorRate = or(over.MaxErrorRate, p.MaxErrorRate)
	p.MaxRatio = or(over.MaxRatio, p.MaxRatio)
	p.MinStep = or(over.MinStep, p.MinStep)
	return p
}

// RepeatClass says what may be done with a request of the route a second time.
func (r *Route) RepeatClass() string { return or(r.Safe, SafeAuto) }

// or is the first value that is not zero.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func unlessOff(s string) string {
	if s == Off {
		return ""
	}
	return s
}
