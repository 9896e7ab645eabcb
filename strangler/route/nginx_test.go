package route

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// nginxConfig splits by the salted argument k, once for each share.
const nginxConfig = `
daemon off;
master_process off;
pid %[1]s/pid;
error_log stderr crit;
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
  %[2]s
  server {
    listen unix:%[1]s/sock;
    location / { return 200 "%[3]s"; }
  }
}
`

// TestCohortsAreNginxs: the real nginx puts the same users into the same arm at
// every share, so that a rollout can be moved to it.
func TestCohortsAreNginxs(t *testing.T) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("no nginx on this machine")
	}
	shares := []Share{1, 100, 525, 2500, 5000, 9999}
	var split, answer strings.Builder
	for _, s := range shares {
		fmt.Fprintf(&split, "split_clients \"spring$arg_k\" $arm%d { %s new; * old; }\n", int(s), s)
		fmt.Fprintf(&answer, "$arm%d ", int(s))
	}
	client := startNginx(t, binary, split.String(), answer.String())
	for i := range 1000 {
		key := fmt.Sprintf("user-%d", i*7919)
		res, err := client.Get("http://nginx/?k=" + key)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		for _, s := range shares {
			arm := "old"
			if Bucket("spring", key) < int(s) {
				arm = "new"
			}
			want.WriteString(arm + " ")
		}
		if string(body) != want.String() {
			t.Fatalf("%s: nginx says %q, ficus %q at shares %v", key, body, want.String(), shares)
		}
	}
}

// startNginx runs nginx on a socket of its own and returns a client for it.
func startNginx(t *testing.T, binary, split, answer string) *http.Client {
	t.Helper()
	dir, err := os.MkdirTemp("", "ngx") // short: a socket's path has little room
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, nginxConfig, dir, split, answer), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, binary, "-p", dir, "-c", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() { cancel(); <-ended })
	socket := filepath.Join(dir, "sock")
	for { // until it listens
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
			break
		}
		select {
		case <-ended:
			t.Fatal("nginx did not start")
		default:
		}
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
