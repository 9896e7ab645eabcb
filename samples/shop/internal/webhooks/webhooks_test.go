package webhooks_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/shop/internal/models"
	"example.com/shop/internal/shoptest"
	"example.com/shop/internal/web"
	"example.com/shop/internal/webhooks"
)

// receiver is the server of a partner.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	bodies []string
	header http.Header
	hit    chan struct{}
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: 200, hit: make(chan struct{}, 100)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.bodies, r.header = append(r.bodies, string(body)), req.Header
		status := r.status
		r.mu.Unlock()
		w.WriteHeader(status)
		r.hit <- struct{}{}
	}))
	t.Cleanup(r.Close)
	return r
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	s, r := shoptest.New(t), newReceiver(t)
	p, err := s.Webhooks.AddPartner(t.Context(), "Acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Webhooks.AddEndpoint(t.Context(), p.ID, r.URL+"/hook", []string{models.TopicStockLow})
	if err != nil || e.Secret == "" {
		t.Fatalf("endpoint = %+v, %v", e, err)
	}
	s.Bus.Publish(t.Context(), models.TopicStockLow, models.StockLow{ProductID: 7, Available: 1})
	s.Bus.Publish(t.Context(), models.TopicOrderPlaced, models.OrderEvent{}) // not subscribed
	if n, err := s.Webhooks.Deliver(t.Context()); err != nil || n != 1 {
		t.Fatalf("delivered %d, %v", n, err)
	}
	if len(r.bodies) != 1 || !strings.Contains(r.bodies[0], `"product_id":7`) {
		t.Errorf("bodies = %v", r.bodies)
	}
	if r.header.Get("X-Shop-Topic") != "stock.low" || r.header.Get("X-Shop-Signature") != webhooks.Sign(e.Secret, []byte(r.bodies[0])) {
		t.Errorf("header = %v", r.header)
	}
	if n, err := s.Webhooks.Deliver(t.Context()); err != nil || n != 0 {
		t.Errorf("delivered again: %d, %v", n, err)
	}
}

func TestRetriesAndFailure(t *testing.T) {
	t.Parallel()
	s, r := shoptest.New(t), newReceiver(t)
	r.status = 503
	contact := s.Customer(t, "boss@acme.example")
	p, err := s.Webhooks.AddPartner(t.Context(), "Acme", &contact.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Webhooks.AddEndpoint(t.Context(), p.ID, r.URL, nil); err != nil {
		t.Fatal(err)
	}
	s.Bus.Publish(t.Context(), models.TopicStockLow, models.StockLow{})
	pause := 30 * time.Second
	for attempt := 1; attempt <= 5; attempt++ {
		if _, err := s.Webhooks.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(r.bodies) != attempt {
			t.Fatalf("%d calls after attempt %d", len(r.bodies), attempt)
		}
		s.Clock.Advance(pause - time.Second) // not due yet
		if _, err := s.Webhooks.Deliver(t.Context()); err != nil || len(r.bodies) != attempt {
			t.Fatalf("%d calls before the pause is over, %v", len(r.bodies), err)
		}
		s.Clock.Advance(time.Second)
		pause *= 2
	}
	notes, err := s.Events.Notifications(t.Context(), contact.ID, true)
	if err != nil || notes[0].Subject != "Your webhook does not answer" || !strings.Contains(notes[0].Body, "503") {
		t.Errorf("notifications = %+v, %v", notes, err)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	s, r := shoptest.New(t), newReceiver(t)
	p, err := s.Webhooks.AddPartner(t.Context(), "Acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Webhooks.AddEndpoint(t.Context(), p.ID, r.URL, nil); err != nil {
		t.Fatal(err)
	}
	s.Bus.Publish(t.Context(), models.TopicStockLow, models.StockLow{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Webhooks.Run(ctx, time.Millisecond)
	}()
	<-r.hit
	cancel()
	<-done
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	p, err := s.Webhooks.AddPartner(t.Context(), " Acme ", nil)
	if err != nil || p.Name != "Acme" {
		t.Fatalf("partner = %+v, %v", p, err)
	}
	if _, err := s.Webhooks.AddPartner(t.Context(), "Acme", nil); !errors.Is(err, webhooks.ErrNameTaken) {
		t.Errorf("error = %v", err)
	}
	var fields web.FieldErrors
	if _, err := s.Webhooks.AddPartner(t.Context(), "", nil); !errors.As(err, &fields) {
		t.Errorf("error = %v", err)
	}
	if _, err := s.Webhooks.AddEndpoint(t.Context(), p.ID, "ftp://x", []string{"nonsense"}); !errors.As(err, &fields) || len(fields) != 2 {
		t.Errorf("error = %v, fields %v", err, fields)
	}
	if _, err := s.Webhooks.AddEndpoint(t.Context(), 99, "http://x", nil); !errors.Is(err, webhooks.ErrPartnerNotFound) {
		t.Errorf("error = %v", err)
	}
	if _, err := s.Webhooks.UploadInvoices(t.Context(), 99, strings.NewReader("")); !errors.Is(err, webhooks.ErrPartnerNotFound) {
		t.Errorf("error = %v", err)
	}
}

func TestFeedAndLowStock(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	tea, pot := s.Product(t, "TEA", 100, 5), s.Product(t, "POT", 200, 1)
	feed, err := s.Webhooks.Feed(t.Context(), tea.UpdatedAt, "EUR")
	if err != nil || len(feed) != 2 || *feed[0].Price != models.EUR(100) || feed[0].UpdatedAt != tea.UpdatedAt {
		t.Errorf("feed = %+v, %v", feed, err)
	}
	feed, err = s.Webhooks.Feed(t.Context(), time.Time{}, "USD")
	if err != nil || feed[0].Price != nil {
		t.Errorf("feed in dollars = %+v, %v", feed, err)
	}
	feed, err = s.Webhooks.Feed(t.Context(), shoptest.Start.Add(1), "EUR")
	if err != nil || feed == nil || len(feed) != 0 {
		t.Errorf("nothing new = %#v, %v", feed, err)
	}
	for limit, want := range map[int]string{1: pot.SKU, 9: pot.SKU + "," + tea.SKU} {
		low, err := s.Webhooks.LowStock(t.Context(), 5, limit)
		if err != nil || strings.Join(low, ",") != want {
			t.Errorf("low stock = %v, %v; want %s", low, err, want)
		}
	}
}

func TestUploadInvoices(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	p, err := s.Webhooks.AddPartner(t.Context(), "Acme", nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Webhooks.UploadInvoices(t.Context(), p.ID, strings.NewReader(
		"number,customer_name,country,currency,net,tax,issued_at\n1,A,DE,EUR,100,19,2026-01-01\n2,B,DE,EUR,x,19,2026-01-01\n"))
	if err != nil || result.Imported != 1 || result.Rejected["row 3"] != "net is not a number of cents" {
		t.Errorf("result = %+v, %v", result, err)
	}
}
