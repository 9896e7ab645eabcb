package orders

import (
	"errors"
	"io"
	"net/http"
	"time"

	"example.com/shop/internal/billing"
	"example.com/shop/internal/cart"
	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/customers"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/web"
)

// Routes registers the HTTP routes of the orders.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /orders", s.handleCheckout)
	mux.HandleFunc("GET /orders", s.handleList)
	mux.HandleFunc("GET /orders/{id}", s.handleGet)
	mux.HandleFunc("PUT /orders/{id}/note", s.handleSetNote)
	mux.HandleFunc("POST /orders/{id}/cancel", s.handleCancel)
	mux.HandleFunc("POST /orders/{id}/ship", s.handleShip)
	mux.HandleFunc("GET /orders/{id}/picking-list", s.handlePickingList)
	mux.HandleFunc("GET /orders/{id}/invoice.csv", s.handleInvoiceCSV)
	mux.HandleFunc("GET /reports/sales", s.handleSales)
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var out *inventory.OutOfStockError
	var declined *payments.DeclinedError
	var invalid *catalogue.InvalidProductError
	switch {
	case errors.As(err, &out):
		web.Error(w, r, http.StatusConflict, "out_of_stock", out.Error())
	case errors.As(err, &declined):
		web.Error(w, r, http.StatusPaymentRequired, "declined_"+declined.Code, declined.Message)
	case errors.As(err, &invalid):
		web.Invalid(w, r, map[string]string{"cart_id": invalid.Error()})
	case errors.Is(err, ErrNotFound), errors.Is(err, billing.ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "order_not_found", err.Error())
	case errors.Is(err, cart.ErrNotFound), errors.Is(err, customers.ErrNotFound), errors.Is(err, catalogue.ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "not_found", err.Error())
	case errors.Is(err, cart.ErrCheckedOut), errors.Is(err, ErrWrongStatus):
		web.Error(w, r, http.StatusConflict, "order_conflict", err.Error())
	case errors.Is(err, ErrChanged):
		web.Error(w, r, http.StatusPreconditionFailed, "changed_meanwhile", err.Error())
	case errors.Is(err, ErrEmptyCart), errors.Is(err, ErrNoAddress), errors.Is(err, customers.ErrInactive),
		errors.Is(err, payments.ErrUnknownProvider):
		web.Error(w, r, http.StatusUnprocessableEntity, "cannot_check_out", err.Error())
	default:
		web.Fail(w, r, s.log, err)
	}
}

func (s *Service) handleCheckout(w http.ResponseWriter, r *http.Request) {
	var req CheckoutRequest
	if !web.Read(w, r, &req) {
		return
	}
	o, err := s.Checkout(r.Context(), req)
	web.Reply(w, r, http.StatusCreated, o, err, s.fail)
}

func (s *Service) handleList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, ok := web.Page(w, r)
	if !ok {
		return
	}
	var opts []ListOption
	if raw := q.Get("customer_id"); raw != "" {
		id, err := web.ParseID(raw, "customer_id")
		if err != nil {
			s.fail(w, r, err)
			return
		}
		opts = append(opts, OfCustomer(id))
	}
	if status := q.Get("status"); status != "" {
		opts = append(opts, WithStatus(status))
	}
	since, err := web.QueryTime(r, "since", time.Time{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !since.IsZero() {
		opts = append(opts, PlacedSince(since))
	}
	orders, err := s.List(r.Context(), page, opts...)
	web.Reply(w, r, http.StatusOK, orders, err, s.fail)
}

func (s *Service) handleGet(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	o, err := s.Order(r.Context(), id)
	web.Reply(w, r, http.StatusOK, o, err, s.fail)
}

type noteRequest struct {
	Note      string    `json:"note"`
	UpdatedAt time.Time `json:"updated_at"`
}

func (s *Service) handleSetNote(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	var req noteRequest
	if !web.Read(w, r, &req) {
		return
	}
	o, err := s.SetNote(r.Context(), id, req.Note, req.UpdatedAt.UTC())
	web.Reply(w, r, http.StatusOK, o, err, s.fail)
}

func (s *Service) handleCancel(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	o, err := s.Cancel(r.Context(), id)
	web.Reply(w, r, http.StatusOK, o, err, s.fail)
}

func (s *Service) handleShip(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	o, err := s.Ship(r.Context(), id)
	web.Reply(w, r, http.StatusOK, o, err, s.fail)
}

func (s *Service) handlePickingList(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	lines, err := s.PickingList(r.Context(), id)
	web.Reply(w, r, http.StatusOK, lines, err, s.fail)
}

func (s *Service) handleInvoiceCSV(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	invoice, err := s.Invoices.OrderCSV(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer invoice.Close()
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	if _, err := io.Copy(w, invoice); err != nil {
		s.log.WarnContext(r.Context(), "invoice download interrupted", "order", id, "error", err)
	}
}

// handleSales reports in the currency of the request.
func (s *Service) handleSales(w http.ResponseWriter, r *http.Request) {
	since, err := web.QueryTime(r, "since", s.clock.Now().AddDate(0, -1, 0))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	limit, err := web.QueryInt(r, "limit", 20)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	report, err := s.SalesReport(r.Context(), web.Currency(r.Context()), since, min(limit, 200))
	web.Reply(w, r, http.StatusOK, report, err, s.fail)
}
