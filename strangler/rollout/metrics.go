package rollout

import (
	"github.com/prometheus/client_golang/prometheus"
)

// collector exports the controller's figures. Labels are bounded by the number of
// configured routes.
type collector struct {
	c *Controller

	share, logE, lower, upper, events, compared, mismatch, revision *prometheus.Desc
}

// Collector exports share, evidence, ratio interval and parity of each route as
// Prometheus metrics named strangler_*.
func (c *Controller) Collector() prometheus.Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("strangler_"+name, help, labels, nil)
	}
	return &collector{
		c:        c,
		share:    desc("cohort_weight_ratio", "Share of the cohort's users on the new side, 0 to 1.", "route", "stage"),
		logE:     desc("evidence_log_e", "Natural logarithm of the e-value; rollback decides at ln(2/alpha), promotion at ln(1/alpha).", "route", "decision"),
		lower:    desc("rate_ratio_lower", "Lower end of the anytime-valid interval of the failure rate ratio new/old.", "route"),
		upper:    desc("rate_ratio_upper", "Upper end of the anytime-valid interval of the failure rate ratio new/old.", "route"),
		events:   desc("rollout_failed_units", "Failed users of this run, counted once a step, by side.", "route", "arm"),
		compared: desc("shadow_compared", "Shadow comparisons of this run.", "route"),
		mismatch: desc("shadow_mismatch", "Shadow comparisons of this run that differed.", "route"),
		revision: desc("rollout_config_info", "The revision of the configuration in force.", "revision"),
	}
}

// Describe implements prometheus.Collector.
func (k *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{k.share, k.logE, k.lower, k.upper, k.events, k.compared, k.mismatch, k.revision} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (k *collector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(k.revision, 1, k.c.Revision())
	for _, s := range k.c.Status() {
		n := s.Decision.Numbers
		gauge(k.share, s.Share.Ratio(), s.Route, string(s.Stage))
		gauge(k.logE, n.LogERatio, s.Route, "rollback_ratio")
		gauge(k.logE, n.LogERate, s.Route, "rollback_rate")
		gauge(k.logE, n.LogEPromote, s.Route, "promote")
		gauge(k.lower, n.Lower, s.Route)
		gauge(k.upper, n.Upper, s.Route)
		gauge(k.events, float64(s.Total.Old.FailedUnits), s.Route, string(Old))
		gauge(k.events, float64(s.Total.New.FailedUnits), s.Route, string(New))
		gauge(k.compared, float64(s.Parity.Compared), s.Route)
		gauge(k.mismatch, float64(s.Parity.Different), s.Route)
	}
}
