package rollout

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// Formula names the version of the rules by which evidence is judged.
const Formula = "ficus.rollout/1"

// Evidence is everything that a decision about a route was computed from, and the
// decision. [Evidence.Recompute] gives the same decision anywhere.
type Evidence struct {
	Formula  string       `json:"formula"`
	Time     time.Time    `json:"time"`
	Config   string       `json:"config"`
	Policy   route.Policy `json:"policy"`
	State    State        `json:"state"`
	Decision Decision     `json:"decision"`
	// History of the route.
	History []Record `json:"history"`
}

// Evidence of a route now.
func (c *Controller) Evidence(name string) (Evidence, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.routes[name]
	if !ok {
		return Evidence{}, c.unknownRoute(name)
	}
	c.collect()
	now := c.clock().UTC()
	e := Evidence{
		Formula: Formula, Time: now, Config: c.revision, Policy: m.policy,
		State: m.state.clone(), Decision: decide(m.state, m.policy, now),
	}
	for _, r := range c.history {
		if r.Route == name {
			e.History = append(e.History, r)
		}
	}
	return e, nil
}

// Recompute decides again from the counts.
func (e Evidence) Recompute() (Decision, error) {
	if e.Formula != Formula {
		return Decision{}, fmt.Errorf("evidence of formula %q cannot be judged by %s", e.Formula, Formula)
	}
	return decide(&e.State, e.Policy, e.Time), nil
}

// Verify recomputes the decision and compares it with the one in the evidence.
func (e Evidence) Verify() error {
	d, err := e.Recompute()
	if err != nil {
		return err
	}
	// Both through JSON, which has no infinities.
	got, err := asJSON(d)
	if err != nil {
		return err
	}
	want, err := asJSON(e.Decision)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("evidence of %s: the counts give %q, the evidence says %q", e.State.Route, d.Text, e.Decision.Text)
	}
	return nil
}

func asJSON(v any) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(data, &out)
	return out, err
}
