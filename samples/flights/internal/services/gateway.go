package services

import (
	"context"
	"net/http"
	"strings"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/money"
	"example.com/flights/internal/refcode"
)

type PaymentGateway interface {
	Charge(ctx context.Context, token string, amount int64) (ref string, err error)
	Refund(ctx context.Context, ref string, amount int64) (refundRef string, err error)
}

// CardSimulator is a gateway without a bank: tokens that begin with
// "tok_decline" and amounts over the limit are declined.
type CardSimulator struct {
	limit int64
}

func NewCardSimulator(limit int64) *CardSimulator { return &CardSimulator{limit: limit} }

func (g *CardSimulator) Charge(_ context.Context, token string, amount int64) (string, error) {
	switch {
	case !strings.HasPrefix(token, "tok_"):
		return "", apperr.InvalidField("card_token", "is needed to pay %s", money.Format(amount))
	case strings.HasPrefix(token, "tok_decline"):
		return "", apperr.New(http.StatusPaymentRequired, "declined", "the card was declined")
	case amount > g.limit:
		return "", apperr.New(http.StatusPaymentRequired, "over_limit", "%s is over the limit of the card", money.Format(amount))
	}
	return "ch_" + refcode.Gateway(), nil
}

func (g *CardSimulator) Refund(context.Context, string, int64) (string, error) {
	return "re_" + refcode.Gateway(), nil
}
