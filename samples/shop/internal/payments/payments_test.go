package payments_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/shop/internal/models"
	"example.com/shop/internal/orders"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/shoptest"
)

func TestAuthorize(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	tests := []struct {
		method, token string
		amount        int64
		code          string // of the refusal
	}{
		{"card", "tok_visa", 100, ""},
		{"card", "tok_flaky", 100, ""}, // works at the second try
		{"card", "", 100, "no_token"},
		{"card", "tok_decline_1", 100, "do_not_honor"},
		{"card", "tok_visa", 500_001, "limit"},
		{"bank_transfer", "", 900_000, ""},
	}
	for _, tt := range tests {
		auth, err := s.Payments.Authorize(t.Context(), tt.method, tt.token, models.EUR(tt.amount))
		var declined *payments.DeclinedError
		switch {
		case tt.code == "" && err != nil:
			t.Errorf("%s %s: %v", tt.method, tt.token, err)
		case tt.code == "":
			if auth.Provider() != tt.method || auth.Amount() != models.EUR(tt.amount) || auth.Reference() == "" {
				t.Errorf("%s: authorization of %v by %s", tt.method, auth.Amount(), auth.Provider())
			}
			if !auth.ValidAt(s.Clock.Now()) || auth.ValidAt(s.Clock.Now().AddDate(1, 0, 0)) {
				t.Errorf("%s: must be valid now and not for ever", tt.method)
			}
		case !errors.As(err, &declined) || declined.Code != tt.code || !errors.Is(err, payments.ErrDeclined):
			t.Errorf("%s %q: error = %v, want code %s", tt.method, tt.token, err, tt.code)
		}
	}
	if _, err := s.Payments.Authorize(t.Context(), "gold", "", models.EUR(1)); !errors.Is(err, payments.ErrUnknownProvider) {
		t.Errorf("error = %v", err)
	}
}

// down never answers.
type down struct {
	payments.Provider
	calls int
}

func (d *down) Name() string { return "down" }

func (d *down) Authorize(context.Context, string, models.Money) (*payments.Authorization, error) {
	d.calls++
	return nil, payments.ErrUnavailable
}

func TestRetries(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	provider := &down{}
	p := payments.New(s.DB, s.Bus, s.Clock, s.Log, payments.WithProvider(provider), payments.WithRetries(3))
	if _, err := p.Authorize(t.Context(), "down", "", models.EUR(1)); !errors.Is(err, payments.ErrUnavailable) {
		t.Errorf("error = %v", err)
	}
	if provider.calls != 4 {
		t.Errorf("%d calls, want 4", provider.calls)
	}
}

func payment(t *testing.T, s *shoptest.Shop) models.Payment {
	t.Helper()
	o := s.Order(t, s.Customer(t, "ada@example.com"), s.Product(t, "TEA-1", 10000, 10))
	all, err := s.Payments.ForOrder(t.Context(), o.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("payments = %v, %v", all, err)
	}
	return all[0]
}

func TestCapture(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	p := payment(t, s)
	s.Clock.Advance(time.Hour)
	got, err := s.Payments.Capture(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != models.PaymentCaptured || *got.CapturedAt != shoptest.Start.Add(time.Hour) {
		t.Errorf("got %+v", got)
	}
	o, err := s.Orders.Order(t.Context(), p.OrderID)
	if err != nil || o.Status != models.OrderPaid || o.UpdatedAt != *got.CapturedAt {
		t.Errorf("order = %s at %v, %v", o.Status, o.UpdatedAt, err)
	}
	if inv, err := s.Billing.ForOrder(t.Context(), p.OrderID); err != nil || inv.Status != models.InvoicePaid {
		t.Errorf("invoice = %s, %v", inv.Status, err)
	}
	if _, err := s.Payments.Capture(t.Context(), p.ID); !errors.Is(err, payments.ErrWrongStatus) {
		t.Errorf("twice: error = %v", err)
	}
	if _, err := s.Payments.Capture(t.Context(), 99); !errors.Is(err, payments.ErrNotFound) {
		t.Errorf("unknown: error = %v", err)
	}
}

func TestRefund(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	p := payment(t, s)
	if _, err := s.Payments.Refund(t.Context(), p.ID, models.Money{}, ""); !errors.Is(err, payments.ErrWrongStatus) {
		t.Errorf("not captured: error = %v", err)
	}
	if _, err := s.Payments.Capture(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Payments.Refund(t.Context(), p.ID, models.EUR(1900), "damaged"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Payments.Refund(t.Context(), p.ID, models.EUR(10001), ""); !errors.Is(err, payments.ErrTooMuch) {
		t.Errorf("too much: error = %v", err)
	}
	if _, err := s.Payments.Refund(t.Context(), p.ID, models.Money{Amount: 1, Currency: "USD"}, ""); !errors.Is(err, payments.ErrTooMuch) {
		t.Errorf("other currency: error = %v", err)
	}
	rest, err := s.Payments.Refund(t.Context(), p.ID, models.Money{}, "returned")
	if err != nil || rest.Amount != models.EUR(10000) {
		t.Errorf("rest = %+v, %v; want 119.00 - 19.00", rest, err)
	}
	if got, err := s.Payments.Payment(t.Context(), p.ID); err != nil || got.Status != models.PaymentRefunded {
		t.Errorf("payment = %+v, %v", got, err)
	}
}

func TestConfirmTransfer(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada := s.Customer(t, "ada@example.com")
	c := s.Cart(t, ada, s.Product(t, "TEA-1", 10000, 10))
	o, err := s.Orders.Checkout(t.Context(), checkout(c.ID, ada.ID))
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Payments.ForOrder(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Payments.ConfirmTransfer(t.Context(), all[0].Reference, models.EUR(1)); !errors.Is(err, payments.ErrWrongStatus) {
		t.Errorf("wrong amount: error = %v", err)
	}
	if _, err := s.Payments.ConfirmTransfer(t.Context(), "RF00", o.Total); !errors.Is(err, payments.ErrNotFound) {
		t.Errorf("unknown: error = %v", err)
	}
	p, err := s.Payments.ConfirmTransfer(t.Context(), all[0].Reference, o.Total)
	if err != nil || p.Status != models.PaymentCaptured {
		t.Fatalf("confirm: %+v, %v", p, err)
	}
	if r, err := s.Payments.Refund(t.Context(), p.ID, models.EUR(100), ""); err != nil || r.Reference != "SEPA-"+p.Reference {
		t.Errorf("refund = %+v, %v", r, err)
	}
}

// An order without payments has nil, not an empty slice.
func TestForOrderWithoutPayments(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	if all, err := s.Payments.ForOrder(t.Context(), 99); err != nil || all != nil {
		t.Errorf("got %#v, %v; want nil", all, err)
	}
}

// An authorization that has expired is not recorded.
func TestRecordExpired(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	auth, err := s.Payments.Authorize(t.Context(), "card", "tok_visa", models.EUR(1))
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(8 * 24 * time.Hour)
	tx, err := s.DB.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := s.Payments.RecordTx(t.Context(), tx, 1, auth); !errors.Is(err, payments.ErrWrongStatus) {
		t.Errorf("error = %v", err)
	}
}

func checkout(cartID string, customerID int64) orders.CheckoutRequest {
	return orders.CheckoutRequest{CartID: cartID, CustomerID: customerID, PaymentMethod: "bank_transfer"}
}
