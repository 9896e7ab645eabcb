package catalogue_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/models"
	"example.com/shop/internal/shoptest"
)

func newService(t *testing.T) (*catalogue.Service, *clock.Fixed) {
	t.Helper()
	clk := clock.NewFixed(shoptest.Start)
	return catalogue.New(shoptest.OpenDB(t), clk, slog.New(slog.DiscardHandler)), clk
}

func addCategory(t *testing.T, s *catalogue.Service, name string) models.Category {
	t.Helper()
	c, err := s.CreateCategory(t.Context(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func addProduct(t *testing.T, s *catalogue.Service, c models.Category, sku, name string, tags ...string) models.Product {
	t.Helper()
	p, err := s.CreateProduct(t.Context(), catalogue.ProductInput{
		SKU: sku, Name: name, CategoryID: c.ID, Tags: tags,
		Prices: []models.Money{{Amount: 1000, Currency: "EUR"}, {Amount: 1100, Currency: "USD"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCreateAndLoad(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	c := addCategory(t, s, "Coffee & Tea")
	if c.Slug != "coffee-tea" {
		t.Errorf("slug = %q, want coffee-tea", c.Slug)
	}
	created, err := s.CreateProduct(t.Context(), catalogue.ProductInput{
		SKU: " cof-1 ", Name: "Yirgacheffe, 250 g", CategoryID: c.ID, Tags: []string{"Filter", "filter", " organic "},
		Attributes: map[string]string{"roast": "light", "origin": "Ethiopia"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Product(t.Context(), created.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.SKU != "COF-1" || got.Slug != "yirgacheffe-250-g" || got.MaxPerOrder != 10 || got.Status != models.ProductActive {
		t.Errorf("unexpected product %+v", got)
	}
	if !slices.Equal(got.Tags, []string{"filter", "organic"}) {
		t.Errorf("tags = %v", got.Tags)
	}
	if len(got.Attributes) != 2 || got.Attributes["origin"] != "Ethiopia" {
		t.Errorf("attributes = %v", got.Attributes)
	}
	// Timestamps survive the database exactly, down to the location.
	if got.CreatedAt != created.CreatedAt || got.CreatedAt != shoptest.Start {
		t.Errorf("created_at = %v, want %v", got.CreatedAt, created.CreatedAt)
	}
	if got.ArchivedAt != nil {
		t.Errorf("archived_at = %v, want nil", got.ArchivedAt)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	ctx := t.Context()
	name := "x"
	calls := map[string]func() error{
		"Product":        func() error { _, err := s.Product(ctx, 99); return err },
		"ProductBySKU":   func() error { _, err := s.ProductBySKU(ctx, "NOPE"); return err },
		"UpdateProduct":  func() error { _, err := s.UpdateProduct(ctx, 99, catalogue.ProductUpdate{Name: &name}); return err },
		"ArchiveProduct": func() error { return s.ArchiveProduct(ctx, 99) },
		"Prices":         func() error { _, err := s.Prices(ctx, 99); return err },
		"SetPrice":       func() error { _, err := s.SetPrice(ctx, 99, models.EUR(1)); return err },
		"CheckOrderable": func() error { _, err := s.CheckOrderable(ctx, 99, 1); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, catalogue.ErrNotFound) {
			t.Errorf("%s: error = %v, want ErrNotFound", name, err)
		}
	}
	if _, err := s.CategoryBySlug(ctx, "nope"); !errors.Is(err, catalogue.ErrCategoryNotFound) {
		t.Errorf("CategoryBySlug: error = %v", err)
	}
	if _, err := s.Price(ctx, 99, "EUR"); !errors.Is(err, catalogue.ErrNoPrice) {
		t.Errorf("Price: error = %v", err)
	}
	if _, err := s.Product(ctx, 99); err.Error() != "product 99: product not found" {
		t.Errorf("message = %q", err)
	}
}

func TestInvalidProduct(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	c := addCategory(t, s, "Tea")
	valid := catalogue.ProductInput{SKU: "TEA-1", Name: "Sencha", CategoryID: c.ID}
	tests := []struct {
		field  string
		change func(*catalogue.ProductInput)
	}{
		{"sku", func(in *catalogue.ProductInput) { in.SKU = "a" }},
		{"sku", func(in *catalogue.ProductInput) { in.SKU = "with space" }},
		{"name", func(in *catalogue.ProductInput) { in.Name = " - " }},
		{"name", func(in *catalogue.ProductInput) { in.Name = string(make([]byte, 201)) + "a" }},
		{"description", func(in *catalogue.ProductInput) { in.Description = string(slices.Repeat([]byte("x"), 5001)) }},
		{"max_per_order", func(in *catalogue.ProductInput) { in.MaxPerOrder = -1 }},
		{"weight_grams", func(in *catalogue.ProductInput) { in.WeightGrams = -1 }},
		{"status", func(in *catalogue.ProductInput) { in.Status = "archived" }},
		{"tags", func(in *catalogue.ProductInput) { in.Tags = []string{"a,b"} }},
		{"currency", func(in *catalogue.ProductInput) { in.Prices = []models.Money{{Amount: 1, Currency: "euro"}} }},
		{"amount", func(in *catalogue.ProductInput) { in.Prices = []models.Money{models.EUR(-1)} }},
	}
	for _, tt := range tests {
		in := valid
		tt.change(&in)
		_, err := s.CreateProduct(t.Context(), in)
		var invalid *catalogue.InvalidProductError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: error = %v, want an InvalidProductError", tt.field, err)
			continue
		}
		if invalid.Field != tt.field || invalid.Reason == "" || invalid.ProductID != 0 {
			t.Errorf("%s: got %+v", tt.field, *invalid)
		}
	}
	valid.CategoryID = 99
	if _, err := s.CreateProduct(t.Context(), valid); !errors.Is(err, catalogue.ErrCategoryNotFound) {
		t.Errorf("unknown category: error = %v", err)
	}
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	c := addCategory(t, s, "Tea")
	addProduct(t, s, c, "TEA-1", "Sencha")
	_, err := s.CreateProduct(t.Context(), catalogue.ProductInput{SKU: "tea-1", Name: "Other", CategoryID: c.ID})
	if !errors.Is(err, catalogue.ErrDuplicate) {
		t.Errorf("error = %v, want ErrDuplicate", err)
	}
	if _, err := s.CreateCategory(t.Context(), "tea", nil, 0); !errors.Is(err, catalogue.ErrDuplicate) {
		t.Errorf("category: error = %v, want ErrDuplicate", err)
	}
	other := addProduct(t, s, c, "TEA-2", "Genmaicha")
	name := "Sencha"
	if _, err := s.UpdateProduct(t.Context(), other.ID, catalogue.ProductUpdate{Name: &name}); !errors.Is(err, catalogue.ErrDuplicate) {
		t.Errorf("rename: error = %v, want ErrDuplicate", err)
	}
}

func TestListProducts(t *testing.T) {
	t.Parallel()
	s, clk := newService(t)
	coffee, tea := addCategory(t, s, "Coffee"), addCategory(t, s, "Tea")
	addProduct(t, s, coffee, "COF-2", "Brazil", "espresso")
	clk.Advance(time.Minute)
	addProduct(t, s, coffee, "COF-1", "Colombia", "filter")
	clk.Advance(time.Minute)
	addProduct(t, s, tea, "TEA-1", "Assam 100%", "black", "filter")
	gone := addProduct(t, s, tea, "TEA-2", "Gone")
	if err := s.ArchiveProduct(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		filter catalogue.Filter
		want   []string
		total  int
	}{
		{"all by name", catalogue.Filter{}, []string{"TEA-1", "COF-2", "COF-1"}, 3},
		{"newest", catalogue.Filter{Sort: "newest"}, []string{"TEA-1", "COF-1", "COF-2"}, 3},
		{"by sku", catalogue.Filter{Sort: "sku"}, []string{"COF-1", "COF-2", "TEA-1"}, 3},
		{"category", catalogue.Filter{Category: "coffee"}, []string{"COF-2", "COF-1"}, 2},
		{"search", catalogue.Filter{Search: "COLOM"}, []string{"COF-1"}, 1},
		{"search is literal", catalogue.Filter{Search: "0%"}, []string{"TEA-1"}, 1},
		{"tag", catalogue.Filter{Tag: "filter"}, []string{"TEA-1", "COF-1"}, 2},
		{"page", catalogue.Filter{Sort: "sku", Limit: 1, Offset: 1}, []string{"COF-2"}, 3},
		{"archived", catalogue.Filter{Status: models.ProductArchived}, []string{"TEA-2"}, 1},
		{"none", catalogue.Filter{Search: "nothing"}, []string{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			products, total, err := s.ListProducts(t.Context(), tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			skus := []string{}
			for _, p := range products {
				skus = append(skus, p.SKU)
			}
			if !slices.Equal(skus, tt.want) || total != tt.total {
				t.Errorf("got %v of %d, want %v of %d", skus, total, tt.want, tt.total)
			}
			if products == nil {
				t.Error("products is nil, want an empty slice")
			}
		})
	}
	if _, _, err := s.ListProducts(t.Context(), catalogue.Filter{Category: "books"}); !errors.Is(err, catalogue.ErrCategoryNotFound) {
		t.Errorf("unknown category: error = %v", err)
	}
	var invalid *catalogue.InvalidProductError
	if _, _, err := s.ListProducts(t.Context(), catalogue.Filter{Sort: "price"}); !errors.As(err, &invalid) || invalid.Field != "sort" {
		t.Errorf("unknown sort: error = %v", err)
	}
}

// A nil slice leaves the tags alone, an empty one clears them.
func TestUpdateNilAndEmpty(t *testing.T) {
	t.Parallel()
	s, clk := newService(t)
	p := addProduct(t, s, addCategory(t, s, "Tea"), "TEA-1", "Sencha", "green", "japan")
	if _, err := s.UpdateProduct(t.Context(), p.ID, catalogue.ProductUpdate{Attributes: map[string]string{"cut": "leaf"}}); err != nil {
		t.Fatal(err)
	}
	clk.Advance(time.Hour)
	weight := 120
	got, err := s.UpdateProduct(t.Context(), p.ID, catalogue.ProductUpdate{WeightGrams: &weight})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Tags) != 2 || got.Attributes["cut"] != "leaf" || got.WeightGrams != 120 {
		t.Errorf("nil must not change tags or attributes: %+v", got)
	}
	if got.UpdatedAt != shoptest.Start.Add(time.Hour) || got.CreatedAt != shoptest.Start {
		t.Errorf("times = %v, %v", got.CreatedAt, got.UpdatedAt)
	}
	got, err = s.UpdateProduct(t.Context(), p.ID, catalogue.ProductUpdate{Tags: []string{}, Attributes: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Tags == nil || len(got.Tags) != 0 || len(got.Attributes) != 0 {
		t.Errorf("empty must clear: tags %#v attributes %v", got.Tags, got.Attributes)
	}
	loaded, err := s.Product(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Tags == nil || len(loaded.Tags) != 0 || loaded.Attributes != nil {
		t.Errorf("after clearing: tags %#v attributes %#v, want empty and nil", loaded.Tags, loaded.Attributes)
	}
}

func TestUpdateAllFields(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	p := addProduct(t, s, addCategory(t, s, "Tea"), "TEA-1", "Sencha")
	books := addCategory(t, s, "Books")
	name, description, limit, status := "The Book of Sencha", "All about it", 3, models.ProductDraft
	got, err := s.UpdateProduct(t.Context(), p.ID, catalogue.ProductUpdate{
		Name: &name, Description: &description, CategoryID: &books.ID, MaxPerOrder: &limit, Status: &status,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != name || got.Slug != "the-book-of-sencha" || got.CategoryID != books.ID || got.MaxPerOrder != 3 || got.Status != status {
		t.Errorf("got %+v", got)
	}
	bad := "!"
	var invalid *catalogue.InvalidProductError
	if _, err := s.UpdateProduct(t.Context(), p.ID, catalogue.ProductUpdate{Name: &bad}); !errors.As(err, &invalid) || invalid.ProductID != p.ID {
		t.Errorf("error = %v, want an InvalidProductError of product %d", err, p.ID)
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	s, clk := newService(t)
	p := addProduct(t, s, addCategory(t, s, "Tea"), "TEA-1", "Sencha")
	clk.Advance(time.Hour)
	for range 2 {
		if err := s.ArchiveProduct(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		clk.Advance(time.Hour)
	}
	got, err := s.Product(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != models.ProductArchived || got.ArchivedAt == nil || *got.ArchivedAt != shoptest.Start.Add(time.Hour) {
		t.Errorf("status %s at %v", got.Status, got.ArchivedAt)
	}
	name := "New"
	var invalid *catalogue.InvalidProductError
	if _, err := s.UpdateProduct(t.Context(), p.ID, catalogue.ProductUpdate{Name: &name}); !errors.As(err, &invalid) {
		t.Errorf("update of archived: error = %v", err)
	}
}

func TestCheckOrderable(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	c := addCategory(t, s, "Tea")
	p := addProduct(t, s, c, "TEA-1", "Sencha")
	gone := addProduct(t, s, c, "TEA-2", "Gone")
	if err := s.ArchiveProduct(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := s.CheckOrderable(t.Context(), p.ID, 10); err != nil || got.ID != p.ID {
		t.Errorf("got %v, %v", got.ID, err)
	}
	for _, tt := range []struct {
		id       int64
		quantity int
		field    string
	}{{p.ID, 0, "quantity"}, {p.ID, 11, "quantity"}, {gone.ID, 1, "status"}} {
		_, err := s.CheckOrderable(t.Context(), tt.id, tt.quantity)
		var invalid *catalogue.InvalidProductError
		if !errors.As(err, &invalid) || invalid.Field != tt.field || invalid.ProductID != tt.id {
			t.Errorf("%d × %d: error = %v, want field %s", tt.quantity, tt.id, err, tt.field)
		}
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	s, clk := newService(t)
	p := addProduct(t, s, addCategory(t, s, "Tea"), "TEA-1", "Sencha")
	clk.Advance(time.Minute)
	set, err := s.SetPrice(t.Context(), p.ID, models.Money{Amount: 900, Currency: "CHF"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetPrice(t.Context(), p.ID, models.EUR(1050)); err != nil {
		t.Fatal(err)
	}
	prices, err := s.Prices(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []models.Money{{Amount: 900, Currency: "CHF"}, {Amount: 1050, Currency: "EUR"}, {Amount: 1100, Currency: "USD"}}
	if len(prices) != 3 {
		t.Fatalf("got %d prices", len(prices))
	}
	for i, price := range prices {
		if price.Money != want[i] {
			t.Errorf("price %d = %v, want %v", i, price.Money, want[i])
		}
	}
	if prices[0] != set {
		t.Errorf("stored %+v, returned %+v", prices[0], set)
	}
	m, err := s.Price(t.Context(), p.ID, "EUR")
	if err != nil || m != models.EUR(1050) {
		t.Errorf("price = %v, %v", m, err)
	}
	if _, err := s.Price(t.Context(), p.ID, "JPY"); !errors.Is(err, catalogue.ErrNoPrice) {
		t.Errorf("error = %v, want ErrNoPrice", err)
	}
}

func TestChangedSince(t *testing.T) {
	t.Parallel()
	s, clk := newService(t)
	c := addCategory(t, s, "Tea")
	first := addProduct(t, s, c, "TEA-1", "Sencha")
	clk.Advance(time.Hour)
	second := addProduct(t, s, c, "TEA-2", "Genmaicha")
	clk.Advance(time.Hour)
	if _, err := s.SetPrice(t.Context(), first.ID, models.EUR(1)); err != nil {
		t.Fatal(err)
	}
	changed, err := s.ChangedSince(t.Context(), second.UpdatedAt)
	if err != nil {
		t.Fatal(err)
	}
	if len(changed) != 2 || changed[0].ID != second.ID || changed[1].ID != first.ID {
		t.Errorf("changed = %+v", changed)
	}
	none, err := s.ChangedSince(t.Context(), clk.Now().Add(time.Second).In(time.FixedZone("", 3600)))
	if err != nil {
		t.Fatal(err)
	}
	if none != nil {
		t.Errorf("changed = %#v, want nil", none)
	}
}

func TestProductsByID(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	c := addCategory(t, s, "Tea")
	a, b := addProduct(t, s, c, "TEA-1", "Sencha"), addProduct(t, s, c, "TEA-2", "Genmaicha")
	got, err := s.ProductsByID(t.Context(), []int64{b.ID, 99, a.ID})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[a.ID].SKU != "TEA-1" || got[b.ID].SKU != "TEA-2" {
		t.Errorf("got %v", got)
	}
	got, err = s.ProductsByID(t.Context(), nil)
	if err != nil || got == nil || len(got) != 0 {
		t.Errorf("no ids: got %#v, %v; want an empty map", got, err)
	}
	bySKU, err := s.ProductBySKU(t.Context(), "tea-2")
	if err != nil || bySKU.ID != b.ID {
		t.Errorf("by SKU: %v, %v", bySKU, err)
	}
}

func TestCategories(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	empty, err := s.Categories(t.Context())
	if err != nil || empty == nil || len(empty) != 0 {
		t.Errorf("no categories: %#v, %v", empty, err)
	}
	tea := addCategory(t, s, "Tea")
	if _, err := s.CreateCategory(t.Context(), "Green tea", &tea.ID, -1); err != nil {
		t.Fatal(err)
	}
	all, err := s.Categories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Slug != "green-tea" || *all[0].ParentID != tea.ID || all[1].ParentID != nil {
		t.Errorf("categories = %+v", all)
	}
	unknown := int64(99)
	if _, err := s.CreateCategory(t.Context(), "Lost", &unknown, 0); !errors.Is(err, catalogue.ErrCategoryNotFound) {
		t.Errorf("unknown parent: error = %v", err)
	}
	var invalid *catalogue.InvalidProductError
	if _, err := s.CreateCategory(t.Context(), "--", nil, 0); !errors.As(err, &invalid) {
		t.Errorf("bad name: error = %v", err)
	}
}

func TestCancelledContext(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Product(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
	if _, err := s.Categories(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}
