package report

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/ficus-dev/ficus/analyze/metrics"
	"github.com/ficus-dev/ficus/analyze/model"
)

// Metrics writes what the literature measures of the proposal, each with its formula:
// to compare with papers and tools, not to decide by.
func Metrics(w io.Writer, m *model.Model, o Options) error {
	v := &textView{screen: newScreen(o), ix: newIndex(m), o: o}
	r := metrics.Of(m)
	v.wrap("", fmt.Sprintf("Metrics of the proposal, K = %s. They compare with papers; the verdict goes by the bill.", counted(r.K, "service")), bold)
	v.blank()
	for _, x := range r.Metrics {
		name := x.Name
		if x.Note != "" {
			name += " *"
		}
		v.line(span{" " + padRight(name, 20), plain}, span{padLeft(figure(x.Value), 9), bold}, span{"  " + x.Better + " is better", dim})
		v.wrap("     = ", x.Formula, dim)
	}
	if r.K < 2 {
		v.blank()
		v.wrap(" * ", "means nothing for fewer than two services", dim)
	}
	return v.flush(w)
}

// figure is a value with three decimals at most.
func figure(x float64) string {
	return strconv.FormatFloat(math.Round(x*1000)/1000, 'f', -1, 64)
}
