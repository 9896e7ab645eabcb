package report

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/ficus-dev/ficus/analyze/model"
)

var shoot = flag.String("shoot", "", "model.json files, separated by commas, to take pictures of for -screenshots")

// TestShoot takes pictures of the reports of real models for people to look at, and
// judges how fast they open: every section in light, the first in dark, narrow and
// printed. Without -shoot and -screenshots it is skipped.
func TestShoot(t *testing.T) {
	if *shoot == "" || *screenshots == "" {
		t.Skip("needs -shoot FILE,… and -screenshots DIR")
	}
	for _, path := range strings.Split(*shoot, ",") {
		name := filepath.Base(filepath.Dir(filepath.Dir(path)))
		t.Run(name, func(t *testing.T) {
			m, err := model.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			shootModel(t, m, name)
		})
	}
}

func shootModel(t *testing.T, m *model.Model, name string) {
	ctx := browser(t)
	openReport(t, ctx, m)
	load := eval[float64](t, ctx, `(() => { const n = performance.getEntriesByType("navigation")[0]; return n.loadEventEnd - n.startTime; })()`)
	t.Logf("%d packages open in %.0f ms, with %d elements; %s", len(m.Packages), load, eval[int](t, ctx, `document.querySelectorAll("*").length`),
		eval[string](t, ctx, `(() => { const n = performance.getEntriesByType("navigation")[0]; return ["responseEnd", "domInteractive", "domComplete"].map((k) => k + " " + Math.round(n[k])).concat(performance.getEntriesByType("paint").map((p) => p.name + " " + Math.round(p.startTime)), (performance.getEntriesByType("measure")).map((p) => p.name + " " + Math.round(p.duration))).join(", "); })()`))
	if load > 1000 {
		t.Errorf("opens in %.0f ms, want under a second", load)
	}
	shot(t, ctx, name+"-1")
	for _, key := range []string{"2", "3", "4", "5", "6", "7", "8"} {
		run(t, ctx, chromedp.KeyEvent(key))
		shot(t, ctx, name+"-"+key)
	}
	run(t, ctx, chromedp.KeyEvent("1"), chromedp.KeyEvent("e"))
	shot(t, ctx, name+"-open")
	run(t, ctx, chromedp.KeyEvent("e"), chromedp.KeyEvent("t"))
	shot(t, ctx, name+"-dark")
	run(t, ctx, chromedp.KeyEvent("2"))
	shot(t, ctx, name+"-dark2")
	run(t, ctx, chromedp.KeyEvent("t"), chromedp.KeyEvent("1"), chromedp.EmulateViewport(390, 844))
	if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		t.Errorf("at 390 pixels the page is %d too wide", over)
	}
	shot(t, ctx, name+"-narrow")
	run(t, ctx, chromedp.EmulateViewport(1100, 1400), chromedp.Evaluate[chromedp.Void](`void dispatchEvent(new Event("beforeprint"))`))
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	shot(t, ctx, name+"-print")
}
