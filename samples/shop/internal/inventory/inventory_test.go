package inventory_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/events"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
	"example.com/shop/internal/shoptest"
)

func TestSetLevelNeedsAProduct(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	_, err := s.Inventory.SetLevel(t.Context(), 99, inventory.LevelInput{OnHand: 1})
	if !errors.Is(err, catalogue.ErrNotFound) {
		t.Errorf("error = %v, want catalogue.ErrNotFound", err)
	}
	if _, err := s.Inventory.Level(t.Context(), 99); !errors.Is(err, inventory.ErrNotStocked) {
		t.Errorf("error = %v, want ErrNotStocked", err)
	}
	if got := s.Inventory.Available(t.Context(), 99); got != 0 {
		t.Errorf("available = %d, want 0", got)
	}
}

type lookup struct{ err error }

func (l lookup) Product(_ context.Context, id int64) (models.Product, error) {
	return models.Product{ID: id}, l.err
}

func TestProductLookupFailure(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	broken := errors.New("catalogue is down")
	inv := inventory.New(s.DB, lookup{broken}, s.Bus, s.Clock, s.Log, time.Minute)
	if _, err := inv.SetLevel(t.Context(), 1, inventory.LevelInput{}); !errors.Is(err, broken) {
		t.Errorf("error = %v", err)
	}
}

func TestAdjust(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	p := s.Product(t, "TEA-1", 100, 10)
	var low []models.StockLow
	s.Bus.Handle(models.TopicStockLow, func(_ context.Context, e events.Event) error {
		low = append(low, e.Payload.(models.StockLow))
		return nil
	})
	level, err := s.Inventory.Adjust(t.Context(), p.ID, -5, "broken")
	if err != nil || level.OnHand != 5 || len(low) != 0 {
		t.Fatalf("level = %+v, %v, low %v", level, err, low)
	}
	if _, err := s.Inventory.Adjust(t.Context(), p.ID, -3, "stolen"); err != nil {
		t.Fatal(err)
	}
	if len(low) != 1 || low[0] != (models.StockLow{ProductID: p.ID, Available: 2, ReorderAt: 2}) {
		t.Errorf("events = %+v", low)
	}
	_, err = s.Inventory.Adjust(t.Context(), p.ID, -3, "more")
	var out *inventory.OutOfStockError
	if !errors.As(err, &out) || out.Available != 2 || out.Requested != 3 {
		t.Errorf("error = %v", err)
	}
	if _, err := s.Inventory.Adjust(t.Context(), 99, 1, "x"); !errors.Is(err, inventory.ErrNotStocked) {
		t.Errorf("error = %v", err)
	}
}

func TestReserve(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	p := s.Product(t, "TEA-1", 100, 5)
	for _, quantity := range []int{2, 5, 1} { // the last one counts
		if err := s.Inventory.Reserve(t.Context(), "cart", p.ID, quantity); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Inventory.Available(t.Context(), p.ID); got != 4 {
		t.Errorf("available = %d, want 4", got)
	}
	err := s.Inventory.Reserve(t.Context(), "cart", p.ID, 6)
	var out *inventory.OutOfStockError
	if !errors.As(err, &out) || out.Available != 5 {
		t.Errorf("error = %v, want 5 available to this cart", err)
	}
	if got := s.Inventory.Available(t.Context(), p.ID); got != 4 {
		t.Errorf("a failed reservation must keep the old one: available = %d, want 4", got)
	}
	if err := s.Inventory.Reserve(t.Context(), "cart", 99, 1); !errors.Is(err, inventory.ErrNotStocked) {
		t.Errorf("error = %v", err)
	}
}

func TestExpireReservations(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	p := s.Product(t, "TEA-1", 100, 5)
	if err := s.Inventory.Reserve(t.Context(), "old", p.ID, 2); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(10 * time.Minute)
	if err := s.Inventory.Reserve(t.Context(), "new", p.ID, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{0, 1, 0} {
		if n, err := s.Inventory.ExpireReservations(t.Context()); err != nil || n != want {
			t.Errorf("expired %d, %v; want %d", n, err, want)
		}
		if want == 0 {
			s.Clock.Advance(5 * time.Minute)
		}
	}
	if got := s.Inventory.Available(t.Context(), p.ID); got != 4 {
		t.Errorf("available = %d, want 4", got)
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	p := s.Product(t, "TEA-1", 100, 5)
	if err := s.Inventory.Reserve(t.Context(), "old", p.ID, 2); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Inventory.Run(ctx, time.Millisecond)
	}()
	for s.Inventory.Available(t.Context(), p.ID) != 5 {
		if t.Context().Err() != nil {
			t.Fatal("reservation did not expire")
		}
	}
	cancel()
	<-done
}

func TestFillAvailability(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	a, b := s.Product(t, "TEA-1", 100, 5), s.Product(t, "TEA-2", 100, 0)
	lines := []models.CartLine{{ProductID: a.ID}, {ProductID: b.ID, InStock: true}, {ProductID: 99, Available: 7}}
	if err := s.Inventory.FillAvailability(t.Context(), lines); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{5, 0, 0} {
		if lines[i].Available != want || lines[i].InStock != (want > 0) {
			t.Errorf("line %d = %+v, want %d available", i, lines[i], want)
		}
	}
	if err := s.Inventory.FillAvailability(t.Context(), nil); err != nil {
		t.Errorf("nothing to fill: %v", err)
	}
}

func TestEachBelow(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	for i, sku := range []string{"TEA-0", "TEA-1", "TEA-2"} {
		s.Product(t, sku, 100, 3-i)
	}
	var seen []int
	err := s.Inventory.EachBelow(t.Context(), 2, func(l models.StockLevel) error {
		seen = append(seen, l.Available())
		return nil
	})
	if err != nil || len(seen) != 2 || seen[0] != 1 || seen[1] != 2 {
		t.Errorf("seen %v, %v", seen, err)
	}
	stop := errors.New("stop")
	calls := 0
	err = s.Inventory.EachBelow(t.Context(), 9, func(models.StockLevel) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("error = %v after %d calls", err, calls)
	}
}
