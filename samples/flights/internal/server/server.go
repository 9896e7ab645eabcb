// Package server puts everything together.
package server

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"example.com/flights/internal/clock"
	"example.com/flights/internal/config"
	"example.com/flights/internal/database"
	"example.com/flights/internal/handlers"
	"example.com/flights/internal/jobs"
	"example.com/flights/internal/repositories"
	"example.com/flights/internal/services"
)

// Server is the whole system.
type Server struct {
	Router *gin.Engine
	Jobs   *jobs.Runner

	db        *gorm.DB
	cfg       config.Config
	log       *slog.Logger
	clock     clock.Clock
	flights   *services.FlightService
	customers *services.CustomerService
}

// New builds the system on db, which must be migrated. The caller keeps the
// ownership of db.
func New(cfg config.Config, db *gorm.DB, clk clock.Clock, log *slog.Logger) *Server {
	tx := repositories.NewTransactor(db)
	customers := repositories.NewCustomerRepository(db)
	routes := repositories.NewRouteRepository(db)
	flights := repositories.NewFlightRepository(db)
	inventory := repositories.NewInventoryRepository(db)
	vouchers := repositories.NewVoucherRepository(db)
	invoices := repositories.NewInvoiceRepository(db)
	seats := repositories.NewSeatRepository(db)
	passes := repositories.NewBoardingPassRepository(db)

	notifier := services.NewLogNotifier(log)
	customerService := services.NewCustomerService(customers, notifier, log)
	loyaltyService := services.NewLoyaltyService(tx, customers, vouchers, clk)
	flightService := services.NewFlightService(tx, repositories.NewAirportRepository(db), routes, flights, inventory, clk, log)
	paymentService := services.NewPaymentService(tx, repositories.NewPaymentRepository(db), vouchers, invoices,
		services.NewCardSimulator(cfg.CardLimit), clk, log)
	invoiceService := services.NewInvoiceService(invoices, repositories.NewRevenueRepository(db), clk)
	voucherService := services.NewVoucherService(vouchers, notifier, clk)
	bookingService := services.NewBookingService(services.BookingDeps{
		Tx: tx, Bookings: repositories.NewBookingRepository(db), Flights: flights, Inventory: inventory, Customers: customers,
		Seats: seats, Passes: passes, Payments: paymentService, Invoices: invoiceService, Loyalty: loyaltyService,
		Notifier: notifier, Clock: clk, Log: log, HoldTTL: cfg.HoldTTL,
	})
	checkinService := services.NewCheckinService(services.CheckinDeps{
		Tx: tx, Flights: flights, Seats: seats, Passes: passes, Manifest: repositories.NewManifestRepository(db),
		Notifier: notifier, Clock: clk, Log: log, Opens: cfg.CheckinOpens, Closes: cfg.CheckinCloses,
	})
	baggageService := services.NewBaggageService(tx, repositories.NewBagRepository(db), paymentService, cfg.BagFeePerKG)

	s := &Server{db: db, cfg: cfg, log: log, clock: clk, flights: flightService, customers: customerService}
	s.Jobs = &jobs.Runner{Log: log, Jobs: []jobs.Job{
		jobs.ReleaseHolds(bookingService, log),
		jobs.CloseFlights(flightService, checkinService, log),
	}}
	s.routes(
		&handlers.CustomerHandler{Customers: customerService, Loyalty: loyaltyService},
		&handlers.FlightHandler{
			Flights: flightService, Search: services.NewSearchService(routes, flights, clk), Bookings: bookingService,
		},
		&handlers.BookingHandler{Bookings: bookingService},
		&handlers.PaymentHandler{Payments: paymentService, Vouchers: voucherService},
		&handlers.InvoiceHandler{Invoices: invoiceService},
		&handlers.CheckinHandler{Checkin: checkinService, Baggage: baggageService},
	)
	return s
}

// health says whether the database answers.
func (s *Server) health(c *gin.Context) {
	if err := database.Ping(c.Request.Context(), s.db); err != nil {
		s.log.ErrorContext(c.Request.Context(), "health check failed", "error", err)
		c.JSON(http.StatusServiceUnavailable, gin.H{"status": "no database"})
		return
	}
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}
