package route

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
)

// newArm is the decision as the proxy makes it.
func newArm(c *Cohort, r *http.Request, share int) bool {
	k := c.Of(r, netip.Addr{})
	pin := c.Overrides().Pin(r, k)
	return pin.New() || pin == "" && k.Bucket < share
}

func TestPins(t *testing.T) {
	c := Cohort{Header: "X-User", Allow: []string{"friend", "both"}, Deny: []string{"enemy", "both"}, Override: "x-arm"}
	for _, tt := range []struct {
		user string
		arm  []string
		want Pin
	}{
		{"friend", nil, PinAllow}, {"enemy", nil, PinDeny}, {"both", nil, PinDeny}, {"other", nil, ""},
		{"other", []string{"new"}, PinOverrideNew}, {"other", []string{"old"}, PinOverrideOld}, {"friend", []string{"old"}, PinOverrideOld},
		{"enemy", []string{"new"}, PinDeny}, {"other", []string{"NEW"}, ""}, {"other", []string{""}, ""}, {"other", []string{"new", "old"}, ""},
	} {
		r := &http.Request{Header: http.Header{"X-User": {tt.user}}}
		if tt.arm != nil {
			r.Header["X-Arm"] = tt.arm
		}
		if got := c.Overrides().Pin(r, c.Of(r, netip.Addr{})); got != tt.want {
			t.Errorf("user %s, header %q: pin %q, want %q", tt.user, tt.arm, got, tt.want)
		}
	}
	r := &http.Request{Header: http.Header{"X-User": {"other"}, "X-Arm": {"new"}, "": {"new"}}}
	if got := (&Cohort{Header: "X-User"}).Overrides().Pin(r, Key{Value: "other"}); got != "" {
		t.Errorf("no override is configured, yet pin %q", got)
	}
}

// TestPinsKeepMonotone: with allow and deny lists, widening moves nobody back, the
// allowed are always on the new arm, the denied never.
func TestPinsKeepMonotone(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	c := Cohort{Header: "X-User", Salt: "s", Allow: []string{"3", "77", "500"}, Deny: []string{"4", "77", "501"}}
	shares := []int{0, 1, Buckets}
	for range 40 {
		shares = append(shares, rnd.IntN(Buckets+1))
	}
	for u := range 600 {
		user := strconv.Itoa(u)
		r := &http.Request{Header: http.Header{"X-User": {user}}}
		bucket := Bucket("s", user)
		for _, share := range shares {
			want := bucket < share
			switch user {
			case "3", "500":
				want = true
			case "4", "77", "501":
				want = false
			}
			if got := newArm(&c, r, share); got != want {
				t.Fatalf("user %s, bucket %d, share %d: new arm %v, want %v", user, bucket, share, got, want)
			}
			if wider := share + rnd.IntN(Buckets-share+1); newArm(&c, r, share) && !newArm(&c, r, wider) {
				t.Fatalf("user %s moves back from %d to %d", user, share, wider)
			}
		}
	}
}
