package web

import (
	"context"
	"net/http"
	"strings"

	"example.com/shop/internal/models"
)

type contextKey int

const (
	requestIDKey contextKey = iota
	currencyKey
	tenantKey
)

// DefaultTenant is used when the X-Tenant header is missing.
const DefaultTenant = "main"

// WithCurrency returns a context that carries the currency of the request.
func WithCurrency(ctx context.Context, currency string) context.Context {
	return context.WithValue(ctx, currencyKey, currency)
}

// Currency returns the currency of the request, EUR when there is none.
func Currency(ctx context.Context) string {
	if c, ok := ctx.Value(currencyKey).(string); ok && c != "" {
		return c
	}
	return "EUR"
}

// WithTenant returns a context that carries the tenant of the request.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey, tenant)
}

// Tenant returns the tenant of the request.
func Tenant(ctx context.Context) string {
	if t, ok := ctx.Value(tenantKey).(string); ok && t != "" {
		return t
	}
	return DefaultTenant
}

// WithRequestID returns a context that carries the id of the request.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey, id)
}

// RequestIDFrom returns the id of the request, empty outside of one.
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// Scope puts the currency (X-Currency) and the tenant (X-Tenant) of the
// request into its context.
func Scope(defaultCurrency string) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			currency := strings.ToUpper(r.Header.Get("X-Currency"))
			if currency == "" {
				currency = defaultCurrency
			}
			if !models.ValidCurrency(currency) {
				Error(w, r, http.StatusBadRequest, "bad_currency", "X-Currency must be a three letter code")
				return
			}
			ctx := WithCurrency(r.Context(), currency)
			if tenant := r.Header.Get("X-Tenant"); tenant != "" {
				ctx = WithTenant(ctx, tenant)
			}
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}
