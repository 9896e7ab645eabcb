// Package config reads the configuration from the environment.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"
)

// Config is everything that can be configured. See README.md for the variables.
type Config struct {
	Addr          string
	DatabaseURL   string
	AdminKey      string
	LogLevel      slog.Level
	HoldTTL       time.Duration
	CheckinOpens  time.Duration
	CheckinCloses time.Duration
	JobInterval   time.Duration
	ShutdownGrace time.Duration
	CardLimit     int64
	BagFeePerKG   int64
}

// Default returns the configuration used when nothing is set.
func Default() Config {
	return Config{
		Addr:          "127.0.0.1:8080",
		DatabaseURL:   "flights.db",
		AdminKey:      "letmein",
		LogLevel:      slog.LevelInfo,
		HoldTTL:       20 * time.Minute,
		CheckinOpens:  48 * time.Hour,
		CheckinCloses: 45 * time.Minute,
		JobInterval:   30 * time.Second,
		ShutdownGrace: 10 * time.Second,
		CardLimit:     1_000_000,
		BagFeePerKG:   1_200,
	}
}

// FromEnv reads the configuration with getenv (usually os.Getenv). All
// problems are reported at once.
func FromEnv(getenv func(string) string) (Config, error) {
	cfg := Default()
	var errs []error
	read := func(name string, parse func(value string) error) {
		if v := getenv(name); v != "" {
			if err := parse(v); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	read("FLIGHTS_ADDR", func(v string) (err error) {
		cfg.Addr = v
		_, _, err = net.SplitHostPort(v)
		return err
	})
	read("DATABASE_URL", func(v string) error { cfg.DatabaseURL = v; return nil })
	read("FLIGHTS_ADMIN_KEY", func(v string) error { cfg.AdminKey = v; return nil })
	read("FLIGHTS_HOLD_TTL", duration(&cfg.HoldTTL))
	read("FLIGHTS_CHECKIN_OPENS", duration(&cfg.CheckinOpens))
	read("FLIGHTS_CHECKIN_CLOSES", duration(&cfg.CheckinCloses))
	read("FLIGHTS_JOB_INTERVAL", duration(&cfg.JobInterval))
	read("FLIGHTS_SHUTDOWN_GRACE", duration(&cfg.ShutdownGrace))
	read("FLIGHTS_CARD_LIMIT", cents(&cfg.CardLimit))
	read("FLIGHTS_BAG_FEE", cents(&cfg.BagFeePerKG))
	read("FLIGHTS_LOG_LEVEL", func(v string) error { return cfg.LogLevel.UnmarshalText([]byte(v)) })
	if cfg.CheckinCloses >= cfg.CheckinOpens {
		errs = append(errs, fmt.Errorf("FLIGHTS_CHECKIN_CLOSES: must be less than FLIGHTS_CHECKIN_OPENS, %s", cfg.CheckinOpens))
	}
	if err := errors.Join(errs...); err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return cfg, nil
}

func duration(dst *time.Duration) func(string) error {
	return func(v string) (err error) {
		*dst, err = time.ParseDuration(v)
		if err == nil && *dst <= 0 {
			err = fmt.Errorf("must be more than zero, got %s", v)
		}
		return err
	}
}

func cents(dst *int64) func(string) error {
	return func(v string) (err error) {
		*dst, err = strconv.ParseInt(v, 10, 64)
		if err == nil && *dst < 0 {
			err = fmt.Errorf("must not be less than zero, got %s", v)
		}
		return err
	}
}
