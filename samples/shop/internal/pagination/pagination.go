// Package pagination has the page request and page result used by list endpoints.
package pagination

import (
	"fmt"
	"net/url"
	"strconv"
)

// Limits of the per_page parameter.
const (
	DefaultPerPage = 20
	MaxPerPage     = 100
)

// Request is the page a client asked for. Pages count from 1.
type Request struct {
	Page    int
	PerPage int
}

// Page is one page of a longer list.
type Page[T any] struct {
	Items   []T `json:"items"`
	Total   int `json:"total"`
	Page    int `json:"page"`
	PerPage int `json:"per_page"`
}

// NewPage builds a page. Items is never nil in the result, so that clients
// always get a JSON array.
func NewPage[T any](items []T, total int, req Request) Page[T] {
	if items == nil {
		items = []T{}
	}
	req = req.Normalize()
	return Page[T]{Items: items, Total: total, Page: req.Page, PerPage: req.PerPage}
}

// Pages returns how many pages there are in all.
func (p Page[T]) Pages() int {
	if p.PerPage == 0 {
		return 0
	}
	return (p.Total + p.PerPage - 1) / p.PerPage
}

// Normalize fills in the defaults and caps the page size.
func (r Request) Normalize() Request {
	if r.Page < 1 {
		r.Page = 1
	}
	if r.PerPage < 1 {
		r.PerPage = DefaultPerPage
	}
	if r.PerPage > MaxPerPage {
		r.PerPage = MaxPerPage
	}
	return r
}

// Limit is the LIMIT of the query.
func (r Request) Limit() int { return r.Normalize().PerPage }

// Offset is the OFFSET of the query.
func (r Request) Offset() int {
	n := r.Normalize()
	return (n.Page - 1) * n.PerPage
}

// FromQuery reads page and per_page from a query string.
func FromQuery(q url.Values) (Request, error) {
	page, err := positive(q, "page")
	if err != nil {
		return Request{}, err
	}
	perPage, err := positive(q, "per_page")
	if err != nil {
		return Request{}, err
	}
	return Request{Page: page, PerPage: perPage}.Normalize(), nil
}

func positive(q url.Values, name string) (int, error) {
	raw := q.Get(name)
	if raw == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s must be a positive number, got %q", name, raw)
	}
	return n, nil
}
