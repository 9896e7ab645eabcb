package rollout

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ficus-dev/ficus/strangler/route"
)

// Errors of what people ask for, for errors.Is.
var (
	// ErrUnknownRoute: no route of that name is configured.
	ErrUnknownRoute = errors.New("no route")
	// ErrRefused: the route's stage does not allow it.
	ErrRefused = errors.New("refused")
)

// All stands for every route.
const All = "*"

// Set puts a share in force by hand. After a rollback it begins a new run, with
// fresh evidence. An automatic route goes on from there, unless it is paused; set to 0%
// it is paused, so that it does not start again by itself. A share above 0% for a route
// that is at 0% ends its pause: that somebody starts it is what the pause waited for.
func (c *Controller) Set(name string, share route.Share, who string) error {
	if share < 0 || share > route.FullShare {
		return fmt.Errorf("%w: share %s is not within 0%% and 100%%", ErrRefused, share)
	}
	return c.operate(name, "set", who, func(m *managed) (string, func(*State), error) {
		return "set by hand", func(s *State) { c.setShare(m, s, share) }, nil
	})
}

func (c *Controller) setShare(m *managed, s *State, share route.Share) {
	now := c.clock()
	s.Moved = true
	if share == 0 && m.policy.Mode == route.ModeAuto {
		s.Paused = true
	}
	if share > 0 && s.Share == 0 {
		s.Paused = false
	}
	switch {
	case s.RolledBack:
		s.restart(share, now)
	case s.Share != share:
		s.enter(share, now)
	}
}

// Advance moves a route to the next step of its policy by hand, whether or not the
// evidence suffices.
func (c *Controller) Advance(name, who string) error {
	return c.operate(name, string(Advance), who, func(m *managed) (string, func(*State), error) {
		next, more := nextStep(m.policy, m.state.Share)
		if !more {
			return "", nil, fmt.Errorf("%w: %s is at %s, the last step", ErrRefused, name, m.state.Share)
		}
		reason := "by hand"
		if i := firstClosed(m.decision.Gates); i >= 0 {
			reason += "; open: " + m.decision.Gates[i].Text
		}
		return reason, func(s *State) { c.setShare(m, s, next) }, nil
	})
}

// Pause holds a route, or All, at its share, and at others that are set by hand, until
// Resume or until it is rolled back. Rollback stays automatic.
func (c *Controller) Pause(name, who string) error {
	return c.operate(name, "pause", who, func(*managed) (string, func(*State), error) {
		return "by hand", func(s *State) { s.Paused = true }, nil
	})
}

// Resume ends a pause of a route, or of All.
func (c *Controller) Resume(name, who string) error {
	return c.operate(name, "resume", who, func(m *managed) (string, func(*State), error) {
		if m.state.RolledBack && name != All {
			return "", nil, fmt.Errorf("%w: %s was rolled back (%s); put it right and set a share", ErrRefused, name, m.state.LastReason)
		}
		return "by hand", func(s *State) { s.Paused = false }, nil
	})
}

// Rollback takes a route, or All, back to the monolith until somebody sets a share.
// It is in force even if the store cannot be written.
func (c *Controller) Rollback(name, reason, who string) error {
	if strings.TrimSpace(reason) == "" {
		reason = "by hand"
	}
	return c.operate(name, string(Rollback), who, func(*managed) (string, func(*State), error) {
		return reason, func(s *State) { s.rollBack(reason, c.clock()) }, nil
	})
}

// operate does what a person asks for to one route or all, and records it. plan
// says why and how, or why not.
func (c *Controller) operate(name, action, who string, plan func(*managed) (string, func(*State), error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	targets, err := c.targets(name)
	if err != nil {
		return err
	}
	c.collect()
	var errs []error
	for _, m := range targets {
		m.decide(c.clock())
		reason, change, err := plan(m)
		if err == nil {
			err = c.commit(m, c.newRecord(m, action, who, reason), change)
		}
		errs = append(errs, err)
	}
	c.evaluate()
	return errors.Join(errs...)
}

func (c *Controller) targets(name string) ([]*managed, error) {
	var out []*managed
	for _, n := range c.order {
		if name == All || n == name {
			out = append(out, c.routes[n])
		}
	}
	if len(out) == 0 && name != All {
		return nil, c.unknownRoute(name)
	}
	return out, nil
}

func quoteList(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	for i, n := range names {
		names[i] = strconv.Quote(n)
	}
	if len(names) > 10 {
		names = append(names[:10], fmt.Sprintf("and %d more", len(names)-10))
	}
	return strings.Join(names, ", ")
}
