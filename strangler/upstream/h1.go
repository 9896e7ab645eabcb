package upstream

import (
	"bufio"
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
	"time"
)

// h1Client carries plain HTTP/1.1 exchanges on the goroutine of the handler:
// http.Transport hands each over to two goroutines of the connection and back,
// which is most of what an exchange costs. Requests with a body, upgrades and
// everything else that needs both directions at once go the other way.
//
// Responses are parsed by net/http (ReadResponse); only the request is written
// here.
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

// plain reports whether an exchange is one that this client carries.
func plain(x *Exchange) bool {
	r := x.Request
	return x.Body == nil && len(r.Trailer) == 0 && strings.HasPrefix(r.URL.Path, "/") &&
		r.Header["Upgrade"] == nil && r.Header["Expect"] == nil && r.Method != http.MethodConnect
}

// Send forwards the exchange.
func (c *h1Client) Send(w http.ResponseWriter, x *Exchange) error {
	if !plain(x) {
		return c.reverseClient.Send(w, x)
	}
	out := c.outgoing(x)
	for fresh := false; ; fresh = true {
		conn, err := c.conns.get(x.Request.Context(), fresh)
		if err != nil {
			return classify(c.name, x.Request.Context(), err)
		}
		err = c.exchange(w, x, out, conn)
		if err == nil {
			return nil
		}
		if !conn.reused || conn.answered || !replayable(out.Method) || x.Request.Context().Err() != nil || errors.Is(err, errTimeout) {
			return classify(c.name, x.Request.Context(), err)
		}
		// The upstream closed a connection that was idle, at the same moment: as
		// http.Transport, ask again on a new one.
	}
}

// replayable are the methods that http.Transport sends again after an idle
// connection turned out to be closed.
func replayable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// outgoing is the request for the upstream; the client's is not changed.
func (c *h1Client) outgoing(x *Exchange) *http.Request {
	in := x.Request
	out := &http.Request{Method: in.Method, URL: in.URL, Host: in.Host, Header: OutgoingHeader(in, x.Trusted)}
	if slices.ContainsFunc(in.Header["Te"], func(v string) bool { return strings.Contains(strings.ToLower(v), "trailers") }) {
		out.Header["Te"] = []string{"trailers"}
	}
	if x.Adjust != nil {
		target := *in.URL
		out.URL = &target
		x.Adjust(out)
	}
	return out
}

// exchange sends one request on one connection and streams the answer. The
// connection is kept or closed in the end.
func (c *h1Client) exchange(w http.ResponseWriter, x *Exchange, out *http.Request, conn *h1Conn) (err error) {
	ctx := x.Request.Context()
	// A client that leaves ends what the connection waits for.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) })
	keep := false
	defer func() {
		if stop() && keep {
			c.conns.put(conn)
			return
		}
		conn.Close()
	}()
	timeout := c.timeout
	if x.Timeout > 0 {
		timeout = x.Timeout
	}
	if err := conn.expire(ctx, timeout); err != nil {
		return err
	}
	if err := conn.writeRequest(out); err != nil {
		return timed(ctx, err)
	}
	res, err := conn.readHeader(w, out)
	if err != nil {
		return timed(ctx, err)
	}
	if err := conn.expire(ctx, 0); err != nil {
		return err
	}
	framed := res.Body
	if x.Accept != nil {
		if err := x.Accept(res); err != nil {
			keep = conn.drained(res, framed)
			return errors.Join(errRefused, err)
		}
	}
	removeHopByHop(res.Header)
	if err := copyAnswer(w, res); err != nil {
		panic(http.ErrAbortHandler) // the only way to tell the client that this is not all
	}
	framed.Close()
	copyTrailers(w, res)
	keep = !res.Close && conn.in.Buffered() == 0
	return nil
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

// timed turns the end of a deadline into errTimeout, unless the client set it off.
func timed(ctx context.Context, err error) error {
	var n net.Error
	if ctx.Err() == nil && errors.As(err, &n) && n.Timeout() {
		return errTimeout
	}
	return err
}

var (
	errSwitch = errors.New("upstream switches protocols without being asked")
	errStatus = errors.New("upstream answers with a status below 100")
)

// readHeader reads the header of the final response, passing 1xx on.
func (conn *h1Conn) readHeader(w http.ResponseWriter, out *http.Request) (*http.Response, error) {
	conn.left = maxResponseHeader
	for {
		if _, err := conn.in.Peek(1); err != nil {
			return nil, err
		}
		conn.answered = true
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

// copyAnswer writes the header and streams the body.
func copyAnswer(w http.ResponseWriter, res *http.Response) error {
	h := w.Header()
	for name, values := range res.Header {
		if before := h[name]; len(before) > 0 {
			values = append(before, values...)
		}
		h[name] = values
	}
	if len(res.Trailer) > 0 {
		names := make([]string, 0, len(res.Trailer))
		for name := range res.Trailer {
			names = append(names, name)
		}
		slices.Sort(names)
		h.Add("Trailer", strings.Join(names, ", "))
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
	announced := w.Header().Get("Trailer")
	for name, values := range res.Trailer {
		if !strings.Contains(announced, name) {
			name = http.TrailerPrefix + name
		}
		w.Header()[name] = values
	}
}

// removeHopByHop removes the header fields that are of one connection.
func removeHopByHop(h http.Header) {
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hopByHop {
		delete(h, name)
	}
}

// ownFields are written by writeRequest itself.
var ownFields = []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer"}

// writeRequest writes a request without a body, in one piece.
func (conn *h1Conn) writeRequest(r *http.Request) error {
	out := conn.out
	out.WriteString(r.Method)
	out.WriteByte(' ')
	out.WriteString(r.URL.RequestURI())
	out.WriteString(" HTTP/1.1\r\nHost: ")
	writeValue(out, r.Host)
	out.WriteString("\r\n")
	for name, values := range r.Header {
		if slices.Contains(ownFields, name) {
			continue
		}
		for _, v := range values {
			out.WriteString(name)
			out.WriteString(": ")
			writeValue(out, v)
			out.WriteString("\r\n")
		}
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		out.WriteString("Content-Length: 0\r\n")
	}
	out.WriteString("\r\n")
	return out.Flush()
}

// writeValue writes a field value. Line breaks cannot come from net/http; should
// one come from elsewhere, it does not begin another line.
func writeValue(out *bufio.Writer, v string) {
	if strings.ContainsAny(v, "\r\n\x00") {
		v = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ").Replace(v)
	}
	out.WriteString(v)
}

// targetAddress is host and port of a URL of scheme http.
func targetAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// expire sets the deadline of a connection, none when timeout is zero; the error is
// the client's leaving, which must not be overwritten.
func (conn *h1Conn) expire(client context.Context, timeout time.Duration) error {
	deadline := time.Time{}
	if timeout > 0 {
		deadline = time.Now().Add(timeout)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	return client.Err()
}
