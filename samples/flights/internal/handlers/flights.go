package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/flights/internal/models"
	"example.com/flights/internal/services"
)

type FlightHandler struct {
	Flights  *services.FlightService
	Search   *services.SearchService
	Bookings *services.BookingService
}

func (h *FlightHandler) Airports(c *gin.Context) {
	airports, err := h.Flights.Airports(c.Request.Context(), c.Query("q"))
	reply(c, http.StatusOK, airports, err)
}

func (h *FlightHandler) AddAirport(c *gin.Context) {
	var in models.Airport
	if !bind(c, &in) {
		return
	}
	airport, err := h.Flights.AddAirport(c.Request.Context(), in)
	reply(c, http.StatusCreated, airport, err)
}

func (h *FlightHandler) AddRoute(c *gin.Context) {
	var in models.Route
	if !bind(c, &in) {
		return
	}
	route, err := h.Flights.AddRoute(c.Request.Context(), in)
	reply(c, http.StatusCreated, route, err)
}

func (h *FlightHandler) AddSchedule(c *gin.Context) {
	var in models.FlightSchedule
	if !bind(c, &in) {
		return
	}
	schedule, err := h.Flights.AddSchedule(c.Request.Context(), in)
	reply(c, http.StatusCreated, schedule, err)
}

func (h *FlightHandler) Generate(c *gin.Context) {
	var in struct {
		From  time.Time `json:"from" binding:"required"`
		Until time.Time `json:"until" binding:"required"`
	}
	if !bind(c, &in) {
		return
	}
	made, err := h.Flights.Generate(c.Request.Context(), pathID(c, "id"), in.From, in.Until)
	reply(c, http.StatusCreated, gin.H{"flights": made}, err)
}

func (h *FlightHandler) Find(c *gin.Context) {
	var query services.SearchQuery
	if !bound(c, c.ShouldBindQuery(&query)) {
		return
	}
	offers, err := h.Search.Find(c.Request.Context(), query)
	reply(c, http.StatusOK, gin.H{"offers": offers}, err)
}

func (h *FlightHandler) Get(c *gin.Context) {
	flight, err := h.Flights.Get(c.Request.Context(), pathID(c, "id"))
	reply(c, http.StatusOK, flight, err)
}

func (h *FlightHandler) Availability(c *gin.Context) {
	cabins, err := h.Flights.Availability(c.Request.Context(), pathID(c, "id"))
	reply(c, http.StatusOK, cabins, err)
}

// SetStatus changes the status of a flight. Who has booked a flight that is
// cancelled gets their money back.
func (h *FlightHandler) SetStatus(c *gin.Context) {
	var in services.StatusInput
	if !bind(c, &in) {
		return
	}
	flight, err := h.Flights.SetStatus(c.Request.Context(), pathID(c, "id"), in)
	if err != nil {
		reply(c, 0, nil, err)
		return
	}
	cancelled := 0
	if flight.Status == models.FlightCancelled {
		cancelled, err = h.Bookings.CancelFlight(c.Request.Context(), flight)
	}
	reply(c, http.StatusOK, gin.H{"flight": flight, "bookings_cancelled": cancelled}, err)
}
