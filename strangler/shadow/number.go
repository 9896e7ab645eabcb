package shadow

import (
	"strconv"
	"strings"
)

// decimal is a JSON number in one form only: digits without zeros at either end,
// times ten to the power. Exact, and small whatever exponent is written.
type decimal struct {
	negative bool
	digits   string
	power    int64
}

// sameNumber reports whether two JSON numbers have the same value, whatever the
// precision: no float rounds large identifiers together.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := parseDecimal(a)
	y, okY := parseDecimal(b)
	return okX && okY && x == y
}

func parseDecimal(s string) (d decimal, ok bool) {
	s, d.negative = strings.CutPrefix(s, "-")
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i+1:]
		p, err := strconv.ParseInt(exponent, 10, 32)
		if err != nil {
			return d, false
		}
		d.power = p
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	d.power -= int64(len(frac))
	digits := strings.TrimLeft(whole+frac, "0")
	d.digits = strings.TrimRight(digits, "0")
	d.power += int64(len(digits) - len(d.digits))
	if d.digits == "" {
		return decimal{}, true // zero has one form, -0 too
	}
	return d, true
}
