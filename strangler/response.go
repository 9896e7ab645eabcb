package strangler

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// response notes what becomes of a ResponseWriter.
type response struct {
	http.ResponseWriter
	closeAfter bool
	status     int // 0 until the headers are written
	bytes      int64
	hijacked   bool
	limit      time.Duration // of one write of HTTP/2; elsewhere the connection's own
	unread     *unread       // nil until the body of an HTTP/2 answer begins
}

// Unwrap lets http.ResponseController reach what the server offers.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// begun reports whether the client has been answered.
func (w *response) begun() bool { return w.status != 0 || w.hijacked }

// WriteHeader notes the final status; 1xx pass.
func (w *response) WriteHeader(status int) {
	if status >= 200 && w.status == 0 {
		w.status = status
		if w.closeAfter {
			w.Header().Set("Connection", "close")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes of the body.
func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.beginWrite()
	n, err := w.ResponseWriter.Write(p)
	w.endWrite()
	w.bytes += int64(n)
	return n, err
}

// FlushError sends what the server holds back.
func (w *response) FlushError() error {
	w.beginWrite()
	defer w.endWrite()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *response) beginWrite() {
	if w.limit == 0 {
		return
	}
	if w.unread == nil {
		w.unread = newUnread(w.ResponseWriter, w.limit)
	}
	w.unread.begin()
}

func (w *response) endWrite() {
	if w.unread != nil {
		w.unread.end()
	}
}

// Hijack hands the connection to an upgrade.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.hijacked, w.status = true, http.StatusSwitchingProtocols
		_ = conn.SetDeadline(time.Time{})
	}
	return conn, rw, err
}

// watchedBody notes an error of an upstream's body: an answer cut off is a failure
// of the upstream, not of the client.
type watchedBody struct {
	io.ReadCloser
	err *error
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		*b.err = err
	}
	return n, err
}
