package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func (h *InvoiceHandler) Revenue(c *gin.Context) {
	from, ok := queryDate(c, "from")
	if !ok {
		return
	}
	until, ok := queryDate(c, "until")
	if !ok {
		return
	}
	report, err := h.Invoices.Revenue(c.Request.Context(), from, until)
	reply(c, http.StatusOK, report, err)
}

func (h *CheckinHandler) Manifest(c *gin.Context) {
	rows, err := h.Checkin.Passengers(c.Request.Context(), pathID(c, "id"))
	reply(c, http.StatusOK, rows, err)
}
