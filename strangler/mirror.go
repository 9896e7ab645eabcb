package strangler

import (
	"net/http"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/shadow"
	"github.com/ficus-dev/ficus/strangler/upstream"
)

// copy offers the answered request to the copier, which never makes it wait.
func (x *exchange) copy() {
	job := &shadow.Job{
		Route: x.rule.name, Unit: x.key.Unit, Ignore: x.rule.ignore,
		Method: x.r.Method, URL: x.r.URL, Host: x.r.Host,
		Old:     shadow.Answer{Status: x.w.status, Header: x.header},
		Timeout: x.plan.config.Services[x.rule.route.Service].RequestTimeout(),
	}
	var why shadow.Reason
	if job.Old.Body, why = x.captured(); why != "" {
		x.proxy.copier.Drop(job, why)
		return
	}
	if x.body != nil {
		body, whole := x.body.Whole()
		if !whole {
			x.proxy.copier.Drop(job, x.partial())
			return
		}
		job.Body = body
	}
	to := x.rule.new.Pick(nil)
	if to == nil {
		x.proxy.copier.Drop(job, shadow.Unhealthy)
		return
	}
	job.Send = to.RoundTrip
	job.Header = upstream.OutgoingHeader(x.r, x.trusted, x.trace.header())
	x.adjust(job)
	x.proxy.copier.Offer(job)
}

// adjust rewrites the copy as it would be rewritten for the new arm.
func (x *exchange) adjust(job *shadow.Job) {
	if timeout := x.rule.route.Timeout.Std(); timeout > 0 {
		job.Timeout = timeout
	}
	if !x.rule.route.Rewrites() {
		return
	}
	target := *job.URL
	out := &http.Request{URL: &target, Host: job.Host, Header: job.Header}
	x.rule.route.Adjust(out)
	job.URL, job.Host = out.URL, out.Host
}

func (x *exchange) captured() ([]byte, shadow.Reason) {
	if x.capture == nil {
		return nil, shadow.Incomplete
	}
	return x.capture.Body()
}

func (x *exchange) partial() shadow.Reason {
	if !x.body.Repeatable() {
		return shadow.TooLarge
	}
	return shadow.Incomplete
}

// compared takes a comparison from the copier.
func (p *Proxy) compared(r shadow.Result) {
	p.metrics.compared.WithLabelValues(r.Job.Route).Inc()
	p.metrics.counts.compared.Add(1)
	if !r.Diff.Equal() {
		p.metrics.mismatched.WithLabelValues(r.Job.Route, string(r.Diff.Class)).Inc()
		p.metrics.counts.mismatched.Add(1)
	}
	if p.options.Recorder != nil {
		p.options.Recorder.Compare(rollout.Comparison{
			Route: r.Job.Route, Unit: r.Job.Unit, Equal: r.Diff.Equal(), Fields: r.Diff.Fields,
		})
	}
}

func (p *Proxy) dropped(_ *shadow.Job, why shadow.Reason) {
	p.metrics.dropped.WithLabelValues(string(why)).Inc()
	p.metrics.counts.dropped.Add(1)
}
