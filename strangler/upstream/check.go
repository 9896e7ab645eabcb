package upstream

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// check probes one upstream until the context ends, at once for the first time.
func (p *Pool) check(ctx context.Context, u *Upstream) {
	tick := time.NewTicker(p.options.Interval)
	defer tick.Stop()
	for first := true; ; first = false {
		err := p.probe(ctx, u)
		if ctx.Err() != nil {
			return
		}
		changed := u.health.note(err)
		switch {
		case changed:
			p.report(u, err)
		case first && err == nil:
			// Another upstream of this name may have been reported down before a reload.
			p.options.Changed(u.Name, true, "")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (p *Pool) report(u *Upstream, err error) {
	if err != nil {
		p.options.Changed(u.Name, false, err.Error())
		p.options.Logger.Warn("upstream is down", "upstream", u.Name, "url", u.URL, "error", err.Error())
		return
	}
	p.options.Changed(u.Name, true, "")
	p.options.Logger.Info("upstream is up again", "upstream", u.Name, "url", u.URL)
}

// probe asks the health path once; status 200 to 399 is well.
func (p *Pool) probe(ctx context.Context, u *Upstream) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.ProbeTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.target.Scheme+"://"+u.target.Host+u.Spec.Health, nil)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "ficus-health")
	res, err := u.RoundTrip(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if res.StatusCode < 200 || res.StatusCode > 399 {
		return fmt.Errorf("GET %s answers %s", u.Spec.Health, res.Status)
	}
	return nil
}
