package route

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FullShare is 100%: every bucket.
const FullShare Share = Buckets

// ParseShare reads a share as people write it: 5%, 0.5%, 12.25%. The sign is
// needed, so that 0.5 is never taken for 50%; a bare 0 is 0%.
func ParseShare(s string) (Share, error) {
	text, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	if !percent && text != "0" {
		return 0, fmt.Errorf("share %q needs a percent sign, e.g. 5%%", s)
	}
	whole, frac, _ := strings.Cut(strings.TrimSpace(text), ".")
	if len(frac) > 2 {
		return 0, fmt.Errorf("share %q is finer than 0.01%%", s)
	}
	if !digits(whole) || whole == "" || !digits(frac) {
		return 0, fmt.Errorf("share %q is no percentage; write e.g. 5%% or 0.5%%", s)
	}
	n, err := strconv.Atoi(whole + (frac + "00")[:2])
	if err != nil || n > int(FullShare) {
		return 0, fmt.Errorf("share %q is not within 0%% and 100%%", s)
	}
	return Share(n), nil
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// String writes the share as ParseShare reads it: 500 is 5%, 25 is 0.25%.
func (s Share) String() string {
	sign, n := "", int(s)
	if n < 0 {
		sign, n = "-", -n
	}
	text := fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "%"
}

// Ratio is the share as a number from 0 to 1.
func (s Share) Ratio() float64 { return float64(s) / float64(FullShare) }

// MarshalText writes the share for YAML, JSON and flags.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the share with ParseShare.
func (s *Share) UnmarshalText(text []byte) error {
	v, err := ParseShare(string(text))
	if err == nil {
		*s = v
	}
	return err
}

// MarshalYAML writes the share as text.
func (s Share) MarshalYAML() (any, error) { return s.String(), nil }

// MarshalJSON writes the share as text.
func (s Share) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// sizeUnits are the units of a Size, the largest first.
var sizeUnits = []struct {
	name string
	size Size
}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// UnmarshalText reads a size: 512KB, 10MB, 1GB, or a plain number of bytes.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := strings.TrimSpace(string(text)), Size(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > int64((1<<62)/unit) {
		return fmt.Errorf("size %q is none; write e.g. 512KB, 10MB or 1GB", text)
	}
	*s = Size(n) * unit
	return nil
}

// String writes the size in the largest unit that leaves no rest.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s >= u.size && s%u.size == 0 {
			return fmt.Sprintf("%d%s", s/u.size, u.name)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalText writes the size for YAML, JSON and flags.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML writes the size as text.
func (s Size) MarshalYAML() (any, error) { return s.String(), nil }

// MarshalJSON writes the size as text.
func (s Size) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// Std is the duration as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the duration as time.ParseDuration reads it, without the zero
// parts that time.Duration.String keeps: 1m, not 1m0s.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText writes the duration for YAML, JSON and flags.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the duration; negative ones are refused.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("duration %q is none; write e.g. 500ms, 30s or 2m", text)
	}
	if v < 0 {
		return fmt.Errorf("duration %q is negative", text)
	}
	*d = Duration(v)
	return nil
}

// MarshalYAML writes the duration as text.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }
