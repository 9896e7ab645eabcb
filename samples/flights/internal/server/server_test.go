package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"gorm.io/gorm"

	"example.com/flights/internal/config"
	"example.com/flights/internal/database"
	"example.com/flights/internal/models"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

// manualClock stands still until it is moved.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a seeded system on Monday, 2027-03-01, 05:00 UTC.
type world struct {
	*Server
	t     *testing.T
	clock *manualClock
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return openWorld(t, filepath.Join(t.TempDir(), "flights.db"))
}

func openWorld(t *testing.T, dsn string) *world {
	t.Helper()
	clk := &manualClock{now: time.Date(2027, 3, 1, 5, 0, 0, 0, time.UTC)}
	log := slog.New(slog.DiscardHandler)
	db, err := database.Open(dsn, clk, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(db); err != nil {
			t.Error(err)
		}
	})
	if err := database.Migrate(db); err != nil {
		t.Fatal(err)
	}
	w := &world{Server: New(config.Default(), db, clk, log), t: t, clock: clk}
	if err := w.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// answer is what came back, as JSON.
type answer struct {
	t    *testing.T
	body []byte
}

// get finds a value by path, like "segments.0.fare.code".
func (a answer) get(path string) any {
	a.t.Helper()
	var value any
	if err := json.Unmarshal(a.body, &value); err != nil {
		a.t.Fatalf("answer is not JSON: %v: %s", err, a.body)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(v) {
				a.t.Fatalf("no %q in %s", path, a.body)
			}
			value = v[i]
		default:
			a.t.Fatalf("no %q in %s", path, a.body)
		}
	}
	return value
}

func (a answer) text(path string) string { return fmt.Sprint(a.get(path)) }

func (a answer) id(path string) int {
	a.t.Helper()
	n, ok := a.get(path).(float64)
	if !ok {
		a.t.Fatalf("%q is not a number in %s", path, a.body)
	}
	return int(n)
}

func (a answer) want(path string, want any) {
	a.t.Helper()
	if got := a.text(path); got != fmt.Sprint(want) {
		a.t.Errorf("%s is %s, want %v, in %s", path, got, want, a.body)
	}
}

// call sends a request as an admin and fails unless the status is right.
func (w *world) call(status int, request, body string) answer {
	w.t.Helper()
	return w.callAs(http.Header{"X-Admin-Key": {"letmein"}}, status, request, body)
}

func (w *world) callAs(header http.Header, status int, request, body string) answer {
	w.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	req := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	req.Header = header
	rec := httptest.NewRecorder()
	w.Router.ServeHTTP(rec, req)
	if rec.Code != status {
		w.t.Fatalf("%s: status %d, want %d: %s", request, rec.Code, status, rec.Body)
	}
	return answer{t: w.t, body: bytes.Clone(rec.Body.Bytes())}
}

// flight finds the flight of that number on a day, as the search shows it.
func (w *world) flight(number, from, to, date string) int {
	w.t.Helper()
	found := w.call(200, fmt.Sprintf("GET /api/flights/search?from=%s&to=%s&date=%s", from, to, date), "")
	for i := range found.get("offers").([]any) {
		if found.text(fmt.Sprintf("offers.%d.number", i)) == number {
			return found.id(fmt.Sprintf("offers.%d.flight_id", i))
		}
	}
	w.t.Fatalf("no %s in %s", number, found.body)
	return 0
}

const (
	adult  = `{"first_name":"Ada","last_name":"Martens","birth_date":"1990-05-01T00:00:00Z"}`
	child  = `{"first_name":"Tim","last_name":"Martens","birth_date":"2019-05-01T00:00:00Z"}`
	infant = `{"first_name":"Mia","last_name":"Martens","birth_date":"2026-05-01T00:00:00Z"}`
)

// book holds seats for passengers on one flight and returns the booking.
func (w *world) book(customer, flight int, fare string, passengers ...string) answer {
	w.t.Helper()
	return w.call(201, "POST /api/bookings", fmt.Sprintf(
		`{"customer_id":%d,"contact_email":"Ada@Example.com","passengers":[%s],"segments":[{"flight_id":%d,"fare_code":%q}]}`,
		customer, strings.Join(passengers, ","), flight, fare))
}

