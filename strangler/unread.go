package strangler

import (
	"net/http"
	"sync"
	"time"
)

// unread ends an HTTP/2 stream whose client takes nothing of the answer: it reads its
// connection, so that the connection's own bound does not help, but opens the stream's
// window no further (RFC 9113, 5.2). Otherwise each such stream would keep a goroutine,
// a buffer and an upstream's connection for as long as the client likes.
type unread struct {
	writer http.ResponseWriter
	limit  time.Duration
	timer  *time.Timer

	mu    sync.Mutex
	since time.Time // when the write under way began; zero when there is none
}

func newUnread(w http.ResponseWriter, limit time.Duration) *unread {
	u := &unread{writer: w, limit: limit}
	u.timer = time.AfterFunc(limit, u.look)
	u.timer.Stop()
	return u
}

// begin is called before what may wait for the client, end after it.
func (u *unread) begin() {
	u.note(time.Now())
	u.timer.Reset(u.limit)
}

func (u *unread) end() {
	u.timer.Stop()
	u.note(time.Time{})
}

func (u *unread) note(t time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.since = t
}

// look resets the stream, unless the write has ended in the meantime.
func (u *unread) look() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.since.IsZero() && time.Since(u.since) >= u.limit {
		_ = http.NewResponseController(u.writer).SetWriteDeadline(past)
	}
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// endUnread sends what the server holds back until the handler has returned, when nothing
// bounds it any more.
func (w *response) endUnread() {
	if w.unread != nil {
		_ = w.FlushError() // the server itself notes a failure
	}
}
