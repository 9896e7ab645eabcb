package report

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/ficus-dev/ficus/analyze/model"
)

var screenshots = flag.String("screenshots", "", "folder to write screenshots of the HTML report to")

// patience bounds waits for what must come; Chromium takes long to start on a busy machine.
const patience = 2 * time.Minute

// browser starts a headless Chromium; the test is skipped where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			found = path
			break
		}
	}
	required := os.Getenv("FICUS_REQUIRE_ALL") == "1"
	if found == "" && required {
		t.Fatal("no Chromium found, and FICUS_REQUIRE_ALL=1")
	}
	if found == "" || testing.Short() {
		t.Skip("needs Chromium, and no -short")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1440, 1000))
	ctx, stop := context.WithTimeout(context.Background(), 2*patience)
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, stopTab := chromedp.NewContext(ctx)
	t.Cleanup(func() { stopTab(); stopAllocator(); stop() })
	switch err := chromedp.Do(ctx); {
	case err != nil && required:
		t.Fatalf("Chromium does not start, and FICUS_REQUIRE_ALL=1: %v", err)
	case err != nil:
		t.Skipf("Chromium does not start here: %v", err)
	}
	return ctx
}

// openReport loads the HTML of a model from a file, and fails the test for every
// script error, console message and request besides the file's own.
func openReport(t *testing.T, ctx context.Context, m *model.Model) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, render(t, m, FormatHTML, Options{}), 0o600); err != nil {
		t.Fatal(err)
	}
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("script error: %v", ev.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			t.Errorf("console: %v", ev.Args)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(ev.Request.URL, "file://") {
				t.Errorf("the page asked for %s", ev.Request.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	run(t, ctx, chromedp.Navigate("file://"+filepath.ToSlash(path)), chromedp.WaitVisible(chromedp.CSS("#overview")))
}

func run(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestBrowserTour walks through the report as a person would, by keyboard.
func TestBrowserTour(t *testing.T) {
	ctx := browser(t)
	openReport(t, ctx, shop(t))
	shot(t, ctx, "overview")
	if n := eval[int](t, ctx, `document.querySelectorAll("#graph .node").length`); n != 4 {
		t.Errorf("the graph has %d services, want 4", n)
	}
	if bottom := eval[float64](t, ctx, `document.querySelector("#firstcut .cures").getBoundingClientRect().bottom`); bottom > 1000 {
		t.Errorf("the first cut's bill ends at %v, below the first screen", bottom)
	}
	run(t, ctx, chromedp.KeyEvent("e"))
	if n := eval[int](t, ctx, `document.querySelectorAll("#graph text.unit").length`); n != 10 {
		t.Errorf("open, the graph shows %d units, want 10", n)
	}
	shot(t, ctx, "graph-open")
	for key, id := range map[string]string{"2": "bill", "3": "matrix", "4": "data", "5": "latency", "6": "alternatives", "7": "metrics", "8": "notseen"} {
		run(t, ctx, chromedp.KeyEvent(key), chromedp.WaitVisible(chromedp.CSS("#"+id)))
		if n := eval[int](t, ctx, `document.querySelectorAll("main > section:not([hidden])").length`); n != 1 {
			t.Errorf("%s: %d sections are visible", id, n)
		}
		if text := eval[string](t, ctx, `document.querySelector("main > section:not([hidden])").innerText.replace("undefined: oldSchema", "")`); len(text) < 20 || strings.Contains(text, "[object") || strings.Contains(text, "undefined") || strings.Contains(text, "null") {
			t.Errorf("%s reads %q", id, text)
		}
		shot(t, ctx, id)
	}
}

// TestBrowserSearch finds a unit by its name and opens it.
func TestBrowserSearch(t *testing.T) {
	ctx := browser(t)
	openReport(t, ctx, shop(t))
	run(t, ctx, chromedp.KeyEvent("/"), chromedp.SendKeys(chromedp.CSS("#search"), "discounts\r"), chromedp.WaitVisible(chromedp.CSS("#drawer")))
	text := eval[string](t, ctx, `document.getElementById("drawer").innerText`)
	for _, want := range []string{"internal/discounts", "in orders", "61 %", "catalogue would be as near", "ficus explain internal/discounts"} {
		if !strings.Contains(text, want) {
			t.Errorf("the drawer lacks %q: %s", want, text)
		}
	}
	shot(t, ctx, "drawer")
	run(t, ctx, chromedp.KeyEvent("\x1b"), chromedp.WaitNotVisible(chromedp.CSS("#drawer")))
}

// TestBrowserCures: the bill is grouped by cure, one of them can be picked, and a saga
// shows its steps with what takes each back.
func TestBrowserCures(t *testing.T) {
	ctx := browser(t)
	openReport(t, ctx, shop(t))
	run(t, ctx, chromedp.KeyEvent("2"), chromedp.WaitVisible(chromedp.CSS("#bill .chips")))
	if heads := eval[string](t, ctx, `[...document.querySelectorAll("#bill .cure-group h3")].map((h) => h.firstChild.textContent).join(", ")`); heads != "Outbox or saga, Batch, Call it remotely, Replicate what is read, Let the owner write, Carry the data" {
		t.Errorf("the cures are %s", heads)
	}
	run(t, ctx, chromedp.Click(chromedp.CSS("#bill .chips button")), chromedp.Evaluate[chromedp.Void](`void (document.querySelector("#bill details.steps").open = true)`))
	text := eval[string](t, ctx, `document.getElementById("bill").innerText`)
	for _, want := range []string{"2 crossings, price 50", "insert into payments; then answer orders", "delete, or mark cancelled, the rows inserted into payments"} {
		if !strings.Contains(text, want) {
			t.Errorf("the bill lacks %q: %s", want, text)
		}
	}
}

// TestBrowserLatency: round trip and turns are the reader's to change.
func TestBrowserLatency(t *testing.T) {
	ctx := browser(t)
	openReport(t, ctx, shop(t))
	run(t, ctx, chromedp.KeyEvent("5"), chromedp.WaitVisible(chromedp.CSS("#latency table")))
	set := func(label, value string) {
		run(t, ctx, chromedp.Evaluate[chromedp.Void](`void (() => { const e = document.querySelector('#latency input[aria-label="`+label+`"]'); e.value = "`+value+`"; e.dispatchEvent(new Event("input")); })()`))
	}
	added := func() string {
		return eval[string](t, ctx, `document.querySelector("#latency tbody td:last-child b").textContent`)
	}
	if got := added(); got != "+5.0 ms" {
		t.Errorf("10 calls of 0.5 ms: %s", got)
	}
	set("turns of a loop", "10")
	set("milliseconds of one round trip", "1")
	if got := added(); got != "+22 ms" {
		t.Errorf("2 calls, and 2 places of 10 turns, of 1 ms: %s", got)
	}
}

// TestBrowserMetrics: each with its formula, and K.
func TestBrowserMetrics(t *testing.T) {
	ctx := browser(t)
	openReport(t, ctx, shop(t))
	run(t, ctx, chromedp.KeyEvent("7"), chromedp.WaitVisible(chromedp.CSS("#metrics table")))
	text := eval[string](t, ctx, `document.getElementById("metrics").innerText`)
	for _, want := range []string{"K = 4 services", "SM", "ICP", "IFN", "NED", "MQ", "table purity", "cross transactions", "complexity", "service cycles", "100 · MQ / K", "The verdict does not go by them"} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %q: %s", want, text)
		}
	}
}

// TestBrowserPair: an arrow of the graph leads to the items between the two.
func TestBrowserPair(t *testing.T) {
	ctx := browser(t)
	openReport(t, ctx, shop(t))
	run(t, ctx, chromedp.Evaluate[chromedp.Void](`void [...document.querySelectorAll(".edge")].find((e) => e.querySelector("title").textContent.startsWith("orders → payments")).querySelector(".hit").dispatchEvent(new MouseEvent("click", {bubbles: true}))`),
		chromedp.WaitVisible(chromedp.CSS("#bill")))
	text := eval[string](t, ctx, `document.getElementById("bill").innerText`)
	if !strings.Contains(text, "2 crossings, price 50") || !strings.Contains(text, "internal/orders/checkout.go:88") {
		t.Errorf("the bill of orders and payments reads %s", text)
	}
}

// TestBrowserLooks: dark, narrow and printed.
func TestBrowserLooks(t *testing.T) {
	ctx := browser(t)
	openReport(t, ctx, shop(t))
	light := eval[string](t, ctx, `getComputedStyle(document.body).backgroundColor`)
	run(t, ctx, chromedp.KeyEvent("t"))
	if dark := eval[string](t, ctx, `getComputedStyle(document.body).backgroundColor`); dark == light {
		t.Errorf("t changes nothing: %s", dark)
	}
	shot(t, ctx, "dark")
	for _, key := range []string{"2", "3", "4"} {
		run(t, ctx, chromedp.KeyEvent(key))
		shot(t, ctx, "dark"+key)
	}
	run(t, ctx, chromedp.KeyEvent("1"), chromedp.EmulateViewport(390, 844))
	if over := eval[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		t.Errorf("at 390 pixels the page is %d too wide", over)
	}
	shot(t, ctx, "narrow")
	run(t, ctx, chromedp.EmulateViewport(1100, 1400), chromedp.Evaluate[chromedp.Void](`void dispatchEvent(new Event("beforeprint"))`))
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	if n := eval[int](t, ctx, `[...document.querySelectorAll("main > section")].filter((s) => s.offsetHeight > 40).length`); n != 8 {
		t.Errorf("printed are %d sections, want 8", n)
	}
	shot(t, ctx, "print")
	if *screenshots != "" {
		pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*screenshots, "print.pdf"), pdf, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// mostNodes is what a page of 500 packages may hold: what is drawn decides how fast it
// opens, on any machine.
const mostNodes = 6000

// TestBrowserBig: a page of 500 packages holds little at first, and every section
// draws. The times are logged, and judged only with -screenshots, when somebody looks:
// it opens in under a second.
func TestBrowserBig(t *testing.T) {
	ctx := browser(t)
	openReport(t, ctx, big(500, 9))
	load := eval[float64](t, ctx, `(() => { const n = performance.getEntriesByType("navigation")[0]; return n.loadEventEnd - n.startTime; })()`)
	t.Logf("opened in %.0f ms", load)
	if n := eval[int](t, ctx, `document.querySelectorAll("*").length`); n > mostNodes {
		t.Errorf("the page holds %d elements, want at most %d", n, mostNodes)
	}
	if load > 1000 && *screenshots != "" {
		t.Errorf("500 packages open in %.0f ms, want under a second", load)
	}
	shot(t, ctx, "big")
	for _, key := range []string{"2", "3", "4", "5", "6", "7"} {
		took := eval[float64](t, ctx, `(() => { const t = performance.now(); document.dispatchEvent(new KeyboardEvent("keydown", {key: "`+key+`"})); document.body.offsetHeight; return performance.now() - t; })()`)
		t.Logf("section %s drawn in %.0f ms", key, took)
		if took > 1000 && *screenshots != "" {
			t.Errorf("section %s takes %.0f ms, want under a second", key, took)
		}
		shot(t, ctx, "big"+key)
	}
	run(t, ctx, chromedp.KeyEvent("3"), chromedp.SetValue(chromedp.CSS("#matrix select"), "units"),
		chromedp.Evaluate[chromedp.Void](`void document.querySelector("#matrix select").dispatchEvent(new Event("change"))`), chromedp.WaitVisible(chromedp.CSS("#matrix canvas")))
	shot(t, ctx, "big-units")
}
