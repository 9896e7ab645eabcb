package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/storage"
)

// ErrNotificationNotFound is returned for unknown notifications.
var ErrNotificationNotFound = errors.New("notification not found")

// Service keeps the event log and the notifications.
type Service struct {
	db    *storage.DB
	clock clock.Clock
	log   *slog.Logger
}

// NewService returns the service and subscribes it to bus.
func NewService(db *storage.DB, bus *Bus, clk clock.Clock, log *slog.Logger) *Service {
	s := &Service{db: db, clock: clk, log: log.With("domain", "events")}
	bus.Handle(Any, s.record)
	Subscribe(bus, models.TopicCustomerRegistered, s.welcome)
	Subscribe(bus, models.TopicOrderPlaced, s.confirmOrder)
	Subscribe(bus, models.TopicOrderShipped, s.announceShipping)
	return s
}

// LogEntry is one line of the event log.
type LogEntry struct {
	ID         int64           `json:"id"`
	Topic      string          `json:"topic"`
	Subject    string          `json:"subject,omitempty"`
	Tenant     string          `json:"tenant"`
	Payload    json.RawMessage `json:"payload"`
	OccurredAt time.Time       `json:"occurred_at"`
}

func (s *Service) record(ctx context.Context, e Event) error {
	payload, err := json.Marshal(e.Payload)
	if err != nil {
		return fmt.Errorf("record event %s: %w", e.Topic, err)
	}
	entry := LogEntry{Topic: e.Topic, Subject: subjectOf(e.Payload), Tenant: e.Tenant, Payload: payload, OccurredAt: e.OccurredAt}
	if err := s.insertEntry(ctx, entry); err != nil {
		return fmt.Errorf("record event %s: %w", e.Topic, err)
	}
	return nil
}

// subjectOf names what an event is about, for searching the log.
func subjectOf(payload any) string {
	switch p := payload.(type) {
	case models.CustomerRegistered:
		return fmt.Sprintf("customer/%d", p.CustomerID)
	case models.StockLow:
		return fmt.Sprintf("product/%d", p.ProductID)
	case models.OrderEvent:
		return "order/" + p.Number
	case models.PaymentEvent:
		return fmt.Sprintf("payment/%d", p.PaymentID)
	case models.InvoiceIssued:
		return "invoice/" + p.Number
	default:
		return ""
	}
}

// Entries returns the log, newest first, of one topic or all.
func (s *Service) Entries(ctx context.Context, topic, tenant string, page pagination.Request) (pagination.Page[LogEntry], error) {
	entries, total, err := s.listEntries(ctx, topic, tenant, page)
	if err != nil {
		return pagination.Page[LogEntry]{}, fmt.Errorf("list events: %w", err)
	}
	return pagination.NewPage(entries, total, page), nil
}

// NotifyOption changes a notification before it is sent.
type NotifyOption func(*models.Notification)

// WithBody adds a text.
func WithBody(format string, args ...any) NotifyOption {
	return func(n *models.Notification) { n.Body = fmt.Sprintf(format, args...) }
}

// ByEmail sends the notification by email too.
func ByEmail() NotifyOption {
	return func(n *models.Notification) { n.Channel = "email" }
}

// Urgent puts the notification on top.
func Urgent() NotifyOption {
	return func(n *models.Notification) { n.Urgent = true }
}

// Notify leaves a message for a customer. It is best effort: a customer who
// misses a message can still see everything in the account.
func (s *Service) Notify(ctx context.Context, customerID int64, subject string, opts ...NotifyOption) {
	n := models.Notification{CustomerID: customerID, Channel: "inbox", Subject: subject, CreatedAt: s.clock.Now()}
	for _, opt := range opts {
		opt(&n)
	}
	if err := s.insertNotification(ctx, n); err != nil {
		s.log.ErrorContext(ctx, "notify customer", "customer", customerID, "subject", subject, "error", err)
	}
}

// Notifications returns the messages to a customer, urgent and newest first.
func (s *Service) Notifications(ctx context.Context, customerID int64, unreadOnly bool) ([]models.Notification, error) {
	notifications, err := s.notificationsOf(ctx, customerID, unreadOnly)
	if err != nil {
		return nil, fmt.Errorf("list notifications of customer %d: %w", customerID, err)
	}
	return notifications, nil
}

// MarkRead marks a notification as read.
func (s *Service) MarkRead(ctx context.Context, id int64) error {
	ok, err := s.setRead(ctx, id, s.clock.Now())
	if err != nil {
		return fmt.Errorf("mark notification %d: %w", id, err)
	}
	if !ok {
		return fmt.Errorf("notification %d: %w", id, ErrNotificationNotFound)
	}
	return nil
}

func (s *Service) welcome(ctx context.Context, e models.CustomerRegistered) error {
	s.Notify(ctx, e.CustomerID, "Welcome to the shop", WithBody("Hello %s, nice to have you here.", e.Name))
	return nil
}

func (s *Service) confirmOrder(ctx context.Context, e models.OrderEvent) error {
	s.Notify(ctx, e.CustomerID, "Order "+e.Number+" received", WithBody("The total is %s.", e.Total), ByEmail())
	return nil
}

func (s *Service) announceShipping(ctx context.Context, e models.OrderEvent) error {
	s.Notify(ctx, e.CustomerID, "Order "+e.Number+" is on its way", ByEmail())
	return nil
}
