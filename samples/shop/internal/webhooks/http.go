package webhooks

import (
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"example.com/shop/internal/billing"
	"example.com/shop/internal/web"
)

// Router returns the routes of the partner API. It was its own binary once,
// hence the other router.
func (s *Service) Router() chi.Router {
	r := chi.NewRouter()
	r.Get("/partners", s.handleList)
	r.Post("/partners", s.handleAdd)
	r.Route("/partners/{id}", func(r chi.Router) {
		r.Get("/", s.handleGet)
		r.Delete("/", s.handleRemove)
		r.Get("/webhooks", s.handleEndpoints)
		r.Post("/webhooks", s.handleAddEndpoint)
		r.Delete("/webhooks/{endpointID}", s.handleRemoveEndpoint)
		r.Get("/deliveries", s.handleDeliveries)
		r.Post("/invoices", s.handleInvoices)
		r.Get("/feed", s.handleFeed)
		r.Get("/low-stock", s.handleLowStock)
	})
	return r
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var row *billing.RowError
	switch {
	case errors.As(err, &row):
		web.Invalid(w, r, map[string]string{row.Column: row.Reason})
	case errors.Is(err, ErrPartnerNotFound), errors.Is(err, ErrEndpointNotFound):
		web.Error(w, r, http.StatusNotFound, "not_found", err.Error())
	case errors.Is(err, ErrNameTaken):
		web.Error(w, r, http.StatusConflict, "name_taken", err.Error())
	default:
		web.Fail(w, r, s.log, err)
	}
}

// partner reads the partner of the path. It has answered if ok is false.
func (s *Service) partner(w http.ResponseWriter, r *http.Request) (p Partner, ok bool) {
	id, err := web.ParseID(chi.URLParam(r, "id"), "id")
	if err == nil {
		p, err = s.Partner(r.Context(), id)
	}
	if err != nil {
		s.fail(w, r, err)
		return Partner{}, false
	}
	return p, true
}

func (s *Service) handleList(w http.ResponseWriter, r *http.Request) {
	partners, err := s.listPartners(r.Context())
	web.Reply(w, r, http.StatusOK, partners, err, s.fail)
}

type partnerRequest struct {
	Name      string `json:"name"`
	ContactID *int64 `json:"contact_id"`
}

func (s *Service) handleAdd(w http.ResponseWriter, r *http.Request) {
	var req partnerRequest
	if !web.Read(w, r, &req) {
		return
	}
	p, err := s.AddPartner(r.Context(), req.Name, req.ContactID)
	web.Reply(w, r, http.StatusCreated, p, err, s.fail)
}

func (s *Service) handleGet(w http.ResponseWriter, r *http.Request) {
	if p, ok := s.partner(w, r); ok {
		web.JSON(w, http.StatusOK, p)
	}
}

func (s *Service) handleRemove(w http.ResponseWriter, r *http.Request) {
	p, ok := s.partner(w, r)
	if !ok {
		return
	}
	web.Done(w, r, s.deactivatePartner(r.Context(), p.ID), s.fail)
}

func (s *Service) handleEndpoints(w http.ResponseWriter, r *http.Request) {
	p, ok := s.partner(w, r)
	if !ok {
		return
	}
	endpoints, err := s.endpointsOf(r.Context(), p.ID)
	web.Reply(w, r, http.StatusOK, endpoints, err, s.fail)
}

type endpointRequest struct {
	URL    string   `json:"url"`
	Topics []string `json:"topics"`
}

func (s *Service) handleAddEndpoint(w http.ResponseWriter, r *http.Request) {
	p, ok := s.partner(w, r)
	if !ok {
		return
	}
	var req endpointRequest
	if !web.Read(w, r, &req) {
		return
	}
	e, err := s.AddEndpoint(r.Context(), p.ID, req.URL, req.Topics)
	web.Reply(w, r, http.StatusCreated, e, err, s.fail)
}

func (s *Service) handleRemoveEndpoint(w http.ResponseWriter, r *http.Request) {
	p, ok := s.partner(w, r)
	if !ok {
		return
	}
	id, err := web.ParseID(chi.URLParam(r, "endpointID"), "endpointID")
	if err == nil {
		ok, err = s.removeEndpoint(r.Context(), p.ID, id)
	}
	if err == nil && !ok {
		err = ErrEndpointNotFound
	}
	web.Done(w, r, err, s.fail)
}

func (s *Service) handleDeliveries(w http.ResponseWriter, r *http.Request) {
	p, ok := s.partner(w, r)
	if !ok {
		return
	}
	deliveries, err := s.deliveriesOf(r.Context(), p.ID, 100)
	web.Reply(w, r, http.StatusOK, deliveries, err, s.fail)
}

func (s *Service) handleInvoices(w http.ResponseWriter, r *http.Request) {
	p, ok := s.partner(w, r)
	if !ok {
		return
	}
	result, err := s.UploadInvoices(r.Context(), p.ID, http.MaxBytesReader(w, r.Body, 8<<20))
	web.Reply(w, r, http.StatusOK, result, err, s.fail)
}

func (s *Service) handleFeed(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.partner(w, r); !ok {
		return
	}
	since, err := web.QueryTime(r, "since", time.Time{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	feed, err := s.Feed(r.Context(), since, web.Currency(r.Context()))
	web.Reply(w, r, http.StatusOK, feed, err, s.fail)
}

func (s *Service) handleLowStock(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.partner(w, r); !ok {
		return
	}
	threshold, err := web.QueryInt(r, "below", 5)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	skus, err := s.LowStock(r.Context(), threshold, 50)
	web.Reply(w, r, http.StatusOK, skus, err, s.fail)
}
