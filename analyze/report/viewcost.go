package report

import (
	"github.com/ficus-dev/ficus/analyze/metrics"
	"github.com/ficus-dev/ficus/analyze/model"
)

func pageSteps(steps []model.CureStep) []pageStep {
	var out []pageStep
	for _, s := range steps {
		ps := pageStep{Who: s.Service, Do: s.Do, Undo: s.Undo}
		for _, ev := range s.Evidence {
			if ev.File != "" {
				ps.Places = append(ps.Places, position(ev.File, ev.Line))
			}
		}
		out = append(out, ps)
	}
	return out
}

// remote takes the turns of loops out of the calls, so that the script can put others
// in.
func (b *pageBuilder) remote(r *model.Remote) *pageRemote {
	if r == nil {
		return nil
	}
	out := &pageRemote{Places: r.Places, Base: r.Calls - float64(r.Turns*r.InLoops), Loops: r.InLoops}
	for _, s := range r.Steps {
		ps := pageRemoteStep{Callee: b.v.ix.goName(s.Callee), A: b.groupOf(s.FromService), B: b.groupOf(s.ToService), At: position(s.Evidence.File, s.Evidence.Line),
			Places: s.Places, Base: s.Calls - float64(r.Turns*s.InLoops), Loops: s.InLoops, Measured: s.Measured}
		if s.Loop != nil {
			ps.Loop = position(s.Loop.File, s.Loop.Line)
		}
		out.Steps = append(out.Steps, ps)
	}
	return out
}

func (b *pageBuilder) metrics() {
	r := metrics.Of(b.v.ix.m)
	b.page.K = r.K
	for _, x := range r.Metrics {
		b.page.Metrics = append(b.page.Metrics, pageMetric{x.Name, model.Round(x.Value), string(x.Better), x.Formula, string(x.Note)})
	}
}
