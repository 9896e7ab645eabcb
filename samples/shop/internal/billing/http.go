package billing

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"example.com/shop/internal/models"
	"example.com/shop/internal/web"
)

// Routes registers the HTTP routes of billing.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /invoices", s.handleList)
	mux.HandleFunc("GET /invoices/{id}", s.handleGet)
	mux.HandleFunc("POST /invoices/{id}/void", s.handleVoid)
	mux.HandleFunc("GET /invoices/export", s.handleExport)
	mux.HandleFunc("POST /invoices/import", s.handleImport)
	mux.HandleFunc("GET /tax-rates", s.handleTaxRates)
	mux.HandleFunc("PUT /tax-rates/{country}", s.handleSetTaxRate)
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var row *RowError
	switch {
	case errors.As(err, &row):
		web.Invalid(w, r, map[string]string{row.Column: row.Reason})
	case errors.Is(err, ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "invoice_not_found", err.Error())
	case errors.Is(err, ErrVoided):
		web.Error(w, r, http.StatusConflict, "invoice_voided", err.Error())
	default:
		web.Fail(w, r, s.log, err)
	}
}

func (s *Service) handleList(w http.ResponseWriter, r *http.Request) {
	page, ok := web.Page(w, r)
	if !ok {
		return
	}
	invoices, err := s.List(r.Context(), r.URL.Query().Get("status"), page)
	web.Reply(w, r, http.StatusOK, invoices, err, s.fail)
}

func (s *Service) handleGet(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	inv, err := s.Invoice(r.Context(), id)
	web.Reply(w, r, http.StatusOK, inv, err, s.fail)
}

func (s *Service) handleVoid(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	inv, err := s.Void(r.Context(), id)
	web.Reply(w, r, http.StatusOK, inv, err, s.fail)
}

// handleExport sends the invoices of the last month, or of ?from= and ?to=.
func (s *Service) handleExport(w http.ResponseWriter, r *http.Request) {
	now := s.clock.Now()
	from, err := web.QueryTime(r, "from", now.AddDate(0, -1, 0))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	to, err := web.QueryTime(r, "to", now.Add(time.Second))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !from.Before(to) {
		web.Error(w, r, http.StatusBadRequest, "bad_request", "from must be before to")
		return
	}
	export, err := s.ExportCSV(r.Context(), from, to)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer export.Close()
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="invoices.csv"`)
	if _, err := io.Copy(w, export); err != nil {
		s.log.WarnContext(r.Context(), "export interrupted", "error", err)
	}
}

// handleImport reads CSV from the body: ?source= names where it is from.
func (s *Service) handleImport(w http.ResponseWriter, r *http.Request) {
	source := r.URL.Query().Get("source")
	if source == "" {
		web.Error(w, r, http.StatusBadRequest, "bad_request", "source is required")
		return
	}
	problems := []string{}
	n, err := s.ImportInvoices(r.Context(), source, r.Body, func(_ int, err error) {
		if err != nil {
			problems = append(problems, err.Error())
		}
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	web.JSON(w, http.StatusOK, map[string]any{"imported": n, "problems": problems})
}

func (s *Service) handleTaxRates(w http.ResponseWriter, r *http.Request) {
	rates, err := s.TaxRates(r.Context())
	web.Reply(w, r, http.StatusOK, rates, err, s.fail)
}

type taxRateRequest struct {
	BasisPoints int `json:"basis_points"`
}

func (s *Service) handleSetTaxRate(w http.ResponseWriter, r *http.Request) {
	country := strings.ToUpper(r.PathValue("country"))
	var req taxRateRequest
	if !web.Read(w, r, &req) {
		return
	}
	errs := web.FieldErrors{}
	errs.Check(models.ValidCountry(country), "country", "must be a two letter code")
	errs.Check(req.BasisPoints >= 0 && req.BasisPoints <= 5000, "basis_points", "must be from 0 to 5000")
	if err := errs.Err(); err != nil {
		s.fail(w, r, err)
		return
	}
	rate, err := s.SetTaxRate(r.Context(), country, req.BasisPoints)
	web.Reply(w, r, http.StatusOK, rate, err, s.fail)
}
