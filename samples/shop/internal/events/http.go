package events

import (
	"errors"
	"net/http"

	"example.com/shop/internal/web"
)

// Routes registers the HTTP routes of the event log and the notifications.
func (s *Service) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /events", s.handleEntries)
	mux.HandleFunc("GET /customers/{id}/notifications", s.handleNotifications)
	mux.HandleFunc("POST /notifications/{id}/read", s.handleRead)
}

func (s *Service) handleEntries(w http.ResponseWriter, r *http.Request) {
	page, ok := web.Page(w, r)
	if !ok {
		return
	}
	entries, err := s.Entries(r.Context(), r.URL.Query().Get("topic"), web.Tenant(r.Context()), page)
	if err != nil {
		web.Fail(w, r, s.log, err)
		return
	}
	web.JSON(w, http.StatusOK, entries)
}

func (s *Service) handleNotifications(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	notifications, err := s.Notifications(r.Context(), id, r.URL.Query().Get("unread") == "true")
	if err != nil {
		web.Fail(w, r, s.log, err)
		return
	}
	web.JSON(w, http.StatusOK, notifications)
}

func (s *Service) handleRead(w http.ResponseWriter, r *http.Request) {
	id, ok := web.PathID(w, r, "id")
	if !ok {
		return
	}
	err := s.MarkRead(r.Context(), id)
	if errors.Is(err, ErrNotificationNotFound) {
		web.Error(w, r, http.StatusNotFound, "notification_not_found", err.Error())
		return
	}
	if err != nil {
		web.Fail(w, r, s.log, err)
		return
	}
	web.NoContent(w)
}
