package route

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// writePair writes name.pem and name.key, valid until the time.
func writePair(t *testing.T, folder, name string, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		name + ".pem": {Type: "CERTIFICATE", Bytes: cert}, name + ".key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(folder, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCheckFiles: what is wrong with certificates is reported where they are named.
func TestCheckFiles(t *testing.T) {
	folder := t.TempDir()
	writePair(t, folder, "a", time.Now().Add(time.Hour))
	writePair(t, folder, "b", time.Now().Add(time.Hour))
	writePair(t, folder, "old", time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC))
	if err := os.WriteFile(filepath.Join(folder, "empty.pem"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.ToSlash(filepath.Join(folder, "strangler.yaml"))
	tests := []struct{ listener, upstream, want string }{
		{`{cert: a.pem, key: a.key, client_ca: b.pem}`, `{ca: a.pem, cert: b.pem, key: b.key}`, ""},
		{`{cert: ` + filepath.ToSlash(filepath.Join(folder, "a.pem")) + `, key: a.key}`, `{}`, ""},
		{`{cert: a.pem, key: b.key}`, `{}`, "2:13: tls.cert: a.pem: private key does not match public key"},
		{`{cert: none.pem, key: a.key}`, `{}`, "2:13: tls.cert: none.pem: no such file; names are relative to the folder of strangler.yaml"},
		{`{cert: a.pem, key: a.key, client_ca: a.key}`, `{}`, "2:43: tls.client_ca: a.key: no certificate is in it; write PEM (-----BEGIN CERTIFICATE-----)"},
		{`{cert: empty.pem, key: a.key}`, `{}`, "2:13: tls.cert: empty.pem: the file is empty"},
		{`{cert: old.pem, key: old.key}`, `{}`, "2:13: warning: tls.cert: old.pem: expired on 2020-02-03"},
		{`{cert: a.pem, key: a.key}`, `{ca: none.pem}`, "3:59: monolith.tls.ca: none.pem: no such file; names are relative to the folder of strangler.yaml"},
	}
	for _, tt := range tests {
		text := fmt.Sprintf("version: 1\ntls: %s\nmonolith: {url: \"https://monolith.example:443\", tls: %s}\n", tt.listener, tt.upstream)
		_, problems := CheckFiles(file, []byte(text))
		want := ""
		if tt.want != "" {
			want = file + ":" + tt.want
		}
		if got := problems.Error(); got != want {
			t.Errorf("%s %s:\n got %s\nwant %s", tt.listener, tt.upstream, got, want)
		}
	}
}

func TestReadKeepsTheKeyOutOfLogs(t *testing.T) {
	folder := t.TempDir()
	writePair(t, folder, "a", time.Now().Add(time.Hour))
	p, err := (&TLS{Cert: "a.pem", Key: "a.key"}).Read(folder)
	if err != nil || !strings.Contains(p.Key, "PRIVATE") {
		t.Fatalf("read %v, %v", p, err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, struct{ P PEM }{p}); strings.Contains(text, "PRIVATE") {
			t.Errorf("%s prints the private key", verb)
		}
	}
	if _, err := (&TLS{Cert: "a.pem", Key: "none"}).Read(folder); err == nil || !strings.Contains(err.Error(), "tls.key: none: no such file") {
		t.Errorf("err = %v", err)
	}
	if p, err := (*UpstreamTLS)(nil).Read(folder); p != (PEM{}) || err != nil {
		t.Errorf("no TLS: %v, %v", p, err)
	}
}

func TestFilesAndWithoutTLS(t *testing.T) {
	got := full.Files("folder")
	want := []string{"a.key", "a.pem", "b.key", "b.pem", "c.key", "c.pem", "ca.pem", "ci.token"}
	for i := range want {
		want[i] = filepath.Join("folder", want[i])
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	before := full.Services["a b"].TLS
	if bare := full.WithoutTLS(); len(bare.Files("x")) != 0 || full.Services["a b"].TLS != before || before == nil {
		t.Error("WithoutTLS changes its receiver, or names files")
	}
}
