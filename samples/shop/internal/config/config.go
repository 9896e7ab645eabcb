// Package config reads the configuration of the shop from the environment.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// Config is everything that can be configured. See README.md for the variables.
type Config struct {
	Addr            string
	DatabaseURL     string
	LogLevel        slog.Level
	DefaultCurrency string
	ReservationTTL  time.Duration
	JobInterval     time.Duration
	WebhookTimeout  time.Duration
	ShutdownTimeout time.Duration
	PaymentRetries  int
}

// Default returns the configuration used when nothing is set.
func Default() Config {
	return Config{
		Addr:            "127.0.0.1:8000",
		DatabaseURL:     "shop.db",
		LogLevel:        slog.LevelInfo,
		DefaultCurrency: "EUR",
		ReservationTTL:  15 * time.Minute,
		JobInterval:     5 * time.Second,
		WebhookTimeout:  5 * time.Second,
		ShutdownTimeout: 10 * time.Second,
		PaymentRetries:  2,
	}
}

// FromEnv reads the configuration with getenv (usually os.Getenv). All
// problems are reported at once.
func FromEnv(getenv func(string) string) (Config, error) {
	cfg := Default()
	var errs []error
	str(getenv, "SHOP_ADDR", &cfg.Addr)
	str(getenv, "DATABASE_URL", &cfg.DatabaseURL)
	str(getenv, "SHOP_CURRENCY", &cfg.DefaultCurrency)
	errs = append(errs,
		duration(getenv, "SHOP_RESERVATION_TTL", &cfg.ReservationTTL),
		duration(getenv, "SHOP_JOB_INTERVAL", &cfg.JobInterval),
		duration(getenv, "SHOP_WEBHOOK_TIMEOUT", &cfg.WebhookTimeout),
		duration(getenv, "SHOP_SHUTDOWN_TIMEOUT", &cfg.ShutdownTimeout),
		number(getenv, "SHOP_PAYMENT_RETRIES", &cfg.PaymentRetries),
		level(getenv, "SHOP_LOG_LEVEL", &cfg.LogLevel),
		cfg.validate(),
	)
	if err := errors.Join(errs...); err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return cfg, nil
}

func (c *Config) validate() error {
	c.DefaultCurrency = strings.ToUpper(c.DefaultCurrency)
	if len(c.DefaultCurrency) != 3 {
		return fmt.Errorf("SHOP_CURRENCY: %q is not a three letter code", c.DefaultCurrency)
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("SHOP_ADDR: %w", err)
	}
	return nil
}

func str(getenv func(string) string, name string, dst *string) {
	if v := getenv(name); v != "" {
		*dst = v
	}
}

func duration(getenv func(string) string, name string, dst *time.Duration) error {
	v := getenv(name)
	if v == "" {
		return nil
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if d <= 0 {
		return fmt.Errorf("%s: must be more than zero, got %s", name, d)
	}
	*dst = d
	return nil
}

func number(getenv func(string) string, name string, dst *int) error {
	v := getenv(name)
	if v == "" {
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return fmt.Errorf("%s: %q is not a number of zero or more", name, v)
	}
	*dst = n
	return nil
}

func level(getenv func(string) string, name string, dst *slog.Level) error {
	v := getenv(name)
	if v == "" {
		return nil
	}
	if err := dst.UnmarshalText([]byte(v)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
