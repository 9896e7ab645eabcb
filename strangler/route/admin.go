package route

import (
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
)

// AdminAccess says who may use the admin API. Whoever reaches its address may do
// everything when nobody is named here and the environment variable FICUS_ADMIN_TOKEN is
// not set. Files are PEM or text; relative names are relative to the folder of
// strangler.yaml, and new contents come into force by themselves.
type AdminAccess struct {
	// TLS of the admin listener; with client_ca every caller needs a certificate from
	// it (mTLS). Adding or removing it takes effect at the next start.
	TLS *TLS `yaml:"tls,omitempty" json:"tls,omitempty"`
	// Tokens that callers show as Authorization: Bearer TOKEN.
	Tokens []AdminToken `yaml:"tokens,omitempty" json:"tokens,omitempty"`
	// Clients are known by their certificates; they need tls.client_ca.
	Clients []AdminClient `yaml:"clients,omitempty" json:"clients,omitempty"`
}

// AdminToken is a bearer token of the admin API.
type AdminToken struct {
	// Name of who has it, for the history.
	Name string `yaml:"name" json:"name"`
	// Role: view (see everything), operate (move traffic as well) or admin (also reload
	// and profile the process).
	Role string `yaml:"role" json:"role"`
	// File that holds the token and nothing else, at least 16 characters.
	File string `yaml:"file" json:"file"`
}

// AdminClient is a caller with a certificate.
type AdminClient struct {
	// Name in the certificate: its common name, or a DNS name, e-mail address or URI
	// among its alternative names.
	Name string `yaml:"name" json:"name"`
	// Role as in AdminToken.
	Role string `yaml:"role" json:"role"`
}

// Roles of AdminToken and AdminClient, each with what those before it may do.
const (
	RoleView    = "view"
	RoleOperate = "operate"
	RoleAdmin   = "admin"
)

// unixPrefix marks the path of a unix socket in Config.Admin.
const unixPrefix = "unix:"

// maxSocketPath is what every system allows, with room for a temporary name.
const maxSocketPath = 85

// SocketPath is the path of an address like unix:run/admin.sock; false for others.
func SocketPath(address string) (string, bool) {
	path, ok := strings.CutPrefix(address, unixPrefix)
	if rest, slashes := strings.CutPrefix(path, "//"); slashes { // as a URL has it
		path = rest
	}
	return path, ok
}

// AdminSocket is the path of the admin API's unix socket for a strangler.yaml at file:
// absolute ones as they are, others beside it; "" when it listens on an address.
func (c *Config) AdminSocket(file string) string {
	path, ok := SocketPath(c.AdminAddress())
	if !ok {
		return ""
	}
	return inFolder(filepath.Dir(file), path)
}

// adminAddress checks Config.Admin.
func (c *collector) adminAddress(cfg *Config) {
	admin := cfg.AdminAddress()
	if path, ok := SocketPath(admin); ok {
		c.socket(cfg, path)
		return
	}
	if admin == "" || !c.address("admin", admin) {
		return
	}
	if host, _, _ := net.SplitHostPort(admin); !Loopback(host) {
		c.errorf("admin", "%q is not a loopback address; whoever reaches the admin API moves traffic: use 127.0.0.1:8081, unix:admin.sock, or %s", admin, Off)
	}
	if admin == cfg.ListenAddress() && !strings.HasSuffix(admin, ":0") {
		c.errorf("admin", "%q is the address of listen%s as well", admin, c.where("listen"))
	}
}

func (c *collector) socket(cfg *Config, path string) {
	switch {
	case path == "":
		c.errorf("admin", "the path of the socket is missing; write unix:admin.sock")
	case len(path) > maxSocketPath:
		c.errorf("admin", "the path of a socket has at most %d bytes, this one has %d", maxSocketPath, len(path))
	}
	if a := cfg.AdminAccess; a != nil && a.TLS != nil {
		c.errorf("admin_access.tls", "admin is a unix socket%s, which only its owner can open: remove tls", c.where("admin"))
	}
}

// adminAccess checks Config.AdminAccess.
func (c *collector) adminAccess(cfg *Config) {
	a := cfg.AdminAccess
	if a == nil {
		return
	}
	if cfg.AdminAddress() == "" {
		c.warnf("admin_access", "admin is off%s: nobody is let in", c.where("admin"))
	}
	names := map[string]string{}
	for i, t := range a.Tokens {
		path := fmt.Sprintf("admin_access.tokens[%d]", i)
		c.adminCaller(path, t.Name, t.Role, names)
		if t.File == "" {
			c.errorf(path, "file is missing: the name of the file that holds the token")
		}
	}
	for i, t := range a.Clients {
		c.adminCaller(fmt.Sprintf("admin_access.clients[%d]", i), t.Name, t.Role, names)
	}
	c.adminTLS(a)
}

