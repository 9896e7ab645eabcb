package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// dialTimeout bounds the wait for a connection.
const dialTimeout = 3 * time.Second

// newTransport is tuned for few hosts and many connections. Bodies pass as they
// are: nothing is compressed or decompressed on the way.
func newTransport(target *url.URL, secure TLS) (*http.Transport, error) {
	config, err := secure.config()
	if err != nil {
		return nil, err
	}
	t := &http.Transport{
		TLSClientConfig:        config,
		DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    1024,
		IdleConnTimeout:        60 * time.Second,
		TLSHandshakeTimeout:    dialTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 1 << 20,
		Protocols:              &http.Protocols{},
	}
	switch target.Scheme {
	case "h2c":
		t.Protocols.SetUnencryptedHTTP2(true)
	default:
		t.Protocols.SetHTTP1(true)
		t.Protocols.SetHTTP2(target.Scheme == "https")
	}
	return t, nil
}

// config is nil for what net/http does by itself.
func (t TLS) config() (*tls.Config, error) {
	if t == (TLS{}) {
		return nil, nil
	}
	config := &tls.Config{ServerName: t.ServerName}
	var err error
	if config.RootCAs, err = t.Pool(); err != nil {
		return nil, err
	}
	config.Certificates, err = t.Pair()
	return config, err
}

// reverseClient is the Client over httputil.ReverseProxy.
type reverseClient struct {
	name      string
	scheme    string
	host      string
	timeout   time.Duration
	transport *http.Transport
	log       *log.Logger
}

func newReverseClient(name string, target *url.URL, timeout time.Duration, t *http.Transport, l *log.Logger) *reverseClient {
	return &reverseClient{name: name, scheme: wireScheme(target), host: target.Host, timeout: timeout, transport: t, log: l}
}

// wireScheme is the scheme that http.Transport knows.
func wireScheme(target *url.URL) string {
	if target.Scheme == "h2c" {
		return "http"
	}
	return target.Scheme
}

// CloseIdle closes connections that carry nothing.
func (c *reverseClient) CloseIdle() { c.transport.CloseIdleConnections() }

// Send forwards the exchange. A proxy value per exchange costs one allocation and
// keeps all state of the exchange in this call.
func (c *reverseClient) Send(w http.ResponseWriter, x *Exchange) error {
	x.watchClient()
	ctx, cancel := context.WithCancelCause(x.Request.Context())
	defer cancel(nil)
	timeout := c.timeout
	if x.Timeout > 0 {
		timeout = x.Timeout
	}
	watch := startWatch(timeout, x, cancel)
	defer watch.stop()
	r := x.Request.WithContext(ctx)
	r.Body = http.NoBody
	if x.Body != nil {
		defer x.Body.Close()
		r.Body = x.Body
	}
	var failed error
	proxy := httputil.ReverseProxy{
		Transport:  c.transport,
		BufferPool: buffers{},
		ErrorLog:   c.log,
		Rewrite:    func(pr *httputil.ProxyRequest) { c.rewrite(pr, x) },
		ModifyResponse: func(res *http.Response) error {
			watch.stop()
			if res.StatusCode < 100 {
				return errStatus // net/http would panic on it
			}
			if x.Body != nil && res.ProtoMajor == 2 {
				res.Body = &early{res.Body, x.Body.body, func() { cancel(nil) }}
			}
			if x.Accept == nil {
				return nil
			}
			if err := x.Accept(res); err != nil {
				return errors.Join(errRefused, err)
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err },
	}
	proxy.ServeHTTP(w, r)
	if failed == nil {
		return nil
	}
	if cause := context.Cause(ctx); errors.Is(cause, errTimeout) || errors.Is(cause, ErrSlowClient) {
		failed = cause
	}
	return classify(c.name, x.Request.Context(), failed)
}

// early is the body of an answer that may end before the request does, as when a server
// refuses a stream. http.Transport closes it only when the request's body has ended, which
// the client may do only when it has all of the answer.
type early struct {
	io.ReadCloser
	request *Replay
	cancel  func() // of the request
}

// Close does not wait for the client.
func (b *early) Close() error {
	if !b.request.Ended() {
		b.cancel()
	}
	return b.ReadCloser.Close()
}

func (c *reverseClient) rewrite(pr *httputil.ProxyRequest, x *Exchange) {
	out := pr.Out
	out.URL.Scheme, out.URL.Host = c.scheme, c.host
	out.URL.RawQuery = pr.In.URL.RawQuery // as it came: the proxy does not read it
	out.Host = pr.In.Host
	out.Trailer = pr.In.Trailer // filled by the server when the body ends
	dropUnderscored(out.Header)
	forwarded(pr, x.Trusted)
	for name, values := range x.Header {
		out.Header[name] = values // net/http writes no line for no values
	}
	if x.Adjust != nil {
		x.Adjust(out)
	}
}

// ofConnection are the header fields of one connection (RFC 9110, 7.6.1), and what
// asks for an answer to one.
func ofConnection(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect":
		return true
	}
	return false
}

