package models

// Topics of the event bus.
const (
	TopicCustomerRegistered = "customer.registered"
	TopicStockLow           = "stock.low"
	TopicOrderPlaced        = "order.placed"
	TopicOrderShipped       = "order.shipped"
	TopicOrderCancelled     = "order.cancelled"
	TopicPaymentCaptured    = "payment.captured"
	TopicPaymentRefunded    = "payment.refunded"
	TopicInvoiceIssued      = "invoice.issued"
)

// Topics lists all topics, for validation of subscriptions.
func Topics() []string {
	return []string{
		TopicCustomerRegistered, TopicStockLow, TopicOrderPlaced, TopicOrderShipped,
		TopicOrderCancelled, TopicPaymentCaptured, TopicPaymentRefunded, TopicInvoiceIssued,
	}
}

// CustomerRegistered is the payload of customer.registered.
type CustomerRegistered struct {
	CustomerID int64  `json:"customer_id"`
	Name       string `json:"name"`
}

// StockLow is the payload of stock.low.
type StockLow struct {
	ProductID int64 `json:"product_id"`
	Available int   `json:"available"`
	ReorderAt int   `json:"reorder_at"`
}

// OrderEvent is the payload of the order topics.
type OrderEvent struct {
	OrderID    int64  `json:"order_id"`
	Number     string `json:"number"`
	CustomerID int64  `json:"customer_id"`
	Total      Money  `json:"total"`
}

// PaymentEvent is the payload of the payment topics.
type PaymentEvent struct {
	PaymentID int64 `json:"payment_id"`
	OrderID   int64 `json:"order_id"`
	Amount    Money `json:"amount"`
}

// InvoiceIssued is the payload of invoice.issued.
type InvoiceIssued struct {
	InvoiceID int64  `json:"invoice_id"`
	Number    string `json:"number"`
	OrderID   int64  `json:"order_id"`
	Total     Money  `json:"total"`
}
