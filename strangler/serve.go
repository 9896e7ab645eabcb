package strangler

import (
	"errors"
	"net/http"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/shadow"
	"github.com/ficus-dev/ficus/strangler/upstream"
)

// ServeHTTP forwards one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.active.enter()
	defer p.active.leave()
	x := &exchange{proxy: p, plan: p.plan.Load(), r: r, start: time.Now()}
	x.w = response{ResponseWriter: w, closeAfter: mustClose(r)}
	defer x.finish() // also when the answer breaks off, which panics
	if status, why := refuse(r); status != 0 {
		x.decision = decision{rule: x.plan.unmatched, arm: rollout.Old}
		x.answer(status, why)
		x.complete = true
		return
	}
	x.decision = p.decide(x.plan, r)
	x.serve()
	x.complete = true
}

// refuse says which requests are not forwarded at all, and why.
func refuse(r *http.Request) (status int, why string) {
	switch {
	case r.Method == http.MethodConnect:
		return http.StatusMethodNotAllowed, "CONNECT is not forwarded"
	case r.URL.Opaque != "":
		return http.StatusBadRequest, "the request target is neither a path nor a URL"
	}
	return 0, ""
}

// mustClose reports whether the connection must end with this request, because
// two readings of its framing exist (RFC 9112, 6.1 and 6.3): the rest of it could
// be taken for another request.
func mustClose(r *http.Request) bool {
	return r.ProtoMajor == 1 && (r.ProtoMinor == 0 || len(r.TransferEncoding) > 0)
}

// exchange is one request on its way through the proxy.
type exchange struct {
	decision
	proxy *Proxy
	plan  *plan
	w     response
	r     *http.Request
	start time.Time

	body     *upstream.Replay // nil without a body
	capture  *shadow.Capture  // of the monolith's answer, for a copy
	header   http.Header      // of the monolith's answer, for a copy
	trailer  *http.Response   // of a gRPC call: its status is in the trailer
	to       *upstream.Upstream
	latency  time.Duration // of the assigned arm until its response headers
	failed   bool          // the assigned arm failed
	left     bool          // the client went away first
	fallback string        // why the monolith answered instead, "" when it did not
	bodyErr  error         // of the upstream's body
	complete bool          // the answer did not break off
}

func (x *exchange) serve() {
	copied := x.wantsCopy()
	x.prepareBody(copied)
	if x.arm == rollout.Old {
		x.old(copied)
		return
	}
	failure := x.sendNew()
	switch {
	case failure == nil:
	case failure.Kind == upstream.Left:
		x.left = true
	case x.mayFallBack(failure):
		x.fallBack(failure)
	default:
		x.failed = true
		x.answerFailure(failure)
	}
}

// prepareBody lets the request's body be read more than once, as far as that can
// be needed.
func (x *exchange) prepareBody(copied bool) {
	if x.r.Body == nil || x.r.Body == http.NoBody {
		return
	}
	if x.r.ProtoMajor == 1 {
		// An upstream may answer while it still reads. An error means that the server
		// cannot do it; then an early answer ends the body.
		_ = http.NewResponseController(x.w.ResponseWriter).EnableFullDuplex()
	}
	limit := 0
	switch {
	case copied:
		limit = x.proxy.copier.MaxBody()
	case x.repeatable && x.arm == rollout.New:
		limit = x.proxy.options.MaxReplay
	}
	x.body = upstream.NewReplay(x.r.Body, limit)
}

// errUnhealthy is the failure of a side that is known to be down.
var errUnhealthy = errors.New("health check fails")

func (x *exchange) sendNew() *upstream.Failure {
	x.to = x.rule.new
	if !x.to.Healthy() {
		x.latency = time.Since(x.start)
		return &upstream.Failure{Kind: upstream.NotSent, Upstream: x.to.Name, Err: errUnhealthy}
	}
	return x.send(x.to, x.acceptNew)
}

// send forwards to one side.
func (x *exchange) send(to *upstream.Upstream, accept func(*http.Response) error) *upstream.Failure {
	exchange := upstream.Exchange{Request: x.r, Trusted: x.trusted, Accept: accept}
	if x.body != nil {
		exchange.Body = x.body.Attempt()
	}
	err := to.Send(&x.w, &exchange)
	if err == nil {
		return nil
	}
	if x.latency == 0 {
		x.latency = time.Since(x.start)
	}
	var failure *upstream.Failure
	if !errors.As(err, &failure) {
		failure = &upstream.Failure{Kind: upstream.Broken, Upstream: to.Name, Err: err}
	}
	return failure
}

// errServer is why a response of the new side is not passed on.
var errServer = errors.New("answered 5xx")

// acceptNew looks at the new side's response: one that the monolith can better is
// refused.
func (x *exchange) acceptNew(res *http.Response) error {
	x.headersArrived(res)
	if res.StatusCode < 500 {
		return nil
	}
	x.failed = true
	if x.repeatable && (x.body == nil || x.body.Repeatable()) {
		return errServer
	}
	return nil
}

// headersArrived notes what the statistics need of the assigned arm's response.
func (x *exchange) headersArrived(res *http.Response) {
	x.latency = time.Since(x.start)
	if res.StatusCode == http.StatusSwitchingProtocols {
		return
	}
	res.Body = &watchedBody{res.Body, &x.bodyErr}
	if isGRPC(x.r) {
		x.trailer = res
	}
}

// mayFallBack reports whether the monolith may answer after this failure: the
// request was not sent, or it may run twice; its body is whole; and nothing was
// answered yet.
func (x *exchange) mayFallBack(f *upstream.Failure) bool {
	if x.w.begun() {
		return false
	}
	if f.Kind == upstream.NotSent {
		return x.body == nil || x.body.Repeatable()
	}
	return x.repeatable && (x.body == nil || x.body.Repeatable())
}

func (x *exchange) fallBack(f *upstream.Failure) {
	x.failed = true
	x.fallback = reasonOf(f)
	x.to = x.plan.monolith
	switch failure := x.send(x.to, nil); {
	case failure == nil:
	case failure.Kind == upstream.Left:
		x.left = true
	default:
		x.answerFailure(failure)
	}
}

// reasonOf is the label of a failure in metrics and the access log.
func reasonOf(f *upstream.Failure) string {
	switch {
	case errors.Is(f, errUnhealthy):
		return "unhealthy"
	case errors.Is(f, errServer):
		return "5xx"
	}
	return string(f.Kind)
}

// old lets the monolith answer, and copies the request when it is to be copied.
func (x *exchange) old(copied bool) {
	x.to = x.plan.monolith
	failure := x.send(x.to, func(res *http.Response) error {
		x.headersArrived(res)
		x.failed = res.StatusCode >= 500
		if copied && res.StatusCode != http.StatusSwitchingProtocols {
			x.header = res.Header.Clone()
			x.capture = shadow.NewCapture(res.Body, x.proxy.copier.MaxBody())
			res.Body = x.capture
		}
		return nil
	})
	switch {
	case failure == nil && copied:
		x.copy()
	case failure == nil:
	case failure.Kind == upstream.Left:
		x.left = true
	default:
		x.failed = true
		x.answerFailure(failure)
	}
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
