package route

import (
	"fmt"
	"net/http"
	"slices"
)

// Pin says why the arm of a request does not depend on its bucket; "" when it does.
type Pin string

// Pins, the strongest first.
const (
	// PinDeny: the key is in Cohort.Deny, so the monolith answers.
	PinDeny Pin = "deny"
	// PinOverrideNew and PinOverrideOld: the header Cohort.Override chose.
	PinOverrideNew Pin = "override new"
	PinOverrideOld Pin = "override old"
	// PinAllow: the key is in Cohort.Allow, so the new arm answers.
	PinAllow Pin = "allow"
)

// New reports whether the pin is to the new arm.
func (p Pin) New() bool { return p == PinAllow || p == PinOverrideNew }

// Overrides are the exceptions of a Cohort, built for look-ups.
type Overrides struct {
	allow, deny map[string]struct{}
	header      string // canonical; "" for none
}

// Overrides builds the cohort's exceptions.
func (c *Cohort) Overrides() *Overrides {
	return &Overrides{allow: setOf(c.Allow), deny: setOf(c.Deny), header: http.CanonicalHeaderKey(c.Override)}
}

func setOf(list []string) map[string]struct{} {
	set := make(map[string]struct{}, len(list))
	for _, s := range list {
		set[s] = struct{}{}
	}
	return set
}

// Pin is the exception that holds for a request with that key. It does not depend on
// the share, so widening still moves nobody back.
func (o *Overrides) Pin(r *http.Request, k Key) Pin {
	if _, ok := o.deny[k.Value]; ok {
		return PinDeny
	}
	if o.header != "" {
		if values := r.Header[o.header]; len(values) == 1 { // two may contradict each other
			switch values[0] {
			case "new":
				return PinOverrideNew
			case "old":
				return PinOverrideOld
			}
		}
	}
	if _, ok := o.allow[k.Value]; ok {
		return PinAllow
	}
	return ""
}

// overrides checks the exceptions of a cohort.
func (c *collector) overrides(k Cohort) {
	if k.Override != "" {
		c.headerName("cohort.override", k.Override)
	}
	c.keys("cohort.allow", k.Allow)
	c.keys("cohort.deny", k.Deny)
	denied := setOf(k.Deny)
	for i, key := range k.Allow {
		if _, ok := denied[key]; ok && key != "" {
			at := fmt.Sprintf("cohort.deny[%d]", slices.Index(k.Deny, key))
			c.warnf(fmt.Sprintf("cohort.allow[%d]", i), "%q is denied as well%s: deny wins", key, c.where(at))
		}
	}
}

func (c *collector) keys(path string, list []string) {
	seen := make(map[string]struct{}, len(list))
	for i, key := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		if key == "" {
			c.errorf(at, "is empty: it would mean every client whose address is not known; write a key")
		}
		if _, twice := seen[key]; twice && key != "" {
			c.warnf(at, "%q stands twice", key)
		}
		seen[key] = struct{}{}
	}
}
