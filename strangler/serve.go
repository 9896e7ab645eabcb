package strangler

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/shadow"
	"github.com/ficus-dev/ficus/strangler/upstream"
)

// ServeHTTP forwards one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.active.enter()
	defer p.active.leave()
	x := exchanges.Get().(*exchange)
	x.proxy, x.plan, x.r, x.start = p, p.plan.Load(), r, time.Now()
	x.w = response{ResponseWriter: w, closeAfter: mustClose(r) || r.ProtoMajor == 1 && p.draining.Load()}
	if r.ProtoMajor > 1 {
		x.w.limit = p.options.WriteTimeout
	} else if conn, ok := r.Context().Value(connKey{}).(*frontConn); ok {
		conn.serveHTTP1()
		x.conn = conn
	}
	x.beginTrace()
	defer x.reuse()
	defer x.finish() // also when the answer breaks off, which panics
	if status, why := refuse(r); status != 0 {
		x.decision = decision{rule: x.plan.unmatched, arm: rollout.Old}
		x.answer(status, why)
		x.complete = true
		return
	}
	x.decision = p.decide(x.plan, r)
	x.traceDecision()
	if x.rule.away != nil {
		x.redirect()
	} else {
		x.serve()
	}
	if !x.w.begun() {
		// The server would answer 200 by itself, and take the rest of a body that cannot be
		// read for the next request.
		panic(http.ErrAbortHandler)
	}
	x.complete = true
}

// exchanges are those that nothing refers to any more: what a request throws away is what
// the garbage collector later interrupts others for.
var exchanges = sync.Pool{New: func() any { return &exchange{} }}

// reuse gives an exchange back that nothing can refer to any more. It is the last that is
// done with one.
func (x *exchange) reuse() {
	if x.complete && !x.shared && x.body == nil && x.trace == nil && x.capture == nil && !x.w.hijacked {
		*x = exchange{}
		exchanges.Put(x)
	}
}

// refuse says which requests are not forwarded at all, and why.
func refuse(r *http.Request) (status int, why string) {
	switch {
	case r.Method == http.MethodConnect:
		return http.StatusMethodNotAllowed, "CONNECT is not forwarded"
	case r.URL.Opaque != "" || !targetForm(r):
		return http.StatusBadRequest, "the request target is neither a path nor a URL"
	case r.ProtoMajor > 1 && !(httpguts.ValidHeaderFieldName(r.Method) && httpguts.ValidHostHeader(r.Host)):
		// Of HTTP/1, net/http has seen to it. A method with spaces, written down as it
		// came, is a request of its own to some upstreams.
		return http.StatusBadRequest, "the method or the host has characters that it cannot have"
	}
	return 0, ""
}

// targetForm reports whether the target has a form that its protocol knows: a path, in
// HTTP/1 also a URL. What else net/http lets through, upstreams may read in another way
// (RFC 9112, 3.2; RFC 9113, 8.3.1). It answers OPTIONS * itself.
func targetForm(r *http.Request) bool {
	return strings.HasPrefix(r.RequestURI, "/") || r.ProtoMajor == 1 && r.RequestURI != "*"
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

	conn     *frontConn // of HTTP/1 without TLS; nil elsewhere
	trace    *tracing
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
	outcome  upstream.Outcome
	code     int               // status of the present attempt's answer, 0 before there is one
	request  upstream.Exchange // of the present attempt
	watched  watchedBody       // of its answer
	shared   bool              // somebody else may refer to one of the attempts
}

