package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/ficus-dev/ficus/strangler/route"
)

// Role is what a caller may do; each includes those before it.
type Role int

// The roles. Nobody has the zero one.
const (
	_ Role = iota
	// View sees everything.
	View
	// Operate moves traffic as well.
	Operate
	// Admin also reloads the configuration and profiles the process.
	Admin
)

// String is the role as strangler.yaml has it.
func (r Role) String() string {
	return [...]string{"none", route.RoleView, route.RoleOperate, route.RoleAdmin}[r]
}

// ParseRole reads a role as strangler.yaml has it.
func ParseRole(s string) (Role, error) {
	for r := View; r <= Admin; r++ {
		if r.String() == s {
			return r, nil
		}
	}
	return 0, fmt.Errorf("%q is no role; write %s, %s or %s", s, View, Operate, Admin)
}

// Caller is somebody known, with a role. The name is empty when it is not known: then it
// is the one that a command gives.
type Caller struct {
	Name string
	Role Role
}

// Token is a bearer token of a caller.
type Token struct {
	Caller
	Secret string
}

// Access says who may do what. Everybody may do everything when it is empty.
type Access struct {
	Tokens []Token
	// Clients are callers whose verified certificates bear their names.
	Clients []Caller
}

// AccessOf is what the configuration says, whose files hold the secrets.
func AccessOf(c *route.AdminAccess, secrets route.AdminSecrets) (Access, error) {
	var a Access
	if c == nil {
		return a, nil
	}
	if len(secrets.Tokens) != len(c.Tokens) {
		return a, fmt.Errorf("%d secrets for %d tokens", len(secrets.Tokens), len(c.Tokens))
	}
	for i, t := range c.Tokens {
		role, err := ParseRole(t.Role)
		if err != nil {
			return a, err
		}
		a.Tokens = append(a.Tokens, Token{Caller{t.Name, role}, secrets.Tokens[i]})
	}
	for _, t := range c.Clients {
		role, err := ParseRole(t.Role)
		if err != nil {
			return a, err
		}
		a.Clients = append(a.Clients, Caller{t.Name, role})
	}
	return a, nil
}

func (a *Access) open() bool { return len(a.Tokens)+len(a.Clients) == 0 }

var (
	errNoCaller    = errors.New("the admin API needs a token: send Authorization: Bearer …, or set FICUS_ADMIN_TOKEN for ficus rollout")
	errNoClient    = errors.New("the admin API needs a certificate that has a role: name it in admin_access.clients of strangler.yaml, or send a token")
	errNotVerified = errors.New("the admin API needs a client certificate, or a token: see FICUS_ADMIN_CERT and FICUS_ADMIN_TOKEN for ficus rollout")
)

// caller is who sends the request: by its token when it shows one, else by its
// certificate.
func (a *Access) caller(r *http.Request) (Caller, error) {
	if a.open() {
		return Caller{Role: Admin}, nil
	}
	shown, certified := r.Header.Get("Authorization"), r.TLS != nil && len(r.TLS.VerifiedChains) > 0
	switch {
	case shown != "":
		return a.byToken(shown)
	case certified:
		return a.byCertificate(r.TLS.VerifiedChains[0][0])
	case len(a.Tokens) == 0 || len(a.Clients) > 0:
		return Caller{}, errNotVerified
	}
	return Caller{}, errNoCaller
}

// byToken compares with every token, in the same time whichever it is.
func (a *Access) byToken(shown string) (found Caller, err error) {
	err = errNoCaller
	sum := sha256.Sum256([]byte(shown))
	for _, t := range a.Tokens {
		want := sha256.Sum256([]byte("Bearer " + t.Secret))
		if subtle.ConstantTimeCompare(sum[:], want[:]) == 1 {
			found, err = t.Caller, nil
		}
	}
	return found, err
}

func (a *Access) byCertificate(leaf *x509.Certificate) (Caller, error) {
	names := slices.Concat([]string{leaf.Subject.CommonName}, leaf.DNSNames, leaf.EmailAddresses)
	for _, u := range leaf.URIs {
		names = append(names, u.String())
	}
	var found Caller
	for _, c := range a.Clients {
		if slices.Contains(names, c.Name) && c.Role > found.Role {
			found = c
		}
	}
	if found.Role == 0 {
		return found, errNoClient
	}
	return found, nil
}

// callerKey is the key of the Caller in a request's context.
type callerKey struct{}

// callerOf is who sends a request that authorized has let pass.
func callerOf(r *http.Request) Caller {
	c, _ := r.Context().Value(callerKey{}).(Caller)
	return c
}

// authorized asks who the caller is, when somebody must be known.
func (h *Handler) authorized(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := h.access.Load().caller(r)
		switch {
		case errors.Is(err, errNoClient):
			fail(w, http.StatusForbidden, err)
		case err != nil:
			w.Header().Set("WWW-Authenticate", `Bearer realm="ficus admin"`)
			fail(w, http.StatusUnauthorized, err)
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
		}
	})
}

// needs lets pass those who have the role.
func needs(role Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := callerOf(r); c.Role < role {
			fail(w, http.StatusForbidden, fmt.Errorf("%s has the role %s; %s %s needs %s", c.Name, c.Role, r.Method, r.URL.Path, role))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// signed is the name for the history: who the caller is known to be, with the name that
// it gives itself after it when that is another.
func (c Caller) signed(given string) string {
	switch {
	case c.Name == "":
		return given
	case given == "" || given == c.Name:
		return c.Name
	}
	return c.Name + " (" + given + ")"
}
