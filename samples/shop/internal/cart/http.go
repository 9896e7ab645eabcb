package cart

import (
	"errors"
	"net/http"

	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/customers"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/web"
)

// Routes registers the HTTP routes of the carts.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /carts", s.handleCreate)
	mux.HandleFunc("GET /carts/{id}", s.handleView)
	mux.HandleFunc("DELETE /carts/{id}", s.handleDelete)
	mux.HandleFunc("POST /carts/{id}/items", s.handleAddItem)
	mux.HandleFunc("PUT /carts/{id}/items/{productID}", s.handleSetQuantity)
	mux.HandleFunc("DELETE /carts/{id}/items/{productID}", s.handleRemoveItem)
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var invalid *catalogue.InvalidProductError
	var out *inventory.OutOfStockError
	switch {
	case errors.As(err, &invalid):
		web.Invalid(w, r, map[string]string{invalid.Field: invalid.Reason})
	case errors.As(err, &out):
		web.Error(w, r, http.StatusConflict, "out_of_stock", out.Error())
	case errors.Is(err, ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "cart_not_found", err.Error())
	case errors.Is(err, ErrNotInCart):
		web.Error(w, r, http.StatusNotFound, "not_in_cart", err.Error())
	case errors.Is(err, ErrCheckedOut), errors.Is(err, ErrFull):
		web.Error(w, r, http.StatusConflict, "cart_closed", err.Error())
	case errors.Is(err, catalogue.ErrNotFound), errors.Is(err, inventory.ErrNotStocked):
		web.Error(w, r, http.StatusNotFound, "product_not_found", err.Error())
	case errors.Is(err, customers.ErrNotFound), errors.Is(err, customers.ErrInactive):
		web.Invalid(w, r, map[string]string{"customer_id": "is not an active customer"})
	default:
		web.Fail(w, r, s.log, err)
	}
}

type createRequest struct {
	CustomerID *int64 `json:"customer_id"`
}

func (s *Service) handleCreate(w http.ResponseWriter, r *http.Request) {
	var req createRequest
	if r.ContentLength != 0 {
		if !web.Read(w, r, &req) {
			return
		}
	}
	c, err := s.Create(r.Context(), req.CustomerID)
	web.Reply(w, r, http.StatusCreated, c, err, s.fail)
}

func (s *Service) handleView(w http.ResponseWriter, r *http.Request) {
	v, err := s.View(r.Context(), r.PathValue("id"))
	web.Reply(w, r, http.StatusOK, v, err, s.fail)
}

func (s *Service) handleDelete(w http.ResponseWriter, r *http.Request) {
	web.Done(w, r, s.Delete(r.Context(), r.PathValue("id")), s.fail)
}

type itemRequest struct {
	ProductID int64  `json:"product_id"`
	SKU       string `json:"sku"`
	Quantity  int    `json:"quantity"`
}

func (s *Service) handleAddItem(w http.ResponseWriter, r *http.Request) {
	var req itemRequest
	if !web.Read(w, r, &req) {
		return
	}
	if req.SKU != "" {
		p, err := s.catalogue.ProductBySKU(r.Context(), req.SKU)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		req.ProductID = p.ID
	}
	v, err := s.AddItem(r.Context(), r.PathValue("id"), req.ProductID, req.Quantity)
	web.Reply(w, r, http.StatusOK, v, err, s.fail)
}

type quantityRequest struct {
	Quantity int `json:"quantity"`
}

func (s *Service) handleSetQuantity(w http.ResponseWriter, r *http.Request) {
	productID, ok := web.PathID(w, r, "productID")
	if !ok {
		return
	}
	var req quantityRequest
	if !web.Read(w, r, &req) {
		return
	}
	v, err := s.SetQuantity(r.Context(), r.PathValue("id"), productID, req.Quantity)
	web.Reply(w, r, http.StatusOK, v, err, s.fail)
}

func (s *Service) handleRemoveItem(w http.ResponseWriter, r *http.Request) {
	productID, ok := web.PathID(w, r, "productID")
	if !ok {
		return
	}
	web.Done(w, r, s.RemoveItem(r.Context(), r.PathValue("id"), productID), s.fail)
}