func (c *collector) adminTLS(a *AdminAccess) {
	if a.TLS != nil {
		c.serverTLS("admin_access.tls", a.TLS)
	}
	verified := a.TLS != nil && a.TLS.ClientCA != ""
	switch {
	case len(a.Clients) > 0 && !verified:
		c.errorf("admin_access.clients", "nobody can show a certificate; write tls: {cert: …, key: …, client_ca: …}")
	case verified && len(a.Clients)+len(a.Tokens) == 0:
		c.errorf("admin_access.tls.client_ca", "no certificate has a role; write clients: [{name: …, role: %s}]", RoleAdmin)
	}
}

func (c *collector) adminCaller(path, name, role string, names map[string]string) {
	roles := []string{RoleView, RoleOperate, RoleAdmin}
	switch first, twice := names[name]; {
	case !printable(name):
		c.errorf(path, "name is missing, or no printable text of at most %d bytes", maxName)
	case twice:
		c.errorf(join(path, "name"), "%q stands twice%s", name, c.where(first))
	default:
		names[name] = join(path, "name")
	}
	switch {
	case role == "":
		c.errorf(path, "role is missing; write one of %s", strings.Join(roles, ", "))
	case !slices.Contains(roles, role):
		c.errorf(join(path, "role"), "%q is none of %s%s", role, strings.Join(roles, ", "), suggest(role, roles))
	}
}

// minToken is the least length of a token: one that cannot be guessed.
const minToken = 16

// AdminSecrets is what the files of an AdminAccess hold.
type AdminSecrets struct {
	// PEM of the listener.
	PEM PEM
	// Tokens in the order of AdminAccess.Tokens.
	Tokens []string
}

// String leaves the secrets out of logs.
func (AdminSecrets) String() string { return "AdminSecrets" }

// GoString is String.
func (s AdminSecrets) GoString() string { return s.String() }

// Read reads the files, those with relative names from the folder, and checks them. A
// nil AdminAccess has none.
func (a *AdminAccess) Read(folder string) (AdminSecrets, error) {
	c := &collector{}
	s := c.adminSecrets(folder, a)
	return s, c.problems.Err()
}

func (c *collector) adminSecrets(folder string, a *AdminAccess) (s AdminSecrets) {
	if a == nil {
		return s
	}
	if a.TLS != nil {
		s.PEM, _ = readPEM(c, folder, "admin_access.tls", a.TLS.files()) // c has the problems
	}
	held := map[string]string{}
	for i, t := range a.Tokens {
		path := fmt.Sprintf("admin_access.tokens[%d].file", i)
		text := strings.TrimSpace(c.readFile(folder, path, t.File))
		first, twice := held[text]
		switch {
		case text == "": // readFile has said it
		case len(text) < minToken || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
			c.errorf(path, "%s: a token is one word of at least %d characters; make one with: openssl rand -hex 32", t.File, minToken)
		case twice:
			c.errorf(path, "%s: holds the token of %s as well", t.File, first)
		}
		held[text] = t.Name
		s.Tokens = append(s.Tokens, text)
	}
	return s
}

// files are the names that an AdminAccess mentions.
func (a *AdminAccess) files() (names []string) {
	if a == nil {
		return nil
	}
	if t := a.TLS; t != nil {
		names = append(names, t.Cert, t.Key, t.ClientCA)
	}
	for _, t := range a.Tokens {
		names = append(names, t.File)
	}
	return names
}

// Restarts lists the keys of cfg that differ from c's and that a reload cannot put into
// force.
func (c *Config) Restarts(cfg *Config) []string {
	changed := map[string]bool{
		"listen":           c.ListenAddress() != cfg.ListenAddress(),
		"tls":              (c.TLS == nil) != (cfg.TLS == nil),
		"admin":            c.AdminAddress() != cfg.AdminAddress(),
		"admin_access.tls": c.adminSecure() != cfg.adminSecure(),
		"state":            c.StatePath("") != cfg.StatePath(""),
	}
	maps.DeleteFunc(changed, func(_ string, differs bool) bool { return !differs })
	return slices.Sorted(maps.Keys(changed))
}

func (c *Config) adminSecure() bool { return c.AdminAccess != nil && c.AdminAccess.TLS != nil }
