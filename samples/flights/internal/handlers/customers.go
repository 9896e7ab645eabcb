package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/flights/internal/services"
)

type CustomerHandler struct {
	Customers *services.CustomerService
	Loyalty   *services.LoyaltyService
}

func (h *CustomerHandler) Register(c *gin.Context) {
	var in services.CustomerInput
	if !bind(c, &in) {
		return
	}
	customer, err := h.Customers.Register(c.Request.Context(), in)
	reply(c, http.StatusCreated, customer, err)
}

func (h *CustomerHandler) Get(c *gin.Context) {
	customer, err := h.Customers.Get(c.Request.Context(), pathID(c, "id"))
	reply(c, http.StatusOK, customer, err)
}

func (h *CustomerHandler) Update(c *gin.Context) {
	var in services.CustomerInput
	if !bind(c, &in) {
		return
	}
	customer, err := h.Customers.Update(c.Request.Context(), pathID(c, "id"), in)
	reply(c, http.StatusOK, customer, err)
}

func (h *CustomerHandler) Points(c *gin.Context) {
	account, err := h.Loyalty.Account(c.Request.Context(), pathID(c, "id"))
	reply(c, http.StatusOK, account, err)
}

func (h *CustomerHandler) Redeem(c *gin.Context) {
	var in struct {
		Points int64 `json:"points" binding:"required"`
	}
	if !bind(c, &in) {
		return
	}
	voucher, err := h.Loyalty.Redeem(c.Request.Context(), pathID(c, "id"), in.Points)
	reply(c, http.StatusCreated, voucher, err)
}
