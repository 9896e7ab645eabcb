// Package storage opens the database and keeps its schema up to date.
//
// SQLite is the default. A DATABASE_URL that starts with postgres:// or
// postgresql:// selects PostgreSQL. Queries are written with ? placeholders;
// the PostgreSQL connections rewrite them.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Dialect names the kind of database behind a DB.
type Dialect string

// The supported databases.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is the database handle shared by all packages.
type DB struct {
	*sql.DB
	Dialect Dialect
}

// Open connects to the database at rawURL and checks that it answers.
// It does not migrate, see Migrate.
func Open(ctx context.Context, rawURL string) (*DB, error) {
	db, err := connect(rawURL)
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("connect to %s database: %w", db.Dialect, err)
	}
	return db, nil
}

func connect(rawURL string) (*DB, error) {
	if strings.HasPrefix(rawURL, "postgres://") || strings.HasPrefix(rawURL, "postgresql://") {
		return connectPostgres(rawURL)
	}
	db, err := sql.Open("sqlite", sqliteDSN(rawURL))
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return &DB{DB: db, Dialect: SQLite}, nil
}

// sqliteDSN turns a file name (or a file: URL) into a DSN with the settings
// that allow several processes to share the file.
func sqliteDSN(name string) string {
	name = strings.TrimPrefix(name, "sqlite://")
	name = strings.TrimPrefix(name, "sqlite:")
	name = strings.TrimPrefix(name, "file:")
	name, query, _ := strings.Cut(name, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		q = url.Values{}
	}
	for _, pragma := range []string{"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)"} {
		if !hasPragma(q["_pragma"], pragma) {
			q.Add("_pragma", pragma)
		}
	}
	// Write transactions take the lock at BEGIN: a read transaction that is
	// upgraded later fails at once instead of waiting for busy_timeout.
	q.Set("_txlock", "immediate")
	q.Set("_time_format", "sqlite")
	return "file:" + name + "?" + q.Encode()
}

func hasPragma(have []string, pragma string) bool {
	name, _, _ := strings.Cut(pragma, "(")
	for _, h := range have {
		if strings.HasPrefix(h, name+"(") {
			return true
		}
	}
	return false
}

// InTx runs fn in a transaction, commits when fn returns nil and rolls back
// when it returns an error or panics.
func (db *DB) InTx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// Codes of a violated unique or primary key constraint.
const (
	sqliteConstraintUnique     = 2067
	sqliteConstraintPrimaryKey = 1555
	postgresUniqueViolation    = "23505"
)

// IsUniqueViolation tells whether err comes from a violated unique constraint.
func IsUniqueViolation(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqliteConstraintUnique || lite.Code() == sqliteConstraintPrimaryKey
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == postgresUniqueViolation
	}
	return false
}
