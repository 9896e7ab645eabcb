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
		{0, []string{"(500µs a round trip)", "POST /checkout  +5ms  10 remote calls  8 × catalogue.Service.PriceOf, and 2 more"}},
		{2 * time.Millisecond, []string{"(2ms a round trip)", "+20ms"}},
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
	for _, want := range []string{"waits for 10 remote calls: +5ms at 500µs a round trip.", "8 ×  catalogue.Service.PriceOf", "internal/cart/total.go:41", "measured"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
