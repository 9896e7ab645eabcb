package upstream

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"
)

// wait is what a connection waits for in an exchange. Most answers come at once and as a
// whole: they are waited for by a deadline that is moved a few times a second. Only what
// takes longer watches the client, which costs more than to parse the answer.
type wait struct {
	client  context.Context
	leaving *Exchange // whose client is told of a watch
	by      time.Time // when the header must be there; zero for no bound
	timeout time.Duration
	stop    func() bool // of the watch; nil when nothing is watched
}

// firstLook is how long an answer is waited for without a watch of the client, at most.
const firstLook = 100 * time.Millisecond

// past is a deadline that is over.
var past = time.Unix(1, 0)

// bind begins an exchange.
func (conn *h1Conn) bind(x *Exchange, r *h1Request) error {
	client := x.Request.Context()
	conn.wait = wait{client: client, leaving: x, timeout: r.timeout}
	if r.timeout > 0 {
		conn.by = r.began.Add(r.timeout)
	}
	if len(r.body) > 0 {
		return conn.watch() // to write it may have to wait for the upstream
	}
	if err := conn.armWrite(conn.about(conn.writeBy)); err != nil {
		return err
	}
	look := r.began.Add(firstLook)
	if !conn.by.IsZero() && conn.by.Before(look) {
		return conn.watch()
	}
	if conn.readBy.After(look) || conn.readBy.Before(look.Add(-firstLook*3/4)) {
		if err := conn.armRead(look); err != nil {
			return err
		}
	}
	return client.Err()
}

// release ends it and reports whether the connection can be used again.
func (conn *h1Conn) release() bool {
	free := conn.stop == nil || conn.stop()
	conn.wait = wait{}
	return free
}

// watch lets a client that leaves end what the connection waits for. The error is that it
// has left, which the deadline must not overwrite.
func (conn *h1Conn) watch() error {
	if conn.stop != nil {
		return nil
	}
	conn.leaving.watchClient()
	conn.stop = context.AfterFunc(conn.client, func() { _ = conn.SetDeadline(past) })
	if err := conn.armWrite(conn.about(conn.writeBy)); err != nil {
		return err
	}
	if err := conn.armRead(conn.about(conn.readBy)); err != nil {
		return err
	}
	return conn.client.Err()
}

// about is the deadline for conn.by: the one that is set, when it is at most a quarter of
// the timeout late, so that not every exchange has to set it.
func (conn *h1Conn) about(set time.Time) time.Time {
	switch {
	case conn.by.IsZero():
		return conn.by
	case !set.Before(conn.by) && set.Before(conn.by.Add(conn.timeout/4)):
		return set
	}
	return conn.by.Add(conn.timeout / 8)
}

// await waits for the first byte of an answer.
func (conn *h1Conn) await() error {
	_, err := conn.in.Peek(1)
	if err == nil || !conn.late || conn.stop != nil {
		return err
	}
	conn.late = false // it was the first look that ended
	if err := conn.watch(); err != nil {
		return err
	}
	_, err = conn.in.Peek(1)
	return err
}

// wholeHeader watches the client unless the header is there as a whole.
func (conn *h1Conn) wholeHeader() error {
	there, _ := conn.in.Peek(conn.in.Buffered())
	if bytes.Contains(there, []byte("\r\n\r\n")) {
		return nil
	}
	return conn.watch()
}

// unbind ends the deadline: the rest of the answer takes the time that it takes.
func (conn *h1Conn) unbind(res *http.Response) error {
	if res.Body == http.NoBody || res.ContentLength >= 0 && int64(conn.in.Buffered()) >= res.ContentLength {
		return nil // there is nothing to wait for
	}
	if err := conn.watch(); err != nil {
		return err
	}
	if err := conn.armRead(time.Time{}); err != nil {
		return err
	}
	return conn.client.Err()
}

// armRead sets the deadline of reads unless it is set.
func (conn *h1Conn) armRead(deadline time.Time) error {
	if conn.readBy.Equal(deadline) {
		return nil
	}
	conn.readBy = deadline
	if err := conn.SetReadDeadline(deadline); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	return nil
}

// armWrite sets the deadline of writes unless it is set.
func (conn *h1Conn) armWrite(deadline time.Time) error {
	if conn.writeBy.Equal(deadline) {
		return nil
	}
	conn.writeBy = deadline
	if err := conn.SetWriteDeadline(deadline); err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	return nil
}
