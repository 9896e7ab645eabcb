package strangler

import (
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/shadow"
	"github.com/ficus-dev/ficus/strangler/upstream"
)

// copy offers the answered request to the copier, which never makes it wait.
func (x *exchange) copy() {
	job := &shadow.Job{
		Route: x.rule.name, Unit: x.key.Unit, Ignore: x.rule.ignore,
		Method: x.r.Method, URL: x.r.URL, Host: x.r.Host,
		Old:  shadow.Answer{Status: x.w.status, Header: x.header},
		Send: x.rule.new.RoundTrip, Timeout: x.rule.new.Timeout,
	}
	var why shadow.Reason
	if job.Old.Body, why = x.captured(); why != "" {
		x.proxy.copier.Drop(job, why)
		return
	}
	if x.body != nil {
		body, whole := x.body.Whole()
		if !whole {
			x.proxy.copier.Drop(job, x.cutOff())
			return
		}
		job.Body = body
	}
	if !x.rule.new.Healthy() {
		x.proxy.copier.Drop(job, shadow.Unhealthy)
		return
	}
	job.Header = upstream.OutgoingHeader(x.r, x.trusted)
	x.proxy.copier.Offer(job)
}

func (x *exchange) captured() ([]byte, shadow.Reason) {
	if x.capture == nil {
		return nil, shadow.Incomplete
	}
	return x.capture.Body()
}

func (x *exchange) cutOff() shadow.Reason {
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
