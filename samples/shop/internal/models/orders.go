package models

import "time"

// Order statuses.
const (
	OrderPending   = "pending"
	OrderPaid      = "paid"
	OrderShipped   = "shipped"
	OrderCancelled = "cancelled"
)

// Order is a placed order.
type Order struct {
	ID         int64       `json:"id"`
	Number     string      `json:"number"`
	CustomerID int64       `json:"customer_id"`
	CartID     string      `json:"cart_id"`
	Status     string      `json:"status"`
	Subtotal   Money       `json:"subtotal"`
	Tax        Money       `json:"tax"`
	Shipping   Money       `json:"shipping"`
	Total      Money       `json:"total"`
	ShipTo     string      `json:"ship_to"`
	Country    string      `json:"country"`
	Note       string      `json:"note,omitempty"`
	PlacedAt   time.Time   `json:"placed_at"`
	UpdatedAt  time.Time   `json:"updated_at"`
	Lines      []OrderLine `json:"lines,omitempty"`
}

// OrderLine is one article of an order. Name and price are those of the day
// the order was placed.
type OrderLine struct {
	LineNo    int    `json:"line_no"`
	ProductID int64  `json:"product_id"`
	SKU       string `json:"sku"`
	Name      string `json:"name"`
	Quantity  int    `json:"quantity"`
	UnitPrice Money  `json:"unit_price"`
	LineTotal Money  `json:"line_total"`
	Bin       string `json:"bin,omitempty"`
}

// Payment statuses.
const (
	PaymentAuthorized = "authorized"
	PaymentCaptured   = "captured"
	PaymentRefunded   = "refunded"
	PaymentVoided     = "voided"
)

// Payment is money owed or received for an order.
type Payment struct {
	ID           int64      `json:"id"`
	OrderID      int64      `json:"order_id"`
	Provider     string     `json:"provider"`
	Reference    string     `json:"reference"`
	Status       string     `json:"status"`
	Amount       Money      `json:"amount"`
	AuthorizedAt time.Time  `json:"authorized_at"`
	CapturedAt   *time.Time `json:"captured_at,omitempty"`
	UpdatedAt    time.Time  `json:"updated_at"`
}

// Refund is money given back.
type Refund struct {
	ID        int64     `json:"id"`
	PaymentID int64     `json:"payment_id"`
	Amount    Money     `json:"amount"`
	Reason    string    `json:"reason"`
	Reference string    `json:"reference"`
	CreatedAt time.Time `json:"created_at"`
}

// Invoice statuses.
const (
	InvoiceOpen   = "open"
	InvoicePaid   = "paid"
	InvoiceVoided = "voided"
)

// Invoice is a bill to a customer or from a partner.
type Invoice struct {
	ID           int64         `json:"id"`
	Number       string        `json:"number"`
	OrderID      *int64        `json:"order_id,omitempty"`
	CustomerName string        `json:"customer_name"`
	Country      string        `json:"country"`
	Status       string        `json:"status"`
	Net          Money         `json:"net"`
	Tax          Money         `json:"tax"`
	Total        Money         `json:"total"`
	Source       string        `json:"source"`
	IssuedAt     time.Time     `json:"issued_at"`
	DueAt        time.Time     `json:"due_at"`
	VoidedAt     *time.Time    `json:"voided_at,omitempty"`
	Lines        []InvoiceLine `json:"lines,omitempty"`
}

// InvoiceLine is one position of an invoice.
type InvoiceLine struct {
	LineNo      int    `json:"line_no"`
	Description string `json:"description"`
	Quantity    int    `json:"quantity"`
	UnitPrice   Money  `json:"unit_price"`
	LineTotal   Money  `json:"line_total"`
}

// TaxRate is the value added tax of a country.
type TaxRate struct {
	Country     string    `json:"country"`
	BasisPoints int       `json:"basis_points"`
	UpdatedAt   time.Time `json:"updated_at"`
}
