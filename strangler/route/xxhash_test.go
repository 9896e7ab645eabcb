package route

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// FuzzXXH64 checks against cespare/xxhash, which is checked against the reference.
func FuzzXXH64(f *testing.F) {
	for n := range 70 {
		f.Add(strings.Repeat("0123456789abcdef", 5)[:n])
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := xxh64(s), xxhash.Sum64String(s); got != want {
			t.Errorf("%q: %x, want %x", s, got, want)
		}
	})
}

// TestXXH32 checks against values of the reference (xxhsum 0.8, xxh32 of seed 0).
func TestXXH32(t *testing.T) {
	for text, want := range map[string]uint32{
		"": 0x02cc5d05, "a": 0x550d7456, "abc": 0x32d153ff,
		"Nobody inspects the spammish repetition": 0xe2293b2f,
	} {
		if got := xxh32(text); got != want {
			t.Errorf("%q: %#x, want %#x", text, got, want)
		}
	}
}

const haproxyConfig = `
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 3s
frontend in
  bind unix@%s
  http-request set-var(txn.key) url_param(k),url_dec
  http-request set-var(txn.salted) str(spring),concat(,txn.key)
  http-request return status 200 content-type text/plain lf-string "%%[var(txn.salted),xxh32,mod(10000)]"
`

// TestCohortsAreHAProxys: the real HAProxy puts a thousand users into the same buckets,
// so that a rollout can be moved to it at any share.
func TestCohortsAreHAProxys(t *testing.T) {
	binary, err := exec.LookPath("haproxy")
	if err != nil {
		if os.Getenv("FICUS_REQUIRE_ALL") != "" {
			t.Fatal("no haproxy on this machine, and FICUS_REQUIRE_ALL is set")
		}
		t.Skip("no haproxy on this machine")
	}
	ask := startHAProxy(t, binary)
	cohort := Cohort{Cookie: "uid", Salt: "spring", Hash: HashXXH32}
	for i := range 1000 {
		key := fmt.Sprintf("user-%d", i*7919)
		if i%3 == 0 {
			key = strings.Repeat(key, i%7+1) // all ways through the hash
		}
		if got, want := fmt.Sprint(cohort.Bucket(key)), ask(key); got != want {
			t.Fatalf("%s: HAProxy says %s, ficus %s", key, want, got)
		}
	}
}

// startHAProxy runs HAProxy on a socket of its own; ask is its bucket of a key.
func startHAProxy(t *testing.T, binary string) (ask func(key string) string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "hap") // short: a socket's path has little room
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket, file := filepath.Join(dir, "s"), filepath.Join(dir, "c")
	if err := os.WriteFile(file, fmt.Appendf(nil, haproxyConfig, socket), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "-db", "-q", "-f", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() { cancel(); <-ended })
	var conn net.Conn
	for conn == nil { // until it listens
		select {
		case <-ended:
			t.Fatal("haproxy did not start")
		default:
			conn, _ = net.Dial("unix", socket)
		}
	}
	t.Cleanup(func() { conn.Close() })
	in := bufio.NewReader(conn)
	return func(key string) string {
		fmt.Fprintf(conn, "GET /?k=%s HTTP/1.1\r\nHost: x\r\n\r\n", url.QueryEscape(key))
		return answerOf(t, in)
	}
}

func answerOf(t *testing.T, in *bufio.Reader) string {
	t.Helper()
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
