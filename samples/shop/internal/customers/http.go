package customers

import (
	"errors"
	"net/http"
	"time"

	"example.com/shop/internal/pagination"
	"example.com/shop/internal/web"
)

// Routes registers the HTTP routes of the customers.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /customers", s.handleRegister)
	mux.HandleFunc("GET /customers", s.handleList)
	mux.HandleFunc("GET /customers/{id}", s.handleGet)
	mux.HandleFunc("PUT /customers/{id}", s.handleUpdate)
	mux.HandleFunc("DELETE /customers/{id}", s.handleClose)
	mux.HandleFunc("GET /customers/{id}/addresses", s.handleAddresses)
	mux.HandleFunc("POST /customers/{id}/addresses", s.handleAddAddress)
	mux.HandleFunc("PUT /customers/{id}/addresses/{addressID}", s.handleUpdateAddress)
	mux.HandleFunc("DELETE /customers/{id}/addresses/{addressID}", s.handleDeleteAddress)
}

func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var conflict *ConflictError
	switch {
	case errors.As(err, &conflict):
		web.Error(w, r, http.StatusPreconditionFailed, "changed_meanwhile", err.Error())
	case errors.Is(err, ErrNotFound):
		web.Error(w, r, http.StatusNotFound, "customer_not_found", err.Error())
	case errors.Is(err, ErrAddressNotFound):
		web.Error(w, r, http.StatusNotFound, "address_not_found", err.Error())
	case errors.Is(err, ErrEmailTaken):
		web.Error(w, r, http.StatusConflict, "email_taken", "this email is already registered")
	default:
		web.Fail(w, r, s.log, err)
	}
}

func (s *Service) handleRegister(w http.ResponseWriter, r *http.Request) {
	var reg Registration
	if !web.Read(w, r, &reg) {
		return
	}
	c, err := s.Register(r.Context(), reg)
	web.Reply(w, r, http.StatusCreated, c, err, s.fail)
}

func (s *Service) handleList(w http.ResponseWriter, r *http.Request) {
	page, ok := web.Page(w, r)
	if !ok {
		return
	}
	customers, total, err := s.List(r.Context(), r.URL.Query().Get("q"), page)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	web.JSON(w, http.StatusOK, pagination.NewPage(customers, total, page))
}

func (s *Service) handleGet(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	c, err := s.Customer(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("X-Updated-At", c.UpdatedAt.Format(time.RFC3339Nano))
	web.JSON(w, http.StatusOK, c)
}

// handleUpdate honours X-Unchanged-Since, the updated_at the client has seen.
func (s *Service) handleUpdate(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	var unchangedSince time.Time
	if raw := r.Header.Get("X-Unchanged-Since"); raw != "" {
		t, err := time.Parse(time.RFC3339Nano, raw)
		if err != nil {
			web.Error(w, r, http.StatusBadRequest, "bad_request", "X-Unchanged-Since must be an RFC 3339 time")
			return
		}
		unchangedSince = t.UTC()
	}
	var reg Registration
	if !web.Read(w, r, &reg) {
		return
	}
	c, err := s.Update(r.Context(), id, reg, unchangedSince)
	web.Reply(w, r, http.StatusOK, c, err, s.fail)
}

func (s *Service) handleClose(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	web.Done(w, r, s.Close(r.Context(), id), s.fail)
}

func (s *Service) handleAddresses(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	addresses, err := s.Addresses(r.Context(), id)
	web.Reply(w, r, http.StatusOK, addresses, err, s.fail)
}

func (s *Service) handleAddAddress(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	var in AddressInput
	if !web.Read(w, r, &in) {
		return
	}
	a, err := s.AddAddress(r.Context(), id, in)
	web.Reply(w, r, http.StatusCreated, a, err, s.fail)
}

func addressIDs(w http.ResponseWriter, r *http.Request) (customerID, addressID int64, ok bool) {
	if customerID, ok = web.PathID(w, r, "id"); !ok {
		return 0, 0, false
	}
	addressID, ok = web.PathID(w, r, "addressID")
	return customerID, addressID, ok
}

func (s *Service) handleUpdateAddress(w http.ResponseWriter, r *http.Request) {
	customerID, addressID, ok := addressIDs(w, r)
	if !ok {
		return
	}
	var in AddressInput
	if !web.Read(w, r, &in) {
		return
	}
	a, err := s.UpdateAddress(r.Context(), customerID, addressID, in)
	web.Reply(w, r, http.StatusOK, a, err, s.fail)
}

func (s *Service) handleDeleteAddress(w http.ResponseWriter, r *http.Request) {
	customerID, addressID, ok := addressIDs(w, r)
	if !ok {
		return
	}
	web.Done(w, r, s.DeleteAddress(r.Context(), customerID, addressID), s.fail)
}
