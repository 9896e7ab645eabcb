package events_test

import (
	"context"
	"errors"
	"testing"

	"example.com/shop/internal/events"
	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/shoptest"
	"example.com/shop/internal/web"
)

func TestSubscribe(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	var got []models.StockLow
	events.Subscribe(s.Bus, models.TopicStockLow, func(_ context.Context, e models.StockLow) error {
		got = append(got, e)
		return errors.New("logged, not returned")
	})
	s.Bus.Publish(t.Context(), models.TopicStockLow, models.StockLow{ProductID: 7})
	s.Bus.Publish(t.Context(), models.TopicStockLow, "not what subscribers expect")
	s.Bus.Publish(t.Context(), models.TopicOrderPlaced, models.OrderEvent{})
	if len(got) != 1 || got[0].ProductID != 7 {
		t.Errorf("got %v", got)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	payloads := map[string]any{
		models.TopicCustomerRegistered: models.CustomerRegistered{CustomerID: 1},
		models.TopicStockLow:           models.StockLow{ProductID: 2},
		models.TopicOrderCancelled:     models.OrderEvent{Number: "3"},
		models.TopicPaymentRefunded:    models.PaymentEvent{PaymentID: 4},
		models.TopicInvoiceIssued:      models.InvoiceIssued{Number: "5"},
		"test":                         map[string]int{"n": 6},
	}
	acme := web.WithTenant(t.Context(), "acme")
	for topic, payload := range payloads {
		s.Bus.Publish(acme, topic, payload)
	}
	s.Bus.Publish(t.Context(), "unserializable", func() {})
	subjects := map[string]string{
		models.TopicCustomerRegistered: "customer/1", models.TopicStockLow: "product/2", models.TopicOrderCancelled: "order/3",
		models.TopicPaymentRefunded: "payment/4", models.TopicInvoiceIssued: "invoice/5", "test": "",
	}
	page, err := s.Events.Entries(t.Context(), "", "acme", pagination.Request{})
	if err != nil || page.Total != len(payloads) {
		t.Fatalf("%d entries, %v; want %d", page.Total, err, len(payloads))
	}
	for _, e := range page.Items {
		if e.Subject != subjects[e.Topic] || e.Tenant != "acme" || e.OccurredAt != shoptest.Start || len(e.Payload) == 0 {
			t.Errorf("entry = %+v", e)
		}
	}
	one, err := s.Events.Entries(t.Context(), "test", "acme", pagination.Request{})
	if err != nil || one.Total != 1 || string(one.Items[0].Payload) != `{"n":6}` {
		t.Errorf("one = %+v, %v", one, err)
	}
	other, err := s.Events.Entries(t.Context(), "", web.DefaultTenant, pagination.Request{})
	if err != nil || other.Total != 0 || other.Items == nil {
		t.Errorf("the log of another tenant: %+v, %v", other, err)
	}
}

func TestNotify(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	c := s.Customer(t, "ada@example.com")
	s.Events.Notify(t.Context(), c.ID, "Urgent", events.Urgent(), events.ByEmail(), events.WithBody("%d left", 3))
	s.Events.Notify(t.Context(), c.ID, "Plain")
	notes, err := s.Events.Notifications(t.Context(), c.ID, false)
	if err != nil || len(notes) != 3 {
		t.Fatalf("notifications = %+v, %v", notes, err)
	}
	if n := notes[0]; n.Subject != "Urgent" || !n.Urgent || n.Channel != "email" || n.Body != "3 left" || n.ReadAt != nil {
		t.Errorf("first = %+v", n)
	}
	if err := s.Events.MarkRead(t.Context(), notes[0].ID); err != nil {
		t.Fatal(err)
	}
	unread, err := s.Events.Notifications(t.Context(), c.ID, true)
	if err != nil || len(unread) != 2 || unread[0].Subject != "Plain" {
		t.Errorf("unread = %+v, %v", unread, err)
	}
	if err := s.Events.MarkRead(t.Context(), 99); !errors.Is(err, events.ErrNotificationNotFound) {
		t.Errorf("error = %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	s.Events.Notify(cancelled, c.ID, "Lost") // only logged
}
