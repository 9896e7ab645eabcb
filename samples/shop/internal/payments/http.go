package payments

import (
	"errors"
	"net/http"

	"example.com/shop/internal/models"
	"example.com/shop/internal/web"
)

// Routes registers the HTTP routes of the payments.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /payments/{id}", s.handleGet)
	mux.HandleFunc("GET /orders/{id}/payments", s.handleForOrder)
	mux.HandleFunc("POST /payments/{id}/capture", s.handleCapture)
	mux.HandleFunc("POST /payments/{id}/refunds", s.handleRefund)
	mux.HandleFunc("POST /payments/bank-transfers/confirm", s.handleConfirmTransfer)
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "payment_not_found", err.Error())
	case errors.Is(err, ErrWrongStatus), errors.Is(err, ErrTooMuch):
		web.Error(w, r, http.StatusConflict, "payment_conflict", err.Error())
	default:
		web.Fail(w, r, s.log, err)
	}
}

func (s *Service) handleGet(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	p, err := s.Payment(r.Context(), id)
	web.Reply(w, r, http.StatusOK, p, err, s.fail)
}

func (s *Service) handleForOrder(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	payments, err := s.ForOrder(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if payments == nil {
		web.Error(w, r, http.StatusNotFound, "payment_not_found", "the order has no payments")
		return
	}
	web.JSON(w, http.StatusOK, payments)
}

func (s *Service) handleCapture(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	p, err := s.Capture(r.Context(), id)
	web.Reply(w, r, http.StatusOK, p, err, s.fail)
}

type refundRequest struct {
	Amount models.Money `json:"amount"`
	Reason string       `json:"reason"`
}

func (s *Service) handleRefund(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	var req refundRequest
	if !web.Read(w, r, &req) {
		return
	}
	if req.Amount.Amount < 0 {
		web.Invalid(w, r, map[string]string{"amount": "must not be negative"})
		return
	}
	refund, err := s.Refund(r.Context(), id, req.Amount, req.Reason)
	web.Reply(w, r, http.StatusCreated, refund, err, s.fail)
}

type transferRequest struct {
	Reference string       `json:"reference"`
	Amount    models.Money `json:"amount"`
}

func (s *Service) handleConfirmTransfer(w http.ResponseWriter, r *http.Request) {
	var req transferRequest
	if !web.Read(w, r, &req) {
		return
	}
	p, err := s.ConfirmTransfer(r.Context(), req.Reference, req.Amount)
	web.Reply(w, r, http.StatusOK, p, err, s.fail)
}
