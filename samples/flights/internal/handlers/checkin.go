package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/flights/internal/middleware"
	"example.com/flights/internal/services"
)

type CheckinHandler struct {
	Checkin *services.CheckinService
	Baggage *services.BaggageService
}

func (h *CheckinHandler) SeatMap(c *gin.Context) {
	cabins, err := h.Checkin.SeatMap(c.Request.Context(), pathID(c, "id"))
	reply(c, http.StatusOK, cabins, err)
}

func (h *CheckinHandler) ChooseSeat(c *gin.Context) {
	var in services.SeatInput
	if !bind(c, &in) {
		return
	}
	seat, err := h.Checkin.ChooseSeat(c.Request.Context(), middleware.Booking(c), in)
	reply(c, http.StatusCreated, seat, err)
}

func (h *CheckinHandler) CheckIn(c *gin.Context) {
	var in struct {
		SegmentID uint `json:"segment_id" binding:"required"`
	}
	if !bind(c, &in) {
		return
	}
	passes, err := h.Checkin.CheckIn(c.Request.Context(), middleware.Booking(c), in.SegmentID)
	reply(c, http.StatusCreated, passes, err)
}

func (h *CheckinHandler) Pass(c *gin.Context) {
	pass, err := h.Checkin.Pass(c.Request.Context(), c.Param("code"))
	reply(c, http.StatusOK, pass, err)
}

func (h *CheckinHandler) Board(c *gin.Context) {
	pass, err := h.Checkin.Board(c.Request.Context(), c.Param("code"))
	reply(c, http.StatusOK, pass, err)
}

func (h *CheckinHandler) CheckBag(c *gin.Context) {
	var in services.BagInput
	if !bind(c, &in) {
		return
	}
	bag, err := h.Baggage.Check(c.Request.Context(), middleware.Booking(c), in)
	reply(c, http.StatusCreated, bag, err)
}

func (h *CheckinHandler) Bags(c *gin.Context) {
	bags, err := h.Baggage.OfBooking(c.Request.Context(), middleware.Booking(c))
	reply(c, http.StatusOK, bags, err)
}
