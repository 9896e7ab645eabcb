//go:build unix

package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shortDir is a folder whose name leaves room for the path of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "f")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// frontFile writes a strangler.yaml with what is given about admin.
func frontFile(t *testing.T, dir, listen, admin string) string {
	t.Helper()
	file := filepath.Join(dir, "strangler.yaml")
	text := fmt.Sprintf("version: 1\nlisten: %s\nmonolith: {url: %q}\nservices: {s: {url: %q}}\nroutes: [{name: items, match: {path: \"/items/{id}\"}, service: s}]\n%s\n",
		listen, side(t, "old"), side(t, "new"), admin)
	writeText(t, file, text)
	return file
}

func writeText(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// operate runs ficus rollout with an environment.
func operate(t *testing.T, env []string, args ...string) (exitCode, string) {
	t.Helper()
	said := newOutput()
	code := run(context.Background(), newConsole(strings.NewReader(""), said, said, env), append([]string{"rollout"}, args...))
	return code, said.String()
}

// inBackground runs ficus proxy until the returned function is called, which gives the
// exit code.
func inBackground(t *testing.T, file string, env []string) (errs *output, end func() exitCode) {
	t.Helper()
	errs = newOutput()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	exit := make(chan exitCode, 1)
	go func() {
		exit <- run(ctx, newConsole(strings.NewReader(""), io.Discard, errs, env), []string{"proxy", file})
	}()
	return errs, func() exitCode {
		cancel()
		return <-exit
	}
}

// TestAdminSocket: the admin API on a unix socket that only its owner can open, which
// takes the place of one that was left behind, and of nothing else.
func TestAdminSocket(t *testing.T) {
	dir := shortDir(t)
	file, socket := frontFile(t, dir, "127.0.0.1:0", "admin: unix:admin.sock"), filepath.Join(dir, "admin.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()

	errs, end := inBackground(t, file, nil)
	errs.await(t, `admin and dashboard on unix:`+socket+`\n`)
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if code, said := operate(t, nil, "set", "items", "5%", "--admin", "unix:"+socket); code != exitOK || !strings.Contains(said, "5%") {
		t.Errorf("exit %d: %s", code, said)
	}
	second := newOutput()
	if code := runInProcess(t, newConsole(strings.NewReader(""), io.Discard, second, nil), "proxy", file); code != exitFailed || !strings.Contains(second.String(), "it is in use; is another proxy running?") {
		t.Errorf("a second one: exit %d: %s", code, second)
	}
	if code := end(); code != exitOK {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, err := os.Lstat(socket); err == nil {
		t.Error("the socket was left behind")
	}
	code, said := operate(t, nil, "status", "--admin", "unix:"+socket)
	if code != exitFailed || !strings.Contains(said, "no proxy answers at unix:"+socket) {
		t.Errorf("nobody there: exit %d: %s", code, said)
	}
	writeText(t, socket, "a file of somebody")
	second = newOutput()
	if code := runInProcess(t, newConsole(strings.NewReader(""), io.Discard, second, nil), "proxy", file); code != exitFailed || !strings.Contains(second.String(), "is no socket") {
		t.Errorf("a file: exit %d: %s", code, second)
	}
	if data, err := os.ReadFile(socket); string(data) != "a file of somebody" {
		t.Errorf("the file is %q, %v", data, err)
	}
	if list, _ := filepath.Glob(filepath.Join(dir, ".a*")); len(list) > 0 {
		t.Errorf("left behind: %q", list)
	}
}

// TestRestartMoves: a restart hands the socket of admin over, and takes addresses that
// changed from the file, which a reload says it cannot.
func TestRestartMoves(t *testing.T) {
	dir := shortDir(t)
	socket := filepath.Join(dir, "admin.sock")
	p := startProcessOf(t, frontFile(t, dir, "127.0.0.1:0", "admin: unix:admin.sock"))
	if p.admin != "unix:"+socket {
		t.Fatalf("admin on %s", p.admin)
	}
	p.signal(t, syscall.SIGUSR2)
	p.errs.await(t, "restarted: the new process serves")
	if err := p.first.Wait(); err != nil {
		t.Fatalf("the old process: %v\n%s", err, p.errs)
	}
	if code, said := operate(t, nil, "set", "items", "100%", "--admin", p.admin); code != exitOK {
		t.Errorf("after the restart: exit %d: %s", code, said)
	}
	if got := get(t, p.url+"/items/1"); got != "new" {
		t.Errorf("after the restart: %q", got)
	}
	http.DefaultClient.CloseIdleConnections()

	data, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, p.file, strings.NewReplacer("listen: 127.0.0.1:0", "listen: localhost:0", "unix:admin.sock", "unix:other.sock").Replace(string(data)))
	p.errs.await(t, `cannot put it into force: restart .* keys="admin, listen"`)
	if got := get(t, p.url+"/items/1"); got != "new" {
		t.Errorf("after the reload: %q", got)
	}
	http.DefaultClient.CloseIdleConnections()
	p.signal(t, syscall.SIGUSR2)
	other := p.errs.await(t, `(?s)(?:listening on .*){2}listening on (http://\S+) for`)[1]
	if got := get(t, other+"/items/1"); got != "new" || other == p.url {
		t.Errorf("at the other address: %q", got)
	}
	http.DefaultClient.CloseIdleConnections()
	if code, said := operate(t, nil, "status", "--admin", "unix:"+filepath.Join(dir, "other.sock")); code != exitOK {
		t.Errorf("at the other socket: exit %d: %s", code, said)
	}
}

// signer signs certificates.
type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// write puts a certificate for 127.0.0.1 of that name into folder/name.pem and .key; the
// signer itself is the first.
func (s *signer) write(t *testing.T, folder, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: s.cert == nil,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if s.cert == nil {
		s.cert, s.key = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.cert, key.Public(), s.key)
	if err != nil {
		t.Fatal(err)
	}
	if s.cert == template {
		if s.cert, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(folder, name+".pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	writeText(t, filepath.Join(folder, name+".key"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

// TestAdminCertificates: callers are known by their certificates and have roles; without
// one nobody gets in.
func TestAdminCertificates(t *testing.T) {
	dir := t.TempDir()
	s := &signer{}
	for _, name := range []string{"ca", "server", "ann", "bob", "eve"} {
		s.write(t, dir, name)
	}
	access := "admin: 127.0.0.1:0\nadmin_access:\n  tls: {cert: server.pem, key: server.key, client_ca: ca.pem}\n  clients: [{name: ann, role: operate}, {name: bob, role: view}]"
	errs, end := inBackground(t, frontFile(t, dir, "127.0.0.1:0", access), nil)
	url := errs.await(t, `admin and dashboard on (https://\S+)/\n`)[1]
	as := func(name string) []string {
		return []string{"FICUS_ADMIN_CA=" + filepath.Join(dir, "ca.pem"), "FICUS_ADMIN_CERT=" + filepath.Join(dir, name+".pem"), "FICUS_ADMIN_KEY=" + filepath.Join(dir, name+".key")}
	}
	for _, tt := range []struct {
		env  []string
		args []string
		code exitCode
		want string
	}{
		{as("bob"), []string{"status"}, exitOK, "items"},
		{as("ann"), []string{"set", "items", "5%"}, exitOK, "5%"},
		{as("ann"), []string{"history"}, exitOK, "ann"},
		{as("bob"), []string{"set", "items", "50%"}, exitFailed, "bob has the role view; POST /api/v1/routes/items/share needs operate"},
		{as("eve"), []string{"status"}, exitFailed, "needs a certificate that has a role"},
		{as("ann")[:1], []string{"status"}, exitFailed, "show who you are by FICUS_ADMIN_CERT and FICUS_ADMIN_KEY"},
		{nil, []string{"status"}, exitFailed, "name the authority of its certificate by FICUS_ADMIN_CA"},
		{nil, []string{"status", "--admin", strings.Replace(url, "https", "http", 1)}, exitFailed, "speaks TLS: write its address with https://"},
		{as("nobody"), []string{"status"}, exitFailed, "read FICUS_ADMIN_CERT and FICUS_ADMIN_KEY"},
		{[]string{"FICUS_ADMIN_CA=" + filepath.Join(dir, "ann.key")}, []string{"status"}, exitFailed, "must be PEM"},
	} {
		if code, said := operate(t, tt.env, append([]string{tt.args[0], "--admin", url}, tt.args[1:]...)...); code != tt.code || !strings.Contains(said, tt.want) {
			t.Errorf("%q %q: exit %d, want %d with %q\n%s", tt.env, tt.args, code, tt.code, tt.want, said)
		}
	}
	// an address without scheme is https when the environment has certificates
	if code, said := operate(t, as("bob"), "status", "--admin", strings.TrimPrefix(url, "https://")); code != exitOK {
		t.Errorf("exit %d: %s", code, said)
	}
	if code := end(); code != exitOK {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestAdminTokens: tokens from files have roles, and another content comes into force by
// itself.
func TestAdminTokens(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "ci.token")
	writeText(t, token, "0123456789abcdef\n")
	errs, end := inBackground(t, frontFile(t, dir, "127.0.0.1:0", "admin: 127.0.0.1:0\nadmin_access: {tokens: [{name: ci, role: operate, file: ci.token}]}"), []string{"FICUS_ADMIN_TOKEN=of-the-environment"})
	url := errs.await(t, `admin and dashboard on (http://\S+)/\n`)[1]
	with := func(secret string) (exitCode, string) {
		return operate(t, []string{"FICUS_ADMIN_TOKEN=" + secret}, "set", "items", "5%", "--admin", url)
	}
	for secret, want := range map[string]exitCode{"0123456789abcdef": exitOK, "of-the-environment": exitOK, "guessed-guessed-": exitFailed, "": exitFailed} {
		if code, said := with(secret); code != want {
			t.Errorf("%q: exit %d: %s", secret, code, said)
		}
	}
	writeText(t, token, "fedcba9876543210\n")
	errs.await(t, "configuration in force")
	if code, said := with("fedcba9876543210"); code != exitOK {
		t.Errorf("the new token: exit %d: %s", code, said)
	}
	if code, _ := with("0123456789abcdef"); code != exitFailed {
		t.Error("the old token still opens")
	}
	writeText(t, token, "short\n")
	errs.await(t, "a token is one word of at least 16 characters")
	if code, said := with("fedcba9876543210"); code != exitOK {
		t.Errorf("after a token that was refused: exit %d: %s", code, said)
	}
	if code := end(); code != exitOK {
		t.Errorf("exit %d: %s", code, errs)
	}
}
