package strangler

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Decision is the explanation of what the proxy does with a request.
type Decision struct {
	Method string `json:"method"`
	Host   string `json:"host"`
	Path   string `json:"path"`
	// Unclear says why the path is not matched at all, "" when it is.
	Unclear string `json:"unclear,omitempty"`
	// Tried are the rules in the order of precedence, up to the one that matched.
	Tried []Tried `json:"tried,omitempty"`
	// Route that matched; "" when the monolith answers because none did.
	Route string `json:"route,omitempty"`
	// Service is the route's new arm.
	Service string `json:"service,omitempty"`
	// Redirect is where the proxy sends the client itself; "" when it forwards.
	Redirect string `json:"redirect,omitempty"`
	// Owner is the function that answers, when the configuration knows it.
	Owner string `json:"owner,omitempty"`
	// Cohort says what was hashed: "cookie uid", "header X-User", "client address".
	Cohort string `json:"cohort,omitempty"`
	// Key is the value that was hashed.
	Key string `json:"key,omitempty"`
	// Bucket of the user, and Share of buckets on the new arm, both of 10,000.
	Bucket int         `json:"bucket"`
	Share  route.Share `json:"share"`
	Arm    rollout.Arm `json:"arm"`
	// Pin says why the arm does not depend on the bucket: "deny", "override new",
	// "override old", "allow"; "" when it does.
	Pin route.Pin `json:"pin,omitempty"`
	// Upstream that gets the request, and its URL, or URLs to choose from.
	Upstream string `json:"upstream"`
	URL      string `json:"url"`
	// Shadow says whether a copy may be sent, and why.
	Shadow       bool   `json:"shadow"`
	ShadowReason string `json:"shadow_reason,omitempty"`
	// Repeatable says whether the request may be sent twice, and why.
	Repeatable   bool   `json:"repeatable"`
	RepeatReason string `json:"repeat_reason,omitempty"`
	// Fallback says what happens when the new side, asked first, fails.
	Fallback string `json:"fallback"`
}

// Tried is one rule that was looked at.
type Tried struct {
	// Position in the order of precedence, from 1.
	Position int    `json:"position"`
	Route    string `json:"route"`
	// Match in short: host, path, methods.
	Match string `json:"match"`
	// Mismatch is the first condition that did not hold, "" for the rule that matched.
	Mismatch string `json:"mismatch,omitempty"`
}

// Explain says what the proxy would do with the request now, and why.
func (p *Proxy) Explain(r *http.Request) Decision {
	pl := p.plan.Load()
	d := p.decide(pl, r)
	e := Decision{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, Arm: d.arm,
		Upstream: monolithName, URL: urls(pl.config.Monolith), Fallback: "none: the monolith is asked in the first place",
	}
	if status, why := refuse(r); status != 0 {
		e.Unclear = why
		e.Fallback = fmt.Sprintf("none: the proxy answers %d", status)
		return e
	}
	e.Unclear = route.Unclear(r.URL)
	if e.Unclear == "" {
		e.Tried = tried(pl.table, r)
	}
	switch {
	case d.rule.away != nil:
		e.Route, e.Redirect = d.rule.name, fmt.Sprintf("%d %s", d.rule.away.Redirect.Code(), d.rule.away.Location(r, "http"))
		e.Upstream, e.URL, e.Fallback = "", "", "none: the proxy answers itself"
	case d.rule.route != nil:
		e.matched(pl, d, r)
	}
	return e
}

func tried(t *route.Table, r *http.Request) []Tried {
	var list []Tried
	for i, rule := range t.Rules() {
		mismatch := rule.Mismatch(r)
		list = append(list, Tried{i + 1, rule.Name, rule.Match.String(), mismatch})
		if mismatch == "" {
			break
		}
	}
	return list
}

func (e *Decision) matched(pl *plan, d decision, r *http.Request) {
	rule := d.rule.route
	e.Route, e.Service, e.Owner = rule.Name, rule.Service, rule.Owner
	e.Cohort, e.Key = describeKey(d.key), d.key.Value
	e.Pin = d.pin
	e.Bucket, e.Share = d.key.Bucket, route.Share(d.share)
	e.Repeatable, e.RepeatReason = rule.RetryClass(r.Method)
	if e.Repeatable && streams(r) {
		e.Repeatable, e.RepeatReason = false, "a stream"
	}
	e.Shadow, e.ShadowReason = shadowReason(d)
	if d.arm == rollout.Old {
		return
	}
	e.Upstream, e.URL = rule.Service, urls(pl.config.Services[rule.Service])
	switch {
	case !d.rule.new.Healthy():
		e.Fallback = "the monolith answers: the health check fails"
	case e.Repeatable:
		e.Fallback = "the monolith answers"
	default:
		e.Fallback = "the monolith answers only if nothing was sent; otherwise the client gets the failure"
	}
}

func urls(u route.Upstream) string { return strings.Join(u.Addresses(), ", ") }

func describeKey(k route.Key) string {
	if k.Source == "client" {
		return "client address"
	}
	return k.Source + " " + k.Name
}

func shadowReason(d decision) (bool, string) {
	switch rule := d.rule.route; {
	case d.arm == rollout.New:
		return false, "already on the new side"
	case rule.Shadow == 0:
		return false, "shadow is 0%"
	case !d.repeatable:
		return false, "not repeatable"
	default:
		return true, rule.Shadow.String() + " of the requests"
	}
}
