package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Exchange is one request on its way to one upstream.
type Exchange struct {
	// Request as the client sent it. It is not changed.
	Request *http.Request
	// Body replaces Request.Body: one attempt of a Replay. Nil means no body.
	Body *Attempt
	// Trusted lets the X-Forwarded-* headers of the client stand: it is a proxy in
	// front of this one. Otherwise they are replaced.
	Trusted bool
	// Header replaces the client's fields of its names: those without a value are
	// removed. Names are canonical. Nil replaces none.
	Header http.Header
	// Timeout replaces the upstream's when it is not zero.
	Timeout time.Duration
	// Client is told when the exchange begins to wait: from then on Request's context must
	// end when the client leaves. Nil when it always does.
	Client interface{ Watch() }
	// Stalled is called when the client sends nothing of its body for the timeout: it
	// must end the read that waits for it. Nil when nothing can.
	Stalled func()
	// Adjust may change the outgoing request, last of all; nil changes nothing.
	Adjust func(*http.Request)
	// Accept sees the response before the client sees any of it, and may wrap its
	// body. An error refuses the response: nothing is written, and Send returns a
	// Failure of kind Refused. Nil accepts all.
	Accept func(*http.Response) error
	// Alone is set by Send when nothing refers to the exchange, or to a response that
	// Accept saw, after it has returned.
	Alone bool

	response http.Response // that is plain
	body     plainBody     // of it
}

// watchClient lets the context of the request end when the client leaves.
func (x *Exchange) watchClient() {
	if x.Client != nil {
		x.Client.Watch()
	}
}

// Client carries an exchange: it sends the request and writes the answer to w.
// When it returns a *Failure with Answered false, nothing was written to w (but
// for 1xx), and another upstream may answer. It panics with http.ErrAbortHandler
// when the answer breaks off in the middle: the only way to tell the client.
type Client interface {
	Send(w http.ResponseWriter, x *Exchange) error
	// CloseIdle closes connections that carry nothing.
	CloseIdle()
}

// Kind says how an exchange failed.
type Kind string

// The kinds of failure.
const (
	// NotSent: there was no connection; the upstream has seen nothing of the
	// request, so that any request may be sent elsewhere.
	NotSent Kind = "connect"
	// TimedOut: no response headers in time. The request may have run.
	TimedOut Kind = "timeout"
	// Broken: the connection or the protocol failed. The request may have run.
	Broken Kind = "broken"
	// Refused: Exchange.Accept did not want the response. The request has run.
	Refused Kind = "refused"
	// Left: the client went away, which is nobody's failure.
	Left Kind = "client left"
)

// Failure is the error of Client.Send.
type Failure struct {
	Kind Kind
	// Upstream names the side that failed.
	Upstream string
	Err      error
}

// Error says what failed and how.
func (f *Failure) Error() string {
	return fmt.Sprintf("%s: %s: %s", f.Upstream, f.Kind, f.Err)
}

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

// ErrSlowClient is the cause of a Failure of kind Left: the client sent nothing of
// its body for the time that the upstream has.
var ErrSlowClient = errors.New("the client does not go on with its body")

var (
	errTimeout = errors.New("no response headers in time")
	errRefused = errors.New("response refused")
)

// classify turns an error of a round trip into a Failure.
func classify(upstream string, client context.Context, err error) *Failure {
	f := &Failure{Kind: Broken, Upstream: upstream, Err: err}
	var op *net.OpError
	var untrusted *tls.CertificateVerificationError
	var notTLS tls.RecordHeaderError
	switch {
	case errors.Is(err, errRefused):
		f.Kind = Refused
	case client.Err() != nil || errors.Is(err, ErrSlowClient):
		f.Kind = Left
	case errors.As(err, &op) && op.Op == "dial", errors.As(err, &untrusted), errors.As(err, &notTLS):
		f.Kind = NotSent // the handshake comes before the request
	case errors.Is(err, errTimeout):
		f.Kind = TimedOut
	}
	return f
}
