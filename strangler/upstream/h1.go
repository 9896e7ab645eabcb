package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// h1Client carries plain HTTP/1.1 exchanges on the goroutine of the handler:
// http.Transport hands each over to two goroutines of the connection and back,
// which is most of what an exchange costs. Upgrades, long bodies, those of unknown
// length, and everything else that needs both directions at once go the other way.
//
// A short body is read from the client as a whole before any of the request is sent:
// a client that is slow holds no upstream up, and the request can be sent again.
//
// Responses are parsed by net/http (ReadResponse), but for those that are plain
// (plainResponse); the request is written here.
type h1Client struct {
	*reverseClient // for what is not plain
	conns          *h1Conns
}

func newH1Client(reverse *reverseClient, conns *h1Conns) *h1Client {
	return &h1Client{reverseClient: reverse, conns: conns}
}

// CloseIdle closes connections that carry nothing.
func (c *h1Client) CloseIdle() {
	c.reverseClient.CloseIdle()
	c.conns.closeAll()
}

// ShortBody is the longest body, in bytes, that is read as a whole before its request
// is sent over plain HTTP/1. Socket buffers take it at once, so that sending it waits
// for no answer.
const ShortBody = bufferSize

// plain reports whether an exchange is one that this client carries.
func plain(x *Exchange) bool {
	r := x.Request
	if x.Body != nil && (r.ContentLength < 0 || r.ContentLength > ShortBody || len(r.TransferEncoding) > 0) {
		return false
	}
	return len(r.Trailer) == 0 && strings.HasPrefix(r.URL.Path, "/") &&
		r.Header["Upgrade"] == nil && r.Header["Expect"] == nil && r.Method != http.MethodConnect
}

// Send forwards the exchange.
func (c *h1Client) Send(w http.ResponseWriter, x *Exchange) error {
	if !plain(x) {
		return c.reverseClient.Send(w, x)
	}
	x.Alone = x.Body == nil
	r := c.outgoing(x)
	client := x.Request.Context()
	for fresh := false; ; fresh = true {
		r.began = time.Now()
		conn, err := c.connect(x, r.began, fresh)
		if err != nil {
			return classify(c.name, client, err)
		}
		if x.Body != nil && r.body == nil {
			buf := bufferPool.Get().(*[bufferSize]byte)
			defer bufferPool.Put(buf)
			if r.body, err = readShort(buf[:x.Request.ContentLength], x, r.timeout); err != nil {
				c.conns.put(conn)
				return classify(c.name, client, err)
			}
			if conn.reused && time.Since(r.began) > staleAfter && !conn.Silent() {
				conn.Close() // while the client took its time
				continue
			}
		}
		err = c.exchange(w, x, &r, conn)
		if err == nil {
			return nil
		}
		if errors.Is(err, errRefused) { // and somebody else may have the connection by now
			return classify(c.name, client, err)
		}
		if !conn.reused || conn.answered || !replayable(x.Request) || client.Err() != nil || errors.Is(err, errTimeout) {
			return classify(c.name, client, err)
		}
		// The upstream closed a connection that was idle, at the same moment: as
		// http.Transport, ask again on a new one.
	}
}

// connect takes an idle connection, or dials: always when fresh.
func (c *h1Client) connect(x *Exchange, now time.Time, fresh bool) (*h1Conn, error) {
	if !fresh {
		if conn := c.conns.take(now, replayable(x.Request)); conn != nil {
			return conn, nil
		}
	}
	x.watchClient()
	return c.conns.dial(x.Request.Context())
}

// staleAfter is how long a connection that was found open is taken for open.
const staleAfter = 20 * time.Millisecond

// readShort reads a body of known length from the client.
func readShort(buf []byte, x *Exchange, timeout time.Duration) ([]byte, error) {
	var slow atomic.Bool
	watch := startWatch(timeout, x, func(cause error) { slow.Store(errors.Is(cause, ErrSlowClient)) })
	defer watch.stop()
	defer x.Body.Close()
	_, err := io.ReadFull(x.Body, buf)
	if err == nil && !x.Body.body.Ended() {
		var more [1]byte // the server notes the end of a body only when it is read
		if _, err = x.Body.Read(more[:]); errors.Is(err, io.EOF) {
			err = nil
		}
	}
	switch {
	case err == nil:
		return buf, nil
	case slow.Load():
		return nil, ErrSlowClient
	}
	return nil, fmt.Errorf("read the client's body: %w", err)
}

// replayable are the requests that http.Transport sends again after an idle
// connection turned out to be closed.
func replayable(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil
}

