package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ficus-dev/ficus/strangler/store"
)

// restoreState reads a route's state from the store, or begins one.
func (c *Controller) restoreState(m *managed) error {
	e, err := c.store.Get(context.Background(), routeKeys+m.rule.Name)
	if errors.Is(err, store.ErrNotFound) {
		m.state = newState(&m.rule, c.clock())
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the rollout state of %s: %w", m.rule.Name, err)
	}
	var s State
	if err := json.Unmarshal(e.Value, &s); err != nil {
		return fmt.Errorf("read the rollout state of %s: %w", m.rule.Name, err)
	}
	if len(s.Steps) == 0 || len(s.Blocks) == 0 {
		s.enter(s.Share, c.clock())
	}
	m.state, m.revision = &s, e.Revision
	return nil
}

// saveRoute writes a route's state; the lock is held.
func (c *Controller) saveRoute(m *managed) error {
	data, err := json.Marshal(m.state)
	if err != nil {
		return fmt.Errorf("save the rollout state of %s: %w", m.rule.Name, err)
	}
	e, err := c.store.CompareAndSet(context.Background(), routeKeys+m.rule.Name, data, m.revision)
	if err != nil {
		return fmt.Errorf("save the rollout state of %s: %w", m.rule.Name, err)
	}
	m.revision, m.dirty = e.Revision, false
	return nil
}

func (c *Controller) saveAll() error {
	errs := []error{c.saveHistory()}
	for _, m := range c.inOrder {
		if m.dirty {
			errs = append(errs, c.saveRoute(m))
		}
	}
	return errors.Join(errs...)
}
