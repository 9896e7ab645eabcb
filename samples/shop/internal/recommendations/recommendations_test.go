package recommendations_test

import (
	"errors"
	"testing"
	"time"

	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/recommendations"
	"example.com/shop/internal/shoptest"
)

func skus(suggestions []recommendations.Suggestion) string {
	all := ""
	for _, s := range suggestions {
		all += s.Product.SKU + " "
	}
	return all
}

func TestPopular(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	none, err := s.Recommendations.Popular(t.Context(), 5)
	if err != nil || none != nil {
		t.Errorf("without views: %#v, %v; want nil", none, err)
	}
	a, b, sold, gone := s.Product(t, "AAA", 1, 5), s.Product(t, "BBB", 1, 5), s.Product(t, "SOLD", 1, 0), s.Product(t, "GONE", 1, 5)
	s.Recommendations.RecordView(t.Context(), a.ID, nil) // too long ago
	s.Clock.Advance(31 * 24 * time.Hour)
	for _, id := range []int64{b.ID, b.ID, a.ID, sold.ID, gone.ID, 99} {
		s.Recommendations.RecordView(t.Context(), id, nil)
	}
	if err := s.Catalogue.ArchiveProduct(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	popular, err := s.Recommendations.Popular(t.Context(), 5)
	if err != nil || skus(popular) != "BBB AAA " || popular[0].Score != 2 || popular[1].Score != 1 {
		t.Errorf("popular = %+v, %v", popular, err)
	}
	if top, err := s.Recommendations.Popular(t.Context(), 1); err != nil || skus(top) != "BBB " {
		t.Errorf("top = %+v, %v", top, err)
	}
}

func TestRelated(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada := s.Customer(t, "ada@example.com")
	tea, pot, cup := s.Product(t, "TEA", 100, 9), s.Product(t, "POT", 100, 9), s.Product(t, "CUP", 100, 9)
	s.Order(t, ada, tea, pot, cup)
	s.Order(t, ada, tea, pot)
	s.Order(t, ada, cup)
	related, err := s.Recommendations.Related(t.Context(), tea.ID, 5)
	if err != nil || skus(related) != "POT CUP " || related[0].Reason != "bought together" {
		t.Errorf("related = %+v, %v", related, err)
	}
	if _, err := s.Recommendations.Related(t.Context(), 99, 5); !errors.Is(err, catalogue.ErrNotFound) {
		t.Errorf("error = %v, want catalogue.ErrNotFound", err)
	}
}

func TestForCustomer(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada := s.Customer(t, "ada@example.com")
	tea, pot := s.Product(t, "TEA", 100, 9), s.Product(t, "POT", 100, 9)
	for _, id := range []int64{tea.ID, pot.ID} {
		s.Recommendations.RecordView(t.Context(), id, &ada.ID)
	}
	s.Order(t, ada, tea)
	got, err := s.Recommendations.ForCustomer(t.Context(), ada.ID, 5)
	if err != nil || skus(got) != "POT " {
		t.Errorf("got %+v, %v", got, err)
	}
}