// exchange sends one request on one connection and streams the answer. The
// connection is kept or closed in the end.
func (c *h1Client) exchange(w http.ResponseWriter, x *Exchange, r *h1Request, conn *h1Conn) (err error) {
	ctx := x.Request.Context()
	keep := false
	defer func() {
		if conn.release() && keep {
			c.conns.put(conn)
			return
		}
		conn.Close()
	}()
	if err := conn.bind(x, r); err != nil {
		return err
	}
	whole := true
	if err := conn.writeRequest(r); err != nil {
		if len(r.body) == 0 || !conn.hasAnswer() {
			return conn.timed(ctx, err)
		}
		whole = false // the upstream answered before it had read the body, and closed
	}
	res, err := conn.readHeader(w, x, r.Request)
	if err != nil {
		return conn.timed(ctx, err)
	}
	if err := conn.unbind(res); err != nil {
		conn.takeBack(w)
		return err
	}
	framed := res.Body
	if x.Accept != nil {
		if err := x.Accept(res); err != nil {
			conn.takeBack(w)
			keep = whole && conn.drained(res, framed)
			return errors.Join(errRefused, err)
		}
	}
	conn.copyHeader(w, res)
	if err := copyAnswer(w, res); err != nil {
		panic(http.ErrAbortHandler) // the only way to tell the client that this is not all
	}
	framed.Close()
	copyTrailers(w, res)
	keep = whole && !res.Close && conn.in.Buffered() == 0
	return nil
}

// hasAnswer waits until something of an answer is there; the deadline bounds that.
func (conn *h1Conn) hasAnswer() bool {
	conn.left = maxResponseHeader
	_, err := conn.in.Peek(1)
	return err == nil
}

// drained reads the body of a refused response when that waits for nothing, and
// reports whether the connection can be used again.
func (conn *h1Conn) drained(res *http.Response, body io.ReadCloser) bool {
	if res.Close || res.ContentLength < 0 || int64(conn.in.Buffered()) < res.ContentLength {
		return false
	}
	_, err := io.Copy(io.Discard, body)
	return err == nil && conn.in.Buffered() == 0
}

// timed turns an error into errTimeout when the deadline was its cause, unless the
// client set it off. Parsers hide the error of a read in the middle of a line.
func (conn *h1Conn) timed(client context.Context, err error) error {
	if client.Err() == nil && conn.late {
		return errTimeout
	}
	return err
}

var (
	errSwitch = errors.New("upstream switches protocols without being asked")
	errStatus = errors.New("upstream answers with a status below 100")
)

// readHeader reads the header of the final response, passing 1xx on.
func (conn *h1Conn) readHeader(w http.ResponseWriter, x *Exchange, out *http.Request) (*http.Response, error) {
	conn.left, conn.given = maxResponseHeader, false
	for {
		if err := conn.await(); err != nil {
			return nil, err
		}
		conn.answered = true
		if err := conn.wholeHeader(); err != nil {
			return nil, err
		}
		var header http.Header
		if h := w.Header(); len(h) == 0 {
			header = h
		}
		if res := x.plainResponse(conn.in, out, header); res != nil {
			conn.left, conn.given = math.MaxInt64, header != nil
			return res, nil
		}
		res, err := http.ReadResponse(conn.in, out)
		switch {
		case err != nil:
			return nil, err
		case res.StatusCode < 100:
			return nil, errStatus
		case res.StatusCode == http.StatusSwitchingProtocols:
			return nil, errSwitch
		case res.StatusCode >= 200:
			conn.left = math.MaxInt64
			return res, nil
		}
		h := w.Header()
		for name, values := range res.Header {
			h[name] = values
		}
		w.WriteHeader(res.StatusCode)
		clear(h)
	}
}

// takeBack leaves nothing of an answer that the client does not get in its header.
func (conn *h1Conn) takeBack(w http.ResponseWriter) {
	if conn.given {
		clear(w.Header())
	}
}

// copyHeader gives the client the header, but for what belongs to the connection.
func (conn *h1Conn) copyHeader(w http.ResponseWriter, res *http.Response) {
	h := w.Header()
	if conn.given { // it is there, and lists no others
		for name := range h {
			if ofConnection(name) {
				delete(h, name)
			}
		}
		return
	}
	listed := res.Header["Connection"]
	for name, values := range res.Header {
		if ofConnection(name) || listed != nil && isListed(listed, name) {
			continue
		}
		if before := h[name]; len(before) > 0 {
			values = append(before, values...)
		}
		h[name] = values
	}
}

// copyAnswer writes the header and streams the body.
func copyAnswer(w http.ResponseWriter, res *http.Response) error {
	if len(res.Trailer) > 0 {
		names := make([]string, 0, len(res.Trailer))
		for name := range res.Trailer {
			names = append(names, name)
		}
		slices.Sort(names)
		w.Header().Add("Trailer", strings.Join(names, ", "))
	}
	w.WriteHeader(res.StatusCode)
	if res.Body == http.NoBody {
		return nil
	}
	// What has no length is a stream: each part goes out when it comes.
	flush := func() error { return nil }
	if res.ContentLength < 0 || strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		flush = http.NewResponseController(w).Flush
	}
	buf := bufferPool.Get().(*[bufferSize]byte)
	defer bufferPool.Put(buf)
	for {
		n, err := res.Body.Read(buf[:])
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			if err := flush(); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// copyTrailers passes the trailers on, those that were not announced as well.
func copyTrailers(w http.ResponseWriter, res *http.Response) {
	if len(res.Trailer) == 0 {
		return
	}
	_ = http.NewResponseController(w).Flush() // so that a short answer is chunked and can have trailers
	announced := w.Header()["Trailer"]
	for name, values := range res.Trailer {
		if !isListed(announced, name) {
			name = http.TrailerPrefix + name
		}
		w.Header()[name] = values
	}
}

// targetAddress is host and port of a URL of scheme http.
func targetAddress(u *url.URL) string {
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80"))
}
