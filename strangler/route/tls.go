package route

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// TLS of the traffic listener. Files are PEM; relative names are relative to the
// folder of strangler.yaml. They are watched: new contents come into force without a
// lost connection, and a pair that does not fit changes nothing.
type TLS struct {
	// Cert is the file of the certificate, the intermediate ones after it.
	Cert string `yaml:"cert" json:"cert"`
	// Key is the file of its private key.
	Key string `yaml:"key" json:"key"`
	// ClientCA is a file of certificate authorities: only clients with a certificate
	// from one of them are served (mTLS). Everybody is when empty.
	ClientCA string `yaml:"client_ca,omitempty" json:"client_ca,omitempty"`
}

// UpstreamTLS is the TLS of an https upstream. Files as in TLS.
type UpstreamTLS struct {
	// CA is a file of certificate authorities that the upstream's certificate must come
	// from, instead of the system's.
	CA string `yaml:"ca,omitempty" json:"ca,omitempty"`
	// Cert and Key are the certificate that the upstream may ask for.
	Cert string `yaml:"cert,omitempty" json:"cert,omitempty"`
	// Key is the file of the private key of Cert.
	Key string `yaml:"key,omitempty" json:"key,omitempty"`
	// ServerName that the upstream's certificate must have; the URL's host when empty.
	ServerName string `yaml:"server_name,omitempty" json:"server_name,omitempty"`
}

func (c *collector) listenerTLS(cfg *Config) {
	if cfg.TLS != nil {
		c.serverTLS("tls", cfg.TLS)
	}
}

func (c *collector) serverTLS(path string, t *TLS) {
	if t.Cert == "" {
		c.errorf(path, "cert is missing; write cert: server.pem and key: server.key")
		return
	}
	c.pair(path, t.Cert, t.Key)
}

func (c *collector) upstreamTLS(path string, u Upstream) {
	if u.TLS == nil {
		return
	}
	at := join(path, "tls")
	if i := slices.IndexFunc(u.Addresses(), func(a string) bool { return !strings.HasPrefix(a, "https:") }); i >= 0 {
		c.errorf(at, "%q is not https: TLS would not be used; write https:// or remove tls", u.Addresses()[i])
	}
	c.pair(at, u.TLS.Cert, u.TLS.Key)
}

// pair checks that certificate and key come together.
func (c *collector) pair(path, cert, key string) {
	switch {
	case cert != "" && key == "":
		c.errorf(path, "key is missing: the file of the private key of %q", cert)
	case key != "" && cert == "":
		c.errorf(join(path, "key"), "cert is missing: the file of the certificate of %q", key)
	}
}

// PEM is what the files of a TLS or UpstreamTLS hold. Two are equal when nothing
// changed.
type PEM struct {
	CA, Cert, Key string
}

// String leaves the private key out of logs.
func (PEM) String() string { return "PEM" }

// GoString is String.
func (p PEM) GoString() string { return p.String() }

// Pair is the certificate with its key; nil when none is configured.
func (p PEM) Pair() ([]tls.Certificate, error) {
	if p.Cert == "" && p.Key == "" {
		return nil, nil
	}
	pair, err := tls.X509KeyPair([]byte(p.Cert), []byte(p.Key))
	if err != nil {
		return nil, err
	}
	return []tls.Certificate{pair}, nil
}

// Pool holds the certificate authorities; nil when none are configured.
func (p PEM) Pool() (*x509.CertPool, error) {
	if p.CA == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(p.CA)) {
		return nil, errors.New("no certificate is in it; write PEM (-----BEGIN CERTIFICATE-----)")
	}
	return pool, nil
}

// Read reads the files, those with relative names from the folder, and checks them.
func (t *TLS) Read(folder string) (PEM, error) {
	return readPEM(&collector{}, folder, "tls", t.files())
}

func (t *TLS) files() pemFiles { return pemFiles{t.ClientCA, "client_ca", t.Cert, t.Key} }

// Read reads the files, those with relative names from the folder, and checks them.
// A nil UpstreamTLS has none.
func (t *UpstreamTLS) Read(folder string) (PEM, error) {
	if t == nil {
		return PEM{}, nil
	}
	return readPEM(&collector{}, folder, "tls", t.files())
}