// seats are held, sold and available ones of the economy cabin.
func (w *world) seats(flight int) string {
	w.t.Helper()
	var row models.SeatInventory
	if err := w.db.First(&row, "flight_id = ? AND cabin = ?", flight, models.Economy).Error; err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf("%d held, %d sold, %d left", row.Held, row.Sold, row.Available())
}

func (w *world) wantSeats(flight int, want string) {
	w.t.Helper()
	if got := w.seats(flight); got != want {
		w.t.Errorf("seats: %s, want %s", got, want)
	}
}

// journey goes from search to boarding, on any database.
func journey(t *testing.T, w *world) {
	flight := w.flight("FL100", "BER", "LIS", "2027-03-02")
	booking := w.book(1, flight, "EFLEX", adult, child, infant)
	// 129.00 × 140 % is 180.60; a child pays 75 %, an infant 10 %.
	booking.want("total", 18060+13545+1806)
	booking.want("status", "held")
	booking.want("contact_email", "ada@example.com")
	booking.want("passengers.2.kind", "infant")
	w.wantSeats(flight, "2 held, 0 sold, 124 left")
	ref := booking.text("reference")
	base := "/api/bookings/" + ref

	martens := http.Header{"X-Last-Name": {" martens "}}
	w.callAs(martens, 200, "GET "+base+"/itinerary", "").want("paid", "0.00 EUR")
	paid := w.callAs(martens, 200, "POST "+base+"/pay", `{"card_token":"tok_visa"}`)
	paid.want("status", "confirmed")
	w.wantSeats(flight, "0 held, 2 sold, 124 left")
	w.call(200, fmt.Sprintf("GET /api/flights/%d/availability", flight), "").want("0.available", 124)
	w.call(200, "GET "+base+"/payments", "").want("0.amount", 33411)
	w.call(200, "GET "+base+"/itinerary", "").want("paid", "334.11 EUR")
	loyalty := w.call(200, "GET /api/customers/1/loyalty", "")
	loyalty.want("points", 334*5)
	loyalty.want("entries.0.booking_ref", ref)

	invoices := w.call(200, "GET /api/admin/invoices?recipient=ada@example.com", "")
	invoices.want("total", 1)
	invoice := w.call(200, "GET /api/admin/invoices/"+invoices.text("items.0.number"), "")
	invoice.want("gross", 33411)
	invoice.want("tax", 5335) // 334.11 × 19 / 119
	invoice.want("booking.customer.last_name", "Martens")
	invoice.want("lines.0.text", "Flight FL100 BER-LIS, 2027-03-02, fare EFLEX, all passengers")

	segment, passenger := paid.id("segments.0.id"), paid.id("passengers.0.id")
	w.callAs(martens, 201, "POST "+base+"/seats", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"seat":"12c"}`, segment, passenger))
	w.call(200, fmt.Sprintf("GET /api/flights/%d/seatmap", flight), "").want("2.taken", "[12C]")
	passes := w.callAs(martens, 201, "POST "+base+"/checkin", fmt.Sprintf(`{"segment_id":%d}`, segment))
	passes.want("0.seat", "12C")
	passes.want("1.seat", "8A")
	passes.want("1.sequence", 2)
	if got := passes.get("2").(map[string]any)["seat"]; got != nil {
		t.Errorf("the infant sits on %v", got)
	}
	again := w.callAs(martens, 201, "POST "+base+"/checkin", fmt.Sprintf(`{"segment_id":%d}`, segment))
	if !bytes.Equal(again.body, passes.body) {
		t.Errorf("second check-in gives\n%s\nfirst\n%s", again.body, passes.body)
	}

	bag := w.callAs(martens, 201, "POST "+base+"/bags", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"weight_kg":20}`, segment, passenger))
	bag.want("excess_fee", 0)
	bag = w.callAs(martens, 201, "POST "+base+"/bags",
		fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"weight_kg":10,"card_token":"tok_visa"}`, segment, passenger))
	bag.want("excess_fee", 7*1200)
	if bags := w.call(200, "GET "+base+"/bags", "").get("1.payment_id"); bags == nil {
		t.Error("the second bag has no payment")
	}

	code := passes.text("0.code")
	w.call(200, "GET /api/boarding-passes/"+code, "").want("passenger.first_name", "Ada")
	w.call(200, "POST /api/admin/boarding-passes/"+code+"/board", "").want("status", "boarded")
	w.call(409, "POST /api/admin/boarding-passes/"+code+"/board", "").want("error.code", "pass_not_valid")
	w.call(409, "POST "+base+"/cancel", "").want("error.code", "already_boarded")

	manifest := w.call(200, fmt.Sprintf("GET /api/admin/flights/%d/manifest", flight), "")
	manifest.want("0.first_name", "Ada")
	manifest.want("0.bags", 2)
	manifest.want("0.pass_status", "boarded")
	manifest.want("0.tier", "blue")

	w.clock.advance(26*time.Hour + time.Minute)
	w.Jobs.RunOnce(t.Context())
	w.call(200, fmt.Sprintf("GET /api/flights/%d", flight), "").want("status", "departed")
	w.call(200, "GET /api/boarding-passes/"+passes.text("1.code"), "").want("status", "no_show")

	report := w.call(200, "GET /api/admin/reports/revenue?from=2027-03-01&until=2027-03-02", "")
	report.want("routes.0.gross", 33411)
	report.want("totals.paid", 33411+8400)
	report.want("totals.invoiced", 33411)
	w.call(200, "GET /api/customers/1/bookings", "").want("items.0.payments.1.purpose", "baggage")
}

func TestJourney(t *testing.T) {
	t.Parallel()
	journey(t, newWorld(t))
}

func TestCancelRefundsWhatTheFareAllows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flight := w.flight("FL200", "BER", "VIE", "2027-03-05")
	ref := w.book(2, flight, "EFLEX", adult).text("reference")
	w.call(200, "POST /api/bookings/"+ref+"/pay", `{"card_token":"tok_visa"}`)
	w.call(200, "GET /api/customers/2/loyalty", "").want("points", 96*5)
	result := w.call(200, "POST /api/bookings/"+ref+"/cancel", "")
	result.want("booking.status", "cancelled")
	result.want("refunded", 8694) // 90 % of 96.60
	result.want("fee", 966)
	w.wantSeats(flight, "0 held, 0 sold, 92 left")
	w.call(200, "GET /api/customers/2/loyalty", "").want("points", 0)
	payment := w.call(200, "GET /api/bookings/"+ref+"/payments", "")
	payment.want("0.status", "partially_refunded")
	payment.want("0.refunds.0.amount", 8694)
	w.call(200, "GET /api/admin/invoices", "").want("items.0.credited", 8694)
	w.call(409, "POST /api/bookings/"+ref+"/cancel", "").want("error.code", "booking_closed")

	path := fmt.Sprintf("POST /api/admin/payments/%d/refunds", payment.id("0.id"))
	w.call(409, path, `{"amount":967,"reason":"goodwill"}`).want("error.code", "too_much")
	w.call(201, path, `{"amount":966,"reason":"goodwill"}`).want("status", "refunded")
	w.call(200, fmt.Sprintf("GET /api/admin/payments/%d", payment.id("0.id")), "").want("refunded", 9660)
}

func TestHoldsExpire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flight := w.flight("FL200", "BER", "VIE", "2027-03-05")
	expired := w.book(0, flight, "ELIGHT", adult).text("reference")
	w.clock.advance(15 * time.Minute)
	fresh := w.book(0, flight, "ELIGHT", adult, child).text("reference")
	w.wantSeats(flight, "3 held, 0 sold, 89 left")
	w.clock.advance(5 * time.Minute)
	w.call(409, "POST /api/bookings/"+expired+"/pay", `{"card_token":"tok_visa"}`).want("error.code", "hold_expired")
	w.Jobs.RunOnce(t.Context())
	w.wantSeats(flight, "2 held, 0 sold, 90 left")
	w.call(200, "GET /api/bookings/"+expired, "").want("status", "expired")
	w.call(200, "GET /api/bookings/"+fresh, "").want("status", "held")
	w.call(200, "POST /api/bookings/"+fresh+"/cancel", "").want("booking.status", "cancelled")
	w.wantSeats(flight, "0 held, 0 sold, 92 left")
	w.call(409, "POST /api/bookings/"+expired+"/pay", `{"card_token":"tok_visa"}`).want("error.code", "not_payable")
}

func TestPaymentIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flight := w.flight("FL200", "BER", "VIE", "2027-03-05")
	voucher := w.call(201, "POST /api/admin/vouchers", `{"amount":5000,"reason":"goodwill","valid_days":30,"email":"ada@example.com"}`).text("code")
	ref := w.book(1, flight, "ELIGHT", adult).text("reference")
	body := fmt.Sprintf(`{"card_token":"tok_decline","voucher_code":%q}`, strings.ToLower(voucher))
	w.call(402, "POST /api/bookings/"+ref+"/pay", body).want("error.code", "declined")
	w.wantSeats(flight, "1 held, 0 sold, 91 left")
	w.call(200, "GET /api/vouchers/"+voucher, "").want("remaining", 5000)
	w.call(200, "GET /api/bookings/"+ref, "").want("status", "held")
	w.call(200, "GET /api/admin/invoices", "").want("total", 0)

	w.call(200, "POST /api/bookings/"+ref+"/pay", strings.Replace(body, "tok_decline", "tok_visa", 1))
	w.call(200, "GET /api/vouchers/"+voucher, "").want("remaining", 0)
	payments := w.call(200, "GET /api/bookings/"+ref+"/payments", "")
	payments.want("0.method", "voucher")
	payments.want("1.amount", 1900)

	second := w.book(1, flight, "ELIGHT", adult).text("reference")
	w.call(409, "POST /api/bookings/"+second+"/pay", body).want("error.code", "voucher_used_up")
}

func TestCancelledFlightIsRefunded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flight := w.flight("FL400", "BER", "OSL", "2027-03-02")
	voucher := w.call(201, "POST /api/admin/vouchers", `{"amount":9000,"reason":"goodwill","valid_days":30}`).text("code")
	paid := w.book(1, flight, "ELIGHT", adult).text("reference")
	w.call(200, "POST /api/bookings/"+paid+"/pay", fmt.Sprintf(`{"voucher_code":%q}`, voucher))
	held := w.book(2, flight, "ELIGHT", adult).text("reference")
	path := fmt.Sprintf("PUT /api/admin/flights/%d/status", flight)
	w.call(200, path, `{"status":"delayed","delay_minutes":30,"gate":"b12"}`).want("flight.departure", "2027-03-02T19:30:00Z")
	w.call(422, path, `{"status":"delayed"}`)
	w.call(422, path, `{"status":"lost"}`)
	w.call(200, path, `{"status":"cancelled"}`).want("bookings_cancelled", 2)
	w.call(409, path, `{"status":"scheduled"}`).want("error.code", "flight_closed")
	for _, ref := range []string{paid, held} {
		w.call(200, "GET /api/bookings/"+ref, "").want("status", "cancelled")
	}
	w.call(200, "GET /api/vouchers/"+voucher, "").want("remaining", 9000)
	w.wantSeats(flight, "0 held, 0 sold, 92 left")
}

func TestLoyalty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flight := w.flight("FL100", "BER", "LIS", "2027-03-02")
	ref := w.book(1, flight, "BFLEX", adult, adult, adult, adult).text("reference")
	w.call(200, "POST /api/bookings/"+ref+"/pay", `{"card_token":"tok_visa"}`)
	account := w.call(200, "GET /api/customers/1/loyalty", "")
	account.want("points", 2311*5) // 4 × 577.92
	account.want("tier", "silver")
	w.call(422, "POST /api/customers/1/loyalty/redeem", `{"points":999}`)
	w.call(409, "POST /api/customers/1/loyalty/redeem", `{"points":11556}`).want("error.code", "not_enough_points")
	w.call(404, "POST /api/customers/99/loyalty/redeem", `{"points":5000}`)
	voucher := w.call(201, "POST /api/customers/1/loyalty/redeem", `{"points":5000}`)
	voucher.want("remaining", 5000)
	voucher.want("expires_at", "2029-03-01T05:00:00Z")
	w.call(200, "GET /api/customers/1/loyalty", "").want("worth", "65.55 EUR")
	// What has been spent cannot be taken back.
	w.call(200, "POST /api/bookings/"+ref+"/cancel", "")
	w.call(200, "GET /api/customers/1/loyalty", "").want("points", 0)
}

func TestSoldOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flight := w.flight("FL202", "BER", "VIE", "2027-03-05")
	err := w.db.Model(&models.SeatInventory{}).Where("flight_id = ?", flight).Update("sold", gorm.Expr("capacity - 1")).Error
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"contact_email":"a@example.com","passengers":[%s,%s],"segments":[{"flight_id":%d,"fare_code":"ELIGHT"}]}`, adult, child, flight)
	w.call(409, "POST /api/bookings", body).want("error.code", "sold_out")
	found := w.call(200, "GET /api/flights/search?from=BER&to=VIE&date=2027-03-05&passengers=2", "")
	if offers := found.get("offers").([]any); len(offers) != 1 {
		t.Errorf("%d offers, want only FL200: %s", len(offers), found.body)
	}
	// Of many who want the last seat, one gets it.
	var wg sync.WaitGroup
	statuses := make(chan int, 8)
	for range cap(statuses) {
		wg.Go(func() {
			req := httptest.NewRequestWithContext(t.Context(), "POST", "/api/bookings", strings.NewReader(strings.Replace(body, ","+child, "", 1)))
			rec := httptest.NewRecorder()
			w.Router.ServeHTTP(rec, req)
			statuses <- rec.Code
		})
	}
	wg.Wait()
	close(statuses)
	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	if count[201] != 1 || count[409] != cap(statuses)-1 {
		t.Errorf("statuses %v, want one 201, the others 409", count)
	}
}

func TestConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.flight("FL200", "BER", "VIE", "2027-03-05"), w.flight("FL300", "VIE", "MAD", "2027-03-05")
	body := `{"contact_email":"a@example.com","passengers":[%s],"segments":[{"flight_id":%d,"fare_code":"ELIGHT"},{"flight_id":%d,"fare_code":"EFLEX"}]}`
	booking := w.call(201, "POST /api/bookings", fmt.Sprintf(body, adult, first, second))
	booking.want("total", 6900+13860)
	booking.want("segments.1.position", 2)
	w.call(422, "POST /api/bookings", fmt.Sprintf(body, adult, second, first))
	base := "/api/bookings/" + booking.text("reference")
	w.call(200, "GET "+base+"/itinerary", "").want("legs.1.to", "MAD")

	// Who is on the way cannot be refunded without looking.
	w.call(200, "POST "+base+"/pay", `{"card_token":"tok_visa"}`)
	w.clock.advance(4*24*time.Hour + 2*time.Hour)
	w.Jobs.RunOnce(t.Context())
	w.call(409, "POST "+base+"/cancel", "").want("error.code", "already_flown")
	w.call(200, fmt.Sprintf("PUT /api/admin/flights/%d/status", second), `{"status":"cancelled"}`).want("bookings_cancelled", 0)
	w.call(200, "GET "+base, "").want("status", "confirmed")
}

func TestCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	customer := w.call(201, "POST /api/customers", `{"email":"Grace@Example.com","first_name":" Grace ","last_name":"van  Hill","country":"us"}`)
	customer.want("email", "grace@example.com")
	customer.want("last_name", "van Hill")
	customer.want("country", "US")
	w.call(409, "POST /api/customers", `{"email":"grace@example.com","first_name":"G","last_name":"H"}`).want("error.code", "email_taken")
	path := fmt.Sprintf("/api/customers/%d", customer.id("id"))
	w.call(200, "PUT "+path, `{"email":"hill@example.com","first_name":"Grace","last_name":"Hill","phone":"123"}`)
	w.call(200, "GET "+path, "").want("phone", "123")
	w.call(409, "PUT "+path, `{"email":"ada@example.com","first_name":"Grace","last_name":"Hill"}`)
	w.call(404, "PUT /api/customers/99", `{"email":"x@example.com","first_name":"Grace","last_name":"Hill"}`)
}

func TestAdminKeepsTheNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call(200, "GET /api/airports?q=lis", "").want("0.name", "Humberto Delgado")
	w.call(201, "POST /api/admin/airports", `{"code":"GVA","name":"Cointrin","city":"Geneva","country":"CH","time_zone":"Europe/Zurich"}`)
	w.call(409, "POST /api/admin/airports", `{"code":"GVA","name":"Cointrin","city":"Geneva","country":"CH","time_zone":"Europe/Zurich"}`)
	w.call(422, "POST /api/admin/airports", `{"code":"gva","name":"Cointrin","city":"Geneva","country":"CH","time_zone":"Mars"}`).
		want("error.fields.TimeZone", "timezone")
	route := w.call(201, "POST /api/admin/routes", `{"origin":"BER","destination":"GVA","distance_km":880,"base_price":8000}`)
	w.call(409, "POST /api/admin/routes", `{"origin":"BER","destination":"GVA","distance_km":880,"base_price":8000}`)
	w.call(404, "POST /api/admin/routes", `{"origin":"BER","destination":"XXX","distance_km":880,"base_price":8000}`)
	w.call(422, "POST /api/admin/routes", `{"origin":"BER","destination":"BER","distance_km":880,"base_price":8000}`)
	schedule := `{"route_id":%d,"number":%q,"aircraft":%q,"weekdays":"17","departs_at_minute":600,"duration_minutes":100}`
	id := route.id("id")
	made := w.call(201, "POST /api/admin/schedules", fmt.Sprintf(schedule, id, "fl500", "DH8D"))
	w.call(409, "POST /api/admin/schedules", fmt.Sprintf(schedule, id, "FL500", "DH8D"))
	w.call(422, "POST /api/admin/schedules", fmt.Sprintf(schedule, id, "FL501", "B747"))
	w.call(422, "POST /api/admin/schedules", fmt.Sprintf(schedule, id, "F-500", "DH8D"))
	w.call(404, "POST /api/admin/schedules", fmt.Sprintf(schedule, 99, "FL501", "DH8D"))
	path := fmt.Sprintf("POST /api/admin/schedules/%d/flights", made.id("id"))
	// From Monday to Sunday there are two: Monday and Sunday.
	week := `{"from":"2027-03-01T00:00:00Z","until":"2027-03-08T00:00:00Z"}`
	w.call(201, path, week).want("flights", 2)
	w.call(201, path, week).want("flights", 0)
	w.call(422, path, `{"from":"2027-03-01T00:00:00Z","until":"2029-03-08T00:00:00Z"}`)
	w.flight("FL500", "BER", "GVA", "2027-03-07")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flight := w.flight("FL100", "BER", "LIS", "2027-03-10")
	booking := func(passengers, segments string) string {
		return fmt.Sprintf(`{"contact_email":"a@example.com","passengers":[%s],"segments":[%s]}`, passengers, segments)
	}
	segment := fmt.Sprintf(`{"flight_id":%d,"fare_code":"ELIGHT"}`, flight)
	held := w.book(0, flight, "ELIGHT", adult, infant)
	base := "/api/bookings/" + held.text("reference")
	first, baby, leg := held.id("passengers.0.id"), held.id("passengers.1.id"), held.id("segments.0.id")
	far := w.book(0, flight, "ELIGHT", adult, infant)
	paid := "/api/bookings/" + far.text("reference")
	w.call(200, "POST "+paid+"/pay", `{"card_token":"tok_visa"}`)
	leg2, first2, baby2 := far.id("segments.0.id"), far.id("passengers.0.id"), far.id("passengers.1.id")
	tests := []struct {
		name, request, body string
		status              int
		code                string
	}{
		{"no such route", "GET /api/nothing", "", 404, ""},
		{"search without a day", "GET /api/flights/search?from=BER&to=LIS", "", 422, "invalid"},
		{"search for a bad day", "GET /api/flights/search?from=BER&to=LIS&date=tomorrow", "", 400, "bad_request"},
		{"search for a bad cabin", "GET /api/flights/search?from=BER&to=LIS&date=2027-03-10&cabin=roof", "", 422, "invalid"},
		{"no such flight", "GET /api/flights/9999", "", 404, "not_found"},
		{"flight without a number", "GET /api/flights/first", "", 404, "not_found"},
		{"no such availability", "GET /api/flights/9999/availability", "", 404, "not_found"},
		{"no such seat map", "GET /api/flights/9999/seatmap", "", 404, "not_found"},
		{"no such manifest", "GET /api/admin/flights/9999/manifest", "", 404, "not_found"},
		{"status of no flight", "PUT /api/admin/flights/9999/status", `{"status":"cancelled"}`, 404, "not_found"},
		{"flights of no schedule", "POST /api/admin/schedules/99/flights", `{"from":"2027-03-01T00:00:00Z","until":"2027-03-08T00:00:00Z"}`, 404, "not_found"},
		{"body is no JSON", "POST /api/bookings", "{", 400, "bad_request"},
		{"nobody flies", "POST /api/bookings", booking("", segment), 422, "invalid"},
		{"no flight", "POST /api/bookings", booking(adult, ""), 422, "invalid"},
		{"no email", "POST /api/bookings", strings.Replace(booking(adult, segment), "a@example.com", "", 1), 422, "invalid"},
		{"children alone", "POST /api/bookings", booking(child, segment), 422, "invalid"},
		{"two infants, one lap", "POST /api/bookings", booking(adult+","+infant+","+infant, segment), 422, "invalid"},
		{"nameless", "POST /api/bookings", booking(`{"birth_date":"1990-05-01T00:00:00Z"}`, segment), 422, "invalid"},
		{"not born yet", "POST /api/bookings", booking(strings.Replace(infant, "2026", "2028", 1), segment), 422, "invalid"},
		{"no such fare", "POST /api/bookings", booking(adult, strings.Replace(segment, "ELIGHT", "NONE", 1)), 404, "not_found"},
		{"no such flight to book", "POST /api/bookings", booking(adult, `{"flight_id":9999,"fare_code":"ELIGHT"}`), 404, "not_found"},
		{"no such customer to book", "POST /api/bookings", strings.Replace(booking(adult, segment), `{"contact`, `{"customer_id":99,"contact`, 1), 404, "not_found"},
		{"no such booking", "GET /api/bookings/XXXXXX", "", 404, "not_found"},
		{"bookings of nobody", "GET /api/customers/99/bookings", "", 404, "not_found"},
		{"points of nobody", "GET /api/customers/99/loyalty", "", 404, "not_found"},
		{"pay without a card", "POST " + base + "/pay", `{}`, 422, "invalid"},
		{"pay with a bad voucher", "POST " + base + "/pay", `{"voucher_code":"V-NONE"}`, 404, "not_found"},
		{"no such voucher", "GET /api/vouchers/V-NONE", "", 404, "not_found"},
		{"no such payment", "GET /api/admin/payments/99", "", 404, "not_found"},
		{"refund nothing", "POST /api/admin/payments/1/refunds", `{"amount":0,"reason":"x"}`, 422, "invalid"},
		{"no such invoice", "GET /api/admin/invoices/INV-1", "", 404, "not_found"},
		{"report without end", "GET /api/admin/reports/revenue?from=2027-03-01", "", 422, "invalid"},
		{"report without days", "GET /api/admin/reports/revenue?from=2027-03-01&until=2027-03-01", "", 422, "invalid"},
		{"seat before payment", "POST " + base + "/seats", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"seat":"8A"}`, leg, first), 409, "not_confirmed"},
		{"check-in before payment", "POST " + base + "/checkin", fmt.Sprintf(`{"segment_id":%d}`, leg), 409, "not_confirmed"},
		{"bag before payment", "POST " + base + "/bags", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"weight_kg":9}`, leg, baby), 409, "not_confirmed"},
		{"seat of another cabin", "POST " + paid + "/seats", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"seat":"1A"}`, leg2, first2), 422, "invalid"},
		{"seat for an infant", "POST " + paid + "/seats", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"seat":"8A"}`, leg2, baby2), 422, "invalid"},
		{"seat on another flight", "POST " + paid + "/seats", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"seat":"8A"}`, leg, first2), 404, "not_found"},
		{"seat for somebody else", "POST " + paid + "/seats", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"seat":"8A"}`, leg2, first), 404, "not_found"},
		{"check-in too early", "POST " + paid + "/checkin", fmt.Sprintf(`{"segment_id":%d}`, leg2), 409, "checkin_not_open"},
		{"check-in on another flight", "POST " + paid + "/checkin", fmt.Sprintf(`{"segment_id":%d}`, leg), 404, "not_found"},
		{"too heavy", "POST " + paid + "/bags", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"weight_kg":33}`, leg2, first2), 422, "invalid"},
		{"excess without a card", "POST " + paid + "/bags", fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"weight_kg":9}`, leg2, first2), 422, "invalid"},
		{"no such pass", "POST /api/admin/boarding-passes/BP1/board", "", 404, "not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer := (&world{Server: w.Server, t: t, clock: w.clock}).call(tt.status, tt.request, tt.body)
			if tt.code != "" {
				answer.want("error.code", tt.code)
			}
		})
	}
	w.call(409, "POST "+base+"/pay", `{"voucher_code":"`+w.emptyVoucher()+`"}`).want("error.code", "voucher_used_up")
}

