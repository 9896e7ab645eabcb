package config

import (
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	got, err := FromEnv(func(string) string { return "" })
	if err != nil || got != Default() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFromEnv(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"FLIGHTS_ADDR": ":9", "DATABASE_URL": "x.db", "FLIGHTS_ADMIN_KEY": "k", "FLIGHTS_HOLD_TTL": "1m", "FLIGHTS_CHECKIN_OPENS": "24h",
		"FLIGHTS_CHECKIN_CLOSES": "1h", "FLIGHTS_JOB_INTERVAL": "1s", "FLIGHTS_SHUTDOWN_GRACE": "2s", "FLIGHTS_CARD_LIMIT": "7",
		"FLIGHTS_BAG_FEE": "0", "FLIGHTS_LOG_LEVEL": "warn",
	}
	want := Config{
		Addr: ":9", DatabaseURL: "x.db", AdminKey: "k", LogLevel: slog.LevelWarn, HoldTTL: time.Minute, CheckinOpens: 24 * time.Hour,
		CheckinCloses: time.Hour, JobInterval: time.Second, ShutdownGrace: 2 * time.Second, CardLimit: 7,
	}
	got, err := FromEnv(func(name string) string { return env[name] })
	if err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"FLIGHTS_ADDR": "here", "FLIGHTS_HOLD_TTL": "-1m", "FLIGHTS_JOB_INTERVAL": "soon", "FLIGHTS_CARD_LIMIT": "-1",
		"FLIGHTS_BAG_FEE": "much", "FLIGHTS_LOG_LEVEL": "loud", "FLIGHTS_CHECKIN_CLOSES": "48h",
	}
	_, err := FromEnv(func(name string) string { return env[name] })
	for name := range env {
		if err == nil || !strings.Contains(err.Error(), name+": ") {
			t.Errorf("error does not name %s: %v", name, err)
		}
	}
}