func (t *UpstreamTLS) files() pemFiles { return pemFiles{t.CA, "ca", t.Cert, t.Key} }

// pemFiles are names of files; caField is the YAML key of ca.
type pemFiles struct{ ca, caField, cert, key string }

// readPEM reports what is wrong with the files to the collector, and returns it.
func readPEM(c *collector, folder, path string, f pemFiles) (PEM, error) {
	bad := len(c.problems.Errors())
	p := PEM{
		CA:   c.readFile(folder, join(path, f.caField), f.ca),
		Cert: c.readFile(folder, join(path, "cert"), f.cert),
		Key:  c.readFile(folder, join(path, "key"), f.key),
	}
	if _, err := p.Pool(); err != nil {
		c.errorf(join(path, f.caField), "%s: %s", f.ca, err)
	}
	if p.Cert != "" && p.Key != "" {
		c.checkPair(join(path, "cert"), f.cert, p)
	}
	if all := c.problems.Errors(); len(all) > bad {
		return PEM{}, all[bad:]
	}
	return p, nil
}

func (c *collector) checkPair(path, name string, p PEM) {
	pair, err := p.Pair()
	if err != nil {
		c.errorf(path, "%s: %s", name, strings.TrimPrefix(err.Error(), "tls: "))
		return
	}
	if leaf := pair[0].Leaf; leaf != nil && time.Now().After(leaf.NotAfter) {
		c.warnf(path, "%s: expired on %s", name, leaf.NotAfter.UTC().Format(time.DateOnly))
	}
}

func (c *collector) readFile(folder, path, name string) string {
	if name == "" {
		return ""
	}
	data, err := os.ReadFile(inFolder(folder, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.errorf(path, "%s: no such file; names are relative to the folder of strangler.yaml", name)
	case err != nil:
		c.errorf(path, "%s: %s", name, rootOf(err))
	case len(data) == 0:
		c.errorf(path, "%s: the file is empty", name)
	}
	return string(data)
}

// rootOf is the innermost error: the others repeat the path.
func rootOf(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

func inFolder(folder, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, filepath.FromSlash(name))
}

// CheckFiles is Check, and reads the files that the configuration names, from the
// folder of name: certificates that are missing or do not fit are problems too.
func CheckFiles(name string, data []byte) (*Config, Problems) {
	c := &collector{file: name, places: map[string]position{}}
	cfg := c.decode(data)
	if cfg == nil {
		return nil, c.problems.sorted()
	}
	c.validate(cfg)
	folder := filepath.Dir(filepath.FromSlash(name))
	if t := cfg.TLS; t != nil {
		_, _ = readPEM(c, folder, "tls", t.files()) // c has the problems
	}
	c.adminSecrets(folder, cfg.AdminAccess)
	cfg.eachUpstream(func(path string, u Upstream) {
		if u.TLS != nil {
			_, _ = readPEM(c, folder, join(path, "tls"), u.TLS.files())
		}
	})
	return cfg, c.problems.sorted()
}

// eachUpstream calls f for the monolith and the services, by name.
func (c *Config) eachUpstream(f func(path string, u Upstream)) {
	f("monolith", c.Monolith)
	for _, name := range slices.Sorted(maps.Keys(c.Services)) {
		f(join("services", name), c.Services[name])
	}
}

// Files are the files that the configuration names, for a strangler.yaml in folder:
// sorted, each once.
func (c *Config) Files(folder string) []string {
	names := c.AdminAccess.files()
	if c.TLS != nil {
		names = append(names, c.TLS.Cert, c.TLS.Key, c.TLS.ClientCA)
	}
	c.eachUpstream(func(_ string, u Upstream) {
		if u.TLS != nil {
			names = append(names, u.TLS.CA, u.TLS.Cert, u.TLS.Key)
		}
	})
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	for i, n := range names {
		names[i] = inFolder(folder, n)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// WithoutTLS is a copy that names no certificates and tokens, for those who explain a
// configuration where its secrets are not.
func (c *Config) WithoutTLS() *Config {
	bare := *c
	bare.TLS, bare.Monolith.TLS, bare.AdminAccess = nil, nil, nil
	bare.Services = maps.Clone(c.Services)
	for name, u := range bare.Services {
		u.TLS = nil
		bare.Services[name] = u
	}
	return &bare
}
