package catalogue

import (
	"errors"
	"net/http"
	"strings"

	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/web"
)

// Routes registers the HTTP routes of the catalogue.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /products", s.handleList)
	mux.HandleFunc("POST /products", s.handleCreate)
	mux.HandleFunc("GET /products/{id}", s.handleGet)
	mux.HandleFunc("PUT /products/{id}", s.handleUpdate)
	mux.HandleFunc("DELETE /products/{id}", s.handleArchive)
	mux.HandleFunc("GET /products/{id}/prices", s.handlePrices)
	mux.HandleFunc("PUT /products/{id}/prices/{currency}", s.handleSetPrice)
	mux.HandleFunc("GET /categories", s.handleCategories)
	mux.HandleFunc("POST /categories", s.handleCreateCategory)
	mux.HandleFunc("GET /categories/{slug}/products", s.handleCategoryProducts)
}

// fail maps the errors of the catalogue to responses.
func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var invalid *InvalidProductError
	switch {
	case errors.As(err, &invalid):
		web.Invalid(w, r, map[string]string{invalid.Field: invalid.Reason})
	case errors.Is(err, ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "product_not_found", err.Error())
	case errors.Is(err, ErrCategoryNotFound):
		web.Error(w, r, http.StatusNotFound, "category_not_found", err.Error())
	case errors.Is(err, ErrDuplicate):
		web.Error(w, r, http.StatusConflict, "duplicate", err.Error())
	default:
		web.Fail(w, r, s.log, err)
	}
}

func (s *Service) handleList(w http.ResponseWriter, r *http.Request) {
	s.list(w, r, r.URL.Query().Get("category"))
}

func (s *Service) handleCategoryProducts(w http.ResponseWriter, r *http.Request) {
	s.list(w, r, r.PathValue("slug"))
}

func (s *Service) list(w http.ResponseWriter, r *http.Request, category string) {
	q := r.URL.Query()
	page, ok := web.Page(w, r)
	if !ok {
		return
	}
	products, total, err := s.ListProducts(r.Context(), Filter{
		Category: category, Search: q.Get("q"), Tag: q.Get("tag"), Sort: q.Get("sort"),
		Status: models.ProductStatus(q.Get("status")),
		Limit:  page.Limit(), Offset: page.Offset(),
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	web.JSON(w, http.StatusOK, pagination.NewPage(products, total, page))
}

func (s *Service) handleGet(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	p, err := s.Product(r.Context(), id)
	web.Reply(w, r, http.StatusOK, p, err, s.fail)
}

type productRequest struct {
	SKU         string            `json:"sku"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	CategoryID  int64             `json:"category_id"`
	Status      string            `json:"status"`
	MaxPerOrder int               `json:"max_per_order"`
	WeightGrams int               `json:"weight_grams"`
	Tags        []string          `json:"tags"`
	Attributes  map[string]string `json:"attributes"`
	Prices      []models.Money    `json:"prices"`
}

func (s *Service) handleCreate(w http.ResponseWriter, r *http.Request) {
	var req productRequest
	if !web.Read(w, r, &req) {
		return
	}
	p, err := s.CreateProduct(r.Context(), ProductInput{
		SKU: req.SKU, Name: req.Name, Description: req.Description, CategoryID: req.CategoryID,
		Status: models.ProductStatus(req.Status), MaxPerOrder: req.MaxPerOrder, WeightGrams: req.WeightGrams,
		Tags: req.Tags, Attributes: req.Attributes, Prices: req.Prices,
	})
	web.Reply(w, r, http.StatusCreated, p, err, s.fail)
}

type productPatch struct {
	Name        *string               `json:"name"`
	Description *string               `json:"description"`
	CategoryID  *int64                `json:"category_id"`
	Status      *models.ProductStatus `json:"status"`
	MaxPerOrder *int                  `json:"max_per_order"`
	WeightGrams *int                  `json:"weight_grams"`
	Tags        []string              `json:"tags"`
	Attributes  map[string]string     `json:"attributes"`
}

func (s *Service) handleUpdate(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	var req productPatch
	if !web.Read(w, r, &req) {
		return
	}
	p, err := s.UpdateProduct(r.Context(), id, ProductUpdate(req))
	web.Reply(w, r, http.StatusOK, p, err, s.fail)
}

func (s *Service) handleArchive(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	web.Done(w, r, s.ArchiveProduct(r.Context(), id), s.fail)
}

func (s *Service) handlePrices(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	prices, err := s.Prices(r.Context(), id)
	web.Reply(w, r, http.StatusOK, prices, err, s.fail)
}

type priceRequest struct {
	Amount int64 `json:"amount"`
}

func (s *Service) handleSetPrice(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	var req priceRequest
	if !web.Read(w, r, &req) {
		return
	}
	currency := strings.ToUpper(r.PathValue("currency"))
	price, err := s.SetPrice(r.Context(), id, models.Money{Amount: req.Amount, Currency: currency})
	web.Reply(w, r, http.StatusOK, price, err, s.fail)
}

func (s *Service) handleCategories(w http.ResponseWriter, r *http.Request) {
	categories, err := s.Categories(r.Context())
	web.Reply(w, r, http.StatusOK, categories, err, s.fail)
}

type categoryRequest struct {
	Name     string `json:"name"`
	ParentID *int64 `json:"parent_id"`
	Position int    `json:"position"`
}

func (s *Service) handleCreateCategory(w http.ResponseWriter, r *http.Request) {
	var req categoryRequest
	if !web.Read(w, r, &req) {
		return
	}
	c, err := s.CreateCategory(r.Context(), req.Name, req.ParentID, req.Position)
	web.Reply(w, r, http.StatusCreated, c, err, s.fail)
}
