package catalogue_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	mux := http.NewServeMux()
	s.Routes(mux)
	steps := []struct {
		method, target, body string
		status               int
		contains             string
	}{
		{"GET", "/products", "", 200, `"items":[]`},
		{"GET", "/categories", "", 200, `[]`},
		{"POST", "/categories", `{"name":"Tea"}`, 201, `"slug":"tea"`},
		{"POST", "/categories", `{"name":"Tea"}`, 409, `"duplicate"`},
		{"POST", "/categories", `{"title":"Tea"}`, 400, `unknown field`},
		{"POST", "/products", `{"sku":"TEA-1","name":"Sencha","category_id":1,"prices":[{"amount":790,"currency":"EUR"}]}`, 201, `"tags":[]`},
		{"POST", "/products", `{"sku":"?","name":"Sencha","category_id":1}`, 422, `"fields":{"sku":`},
		{"POST", "/products", `{"sku":"TEA-2","name":"Other","category_id":9}`, 404, `category_not_found`},
		{"POST", "/products", ``, 400, `the body is empty`},
		{"GET", "/products/1", "", 200, `"sku":"TEA-1"`},
		{"GET", "/products/2", "", 404, `product_not_found`},
		{"GET", "/products/x", "", 400, `must be a positive number`},
		{"GET", "/products?q=sen&per_page=5", "", 200, `"total":1`},
		{"GET", "/products?page=0", "", 400, `page must be`},
		{"GET", "/products?sort=price", "", 422, `"sort"`},
		{"GET", "/categories/tea/products", "", 200, `"sku":"TEA-1"`},
		{"GET", "/categories/books/products", "", 404, `category_not_found`},
		{"PUT", "/products/1", `{"name":"Sencha Fine","tags":["green"]}`, 200, `"tags":["green"]`},
		{"PUT", "/products/1", `{"max_per_order":0}`, 422, `max_per_order`},
		{"PUT", "/products/1/prices/usd", `{"amount":890}`, 200, `"currency":"USD"`},
		{"PUT", "/products/1/prices/dollar", `{"amount":890}`, 422, `currency`},
		{"GET", "/products/1/prices", "", 200, `"amount":790`},
		{"GET", "/products/9/prices", "", 404, `product_not_found`},
		{"DELETE", "/products/1", "", 204, ``},
		{"DELETE", "/products/9", "", 404, `product_not_found`},
		{"GET", "/products/1", "", 200, `"status":"archived"`},
		{"PUT", "/products/1", `{"name":"Late"}`, 422, `archived products cannot be changed`},
		{"GET", "/products?status=archived", "", 200, `"total":1`},
	}
	for _, step := range steps {
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest(step.method, step.target, strings.NewReader(step.body)))
		if rec.Code != step.status || !strings.Contains(rec.Body.String(), step.contains) {
			t.Errorf("%s %s %s: got %d %s, want %d with %s", step.method, step.target, step.body, rec.Code, rec.Body, step.status, step.contains)
		}
	}
}
