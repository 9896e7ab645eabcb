// Package recommendations suggests products: what is popular, what others
// bought, what a customer might like.
package recommendations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
	"example.com/shop/internal/web"
)

// window is how far back views count.
const window = 30 * 24 * time.Hour

// Service computes recommendations.
type Service struct {
	db        *storage.DB
	catalogue *catalogue.Service
	inventory *inventory.Service
	clock     clock.Clock
	log       *slog.Logger
}

// New returns a recommendation service.
func New(db *storage.DB, cat *catalogue.Service, inv *inventory.Service, clk clock.Clock, log *slog.Logger) *Service {
	return &Service{db: db, catalogue: cat, inventory: inv, clock: clk, log: log.With("domain", "recommendations")}
}

// Suggestion is a product with the reason why it is suggested.
type Suggestion struct {
	Product models.Product `json:"product"`
	Score   int            `json:"score"`
	Reason  string         `json:"reason"`
}

// RecordView remembers that a product was looked at. Losing a view does not
// matter, so there is no error.
func (s *Service) RecordView(ctx context.Context, productID int64, customerID *int64) {
	_, err := s.db.ExecContext(ctx, `INSERT INTO product_views (product_id, customer_id, viewed_at) VALUES (?, ?, ?)`,
		productID, customerID, s.clock.Now())
	if err != nil {
		s.log.WarnContext(ctx, "record view", "product", productID, "error", err)
	}
}

// Popular returns what was looked at most in the last 30 days.
func (s *Service) Popular(ctx context.Context, limit int) ([]Suggestion, error) {
	scores, err := s.query(ctx, `SELECT product_id, COUNT(*) AS score FROM product_views WHERE viewed_at >= ?
		GROUP BY product_id ORDER BY score DESC, product_id LIMIT ?`, s.clock.Now().Add(-window), 2*limit)
	if err != nil {
		return nil, fmt.Errorf("popular products: %w", err)
	}
	return s.suggest(ctx, scores, "popular", limit)
}

// Related returns what customers bought together with a product.
func (s *Service) Related(ctx context.Context, productID int64, limit int) ([]Suggestion, error) {
	if _, err := s.catalogue.Product(ctx, productID); err != nil {
		return nil, fmt.Errorf("related products: %w", err)
	}
	scores, err := s.query(ctx, `SELECT other.product_id, COUNT(*) AS score
		FROM order_lines this JOIN order_lines other ON other.order_id = this.order_id AND other.product_id <> this.product_id
		WHERE this.product_id = ? GROUP BY other.product_id ORDER BY score DESC, other.product_id LIMIT ?`, productID, 2*limit)
	if err != nil {
		return nil, fmt.Errorf("related products: %w", err)
	}
	return s.suggest(ctx, scores, "bought together", limit)
}

// ForCustomer returns what a customer looked at but did not buy.
func (s *Service) ForCustomer(ctx context.Context, customerID int64, limit int) ([]Suggestion, error) {
	scores, err := s.query(ctx, `SELECT v.product_id, COUNT(*) AS score FROM product_views v
		WHERE v.customer_id = ? AND v.product_id NOT IN (
			SELECT l.product_id FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.customer_id = ?)
		GROUP BY v.product_id ORDER BY score DESC, v.product_id LIMIT ?`, customerID, customerID, 2*limit)
	if err != nil {
		return nil, fmt.Errorf("recommend to customer %d: %w", customerID, err)
	}
	return s.suggest(ctx, scores, "viewed before", limit)
}

type score struct {
	productID int64
	value     int
}

func (s *Service) query(ctx context.Context, query string, args ...any) ([]score, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	return storage.Collect(rows, err, func(row storage.Scanner) (sc score, err error) {
		err = row.Scan(&sc.productID, &sc.value)
		return sc, err
	})
}

// suggest looks the products up and drops those that cannot be bought. The
// result is nil when nothing is left.
func (s *Service) suggest(ctx context.Context, scores []score, reason string, limit int) ([]Suggestion, error) {
	ids := make([]int64, len(scores))
	for i, sc := range scores {
		ids[i] = sc.productID
	}
	products, err := s.catalogue.ProductsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var suggestions []Suggestion
	for _, sc := range scores {
		p, ok := products[sc.productID]
		if !ok || p.Status != models.ProductActive || s.inventory.Available(ctx, p.ID) == 0 {
			continue
		}
		suggestions = append(suggestions, Suggestion{Product: p, Score: sc.value, Reason: reason})
	}
	return suggestions[:min(len(suggestions), limit)], nil
}

// Routes registers the HTTP routes of the recommendations.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /products/{id}/views", s.handleView)
	mux.HandleFunc("GET /products/{id}/related", s.handleRelated)
	mux.HandleFunc("GET /customers/{id}/recommendations", s.handleForCustomer)
	mux.HandleFunc("GET /recommendations/popular", s.handlePopular)
}

type viewRequest struct {
	CustomerID *int64 `json:"customer_id"`
}

func (s *Service) handleView(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	var req viewRequest
	if r.ContentLength != 0 {
		if !web.Read(w, r, &req) {
			return
		}
	}
	s.RecordView(r.Context(), id, req.CustomerID)
	w.WriteHeader(http.StatusAccepted)
}

func (s *Service) handleRelated(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	suggestions, err := s.Related(r.Context(), id, 6)
	s.reply(w, r, suggestions, err)
}

func (s *Service) handleForCustomer(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	suggestions, err := s.ForCustomer(r.Context(), id, 6)
	s.reply(w, r, suggestions, err)
}

func (s *Service) handlePopular(w http.ResponseWriter, r *http.Request) {
	limit, err := web.QueryInt(r, "limit", 10)
	if err != nil {
		web.Fail(w, r, s.log, err)
		return
	}
	suggestions, err := s.Popular(r.Context(), min(limit, 50))
	s.reply(w, r, suggestions, err)
}

// reply sends the suggestions, or 204 when there are none.
func (s *Service) reply(w http.ResponseWriter, r *http.Request, suggestions []Suggestion, err error) {
	switch {
	case errors.Is(err, catalogue.ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "product_not_found", err.Error())
	case err != nil:
		web.Fail(w, r, s.log, err)
	case suggestions == nil:
		web.NoContent(w)
	default:
		web.JSON(w, http.StatusOK, suggestions)
	}
}
