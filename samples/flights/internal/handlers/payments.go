package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/flights/internal/middleware"
	"example.com/flights/internal/services"
)

type PaymentHandler struct {
	Payments *services.PaymentService
	Vouchers *services.VoucherService
}

func (h *PaymentHandler) Get(c *gin.Context) {
	payment, err := h.Payments.Get(c.Request.Context(), pathID(c, "id"))
	reply(c, http.StatusOK, payment, err)
}

func (h *PaymentHandler) OfBooking(c *gin.Context) {
	payments, err := h.Payments.OfBooking(c.Request.Context(), middleware.Booking(c).ID)
	reply(c, http.StatusOK, payments, err)
}

func (h *PaymentHandler) Refund(c *gin.Context) {
	var in struct {
		Amount int64  `json:"amount" binding:"gt=0"`
		Reason string `json:"reason" binding:"required,max=200"`
	}
	if !bind(c, &in) {
		return
	}
	payment, err := h.Payments.Refund(c.Request.Context(), pathID(c, "id"), in.Amount, in.Reason)
	reply(c, http.StatusCreated, payment, err)
}

func (h *PaymentHandler) IssueVoucher(c *gin.Context) {
	var in services.VoucherInput
	if !bind(c, &in) {
		return
	}
	voucher, err := h.Vouchers.Issue(c.Request.Context(), in)
	reply(c, http.StatusCreated, voucher, err)
}

func (h *PaymentHandler) Voucher(c *gin.Context) {
	voucher, err := h.Vouchers.Get(c.Request.Context(), c.Param("code"))
	reply(c, http.StatusOK, voucher, err)
}

type InvoiceHandler struct {
	Invoices *services.InvoiceService
}

func (h *InvoiceHandler) List(c *gin.Context) {
	invoices, total, err := h.Invoices.List(c.Request.Context(), c.Query("recipient"), page(c))
	replyList(c, invoices, total, err)
}

func (h *InvoiceHandler) Get(c *gin.Context) {
	invoice, err := h.Invoices.Get(c.Request.Context(), c.Param("number"))
	reply(c, http.StatusOK, invoice, err)
}
