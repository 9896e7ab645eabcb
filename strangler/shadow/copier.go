package shadow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// Reason says why a copy was dropped, the label of the metric.
type Reason string

// Reasons to drop a copy.
const (
	QueueFull    Reason = "queue_full"
	TooLarge     Reason = "body_too_large"
	Incomplete   Reason = "incomplete" // the monolith's answer or the request was cut off
	Unhealthy    Reason = "unhealthy"  // the new side is known to be down
	Encoded      Reason = "encoding"   // a Content-Encoding that cannot be undone
	ShuttingDown Reason = "shutdown"
)

// Header marks a copy, so that the service can tell it from real traffic.
const Header = "X-Ficus-Shadow"

// Job is one request to copy, with the answer of the monolith.
type Job struct {
	Route string
	// Unit is the user, see rollout.Observation.
	Unit   uint64
	Ignore []route.FieldPath
	// Method, URL, Host and Header of the request as the monolith got it.
	Method string
	URL    *url.URL
	Host   string
	Header http.Header
	// Body of the request.
	Body []byte
	// Old is the monolith's answer.
	Old Answer
	// Send reaches the new side.
	Send func(*http.Request) (*http.Response, error)
	// Timeout of the copy.
	Timeout time.Duration
}

// Result is what became of a Job that was sent.
type Result struct {
	Job  *Job
	Diff Diff
}

// Options of a Copier; the zero value is useful but for Done.
type Options struct {
	// Workers that send copies at the same time; 4 when zero.
	Workers int
	// Queue is how many jobs may wait; 256 when zero.
	Queue int
	// MaxBody bounds each body, request's and answers', in bytes; 256 KiB when zero.
	MaxBody int
	// MaxMemory bounds the bodies that wait, in bytes; 32 MiB when zero.
	MaxMemory int
	// Done gets each comparison, Dropped each copy that was not compared. They are
	// called from workers and from Offer, and must not block.
	Done    func(Result)
	Dropped func(*Job, Reason)
}

// Copier sends copies and compares.
type Copier struct {
	options Options
	queue   chan *Job
	waiting atomic.Int64 // bytes of bodies in the queue
	stopped atomic.Bool
}

// New makes a copier. Nothing is sent before Run.
func New(o Options) *Copier {
	o.Workers = positive(o.Workers, 4)
	o.Queue = positive(o.Queue, 256)
	o.MaxBody = positive(o.MaxBody, 256<<10)
	o.MaxMemory = positive(o.MaxMemory, 32<<20)
	if o.Done == nil {
		o.Done = func(Result) {}
	}
	if o.Dropped == nil {
		o.Dropped = func(*Job, Reason) {}
	}
	return &Copier{options: o, queue: make(chan *Job, o.Queue)}
}

func positive(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// MaxBody is the bound on each body.
func (c *Copier) MaxBody() int { return c.options.MaxBody }

// Waiting is the number of jobs in the queue.
func (c *Copier) Waiting() int { return len(c.queue) }

// Drop counts a copy that could not be offered.
func (c *Copier) Drop(j *Job, why Reason) { c.options.Dropped(j, why) }

// Offer queues a job and never waits: when the queue is full the job is dropped.
func (c *Copier) Offer(j *Job) {
	if c.stopped.Load() {
		c.Drop(j, ShuttingDown)
		return
	}
	if c.waiting.Add(j.size()) > int64(c.options.MaxMemory) {
		c.waiting.Add(-j.size())
		c.Drop(j, QueueFull)
		return
	}
	select {
	case c.queue <- j:
	default:
		c.waiting.Add(-j.size())
		c.Drop(j, QueueFull)
	}
}

func (j *Job) size() int64 { return int64(len(j.Body) + len(j.Old.Body)) }

// Run sends copies until the context ends; then it drops what waits, cuts off what
// is under way, and returns when its workers have.
func (c *Copier) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for range c.options.Workers {
		workers.Go(func() { c.work(ctx) })
	}
	workers.Wait()
	c.stopped.Store(true)
	for {
		select {
		case j := <-c.queue:
			c.waiting.Add(-j.size())
			c.Drop(j, ShuttingDown)
		default:
			return
		}
	}
}

func (c *Copier) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-c.queue:
			c.waiting.Add(-j.size())
			if ctx.Err() != nil { // select chose the queue although the end has come
				c.Drop(j, ShuttingDown)
				return
			}
			c.do(ctx, j)
		}
	}
}

func (c *Copier) do(ctx context.Context, j *Job) {
	answer, err := c.fetch(ctx, j)
	var diff Diff
	if err == nil {
		diff, err = Compare(j.Old, answer, j.Ignore, c.options.MaxBody)
	}
	switch {
	case err == nil:
		c.options.Done(Result{j, diff})
	case ctx.Err() != nil:
		c.Drop(j, ShuttingDown)
	case errors.Is(err, errTooLarge):
		c.Drop(j, TooLarge)
	case errors.Is(err, ErrEncoding):
		c.Drop(j, Encoded)
	default:
		c.options.Done(Result{j, Diff{Unanswered, []string{"@error"}}})
	}
}

var errTooLarge = errors.New("answer is too large to compare")

func (c *Copier) fetch(ctx context.Context, j *Job) (Answer, error) {
	if j.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, j.Timeout)
		defer cancel()
	}
	res, err := j.Send(j.request(ctx))
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(c.options.MaxBody)+1))
	switch {
	case err != nil:
		return Answer{}, fmt.Errorf("read the answer: %w", err)
	case len(body) > c.options.MaxBody:
		return Answer{}, errTooLarge
	}
	return Answer{res.StatusCode, res.Header, body}, nil
}

// request builds the copy. The answer is asked for without compression: it is
// read here.
func (j *Job) request(ctx context.Context) *http.Request {
	u := *j.URL
	r := &http.Request{
		Method: j.Method, URL: &u, Host: j.Host, Header: j.Header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(j.Body)), Body: http.NoBody,
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Del("Accept-Encoding")
	r.Header.Set(Header, "1")
	if len(j.Body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(j.Body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(j.Body)), nil }
	}
	return r.WithContext(ctx)
}
