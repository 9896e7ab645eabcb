package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/config"
	"example.com/shop/internal/shoptest"
	"example.com/shop/internal/storage"
)

func newApp(t *testing.T, db *storage.DB) *App {
	t.Helper()
	return New(config.Default(), db, clock.NewFixed(shoptest.Start), slog.New(slog.DiscardHandler))
}

// client calls the handler of an app and remembers which routes it has hit.
type client struct {
	t      *testing.T
	app    *App
	header http.Header
	hit    map[string]bool
}

func newClient(t *testing.T, a *App) *client {
	return &client{t: t, app: a, header: http.Header{}, hit: map[string]bool{}}
}

func (c *client) do(method, target, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	for name, values := range c.header {
		req.Header[name] = values
	}
	rec := httptest.NewRecorder()
	c.app.Handler().ServeHTTP(rec, req)
	c.hit[c.app.route(req)] = true
	return rec
}

// call makes a request that must be answered with status and decodes the
// answer into out, if that is not nil.
func (c *client) call(status int, method, target, body string, out any) string {
	c.t.Helper()
	rec := c.do(method, target, body)
	if rec.Code != status {
		c.t.Errorf("%s %s: got %d %s, want %d", method, target, rec.Code, rec.Body, status)
	}
	if out != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), out); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, target, err, rec.Body)
		}
	}
	return rec.Body.String()
}

type object map[string]any

func (o object) id() string { return fmt.Sprint(o["id"]) }

// TestJourney goes through the whole shop by HTTP and hits each route at least
// once.
func TestJourney(t *testing.T) {
	t.Parallel()
	db := shoptest.OpenDB(t)
	journey(t, db)
}

