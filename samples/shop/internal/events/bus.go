// Package events tells the rest of the shop what happened: an in-process bus,
// a log of all events and the notifications to customers.
package events

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/web"
)

// Any is the topic of handlers that want all events.
const Any = "*"

// Event is one thing that happened.
type Event struct {
	Topic      string
	Tenant     string
	Payload    any
	OccurredAt time.Time
}

// Handler is called for each event of a topic.
type Handler func(ctx context.Context, e Event) error

// Bus delivers events to the handlers in the order of their registration.
// Delivery is synchronous: Publish returns when all handlers have run.
type Bus struct {
	clock clock.Clock
	log   *slog.Logger

	mu       sync.RWMutex
	handlers map[string][]Handler
}

// NewBus returns an empty bus.
func NewBus(clk clock.Clock, log *slog.Logger) *Bus {
	return &Bus{clock: clk, log: log.With("domain", "events"), handlers: map[string][]Handler{}}
}

// Handle registers h for a topic, or for all with Any.
func (b *Bus) Handle(topic string, h Handler) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handlers[topic] = append(b.handlers[topic], h)
}

// Publish tells everyone who wants to know. What has happened cannot be
// undone, so handler errors are logged and do not reach the publisher. Publish
// after the commit, never inside of a transaction.
func (b *Bus) Publish(ctx context.Context, topic string, payload any) {
	e := Event{Topic: topic, Tenant: web.Tenant(ctx), Payload: payload, OccurredAt: b.clock.Now()}
	b.mu.RLock()
	handlers := make([]Handler, 0, len(b.handlers[topic])+len(b.handlers[Any]))
	handlers = append(handlers, b.handlers[Any]...)
	handlers = append(handlers, b.handlers[topic]...)
	b.mu.RUnlock()
	for _, h := range handlers {
		if err := h(ctx, e); err != nil {
			b.log.ErrorContext(ctx, "event handler failed", "topic", topic, "error", err)
		}
	}
}

// Subscribe registers fn for the events of a topic that carry a T.
func Subscribe[T any](b *Bus, topic string, fn func(ctx context.Context, payload T) error) {
	b.Handle(topic, func(ctx context.Context, e Event) error {
		payload, ok := e.Payload.(T)
		if !ok {
			var want T
			return fmt.Errorf("event %s carries a %T, want a %T", topic, e.Payload, want)
		}
		return fn(ctx, payload)
	})
}
