//go:build unix

package server

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"example.com/flights/internal/clock"
	"example.com/flights/internal/database"
	"example.com/flights/internal/refcode"
)

// TestJourneyOnPostgres goes the same way as TestJourney. It uses the server
// of TEST_DATABASE_URL, in a schema of its own, or else starts one.
func TestJourneyOnPostgres(t *testing.T) {
	t.Parallel()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		server = startPostgres(t)
	}
	admin, err := database.Open(server, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	schema := "flights_test_" + strings.ToLower(refcode.Gateway())
	if err := admin.Exec("CREATE SCHEMA " + schema).Error; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin.Exec("DROP SCHEMA " + schema + " CASCADE")
		if err := database.Close(admin); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	journey(t, openWorld(t, u.String()))
}

// unavailable skips the test, or fails it where everything must be tested.
func unavailable(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("FICUS_REQUIRE_ALL") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

func postgresBinary(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return path
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		unavailable(t, "no TEST_DATABASE_URL, and "+name+" is not installed")
	}
	return found[len(found)-1]
}

// startPostgres starts a server for this test only and returns its URL.
func startPostgres(t *testing.T) string {
	t.Helper()
	initdb, pgctl := postgresBinary(t, "initdb"), postgresBinary(t, "pg_ctl")
	dir, err := os.MkdirTemp("", "flights-postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		attr.Credential = unprivileged(t, dir)
	}
	data := filepath.Join(dir, "data")
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.SysProcAttr = dir, attr
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		// A file and not a pipe: the server inherits it and would keep a pipe open.
		out, err := os.Create(filepath.Join(dir, filepath.Base(name)+".log"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			log, _ := os.ReadFile(out.Name())
			t.Fatalf("%s: %v\n%s", filepath.Base(name), err, log)
		}
	}
	run(initdb, "-D", data, "-U", "flights", "-A", "trust", "-E", "UTF8", "--no-sync")
	port := freePort(t)
	options := fmt.Sprintf("-p %d -k '' -c listen_addresses=127.0.0.1 -c fsync=off", port)
	run(pgctl, "-D", data, "-w", "-l", filepath.Join(dir, "server.log"), "-o", options, "start")
	t.Cleanup(func() { run(pgctl, "-D", data, "-w", "-m", "immediate", "stop") })
	return fmt.Sprintf("postgres://flights@127.0.0.1:%d/postgres?sslmode=disable", port)
}

// unprivileged returns who runs the server instead of root, and gives them dir.
func unprivileged(t *testing.T, dir string) *syscall.Credential {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 != nil || err2 != nil || os.Chown(dir, uid, gid) != nil {
			continue
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: true}
	}
	unavailable(t, "no TEST_DATABASE_URL, and no user to run PostgreSQL as instead of root")
	return nil
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
