package report

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// The added latency is the calls by the round trip.
func TestAddedLatency(t *testing.T) {
	m := shop(t)
	for _, tt := range []struct {
		rtt  time.Duration
		want []string
	}{
		{0, []string{"(500µs a round trip, a loop taken as 4 turns)", "POST /checkout  +5ms  4 remote calls, 2 in loops  8 × catalogue.Service.PriceOf, and 2 more"}},
		{2 * time.Millisecond, []string{"(2ms a round trip,", "+20ms"}},
		{40 * time.Millisecond, []string{"+400ms"}},
		{time.Microsecond, []string{"+10µs"}},
	} {
		var b bytes.Buffer
		if err := Text(&b, m, Options{Width: 160, RTT: tt.rtt}); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("rtt %v: no %q in\n%s", tt.rtt, want, b.String())
			}
		}
	}
	e, err := Explain(m, nil, "POST /checkout")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := ExplainText(&b, m, e, Options{Width: 160}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"waits for 4 remote calls, 2 in loops: +5ms at 500µs a round trip, a loop taken as 4 turns.", "8 ×  catalogue.Service.PriceOf", "internal/cart/total.go:41", "loop at total.go:39", "measured"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestTruncatedNamesDiffer: what differs looks different, at every width that allows it.
func TestTruncatedNamesDiffer(t *testing.T) {
	names := []string{"grpc HistoryService/CompleteNexusOperation", "grpc HistoryService/CompleteNexusOperationChasm", "grpc HistoryService/Complete"}
	for width := 24; width < 60; width++ {
		got := fitTexts(names, width, false)
		if got[0] == got[1] || got[1] == got[2] || got[0] == got[2] {
			t.Errorf("at %d columns: %q", width, got)
		}
		for _, text := range got {
			if runes(text) > width {
				t.Errorf("%q is wider than %d", text, width)
			}
		}
	}
	if got := fitTexts([]string{"a/b/first.go:1", "a/b/first.go:1"}, 6, true); got[0] != got[1] || got[0] != "…go:1" && got[0] != "….go:1" {
		t.Errorf("equal texts: %q", got)
	}
}