func journey(t *testing.T, db *storage.DB) {
	a := newApp(t, db)
	c := newClient(t, a)
	if err := a.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Seed(t.Context()); err != nil {
		t.Fatalf("seed twice: %v", err)
	}
	c.call(200, "GET", "/healthz", "", nil)

	// Customers.
	var customer, address object
	c.call(201, "POST", "/customers", `{"email":"eva@example.com","name":"Eva","country":"AT"}`, &customer)
	id := customer.id()
	c.call(409, "POST", "/customers", `{"email":"eva@example.com","name":"Eva","country":"AT"}`, nil)
	c.call(422, "POST", "/customers", `{"email":"?"}`, nil)
	c.call(200, "GET", "/customers?q=eva", "", nil)
	c.call(200, "GET", "/customers/"+id, "", nil)
	c.call(404, "GET", "/customers/9999", "", nil)
	c.call(200, "PUT", "/customers/"+id, `{"email":"eva@example.com","name":"Eva M","country":"AT"}`, &customer)
	c.header.Set("X-Unchanged-Since", "2020-01-01T00:00:00Z")
	c.call(412, "PUT", "/customers/"+id, `{"email":"eva@example.com","name":"Late","country":"AT"}`, nil)
	c.header.Set("X-Unchanged-Since", customer["updated_at"].(string))
	c.call(200, "PUT", "/customers/"+id, `{"email":"eva@example.com","name":"In time","country":"AT"}`, nil)
	c.header.Set("X-Unchanged-Since", "yesterday")
	c.call(400, "PUT", "/customers/"+id, `{}`, nil)
	c.header.Del("X-Unchanged-Since")
	c.call(201, "POST", "/customers/"+id+"/addresses", `{"street":"Ring 1","city":"Wien","postal_code":"1010","country":"AT"}`, &address)
	c.call(200, "GET", "/customers/"+id+"/addresses", "", nil)
	c.call(200, "PUT", "/customers/"+id+"/addresses/"+address.id(), `{"street":"Ring 2","city":"Wien","postal_code":"1010","country":"AT"}`, nil)
	c.call(404, "DELETE", "/customers/"+id+"/addresses/9999", "", nil)

	// Catalogue.
	var product object
	c.call(200, "GET", "/categories", "", nil)
	c.call(201, "POST", "/categories", `{"name":"Cups"}`, nil)
	c.call(200, "GET", "/categories/cups/products", "", nil)
	c.call(201, "POST", "/products", `{"sku":"CUP-1","name":"Cup","category_id":5,"prices":[{"amount":900,"currency":"EUR"}]}`, &product)
	pid := product.id()
	c.call(200, "GET", "/products?per_page=3", "", nil)
	c.call(200, "GET", "/products/"+pid, "", nil)
	c.call(200, "PUT", "/products/"+pid, `{"description":"Holds tea"}`, nil)
	c.call(200, "GET", "/products/"+pid+"/prices", "", nil)
	c.call(200, "PUT", "/products/"+pid+"/prices/USD", `{"amount":1000}`, nil)

	// Stock.
	c.call(404, "GET", "/stock/"+pid, "", nil)
	c.call(200, "PUT", "/stock/"+pid, `{"on_hand":8,"reorder_at":2,"bin":"E-01"}`, nil)
	c.call(422, "PUT", "/stock/"+pid, `{"on_hand":-1}`, nil)
	c.call(404, "PUT", "/stock/9999", `{"on_hand":1}`, nil)
	c.call(200, "GET", "/stock/"+pid, "", nil)
	c.call(200, "POST", "/stock/"+pid+"/adjustments", `{"delta":2,"reason":"found"}`, nil)
	c.call(409, "POST", "/stock/"+pid+"/adjustments", `{"delta":-20,"reason":"lost"}`, nil)
	c.call(422, "POST", "/stock/"+pid+"/adjustments", `{}`, nil)
	c.call(200, "GET", "/stock?below=3", "", nil)

	// Cart.
	var cart object
	c.call(422, "POST", "/carts", `{"customer_id":9999}`, nil)
	c.call(201, "POST", "/carts", `{"customer_id":`+id+`}`, &cart)
	items := "/carts/" + cart.id() + "/items"
	c.call(200, "POST", items, `{"product_id":`+pid+`,"quantity":1}`, nil)
	c.call(200, "POST", items, `{"sku":"tea-sen-100","quantity":1}`, nil)
	c.call(404, "POST", items, `{"sku":"nope","quantity":1}`, nil)
	c.call(404, "POST", items, `{"product_id":9999,"quantity":1}`, nil)
	c.call(422, "POST", items, `{"product_id":`+pid+`,"quantity":99}`, nil)
	c.call(200, "PUT", items+"/"+pid, `{"quantity":3}`, nil)
	c.call(200, "GET", "/carts/"+cart.id(), "", nil)
	c.call(204, "DELETE", items+"/7", "", nil)
	c.call(404, "DELETE", items+"/7", "", nil)
	c.call(404, "GET", "/carts/nope", "", nil)
	var dropped object
	c.call(201, "POST", "/carts", "", &dropped)
	c.call(204, "DELETE", "/carts/"+dropped.id(), "", nil)

	// Checkout.
	buy := func(cart, token string) string {
		return fmt.Sprintf(`{"cart_id":%q,"customer_id":%s,"payment_method":"card","payment_token":%q}`, cart, id, token)
	}
	var order object
	c.call(402, "POST", "/orders", buy(cart.id(), "tok_decline"), nil)
	c.call(422, "POST", "/orders", `{}`, nil)
	c.call(404, "POST", "/orders", buy("nope", "tok_visa"), nil)
	c.call(201, "POST", "/orders", buy(cart.id(), "tok_visa"), &order)
	c.call(409, "POST", "/orders", buy(cart.id(), "tok_visa"), nil)
	c.call(409, "POST", items, `{"product_id":`+pid+`,"quantity":1}`, nil)
	oid := order.id()
	c.call(200, "GET", "/orders?customer_id="+id+"&status=pending&since=2026-01-01", "", nil)
	c.call(400, "GET", "/orders?customer_id=x", "", nil)
	c.call(400, "GET", "/orders?since=x", "", nil)
	c.call(200, "GET", "/orders/"+oid, "", &order)
	c.call(404, "GET", "/orders/9999", "", nil)
	note, err := json.Marshal(object{"note": "gift", "updated_at": order["updated_at"]})
	if err != nil {
		t.Fatal(err)
	}
	c.call(200, "PUT", "/orders/"+oid+"/note", string(note), nil)
	c.call(412, "PUT", "/orders/"+oid+"/note", `{"note":"late","updated_at":"2020-01-01T00:00:00Z"}`, nil)
	c.call(200, "GET", "/orders/"+oid+"/picking-list", "", nil)
	if csv := c.call(200, "GET", "/orders/"+oid+"/invoice.csv", "", nil); !strings.Contains(csv, "INV-"+order["number"].(string)) {
		t.Errorf("invoice = %s", csv)
	}
	c.call(409, "POST", "/orders/"+oid+"/ship", "", nil)

	// Payment.
	var payments []object
	c.call(200, "GET", "/orders/"+oid+"/payments", "", &payments)
	c.call(404, "GET", "/orders/9999/payments", "", nil)
	payment := "/payments/" + payments[0].id()
	c.call(200, "GET", payment, "", nil)
	c.call(404, "GET", "/payments/9999", "", nil)
	c.call(409, "POST", payment+"/refunds", `{"reason":"early"}`, nil)
	c.call(200, "POST", payment+"/capture", "", nil)
	c.call(409, "POST", payment+"/capture", "", nil)
	c.call(422, "POST", payment+"/refunds", `{"amount":{"amount":-1,"currency":"EUR"}}`, nil)
	c.call(201, "POST", payment+"/refunds", `{"amount":{"amount":100,"currency":"EUR"},"reason":"scratch"}`, nil)
	c.call(404, "POST", "/payments/bank-transfers/confirm", `{"reference":"RF0"}`, nil)
	c.call(200, "POST", "/orders/"+oid+"/ship", "", nil)
	c.call(409, "POST", "/orders/"+oid+"/cancel", "", nil)
	c.call(200, "GET", "/reports/sales?since=2026-01-01", "", nil)
	c.call(400, "GET", "/reports/sales?limit=x", "", nil)

	// Billing.
	var page struct{ Items []object }
	c.call(200, "GET", "/invoices?status=paid", "", &page)
	c.call(200, "GET", "/invoices/"+page.Items[0].id(), "", nil)
	c.call(404, "GET", "/invoices/9999", "", nil)
	c.call(200, "POST", "/invoices/"+page.Items[0].id()+"/void", "", nil)
	c.call(409, "POST", "/invoices/"+page.Items[0].id()+"/void", "", nil)
	upload := "number,customer_name,country,currency,net,tax,issued_at\n1,A,DE,EUR,100,19,2026-01-01\n2,B,D,EUR,1,1,2026-01-01\n"
	c.call(200, "POST", "/invoices/import?source=old", upload, nil)
	c.call(400, "POST", "/invoices/import", upload, nil)
	c.call(422, "POST", "/invoices/import?source=old", "number\n", nil)
	if csv := c.call(200, "GET", "/invoices/export?from=2026-01-01&to=2026-12-31", "", nil); strings.Count(csv, "\n") != 3 {
		t.Errorf("export = %s", csv)
	}
	c.call(400, "GET", "/invoices/export?from=2026-02-01&to=2026-01-01", "", nil)
	c.call(200, "GET", "/tax-rates", "", nil)
	c.call(200, "PUT", "/tax-rates/dk", `{"basis_points":2500}`, nil)
	c.call(422, "PUT", "/tax-rates/dk", `{"basis_points":-1}`, nil)

	// Events and notifications.
	var notes []object
	c.call(200, "GET", "/events?topic=order.placed", "", nil)
	c.call(200, "GET", "/customers/"+id+"/notifications", "", &notes)
	c.call(204, "POST", "/notifications/"+notes[0].id()+"/read", "", nil)
	c.call(404, "POST", "/notifications/9999/read", "", nil)

	// Recommendations.
	c.call(202, "POST", "/products/1/views", `{"customer_id":`+id+`}`, nil)
	c.call(202, "POST", "/products/1/views", "", nil)
	c.call(200, "GET", "/recommendations/popular", "", nil)
	c.call(200, "GET", "/customers/"+id+"/recommendations", "", nil)
	c.call(204, "GET", "/products/1/related", "", nil)
	c.call(404, "GET", "/products/9999/related", "", nil)

	// Partners.
	var partner, endpoint object
	c.call(201, "POST", "/partners", `{"name":"Acme","contact_id":`+id+`}`, &partner)
	c.call(409, "POST", "/partners", `{"name":"Acme"}`, nil)
	base := "/partners/" + partner.id()
	c.call(200, "GET", "/partners", "", nil)
	c.call(200, "GET", base, "", nil)
	c.call(404, "GET", "/partners/9999", "", nil)
	listening := httptest.NewServer(http.NotFoundHandler())
	defer listening.Close()
	c.call(201, "POST", base+"/webhooks", fmt.Sprintf(`{"url":%q,"topics":["stock.low"]}`, listening.URL), &endpoint)
	c.call(422, "POST", base+"/webhooks", `{"url":"x"}`, nil)
	c.call(200, "GET", base+"/webhooks", "", nil)
	c.call(200, "POST", "/stock/"+pid+"/adjustments", `{"delta":-6,"reason":"broken"}`, nil)
	if list := c.call(200, "GET", base+"/deliveries", "", nil); !strings.Contains(list, `"topic":"stock.low"`) {
		t.Errorf("deliveries = %s", list)
	}
	c.call(204, "DELETE", base+"/webhooks/"+endpoint.id(), "", nil)
	c.call(404, "DELETE", base+"/webhooks/"+endpoint.id(), "", nil)
	c.call(200, "POST", base+"/invoices", upload, nil)
	c.call(422, "POST", base+"/invoices", "number\n", nil)
	c.call(200, "GET", base+"/feed?since=2026-01-01", "", nil)
	c.call(400, "GET", base+"/feed?since=x", "", nil)
	c.call(200, "GET", base+"/low-stock?below=4", "", nil)
	c.call(204, "DELETE", base, "", nil)

	// What is left.
	c.call(204, "DELETE", "/products/"+pid, "", nil)
	c.call(204, "DELETE", "/customers/"+id+"/addresses/"+address.id(), "", nil)
	c.call(204, "DELETE", "/customers/"+id, "", nil)
	var second object
	c.call(201, "POST", "/carts", "", &second)
	c.call(200, "POST", "/carts/"+second.id()+"/items", `{"product_id":1,"quantity":1}`, nil)
	c.call(201, "POST", "/orders", fmt.Sprintf(`{"cart_id":%q,"customer_id":1,"payment_method":"bank_transfer"}`, second.id()), &order)
	c.call(200, "POST", "/orders/"+order.id()+"/cancel", "", nil)

	for _, route := range routes(t, a) {
		if !c.hit[route] {
			t.Errorf("no request hit %s", route)
		}
	}
}

