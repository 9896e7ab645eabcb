package pagination_test

import (
	"net/url"
	"testing"

	"example.com/shop/internal/pagination"
)

func TestFromQuery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		query         string
		limit, offset int
		bad           bool
	}{
		{"", 20, 0, false},
		{"page=3", 20, 40, false},
		{"page=2&per_page=5", 5, 5, false},
		{"per_page=1000", 100, 0, false},
		{"page=0", 0, 0, true},
		{"per_page=-1", 0, 0, true},
		{"page=two", 0, 0, true},
	}
	for _, tt := range tests {
		q, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		req, err := pagination.FromQuery(q)
		if (err != nil) != tt.bad {
			t.Errorf("%q: error = %v", tt.query, err)
		}
		if err == nil && (req.Limit() != tt.limit || req.Offset() != tt.offset) {
			t.Errorf("%q: limit %d offset %d, want %d and %d", tt.query, req.Limit(), req.Offset(), tt.limit, tt.offset)
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	p := pagination.NewPage([]int(nil), 41, pagination.Request{})
	if p.Items == nil || p.Pages() != 3 || p.Page != 1 {
		t.Errorf("page = %+v", p)
	}
	if (pagination.Page[int]{}).Pages() != 0 {
		t.Error("the zero page has no pages")
	}
}
