package middleware

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/models"
	"example.com/flights/internal/refcode"
	"example.com/flights/internal/services"
)

// LoadBooking loads the booking in the path for those who know the last name of
// a passenger (X-Last-Name), and for admins.
func LoadBooking(bookings *services.BookingService, adminKey string) gin.HandlerFunc {
	return func(c *gin.Context) {
		booking, err := bookings.Get(c.Request.Context(), refcode.Clean(c.Param("ref")))
		if err == nil && !booking.HasPassenger(c.GetHeader("X-Last-Name")) && !IsAdmin(c, adminKey) {
			err = apperr.New(http.StatusForbidden, "forbidden", "X-Last-Name must be the last name of a passenger")
		}
		if err != nil {
			_ = c.Error(err)
			c.Abort()
			return
		}
		c.Set("booking", booking)
	}
}

// Booking is what LoadBooking has loaded.
func Booking(c *gin.Context) *models.Booking {
	return c.MustGet("booking").(*models.Booking)
}
