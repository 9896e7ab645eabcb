package strangler

import (
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/ficus-dev/ficus/strangler/upstream"
)

// redirect answers with where to go instead.
func (x *exchange) redirect() {
	x.w.Header().Set("Location", x.rule.away.Location(x.r, x.scheme()))
	x.w.WriteHeader(x.rule.away.Redirect.Code())
}

// scheme is what the client speaks, as far as it is known.
func (x *exchange) scheme() string {
	forwarded := x.r.Header["X-Forwarded-Proto"]
	if x.trusted && len(forwarded) == 1 && forwarded[0] == "https" || x.r.TLS != nil {
		return "https"
	}
	return "http"
}

// answerTooLarge ends the connection too: the rest of the body is not read.
func (x *exchange) answerTooLarge() {
	x.w.closeAfter = x.r.ProtoMajor == 1
	x.answer(http.StatusRequestEntityTooLarge, "the request body is larger than the route allows")
}

// clientLeft ends an exchange that the client broke off, or whose body is larger
// than it may be: neither says anything about an upstream.
func (x *exchange) clientLeft(f *upstream.Failure) {
	x.left = true
	var large *http.MaxBytesError
	switch {
	case x.w.begun():
	case errors.As(f, &large):
		x.answerTooLarge()
	case errors.Is(f, upstream.ErrSlowClient):
		x.w.closeAfter = x.r.ProtoMajor == 1
		x.answer(http.StatusRequestTimeout, "the request body did not go on in time")
	case x.malformed():
		x.w.closeAfter = x.r.ProtoMajor == 1
		x.answer(http.StatusBadRequest, "the request body is not framed properly")
	}
}

// malformed reports whether the client's body ended in an error while the client is
// still there: its chunks are none.
func (x *exchange) malformed() bool {
	if x.body == nil || x.r.Context().Err() != nil {
		return false
	}
	err := x.body.Err()
	var network net.Error
	return err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &network)
}

// answerFailure tells the client that no side answered.
func (x *exchange) answerFailure(f *upstream.Failure) {
	if x.w.begun() {
		return
	}
	switch f.Kind {
	case upstream.TimedOut:
		x.answer(http.StatusGatewayTimeout, "the upstream did not answer in time")
	case upstream.NotSent:
		x.answer(http.StatusBadGateway, "the upstream cannot be reached")
	default:
		x.answer(http.StatusBadGateway, "the upstream broke off")
	}
	x.proxy.log.Debug("request failed", "route", x.rule.name, "error", f.Error())
}

// grpcUnavailable is the gRPC status for a server that cannot be reached.
const grpcUnavailable = "14"

// answer is the proxy's own answer.
func (x *exchange) answer(status int, text string) {
	h := x.w.Header()
	if isGRPC(x.r) && status >= 500 {
		h.Set("Content-Type", "application/grpc")
		h.Set("Grpc-Status", grpcUnavailable)
		h.Set("Grpc-Message", text)
		x.w.WriteHeader(http.StatusOK)
		return
	}
	if status == http.StatusMethodNotAllowed {
		h.Set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
	}
	http.Error(&x.w, text, status)
}
