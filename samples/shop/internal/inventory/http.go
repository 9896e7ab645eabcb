package inventory

import (
	"errors"
	"net/http"

	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/models"
	"example.com/shop/internal/web"
)

// Routes registers the HTTP routes of the inventory.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /stock", s.handleLow)
	mux.HandleFunc("GET /stock/{productID}", s.handleLevel)
	mux.HandleFunc("PUT /stock/{productID}", s.handleSetLevel)
	mux.HandleFunc("POST /stock/{productID}/adjustments", s.handleAdjust)
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var out *OutOfStockError
	switch {
	case errors.As(err, &out):
		web.Error(w, r, http.StatusConflict, "out_of_stock", out.Error())
	case errors.Is(err, ErrNotStocked), errors.Is(err, catalogue.ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "not_stocked", err.Error())
	default:
		web.Fail(w, r, s.log, err)
	}
}

// handleLow lists what has to be ordered soon: ?below=5.
func (s *Service) handleLow(w http.ResponseWriter, r *http.Request) {
	below, err := web.QueryInt(r, "below", 5)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	levels := []models.StockLevel{}
	err = s.EachBelow(r.Context(), below, func(l models.StockLevel) error {
		levels = append(levels, l)
		return nil
	})
	web.Reply(w, r, http.StatusOK, levels, err, s.fail)
}

func (s *Service) handleLevel(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "productID")
	if !ok {
		return
	}
	level, err := s.Level(r.Context(), id)
	web.Reply(w, r, http.StatusOK, level, err, s.fail)
}

func (s *Service) handleSetLevel(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "productID")
	if !ok {
		return
	}
	var in LevelInput
	if !web.Read(w, r, &in) {
		return
	}
	errs := web.FieldErrors{}
	errs.Check(in.OnHand >= 0, "on_hand", "must not be negative")
	errs.Check(in.ReorderAt >= 0, "reorder_at", "must not be negative")
	errs.Check(len(in.Bin) <= 20, "bin", "must be at most 20 characters")
	if err := errs.Err(); err != nil {
		s.fail(w, r, err)
		return
	}
	level, err := s.SetLevel(r.Context(), id, in)
	web.Reply(w, r, http.StatusOK, level, err, s.fail)
}

type adjustRequest struct {
	Delta  int    `json:"delta"`
	Reason string `json:"reason"`
}

func (s *Service) handleAdjust(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "productID")
	if !ok {
		return
	}
	var req adjustRequest
	if !web.Read(w, r, &req) {
		return
	}
	errs := web.FieldErrors{}
	errs.Check(req.Delta != 0, "delta", "must not be zero")
	errs.Check(req.Reason != "", "reason", "is required")
	if err := errs.Err(); err != nil {
		s.fail(w, r, err)
		return
	}
	level, err := s.Adjust(r.Context(), id, req.Delta, req.Reason)
	web.Reply(w, r, http.StatusOK, level, err, s.fail)
}
