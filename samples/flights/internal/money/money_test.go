package money

import "testing"

func TestFormat(t *testing.T) {
	t.Parallel()
	for cents, want := range map[int64]string{
		0: "0.00 EUR", 5: "0.05 EUR", -1050: "-10.50 EUR", 99_999: "999.99 EUR", 123_450: "1,234.50 EUR", 1_234_567_890: "12,345,678.90 EUR",
	} {
		if got := Format(cents); got != want {
			t.Errorf("%d is %q, want %q", cents, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		cents int64
		p     int
		want  int64
	}{{100, 19, 19}, {150, 1, 2}, {149, 1, 1}, {-150, 1, -2}, {12_900, 140, 18_060}, {7, 0, 0}}
	for _, tt := range tests {
		if got := Percent(tt.cents, tt.p); got != tt.want {
			t.Errorf("%d %% of %d is %d, want %d", tt.p, tt.cents, got, tt.want)
		}
	}
}

func TestIncluded(t *testing.T) {
	t.Parallel()
	// Net and tax of 11,900 at 19 % are 10,000 and 1,900.
	for gross, want := range map[int64]int64{11_900: 1_900, 0: 0, 100: 16, 33_411: 5_335} {
		if got := Included(gross, 19); got != want {
			t.Errorf("tax in %d is %d, want %d", gross, got, want)
		}
	}
}
