// Package app puts the shop together.
package app

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"example.com/shop/internal/billing"
	"example.com/shop/internal/cart"
	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/config"
	"example.com/shop/internal/customers"
	"example.com/shop/internal/events"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/orders"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/recommendations"
	"example.com/shop/internal/storage"
	"example.com/shop/internal/web"
	"example.com/shop/internal/webhooks"
)

// cardLimit is the highest amount that the card gateway takes, in cents.
const cardLimit = 500_000

// App is the whole shop.
type App struct {
	cfg config.Config
	db  *storage.DB
	log *slog.Logger
	mux *http.ServeMux

	bus             *events.Bus
	events          *events.Service
	customers       *customers.Service
	catalogue       *catalogue.Service
	inventory       *inventory.Service
	cart            *cart.Service
	payments        *payments.Service
	billing         *billing.Service
	orders          *orders.Service
	recommendations *recommendations.Service
	webhooks        *webhooks.Service

	jobs sync.WaitGroup
}

// New builds all services on db, which must be migrated. The caller keeps the
// ownership of db.
func New(cfg config.Config, db *storage.DB, clk clock.Clock, log *slog.Logger) *App {
	a := &App{cfg: cfg, db: db, log: log, mux: http.NewServeMux()}
	a.bus = events.NewBus(clk, log)
	a.events = events.NewService(db, a.bus, clk, log)
	a.customers = customers.New(db, a.bus, clk, log)
	a.catalogue = catalogue.New(db, clk, log)
	a.inventory = inventory.New(db, a.catalogue, a.bus, clk, log, cfg.ReservationTTL)
	a.cart = cart.New(db, a.catalogue, a.inventory, a.customers, clk, log)
	a.payments = payments.New(db, a.bus, clk, log,
		payments.WithProvider(payments.NewCardGateway(clk, cardLimit)),
		payments.WithProvider(payments.NewBankTransfer(clk, 14*24*time.Hour)),
		payments.WithRetries(cfg.PaymentRetries),
	)
	a.billing = billing.New(db, a.bus, clk, log)
	a.orders = orders.New(db, orders.Deps{
		Catalogue: a.catalogue,
		Customers: a.customers,
		Carts:     a.cart,
		Inventory: a.inventory,
		Payments:  a.payments,
		Invoices:  a.billing,
		Events:    a.events,
	}, a.bus, clk, log)
	a.recommendations = recommendations.New(db, a.catalogue, a.inventory, clk, log)
	a.webhooks = webhooks.New(db, a.catalogue, a.inventory, a.billing, a.bus, &http.Client{Timeout: cfg.WebhookTimeout}, clk, log)
	a.routes()
	return a
}

func (a *App) routes() {
	a.mux.HandleFunc("GET /healthz", a.handleHealth)
	a.customers.Routes(a.mux)
	a.catalogue.Routes(a.mux)
	a.inventory.Routes(a.mux)
	a.cart.Routes(a.mux)
	a.payments.Routes(a.mux)
	a.billing.Routes(a.mux)
	a.orders.Routes(a.mux)
	a.events.Routes(a.mux)
	a.recommendations.Routes(a.mux)
	partners := a.webhooks.Router()
	a.mux.Handle("/partners", partners)
	a.mux.Handle("/partners/", partners)
}

// Handler returns the HTTP API with all middleware.
func (a *App) Handler() http.Handler {
	return web.Chain(a.mux,
		web.RequestID,
		web.AccessLog(a.log),
		web.Recover(a.log),
		web.Scope(a.cfg.DefaultCurrency),
	)
}

// Start starts the background jobs. They end when ctx is done; Wait waits for
// that.
func (a *App) Start(ctx context.Context) {
	a.jobs.Go(func() { a.inventory.Run(ctx, a.cfg.JobInterval) })
	a.jobs.Go(func() { a.webhooks.Run(ctx, a.cfg.JobInterval) })
}

// Wait returns when all background jobs have ended.
func (a *App) Wait() { a.jobs.Wait() }

func (a *App) handleHealth(w http.ResponseWriter, r *http.Request) {
	if err := a.db.PingContext(r.Context()); err != nil {
		a.log.ErrorContext(r.Context(), "health check failed", "error", err)
		web.Error(w, r, http.StatusServiceUnavailable, "unavailable", "the database does not answer")
		return
	}
	web.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
}
