package strangler

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// decision is what the plan says about one request.
type decision struct {
	rule    *rule
	trusted bool       // the connection comes from a trusted proxy
	client  netip.Addr // the client, as far as it is known
	key     route.Key  // zero without a rule
	share   int
	arm     rollout.Arm
	pin     route.Pin // why the arm is not what the bucket says, "" when it is
	// repeatable: the request may be sent twice, to either side.
	repeatable bool
}

// decide is the whole decision for a request; it has no effects.
func (p *Proxy) decide(pl *plan, r *http.Request) decision {
	d := decision{rule: pl.unmatched, arm: rollout.Old}
	d.client, d.trusted = pl.client(r)
	matched := pl.table.Match(r)
	if matched == nil {
		return d
	}
	d.rule = pl.rules[matched]
	if d.rule.away != nil {
		return d
	}
	d.key = pl.config.Cohort.Of(r, d.client)
	d.share = p.share(matched)
	d.pin = pl.overrides.Pin(r, d.key)
	if d.pin.New() || d.pin == "" && d.key.Bucket < d.share {
		d.arm = rollout.New
	}
	d.repeatable = matched.Repeatable(r.Method) && !streams(r)
	return d
}

// share is the share in force.
func (p *Proxy) share(r *route.Rule) int {
	if p.options.Weights == nil {
		return int(r.Weight)
	}
	return p.options.Weights.Share(r.Name)
}

// client is the address of the client. Behind trusted proxies it is the last entry of
// X-Forwarded-For that none of them is.
func (pl *plan) client(r *http.Request) (addr netip.Addr, trusted bool) {
	addr = route.ClientAddr(r)
	if len(pl.trusted) == 0 || !pl.trusts(addr) {
		return addr, false
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = next.Unmap()
		if !pl.trusts(addr) {
			break
		}
	}
	return addr, true
}

func (pl *plan) trusts(addr netip.Addr) bool { return within(pl.trusted, addr) }

// streams reports whether the exchange is a stream, which is neither repeated nor
// copied: an upgrade or a gRPC call.
func streams(r *http.Request) bool {
	return len(r.Header["Upgrade"]) > 0 || isGRPC(r)
}

func isGRPC(r *http.Request) bool {
	kind := r.Header["Content-Type"]
	return len(kind) > 0 && strings.HasPrefix(kind[0], "application/grpc")
}

// wantsCopy reports whether this request is among the share that is copied. The
// multiples of the golden ratio spread the copies evenly, without a pattern that
// periodic traffic could fall in step with (Weyl sequence).
func (d *decision) wantsCopy() bool {
	if d.rule.route == nil || d.rule.route.Shadow == 0 || d.arm != rollout.Old || !d.repeatable {
		return false
	}
	n := d.rule.sampled.Add(1) * 2654435769
	return uint64(n)*route.Buckets < uint64(d.rule.route.Shadow)<<32
}
