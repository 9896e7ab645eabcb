package billing

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"example.com/shop/internal/models"
)

var csvHeader = []string{"number", "customer_name", "country", "status", "currency", "net", "tax", "total", "issued_at", "source"}

// RowError says what is wrong with one row of an import.
type RowError struct {
	Row    int // counts from 1, the header is row 1
	Column string
	Reason string
}

// Error implements error.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %s %s", e.Row, e.Column, e.Reason) }

// ImportInvoices reads invoices of a partner as CSV with a header (number,
// customer_name, country, currency, net, tax, issued_at) and stores them. It
// calls onRow after each row, with a *RowError if the row was skipped. The
// result is the number of imported invoices.
func (s *Service) ImportInvoices(ctx context.Context, source string, r io.Reader, onRow func(row int, err error)) (int, error) {
	cr := csv.NewReader(r)
	header, err := cr.Read()
	if err != nil {
		return 0, fmt.Errorf("import invoices: read header: %w", err)
	}
	columns, err := columnIndex(header)
	if err != nil {
		return 0, fmt.Errorf("import invoices: %w", err)
	}
	imported := 0
	for row := 2; ; row++ {
		record, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return imported, nil
		}
		if err != nil {
			return imported, fmt.Errorf("import invoices: %w", err)
		}
		err = s.importRow(ctx, source, row, columns, record)
		var bad *RowError
		if err != nil && !errors.As(err, &bad) {
			return imported, fmt.Errorf("import invoices: row %d: %w", row, err)
		}
		if err == nil {
			imported++
		}
		if onRow != nil {
			onRow(row, err)
		}
	}
}

func columnIndex(header []string) (map[string]int, error) {
	columns := make(map[string]int, len(header))
	for i, name := range header {
		columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"number", "customer_name", "country", "currency", "net", "tax", "issued_at"} {
		if _, ok := columns[name]; !ok {
			return nil, &RowError{Row: 1, Column: name, Reason: "is missing"}
		}
	}
	return columns, nil
}

func (s *Service) importRow(ctx context.Context, source string, row int, columns map[string]int, record []string) error {
	get := func(name string) string { return strings.TrimSpace(record[columns[name]]) }
	bad := func(column, reason string) error { return &RowError{Row: row, Column: column, Reason: reason} }
	net, err := strconv.ParseInt(get("net"), 10, 64)
	if err != nil {
		return bad("net", "is not a number of cents")
	}
	tax, err := strconv.ParseInt(get("tax"), 10, 64)
	if err != nil {
		return bad("tax", "is not a number of cents")
	}
	issued, err := time.Parse(time.DateOnly, get("issued_at"))
	if err != nil {
		return bad("issued_at", "is not a date")
	}
	currency := get("currency")
	switch {
	case get("number") == "":
		return bad("number", "is empty")
	case !models.ValidCurrency(currency):
		return bad("currency", "is not a three letter code")
	case !models.ValidCountry(get("country")):
		return bad("country", "is not a two letter code")
	}
	inv := models.Invoice{
		Number: source + "-" + get("number"), CustomerName: get("customer_name"), Country: get("country"),
		Status: models.InvoiceOpen, Source: source, IssuedAt: issued, DueAt: issued.Add(paymentTerm),
		Net: models.Money{Amount: net, Currency: currency}, Tax: models.Money{Amount: tax, Currency: currency},
		Total: models.Money{Amount: net + tax, Currency: currency},
	}
	if taken, err := s.numberTaken(ctx, inv.Number); err != nil || taken {
		if err != nil {
			return err
		}
		return bad("number", "was already imported")
	}
	return s.insertInvoice(ctx, &inv)
}

// ExportCSV streams the invoices issued from (included) to to (excluded). The
// caller must close the reader, at the end or earlier.
func (s *Service) ExportCSV(ctx context.Context, from, to time.Time) (io.ReadCloser, error) {
	if !from.Before(to) {
		return nil, fmt.Errorf("export invoices: from %s is not before to %s", from.Format(time.DateOnly), to.Format(time.DateOnly))
	}
	invoices, err := s.invoicesBetween(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("export invoices: %w", err)
	}
	return streamCSV(invoices), nil
}

// OrderCSV streams the invoice of an order. The caller must close the reader.
func (s *Service) OrderCSV(ctx context.Context, orderID int64) (io.ReadCloser, error) {
	inv, err := s.ForOrder(ctx, orderID)
	if err != nil {
		return nil, err
	}
	return streamCSV([]models.Invoice{inv}), nil
}

// streamCSV writes while the reader reads. Closing the reader ends the writer.
func streamCSV(invoices []models.Invoice) io.ReadCloser {
	pr, pw := io.Pipe()
	go func() {
		w := csv.NewWriter(pw)
		err := w.Write(csvHeader)
		for i := 0; err == nil && i < len(invoices); i++ {
			err = w.Write(csvRow(invoices[i]))
		}
		w.Flush()
		pw.CloseWithError(errors.Join(err, w.Error()))
	}()
	return pr
}

func csvRow(inv models.Invoice) []string {
	return []string{
		inv.Number, inv.CustomerName, inv.Country, inv.Status, inv.Total.Currency,
		strconv.FormatInt(inv.Net.Amount, 10), strconv.FormatInt(inv.Tax.Amount, 10),
		strconv.FormatInt(inv.Total.Amount, 10), inv.IssuedAt.Format(time.DateOnly), inv.Source,
	}
}
