package rollout

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// act carries out an automatic decision. A rollback is in force before it is saved;
// an advance is saved first, so that a lost store freezes the rollout.
func (c *Controller) act(m *managed, now time.Time) {
	d := m.decision
	r := c.newRecord(m, string(d.Action), Automatic, d.Reason)
	r.To = d.To
	change := func(s *State) {
		if d.Action == Rollback {
			s.rollBack(d.Reason, now)
			return
		}
		s.Moved = true
		s.enter(d.To, now)
	}
	if err := c.commit(m, r, change); err != nil {
		c.log.Error("rollout decision not saved", "route", m.rule.Name, "action", d.Action, "error", err)
		if d.Action == Advance {
			m.decision.Text = "waits: " + err.Error()
			return
		}
	}
	m.decide(now)
}

// decide refreshes the decision.
func (m *managed) decide(now time.Time) {
	if m.stale {
		m.numbers, m.stale = computeNumbers(m.state, m.policy, &m.memo), false
	}
	m.counted = false
	m.decision = decideBy(m.numbers, m.state, m.policy, now)
}

// newRecord describes a change of a route as it stands.
func (c *Controller) newRecord(m *managed, action, who, reason string) Record {
	return Record{
		Time: c.clock().UTC(), Route: m.rule.Name, Action: action, Who: who, Reason: reason,
		From: m.state.Share, To: m.state.Share, FromStage: m.state.Stage(),
		Step: m.state.Step().Arms, Numbers: m.decision.Numbers, Config: c.revision,
	}
}

// commit changes a route's state, saves it with its record and puts the share in
// force. Widening the share needs the store; narrowing it happens in any case.
func (c *Controller) commit(m *managed, r Record, change func(*State)) error {
	next := m.state.clone()
	change(&next)
	r.To, r.ToStage = next.Share, next.Stage()
	before := m.state
	m.state, m.stale = &next, true
	if next.Share < before.Share {
		m.counter.enter(next.Share)
	}
	if err := c.saveRoute(m); err != nil && next.Share > before.Share {
		m.state = before
		return err
	} else if err != nil {
		return errors.Join(err, c.appendRecord(r))
	}
	if next.Share >= before.Share && (next.Share > before.Share || next.Run != before.Run) {
		m.counter.enter(next.Share)
	}
	m.epoch = c.clock()
	return c.appendRecord(r)
}

func (c *Controller) logRecord(r Record) {
	level := slog.LevelInfo
	if r.Action == string(Rollback) {
		level = slog.LevelWarn
	}
	c.log.Log(context.Background(), level, "rollout", "route", r.Route, "action", r.Action,
		"from", r.From.String(), "to", r.To.String(), "who", r.Who, "reason", r.Reason, "config", r.Config)
}
