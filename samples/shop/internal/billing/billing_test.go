package billing_test

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"example.com/shop/internal/billing"
	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/shoptest"
)

func TestInvoiceOrderOnce(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	o := s.Order(t, s.Customer(t, "ada@example.com"), s.Product(t, "TEA-1", 1000, 9), s.Product(t, "TEA-2", 500, 9))
	first, err := s.Billing.ForOrder(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Billing.InvoiceOrder(t.Context(), o.ID)
	if err != nil || again.ID != first.ID {
		t.Errorf("second invoice %d, %v; want %d", again.ID, err, first.ID)
	}
	if first.Net != models.EUR(1990) || first.Tax != o.Tax || first.Total != o.Total || first.CustomerName != "Test Customer" {
		t.Errorf("invoice = %+v", first)
	}
	if len(first.Lines) != 2 || first.Lines[1].Description != "Product TEA-2" || first.Lines[1].LineTotal != models.EUR(500) {
		t.Errorf("lines = %+v", first.Lines)
	}
	if first.IssuedAt != shoptest.Start || first.DueAt != shoptest.Start.AddDate(0, 0, 14) {
		t.Errorf("issued %v, due %v", first.IssuedAt, first.DueAt)
	}
	if _, err := s.Billing.InvoiceOrder(t.Context(), 99); !errors.Is(err, billing.ErrUnknownOrder) {
		t.Errorf("unknown order: error = %v", err)
	}
}

func TestVoidAndList(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	o := s.Order(t, s.Customer(t, "ada@example.com"), s.Product(t, "TEA-1", 1000, 9))
	inv, err := s.Billing.ForOrder(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Billing.Void(t.Context(), inv.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Billing.Void(t.Context(), inv.ID); !errors.Is(err, billing.ErrVoided) {
		t.Errorf("twice: error = %v", err)
	}
	if _, err := s.Billing.Void(t.Context(), 99); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("unknown: error = %v", err)
	}
	for status, want := range map[string]int{"": 1, "voided": 1, "open": 0} {
		page, err := s.Billing.List(t.Context(), status, pagination.Request{})
		if err != nil || page.Total != want || page.Items == nil || len(page.Items) != want {
			t.Errorf("status %q: %+v, %v; want %d", status, page, err, want)
		}
	}
}

const upload = `number,customer_name,country,currency,net,tax,issued_at
1001,Tea Trade,GB,GBP,10000,2000,2026-02-01
1002,Tea Trade,GB,GBP,ten,0,2026-02-01
1003,Tea Trade,GB,GBP,1,none,2026-02-01
1004,Tea Trade,GB,pounds,1,0,2026-02-01
1005,Tea Trade,England,GBP,1,0,2026-02-01
1006,Tea Trade,GB,GBP,1,0,first of May
,Tea Trade,GB,GBP,1,0,2026-02-01
1001,Tea Trade,GB,GBP,10000,2000,2026-02-01
1007,"Trade, Tea",GB,GBP,500,100,2026-02-02
`

func TestImportInvoices(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	columns := map[int]string{}
	rows := 0
	n, err := s.Billing.ImportInvoices(t.Context(), "TT", strings.NewReader(upload), func(row int, err error) {
		rows++
		var bad *billing.RowError
		if errors.As(err, &bad) {
			columns[row] = bad.Column
		}
	})
	if err != nil || n != 2 || rows != 9 {
		t.Fatalf("imported %d of %d, %v", n, rows, err)
	}
	want := map[int]string{3: "net", 4: "tax", 5: "currency", 6: "country", 7: "issued_at", 8: "number", 9: "number"}
	for row, column := range want {
		if columns[row] != column {
			t.Errorf("row %d: %q, want %q", row, columns[row], column)
		}
	}
	if len(columns) != len(want) {
		t.Errorf("bad rows = %v", columns)
	}
	page, err := s.Billing.List(t.Context(), "", pagination.Request{})
	if err != nil || page.Total != 2 || page.Items[0].Number != "TT-1007" || page.Items[1].Total != (models.Money{Amount: 12000, Currency: "GBP"}) {
		t.Errorf("invoices = %+v, %v", page.Items, err)
	}
}

func TestImportBadFiles(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	broken := errors.New("connection lost")
	tests := []struct {
		name string
		r    io.Reader
		want string
	}{
		{"empty", strings.NewReader(""), "read header: EOF"},
		{"missing column", strings.NewReader("number,net\n"), "row 1: customer_name is missing"},
		{"ragged", strings.NewReader("number,customer_name,country,currency,net,tax,issued_at\n1,2\n"), "wrong number of fields"},
		{"lost connection", io.MultiReader(strings.NewReader(upload[:80]), errReader{broken}), "connection lost"},
	}
	for _, tt := range tests {
		_, err := s.Billing.ImportInvoices(t.Context(), "X", tt.r, nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %v, want %q", tt.name, err, tt.want)
		}
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestExportCSV(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	if _, err := s.Billing.ImportInvoices(t.Context(), "TT", strings.NewReader(upload), nil); err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	r, err := s.Billing.ExportCSV(t.Context(), from, from.AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 2 || records[0][0] != "number" || strings.Join(records[1], "|") != "TT-1001|Tea Trade|GB|open|GBP|10000|2000|12000|2026-02-01|TT" {
		t.Errorf("records = %q", records)
	}
	if _, err := s.Billing.ExportCSV(t.Context(), from, from); err == nil {
		t.Error("an empty interval must be refused")
	}
	// A reader that is closed early must not leave the writer hanging.
	early, err := s.Billing.ExportCSV(t.Context(), from, from.AddDate(0, 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if err := early.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := early.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("read after close: %v", err)
	}
}

func TestTaxRates(t *testing.T) {
	s := shoptest.New(t)
	if _, err := s.Billing.SetTaxRate(t.Context(), "SE", 2500); err != nil {
		t.Fatal(err)
	}
	rates, err := s.Billing.TaxRates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range rates {
		found = found || r == models.TaxRate{Country: "SE", BasisPoints: 2500, UpdatedAt: shoptest.Start}
	}
	if !found || len(rates) != 7 {
		t.Errorf("rates = %+v", rates)
	}
	models.TaxRatesMu.RLock()
	defer models.TaxRatesMu.RUnlock()
	if models.TaxRates["SE"] != 2500 || models.TaxRates["DE"] != 1900 {
		t.Errorf("cache = %v", models.TaxRates)
	}
}
