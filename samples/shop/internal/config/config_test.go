package config_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.com/shop/internal/config"
)

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestFromEnv(t *testing.T) {
	t.Parallel()
	cfg, err := config.FromEnv(env(nil))
	if err != nil || cfg != config.Default() {
		t.Errorf("nothing set: %+v, %v", cfg, err)
	}
	cfg, err = config.FromEnv(env(map[string]string{
		"SHOP_ADDR": "127.0.0.1:9", "DATABASE_URL": "x.db", "SHOP_CURRENCY": "usd", "SHOP_RESERVATION_TTL": "1m",
		"SHOP_JOB_INTERVAL": "2s", "SHOP_WEBHOOK_TIMEOUT": "3s", "SHOP_SHUTDOWN_TIMEOUT": "4s",
		"SHOP_PAYMENT_RETRIES": "0", "SHOP_LOG_LEVEL": "debug",
	}))
	want := config.Config{
		Addr: "127.0.0.1:9", DatabaseURL: "x.db", DefaultCurrency: "USD", ReservationTTL: time.Minute,
		JobInterval: 2 * time.Second, WebhookTimeout: 3 * time.Second, ShutdownTimeout: 4 * time.Second, LogLevel: slog.LevelDebug,
	}
	if err != nil || cfg != want {
		t.Errorf("all set: %+v, %v", cfg, err)
	}
}

func TestFromEnvReportsEverything(t *testing.T) {
	t.Parallel()
	bad := map[string]string{
		"SHOP_RESERVATION_TTL": "soon", "SHOP_JOB_INTERVAL": "-1s", "SHOP_PAYMENT_RETRIES": "many", "SHOP_LOG_LEVEL": "loud", "SHOP_CURRENCY": "euro",
	}
	_, err := config.FromEnv(env(bad))
	if err == nil {
		t.Fatal("no error")
	}
	for name := range bad {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not reported in %v", name, err)
		}
	}
	if _, err := config.FromEnv(env(map[string]string{"SHOP_ADDR": "8000"})); err == nil || !strings.Contains(err.Error(), "SHOP_ADDR") {
		t.Errorf("error = %v", err)
	}
}