// isListed reports whether a Connection field names the field.
func isListed(connection []string, name string) bool {
	for _, list := range connection {
		for listed := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(listed), name) {
				return true
			}
		}
	}
	return false
}

// wantsTrailers reports whether the client takes trailers.
func wantsTrailers(r *http.Request) bool {
	for _, v := range r.Header["Te"] {
		if strings.Contains(strings.ToLower(v), "trailers") {
			return true
		}
	}
	return false
}

// eachField calls emit with every header field that an upstream gets for a request:
// those of the client without what belongs to its connection or could be read in two
// ways, and X-Forwarded-*. The fields of instead take the place of those of their names.
func eachField(r *http.Request, trusted bool, instead http.Header, emit func(name, value string)) {
	listed := r.Header["Connection"]
	for name, values := range r.Header {
		switch {
		case ofConnection(name), isForwarded(name), strings.IndexByte(name, '_') >= 0, listed != nil && isListed(listed, name):
			continue
		}
		if _, other := instead[name]; other {
			continue
		}
		for _, v := range values {
			emit(name, v)
		}
	}
	for name, values := range instead {
		for _, v := range values {
			emit(name, v)
		}
	}
	eachForwarded(r, trusted, emit)
}

// OutgoingHeader is the header that an upstream gets for a request: a copy, without
// what belongs to the client's connection, with X-Forwarded-*, and with instead in the
// place of fields of its names (see Exchange.Header).
func OutgoingHeader(r *http.Request, trusted bool, instead http.Header) http.Header {
	h := make(http.Header, len(r.Header)+3)
	eachField(r, trusted, instead, func(name, value string) { h[name] = append(h[name], value) })
	return h
}

// dropUnderscored removes header names with an underscore: CGI-like servers read
// Content_Length and X_Forwarded_For as the names with dashes.
func dropUnderscored(h http.Header) {
	for name := range h {
		if strings.Contains(name, "_") {
			delete(h, name)
		}
	}
}

// watch cancels an exchange that makes no progress for the timeout before the
// response headers are there: each part of the body that is sent starts it anew.
type watch struct {
	mu    sync.Mutex
	timer *time.Timer // nil when the watch is over
}

func startWatch(timeout time.Duration, x *Exchange, cancel func(error)) *watch {
	w := &watch{}
	if timeout <= 0 || strings.HasPrefix(x.Request.Header.Get("Content-Type"), "application/grpc") {
		return w // a gRPC call has its own deadline, and a stream may be silent
	}
	w.timer = time.AfterFunc(timeout, func() {
		if x.Body != nil && x.Body.waiting.Load() {
			cancel(ErrSlowClient)
			if x.Stalled != nil {
				x.Stalled() // http.Transport waits for the read to end
			}
			return
		}
		cancel(errTimeout)
	})
	if x.Body != nil {
		x.Body.progress = func() { w.again(timeout) }
	}
	return w
}

func (w *watch) again(timeout time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Reset(timeout)
	}
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}

// buffers is the BufferPool of all clients.
type buffers struct{}

const bufferSize = 32 << 10

var bufferPool = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func (buffers) Get() []byte { return bufferPool.Get().(*[bufferSize]byte)[:] }

func (buffers) Put(b []byte) { bufferPool.Put((*[bufferSize]byte)(b)) }