func (x *exchange) serve() {
	copied := x.wantsCopy()
	if x.declaresTooMuch() {
		x.answerTooLarge()
		return
	}
	x.prepareBody(copied)
	if x.arm == rollout.Old {
		x.old(copied)
		return
	}
	failure := x.sendTo(x.rule.new, x.acceptNew)
	switch {
	case failure == nil:
	case failure.Kind == upstream.Left:
		x.clientLeft(failure)
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
	if n := x.r.ContentLength; n >= 0 && n <= upstream.ShortBody {
		limit = int(n) // it is read before anything is sent
	}
	switch {
	case copied:
		limit = max(limit, x.proxy.copier.MaxBody())
	case x.repeatable && x.arm == rollout.New:
		limit = max(limit, x.proxy.options.MaxReplay)
	}
	source := x.r.Body
	if most := x.maxBody(); most > 0 {
		source = http.MaxBytesReader(x.w.ResponseWriter, source, most)
	}
	x.body = upstream.NewReplay(source, limit)
}

// maxBody is the bound on the request's body, 0 when there is none.
func (x *exchange) maxBody() int64 {
	if x.rule.route == nil {
		return 0
	}
	return int64(x.rule.route.MaxBody)
}

func (x *exchange) declaresTooMuch() bool {
	most := x.maxBody()
	return most > 0 && x.r.ContentLength > most
}

// Failures of a side that was not asked at all.
var (
	errUnhealthy = errors.New("health check fails")
	errBreaker   = errors.New("circuit breaker is open")
)

// sendTo sends to a side: to the next of its upstreams while nothing was sent.
func (x *exchange) sendTo(side *upstream.Group, accept func(*http.Response) error) *upstream.Failure {
	var tried []*upstream.Upstream
	var failure *upstream.Failure
	for range side.Len() {
		to := side.Pick(tried)
		if to == nil || len(tried) > 0 && !side.MayRetry() {
			break
		}
		failure = x.try(to, accept)
		if failure == nil || failure.Kind != upstream.NotSent {
			return failure
		}
		tried = append(tried, to)
	}
	if failure == nil {
		failure = &upstream.Failure{Kind: upstream.NotSent, Upstream: side.Name, Err: errUnhealthy}
	}
	if x.latency == 0 {
		x.latency = time.Since(x.start)
	}
	return failure
}

// try sends to one upstream, if its circuit breaker lets it.
func (x *exchange) try(to *upstream.Upstream, accept func(*http.Response) error) *upstream.Failure {
	x.to = to
	done, ok := to.Allow()
	if !ok {
		return &upstream.Failure{Kind: upstream.NotSent, Upstream: to.Name, Err: errBreaker}
	}
	x.outcome = upstream.Unknown
	defer func() { // also when the answer breaks off, which panics
		done(x.outcome)
		to.Note(x.outcome)
	}()
	failure := x.send(to, accept)
	if failure != nil && failure.Kind != upstream.Left {
		x.outcome = upstream.Failed
	}
	return failure
}

// send forwards to one upstream.
func (x *exchange) send(to *upstream.Upstream, accept func(*http.Response) error) *upstream.Failure {
	request := &x.request
	if x.shared {
		request = &upstream.Exchange{}
	}
	*request = upstream.Exchange{Request: x.r, Trusted: x.trusted, Accept: accept}
	if x.conn != nil {
		request.Client = x.conn
	}
	if rule := x.rule.route; rule != nil {
		request.Timeout = rule.Timeout.Std()
		if to.Name == rule.Service && rule.Rewrites() {
			request.Adjust = rule.Adjust
		}
	}
	if x.body != nil {
		request.Body, request.Stalled = x.body.Attempt(), x.endRead
	}
	failure := x.attempt(to, request)
	x.shared = x.shared || !request.Alone
	return failure
}

// attempt sends, and tells metrics and traces of it.
func (x *exchange) attempt(to *upstream.Upstream, request *upstream.Exchange) (failure *upstream.Failure) {
	x.code = 0
	span := x.beginAttempt(to, request)
	began := time.Now()
	defer func() { // also when the answer breaks off, which panics
		x.plan.clients[to].observe(x.r.Method, x.code, failure, time.Since(began))
		span.end(x.code, failure)
	}()
	return x.failureOf(to, to.Send(&x.w, request))
}

// failureOf is what an error of a client means; nil for none.
func (x *exchange) failureOf(to *upstream.Upstream, err error) *upstream.Failure {
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
	if x.body != nil && failure.Kind != upstream.Left && x.body.Err() != nil { // the client's body broke off
		failure = &upstream.Failure{Kind: upstream.Left, Upstream: to.Name, Err: x.body.Err()}
	}
	return failure
}

// endRead ends a read of the client's body that waits.
func (x *exchange) endRead() {
	_ = http.NewResponseController(x.w.ResponseWriter).SetReadDeadline(time.Now()) // else the read ends with the connection
}

// errServer is why a response of the new side is not passed on.
var errServer = errors.New("answered 5xx")

// acceptNew looks at the new side's response: one that the monolith can better is
// refused.
func (x *exchange) acceptNew(res *http.Response) error {
	x.headersArrived(res)
	if res.StatusCode < 500 {
		x.outcome = upstream.Succeeded
		return nil
	}
	x.failed, x.outcome = true, upstream.Failed
	if x.repeatable && (x.body == nil || x.body.Repeatable()) {
		return errServer
	}
	return nil
}

// headersArrived notes what the statistics need of the assigned arm's response.
func (x *exchange) headersArrived(res *http.Response) {
	x.latency = time.Since(x.start)
	x.code = res.StatusCode
	if res.StatusCode == http.StatusSwitchingProtocols {
		return
	}
	x.watched = watchedBody{res.Body, &x.bodyErr}
	res.Body = &x.watched
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
	switch failure := x.sendTo(x.plan.monolith, x.acceptFallback); {
	case failure == nil:
	case failure.Kind == upstream.Left:
		x.clientLeft(failure)
	default:
		x.answerFailure(failure)
	}
}

// acceptFallback takes what the monolith answers: the statistics are of the new side.
func (x *exchange) acceptFallback(res *http.Response) error {
	x.code = res.StatusCode
	return nil
}

// reasonOf is the label of a failure in metrics and the access log.
func reasonOf(f *upstream.Failure) string {
	switch {
	case errors.Is(f, errUnhealthy):
		return "unhealthy"
	case errors.Is(f, errBreaker):
		return "breaker"
	case errors.Is(f, errServer):
		return "5xx"
	}
	return string(f.Kind)
}

// old lets the monolith answer, and copies the request when it is to be copied.
func (x *exchange) old(copied bool) {
	failure := x.sendTo(x.plan.monolith, func(res *http.Response) error {
		x.headersArrived(res)
		x.failed, x.outcome = res.StatusCode >= 500, upstream.Succeeded
		if x.failed {
			x.outcome = upstream.Failed
		}
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
		x.clientLeft(failure)
	default:
		x.failed = true
		x.answerFailure(failure)
	}
}