// emptyVoucher makes a voucher that is no longer valid.
func (w *world) emptyVoucher() string {
	w.t.Helper()
	voucher := models.Voucher{Amount: 100, Reason: "test", ExpiresAt: w.clock.Now().Add(-time.Second)}
	if err := w.db.Create(&voucher).Error; err != nil {
		w.t.Fatal(err)
	}
	return voucher.Code
}

func TestCheckinClosesAndSeatsAreUnique(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	flight := w.flight("FL100", "BER", "LIS", "2027-03-02")
	var bases []string
	var legs, people []int
	for range 2 {
		booking := w.book(0, flight, "ELIGHT", adult)
		base := "/api/bookings/" + booking.text("reference")
		w.call(200, "POST "+base+"/pay", `{"card_token":"tok_visa"}`)
		bases = append(bases, base)
		legs, people = append(legs, booking.id("segments.0.id")), append(people, booking.id("passengers.0.id"))
	}
	seat := func(i int, seat string) string {
		return fmt.Sprintf(`{"segment_id":%d,"passenger_id":%d,"seat":%q}`, legs[i], people[i], seat)
	}
	w.call(201, "POST "+bases[0]+"/seats", seat(0, "20F"))
	w.call(409, "POST "+bases[1]+"/seats", seat(1, "20F")).want("error.code", "seat_taken")
	w.call(201, "POST "+bases[0]+"/seats", seat(0, "21F"))
	w.call(201, "POST "+bases[1]+"/seats", seat(1, "20F"))
	passes := w.call(201, "POST "+bases[1]+"/checkin", fmt.Sprintf(`{"segment_id":%d}`, legs[1]))
	w.call(409, "POST "+bases[1]+"/seats", seat(1, "22F")).want("error.code", "already_checked_in")
	w.call(200, "POST "+bases[1]+"/cancel", "").want("refunded", 0)
	w.call(409, "POST /api/admin/boarding-passes/"+passes.text("0.code")+"/board", "").want("error.code", "pass_not_valid")
	w.clock.advance(25*time.Hour + 30*time.Minute)
	w.call(409, "POST "+bases[0]+"/checkin", fmt.Sprintf(`{"segment_id":%d}`, legs[0])).want("error.code", "checkin_closed")
}

func TestWhoMaySeeWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.book(0, w.flight("FL100", "BER", "LIS", "2027-03-10"), "ELIGHT", adult).text("reference")
	w.callAs(http.Header{}, 403, "GET /api/bookings/"+ref, "").want("error.code", "forbidden")
	w.callAs(http.Header{"X-Last-Name": {"Petit"}}, 403, "POST /api/bookings/"+ref+"/pay", "{}")
	w.callAs(http.Header{"X-Last-Name": {"MARTENS"}}, 200, "GET /api/bookings/"+strings.ToLower(ref), "").want("reference", ref)
	w.callAs(http.Header{"X-Admin-Key": {"guess"}, "X-Request-Id": {"r1"}}, 401, "GET /api/admin/invoices", "").want("request_id", "r1")
	w.callAs(http.Header{}, 401, "GET /api/customers/1/bookings", "")
	w.callAs(http.Header{}, 200, "GET /health", "").want("status", "ok")
}

func TestPanicsAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Router.GET("/panic", func(*gin.Context) { panic("test") })
	w.call(500, "GET /panic", "").want("error.code", "internal")
}

func TestSeedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	count := func() (n int64) {
		if err := w.db.Model(&models.Flight{}).Count(&n).Error; err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	if want := int64(len(seedRoutes) * seedDays); before != want {
		t.Errorf("%d flights, want %d", before, want)
	}
	if err := w.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := count(); after != before {
		t.Errorf("second seed made %d flights", after-before)
	}
}
