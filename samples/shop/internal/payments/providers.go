package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/models"
	"example.com/shop/internal/web"
)

// ErrDeclined is what all declined payments have in common.
var ErrDeclined = errors.New("payment declined")

// DeclinedError says why a provider declined.
type DeclinedError struct {
	Provider string
	Code     string
	Message  string
}

// Error implements error.
func (e *DeclinedError) Error() string {
	return fmt.Sprintf("%s declined: %s (%s)", e.Provider, e.Message, e.Code)
}

// Unwrap makes errors.Is(err, ErrDeclined) true.
func (e *DeclinedError) Unwrap() error { return ErrDeclined }

// Provider moves money.
type Provider interface {
	// Name is how customers choose the provider.
	Name() string
	// Authorize makes sure that the money is there, or will be.
	Authorize(ctx context.Context, token string, amount models.Money) (*Authorization, error)
	// Capture takes the money that was authorized.
	Capture(ctx context.Context, reference string, amount models.Money) error
	// Refund gives money back and returns the reference of the refund.
	Refund(ctx context.Context, reference string, amount models.Money) (string, error)
}

// Authorization is the promise of a provider to pay. Only providers make them.
type Authorization struct {
	provider  string
	reference string
	amount    models.Money
	expires   time.Time
}

// Provider returns the name of the provider.
func (a *Authorization) Provider() string { return a.provider }

// Reference identifies the payment at the provider.
func (a *Authorization) Reference() string { return a.reference }

// Amount is what was authorized.
func (a *Authorization) Amount() models.Money { return a.amount }

// ValidAt tells whether the promise still holds at t.
func (a *Authorization) ValidAt(t time.Time) bool { return t.Before(a.expires) }

// CardGateway is the sandbox of the card processor. Tokens that start with
// "tok_decline" are declined, "tok_flaky" fails at the first try.
type CardGateway struct {
	clock clock.Clock
	limit int64
	mu    sync.Mutex
	tries map[string]int
}

// NewCardGateway returns a gateway that declines amounts over limit, given in
// the minor unit.
func NewCardGateway(clk clock.Clock, limit int64) *CardGateway {
	return &CardGateway{clock: clk, limit: limit, tries: map[string]int{}}
}

// Name implements Provider.
func (g *CardGateway) Name() string { return "card" }

// ErrUnavailable is a provider that does not answer. It is worth a retry.
var ErrUnavailable = errors.New("payment provider is unavailable")

// Authorize implements Provider.
func (g *CardGateway) Authorize(ctx context.Context, token string, amount models.Money) (*Authorization, error) {
	switch {
	case token == "":
		return nil, &DeclinedError{Provider: g.Name(), Code: "no_token", Message: "card token is missing"}
	case strings.HasPrefix(token, "tok_decline"):
		return nil, &DeclinedError{Provider: g.Name(), Code: "do_not_honor", Message: "the bank refused"}
	case amount.Amount > g.limit:
		return nil, &DeclinedError{Provider: g.Name(), Code: "limit", Message: "amount is over the limit"}
	case strings.HasPrefix(token, "tok_flaky") && g.try(token) == 1:
		return nil, fmt.Errorf("authorize card: %w", ErrUnavailable)
	}
	return &Authorization{
		provider: g.Name(), reference: "card_" + web.NewID()[:20], amount: amount,
		expires: g.clock.Now().Add(7 * 24 * time.Hour),
	}, ctx.Err()
}

func (g *CardGateway) try(token string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tries[token]++
	return g.tries[token]
}

// Capture implements Provider.
func (g *CardGateway) Capture(ctx context.Context, _ string, _ models.Money) error { return ctx.Err() }

// Refund implements Provider.
func (g *CardGateway) Refund(ctx context.Context, reference string, _ models.Money) (string, error) {
	return "re_" + strings.TrimPrefix(reference, "card_"), ctx.Err()
}

// BankTransfer waits for the customer to wire the money. Authorizing always
// works; capturing means that the money was seen on the account.
type BankTransfer struct {
	clock clock.Clock
	due   time.Duration
}

// NewBankTransfer returns a provider that gives customers the time due to pay.
func NewBankTransfer(clk clock.Clock, due time.Duration) *BankTransfer {
	return &BankTransfer{clock: clk, due: due}
}

// Name implements Provider.
func (b *BankTransfer) Name() string { return "bank_transfer" }

// Authorize implements Provider.
func (b *BankTransfer) Authorize(ctx context.Context, _ string, amount models.Money) (*Authorization, error) {
	reference := strings.ToUpper("RF" + web.NewID()[:14])
	return &Authorization{
		provider: b.Name(), reference: reference, amount: amount, expires: b.clock.Now().Add(b.due),
	}, ctx.Err()
}

// Capture implements Provider.
func (b *BankTransfer) Capture(ctx context.Context, _ string, _ models.Money) error { return ctx.Err() }

// Refund implements Provider.
func (b *BankTransfer) Refund(ctx context.Context, reference string, _ models.Money) (string, error) {
	return "SEPA-" + reference, ctx.Err()
}
