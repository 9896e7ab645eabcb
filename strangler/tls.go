package strangler

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ficus-dev/ficus/strangler/route"
)

// folder is what the names in the configuration are relative to.
func (p *Proxy) folder() string { return filepath.Dir(p.options.ConfigFile) }

// listenerTLS reads the listener's certificates; nil without them.
func (p *Proxy) listenerTLS(cfg *route.Config) (*tls.Config, error) {
	if cfg.TLS == nil {
		return nil, nil
	}
	files, err := cfg.TLS.Read(p.folder())
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if config.Certificates, err = files.Pair(); err != nil {
		return nil, err
	}
	if config.ClientCAs, err = files.Pool(); err != nil {
		return nil, err
	}
	if config.ClientCAs != nil {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}

// tlsForClient gives every new connection the certificates in force.
func (p *Proxy) tlsForClient(*tls.ClientHelloInfo) (*tls.Config, error) { return p.secure.Load(), nil }

// contents stands for what the files that the configuration names hold: it is another
// when one of them changes, appears or is gone. It is empty when none is named.
func (p *Proxy) contents(cfg *route.Config) string {
	files := cfg.Files(p.folder())
	if len(files) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, name := range files {
		data, err := os.ReadFile(name)
		fmt.Fprintf(sum, "%s %d %t\n", name, len(data), err == nil)
		_, _ = io.WriteString(sum, string(data))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