func TestMiddleware(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := New(config.Default(), shoptest.OpenDB(t), clock.NewFixed(shoptest.Start), slog.New(slog.NewJSONHandler(&log, nil)))
	a.mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("oh") })
	c := newClient(t, a)

	rec := c.do("GET", "/panic", "")
	if rec.Code != 500 || !strings.Contains(rec.Body.String(), "internal error") || !strings.Contains(log.String(), `"panic":"oh"`) {
		t.Errorf("panic: %d %s, log %s", rec.Code, rec.Body, log.String())
	}
	if len(rec.Header().Get("X-Request-Id")) != 32 {
		t.Errorf("request id = %q", rec.Header().Get("X-Request-Id"))
	}
	c.header.Set("X-Request-Id", "abc")
	if rec := c.do("GET", "/nowhere", ""); rec.Code != 404 || rec.Header().Get("X-Request-Id") != "abc" {
		t.Errorf("not found: %d, id %s", rec.Code, rec.Header().Get("X-Request-Id"))
	}
	if rec := c.do("PATCH", "/products", ""); rec.Code != 405 {
		t.Errorf("wrong method: %d", rec.Code)
	}
	c.header.Set("X-Currency", "euro")
	c.call(400, "GET", "/products", "", nil)
	c.header.Set("X-Currency", "usd")
	c.header.Set("X-Tenant", "acme")
	var cart object
	c.call(201, "POST", "/carts", "", &cart)
	if cart["currency"] != "USD" {
		t.Errorf("cart = %v, want the currency of the header", cart)
	}
	c.call(201, "POST", "/customers", `{"email":"e@example.com","name":"E","country":"US"}`, nil)
	if entries := c.call(200, "GET", "/events", "", nil); !strings.Contains(entries, `"tenant":"acme"`) {
		t.Errorf("events = %s", entries)
	}
	c.header.Del("X-Tenant")
	if entries := c.call(200, "GET", "/events", "", nil); !strings.Contains(entries, `"items":[]`) {
		t.Errorf("events of the main tenant = %s", entries)
	}
}

func TestHealthWithoutDatabase(t *testing.T) {
	t.Parallel()
	db := shoptest.OpenDB(t)
	c := newClient(t, newApp(t, db))
	db.Close()
	c.call(503, "GET", "/healthz", "", nil)
	c.call(500, "GET", "/products", "", nil)
	c.call(500, "GET", "/orders", "", nil)
	c.call(500, "GET", "/partners", "", nil)
}

func TestJobsStop(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.JobInterval = time.Millisecond
	a := New(cfg, shoptest.OpenDB(t), clock.System{}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	a.Start(ctx)
	cancel()
	a.Wait()
}
