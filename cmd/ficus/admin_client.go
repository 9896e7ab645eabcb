package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/route"
)

// adminTimeout bounds one request to the admin API.
const adminTimeout = 10 * time.Second

// adminClient talks to the admin API at an address: host and port, a URL, or unix:PATH.
// The environment says how it is known there: FICUS_ADMIN_TOKEN; FICUS_ADMIN_CERT and
// FICUS_ADMIN_KEY, the files of a client certificate; FICUS_ADMIN_CA, that of the
// authorities that the listener's certificate comes from.
func adminClient(c *console, address string) (*admin.Client, error) {
	client := &admin.Client{URL: address, Token: c.getenv("FICUS_ADMIN_TOKEN"), Name: address}
	if path, ok := route.SocketPath(address); ok {
		client.URL = "http://localhost"
		client.HTTP = &http.Client{Timeout: adminTimeout, Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", path)
			}}}
		return client, nil
	}
	config, err := adminClientTLS(c)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(address, "://") {
		client.URL = "http://" + address
		if config != nil {
			client.URL = "https://" + address
		}
		client.Name = client.URL
	}
	if config != nil {
		client.HTTP = &http.Client{Timeout: adminTimeout, Transport: &http.Transport{TLSClientConfig: config}}
	}
	return client, nil
}

// adminClientTLS is nil when the environment names no file.
func adminClientTLS(c *console) (*tls.Config, error) {
	ca, cert, key := c.getenv("FICUS_ADMIN_CA"), c.getenv("FICUS_ADMIN_CERT"), c.getenv("FICUS_ADMIN_KEY")
	if ca == "" && cert == "" && key == "" {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		data, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("read FICUS_ADMIN_CA: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("read FICUS_ADMIN_CA: no certificate is in %s; it must be PEM", ca)
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cmp.Or(cert, key), cmp.Or(key, cert)) // one file may hold both
		if err != nil {
			return nil, fmt.Errorf("read FICUS_ADMIN_CERT and FICUS_ADMIN_KEY: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
