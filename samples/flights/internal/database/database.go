// Package database opens the database and keeps its schema.
package database

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/glebarez/sqlite"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
)

// Open connects to the database at dsn: PostgreSQL for postgres:// and
// postgresql://, else the SQLite file of that name.
func Open(dsn string, clk clock.Clock, log *slog.Logger) (*gorm.DB, error) {
	dialector, name := dialect(dsn)
	db, err := gorm.Open(dialector, &gorm.Config{
		TranslateError: true,
		NowFunc:        clk.Now,
		Logger: logger.NewSlogLogger(log, logger.Config{
			SlowThreshold: 500 * time.Millisecond, IgnoreRecordNotFoundError: true, ParameterizedQueries: true, LogLevel: logger.Warn,
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("open %s database: %w", name, err)
	}
	return db, nil
}

func dialect(dsn string) (gorm.Dialector, string) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return postgres.Open(dsn), "postgres"
	}
	// Writers wait for each other instead of failing, from BEGIN on.
	options := url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)"},
		"_txlock": {"immediate"},
		// Text that sorts like the times do.
		"_time_format": {"sqlite"},
	}
	return sqlite.Open("file:" + strings.TrimPrefix(dsn, "file:") + "?" + options.Encode()), "sqlite"
}

// Migrate makes the tables that are missing, and their missing columns.
func Migrate(db *gorm.DB) error {
	if err := db.AutoMigrate(models.All()...); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Ping asks the database whether it is there.
func Ping(ctx context.Context, db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.PingContext(ctx)
}

// Close closes all connections.
func Close(db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}
