package storage_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/shop/internal/storage"
)

func open(t *testing.T, name string) *storage.DB {
	t.Helper()
	db, err := storage.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := storage.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestOpenAndMigrate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.db", "file:" + dir + "/b.db?_pragma=busy_timeout(1)", "sqlite://" + dir + "/c.db"} {
		if !strings.Contains(name, "/") {
			name = filepath.Join(dir, name)
		}
		db := open(t, name)
		if err := storage.Migrate(t.Context(), db); err != nil {
			t.Errorf("%s: migrate twice: %v", name, err)
		}
		var mode string
		var timeout, foreign int
		if err := errors.Join(
			db.QueryRow(`PRAGMA journal_mode`).Scan(&mode),
			db.QueryRow(`PRAGMA busy_timeout`).Scan(&timeout),
			db.QueryRow(`PRAGMA foreign_keys`).Scan(&foreign),
		); err != nil {
			t.Fatal(err)
		}
		want := 5000
		if strings.Contains(name, "busy_timeout(1)") {
			want = 1
		}
		if mode != "wal" || timeout != want || foreign != 1 {
			t.Errorf("%s: journal %s, timeout %d, foreign keys %d", name, mode, timeout, foreign)
		}
	}
	if _, err := storage.Open(t.Context(), filepath.Join(dir, "no", "such", "dir.db")); err == nil {
		t.Error("a missing directory must be an error")
	}
	if _, err := storage.Open(t.Context(), "postgres://%"); err == nil {
		t.Error("a bad URL must be an error")
	}
}

func TestInTx(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "t.db"))
	insert := func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO categories (slug, name) VALUES ('tea', 'Tea')`)
		return err
	}
	fail := errors.New("no")
	if err := db.InTx(t.Context(), func(tx *sql.Tx) error { return errors.Join(insert(tx), fail) }); !errors.Is(err, fail) {
		t.Errorf("error = %v", err)
	}
	for _, want := range []bool{false, true} {
		err := db.InTx(t.Context(), insert)
		if storage.IsUniqueViolation(err) != want {
			t.Errorf("error = %v, unique violation must be %v", err, want)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.InTx(cancelled, insert); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if storage.IsUniqueViolation(fail) {
		t.Error("not every error is a unique violation")
	}
}

func TestTimestampsAreUTC(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "t.db"))
	when := time.Date(2026, 7, 1, 14, 0, 0, 5000, time.FixedZone("CEST", 7200))
	var got, fromText time.Time
	var none, some *time.Time
	err := db.QueryRow(`INSERT INTO product_views (product_id, viewed_at) VALUES (1, ?) RETURNING viewed_at`, when.UTC()).Scan(storage.Time(&got))
	if err != nil {
		t.Fatal(err)
	}
	if got != when.UTC() {
		t.Errorf("got %v, want %v", got, when.UTC())
	}
	err = db.QueryRow(`SELECT NULL, '2026-07-01 14:00:00+02:00', '2026-07-01 14:00:00+02:00'`).
		Scan(storage.TimePtr(&none), storage.TimePtr(&some), storage.Time(&fromText))
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	if none != nil || *some != want || fromText != want {
		t.Errorf("got %v, %v, %v", none, some, fromText)
	}
	if err := db.QueryRow(`SELECT 1`).Scan(storage.Time(&got)); err == nil {
		t.Error("a number is not a timestamp")
	}
	if err := db.QueryRow(`SELECT 'noon'`).Scan(storage.TimePtr(&some)); err == nil {
		t.Error("noon is not a timestamp")
	}
}

func TestRebind(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`SELECT 1`: `SELECT 1`,
		`SELECT a FROM t WHERE b = ? AND c IN (?, ?)`:      `SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)`,
		`SELECT '?' || a, "?" FROM t WHERE b LIKE ? || ''`: `SELECT '?' || a, "?" FROM t WHERE b LIKE $1 || ''`,
	}
	for query, want := range tests {
		if got := storage.Rebind(query); got != want {
			t.Errorf("Rebind(%s) = %s, want %s", query, got, want)
		}
	}
}

func TestPlaceholdersAndPatterns(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{-1: "", 0: "", 1: "?", 3: "?, ?, ?"} {
		if got := storage.Placeholders(n); got != want {
			t.Errorf("Placeholders(%d) = %q", n, got)
		}
	}
	if got := storage.LikePattern(`50%_\ Off`); got != `%50\%\_\\ off%` {
		t.Errorf("LikePattern = %s", got)
	}
}

// TestTwoProcesses lets several processes write to the same file at once.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	const processes, writes = 2, 100
	name := filepath.Join(t.TempDir(), "shared.db")
	db := open(t, name)
	if _, err := db.Exec(`INSERT INTO stock_levels (product_id, updated_at) VALUES (1, '2026-01-01 00:00:00+00:00')`); err != nil {
		t.Fatal(err)
	}
	var running []*exec.Cmd
	for range processes {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriterProcess$")
		cmd.Env = append(os.Environ(), "SHOP_TEST_WRITER="+name, "SHOP_TEST_WRITES="+strconv.Itoa(writes))
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	for _, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Errorf("writer: %v", err)
		}
	}
	var onHand int
	if err := db.QueryRow(`SELECT on_hand FROM stock_levels`).Scan(&onHand); err != nil || onHand != processes*writes {
		t.Errorf("on_hand = %d, %v; want %d", onHand, err, processes*writes)
	}
}

// TestWriterProcess is the other process of TestTwoProcesses.
func TestWriterProcess(t *testing.T) {
	name := os.Getenv("SHOP_TEST_WRITER")
	if name == "" {
		t.Skip("only runs as a child of TestTwoProcesses")
	}
	writes, err := strconv.Atoi(os.Getenv("SHOP_TEST_WRITES"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := storage.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for range writes {
		err := db.InTx(t.Context(), func(tx *sql.Tx) error {
			var n int
			if err := tx.QueryRow(`SELECT on_hand FROM stock_levels WHERE product_id = 1`).Scan(&n); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE stock_levels SET on_hand = ? WHERE product_id = 1`, n+1)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
