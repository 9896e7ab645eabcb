package server

import (
	"github.com/gin-gonic/gin"

	"example.com/flights/internal/handlers"
	"example.com/flights/internal/middleware"
)

func (s *Server) routes(customers *handlers.CustomerHandler, flights *handlers.FlightHandler, bookings *handlers.BookingHandler,
	payments *handlers.PaymentHandler, invoices *handlers.InvoiceHandler, checkin *handlers.CheckinHandler) {
	s.Router = gin.New()
	s.Router.Use(middleware.RequestID, middleware.AccessLog(s.log), middleware.Errors(s.log))
	s.Router.GET("/health", s.health)

	api := s.Router.Group("/api")
	api.POST("/customers", customers.Register)
	api.GET("/customers/:id", customers.Get)
	api.PUT("/customers/:id", customers.Update)
	api.GET("/customers/:id/bookings", middleware.Admin(s.cfg.AdminKey), bookings.OfCustomer)
	api.GET("/customers/:id/loyalty", customers.Points)
	api.POST("/customers/:id/loyalty/redeem", customers.Redeem)

	api.GET("/airports", flights.Airports)
	api.GET("/flights/search", flights.Find)
	api.GET("/flights/:id", flights.Get)
	api.GET("/flights/:id/availability", flights.Availability)
	api.GET("/flights/:id/seatmap", checkin.SeatMap)

	api.POST("/bookings", bookings.Create)
	booking := api.Group("/bookings/:ref", middleware.LoadBooking(bookings.Bookings, s.cfg.AdminKey))
	booking.GET("", bookings.Get)
	booking.GET("/itinerary", bookings.Itinerary)
	booking.POST("/pay", bookings.Pay)
	booking.POST("/cancel", bookings.Cancel)
	booking.GET("/payments", payments.OfBooking)
	booking.POST("/seats", checkin.ChooseSeat)
	booking.POST("/checkin", checkin.CheckIn)
	booking.POST("/bags", checkin.CheckBag)
	booking.GET("/bags", checkin.Bags)

	api.GET("/vouchers/:code", payments.Voucher)
	api.GET("/boarding-passes/:code", checkin.Pass)

	s.adminRoutes(api.Group("/admin", middleware.Admin(s.cfg.AdminKey)), flights, payments, invoices, checkin)
}

func (s *Server) adminRoutes(admin *gin.RouterGroup, flights *handlers.FlightHandler,
	payments *handlers.PaymentHandler, invoices *handlers.InvoiceHandler, checkin *handlers.CheckinHandler) {
	admin.POST("/airports", flights.AddAirport)
	admin.POST("/routes", flights.AddRoute)
	admin.POST("/schedules", flights.AddSchedule)
	admin.POST("/schedules/:id/flights", flights.Generate)
	admin.PUT("/flights/:id/status", flights.SetStatus)
	admin.GET("/flights/:id/manifest", checkin.Manifest)
	admin.POST("/boarding-passes/:code/board", checkin.Board)
	admin.GET("/payments/:id", payments.Get)
	admin.POST("/payments/:id/refunds", payments.Refund)
	admin.POST("/vouchers", payments.IssueVoucher)
	admin.GET("/invoices", invoices.List)
	admin.GET("/invoices/:number", invoices.Get)
	admin.GET("/reports/revenue", invoices.Revenue)
}
