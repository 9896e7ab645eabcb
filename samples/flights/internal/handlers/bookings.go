package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/flights/internal/middleware"
	"example.com/flights/internal/services"
)

type BookingHandler struct {
	Bookings *services.BookingService
}

func (h *BookingHandler) Create(c *gin.Context) {
	var in services.BookingInput
	if !bind(c, &in) {
		return
	}
	booking, err := h.Bookings.Create(c.Request.Context(), in)
	reply(c, http.StatusCreated, booking, err)
}

func (h *BookingHandler) Get(c *gin.Context) {
	c.JSON(http.StatusOK, middleware.Booking(c))
}

func (h *BookingHandler) OfCustomer(c *gin.Context) {
	bookings, total, err := h.Bookings.OfCustomer(c.Request.Context(), pathID(c, "id"), page(c))
	replyList(c, bookings, total, err)
}

func (h *BookingHandler) Itinerary(c *gin.Context) {
	itinerary, err := h.Bookings.Itinerary(c.Request.Context(), middleware.Booking(c))
	reply(c, http.StatusOK, itinerary, err)
}

func (h *BookingHandler) Pay(c *gin.Context) {
	var in services.PaymentInput
	if !bind(c, &in) {
		return
	}
	booking, err := h.Bookings.Pay(c.Request.Context(), middleware.Booking(c).Reference, in)
	reply(c, http.StatusOK, booking, err)
}

func (h *BookingHandler) Cancel(c *gin.Context) {
	result, err := h.Bookings.Cancel(c.Request.Context(), middleware.Booking(c).Reference, "cancelled by the customer")
	reply(c, http.StatusOK, result, err)
}
