package admin_test

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

var screenshots = flag.String("screenshots", "", "write pictures of the dashboard into this `folder`")

// patience bounds waits for what must come; Chromium takes long to start on a busy machine.
const patience = 2 * time.Minute

// browser starts a headless Chromium, or skips.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("FICUS_REQUIRE_ALL") == "1" {
			t.Fatal("no Chromium found, and FICUS_REQUIRE_ALL=1")
		}
		t.Skip("no Chromium found: the dashboard is not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.WSURLReadTimeout(patience), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	do(t, ctx) // starts it
	limited, cancel := context.WithTimeout(ctx, 2*patience)
	t.Cleanup(cancel)
	return limited
}

// do runs browser actions and fails the test when one does.
func do(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// eval is the value of a JavaScript expression.
func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// poll waits until a JavaScript expression is true.
func poll(expression string) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(patience), chromedp.WithPollingInterval(30*time.Millisecond))
}

const rowText = `document.querySelector('tr[data-route="%s"]')?.innerText ?? ""`

func row(name string) string { return strings.ReplaceAll(rowText, "%s", name) }

func TestDashboard(t *testing.T) {
	ctx := browser(t)
	s := newSample(t)
	var refused atomic.Value
	refused.Store("")
	server := httptest.NewServer(admin.New(admin.Options{Controller: s.Controller, Refused: func() string { return refused.Load().(string) }}))
	defer server.Close()
	defer server.CloseClientConnections()

	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL),
		poll(`document.querySelectorAll('#route-rows tr').length === 5`),
		poll(`document.getElementById('live').className === 'live on'`))
	for name, want := range map[string]string{"checkout": "rolled back", "catalogue": "100%", "search": "$.results[].score differs", "webhooks": "Manual"} {
		if got := eval[string](t, ctx, row(name)); !strings.Contains(got, want) {
			t.Errorf("row of %s is %q, want it to hold %q", name, got, want)
		}
	}
	t.Run("the picture is drawn", func(t *testing.T) {
		if drawn := eval[int](t, ctx, `document.querySelectorAll('#chart-evidence path.line').length`); drawn != 2 {
			t.Errorf("%d evidence lines are drawn, want 2", drawn)
		}
	})
	t.Run("a change arrives", func(t *testing.T) {
		if err := s.Set("webhooks", 4200, "ann"); err != nil {
			t.Fatal(err)
		}
		do(t, ctx, poll(`(`+row("webhooks")+`).includes("42%")`))
	})
	t.Run("a refused configuration is told", func(t *testing.T) {
		if eval[bool](t, ctx, `!document.getElementById("refused").hidden`) {
			t.Error("something is refused from the start")
		}
		for _, why := range []string{"strangler.yaml:3:4: nonsense", ""} {
			refused.Store(why)
			s.Evaluate()
			do(t, ctx, poll(fmt.Sprintf(`document.getElementById("refused").hidden === %t && document.getElementById("refused").innerText.includes(%q)`, why == "", why)))
		}
	})
	t.Run("rollback by the button", func(t *testing.T) {
		do(t, ctx, chromedp.Click(chromedp.CSS(`tr[data-route="catalogue"] button`)), chromedp.Click(chromedp.CSS("#rollback")),
			chromedp.WaitVisible(chromedp.CSS("#confirm-yes")), chromedp.SendKeys(chromedp.CSS("#reason"), "looks odd"), chromedp.Click(chromedp.CSS("#confirm-yes")),
			poll(`(`+row("catalogue")+`).includes("rolled back")`))
		if share := s.Share("catalogue"); share != 0 {
			t.Errorf("share is %d after the rollback", share)
		}
		h := s.History()
		if last := h[len(h)-1]; last.Reason != "looks odd" || last.Who != "dashboard" || last.Action != string(rollout.Rollback) {
			t.Errorf("the history ends with %+v", last)
		}
	})
	t.Run("share by keyboard", func(t *testing.T) {
		do(t, ctx, chromedp.SendKeys(chromedp.CSS("#set-share"), "12.5\r"), chromedp.WaitVisible(chromedp.CSS("#confirm-yes")), chromedp.SendKeys(chromedp.CSS("#confirm-yes"), "\r"),
			poll(`(`+row("catalogue")+`).includes("12.5%")`))
		if share := s.Share("catalogue"); share != 1250 {
			t.Errorf("share is %d", share)
		}
	})
	t.Run("a mistake is told", func(t *testing.T) {
		do(t, ctx, chromedp.SendKeys(chromedp.CSS("#set-share"), "120\r"), chromedp.WaitVisible(chromedp.CSS("#confirm-yes")), chromedp.Click(chromedp.CSS("#confirm-yes")),
			poll(`document.getElementById('confirm-error').textContent.includes('120%')`), chromedp.Click(chromedp.CSS("#confirm-no")))
		if share := s.Share("catalogue"); share != 1250 {
			t.Errorf("share is %d", share)
		}
	})
	t.Run("nothing scrolls sideways", func(t *testing.T) {
		for _, width := range []int64{1280, 820, 390} {
			do(t, ctx, chromedp.EmulateViewport(width, 900))
			if over := eval[int](t, ctx, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("at %d pixels the page is %d too wide", width, over)
			}
		}
	})
}

func TestDashboardAsksForAToken(t *testing.T) {
	ctx := browser(t)
	c, err := rollout.NewController(rollout.Options{Config: sampleConfig()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(admin.New(admin.Options{Controller: c, Token: "s3cret"}))
	defer server.Close()
	defer server.CloseClientConnections()
	do(t, ctx, chromedp.Navigate(server.URL), chromedp.WaitVisible(chromedp.CSS("#token")), chromedp.SendKeys(chromedp.CSS("#token"), "s3cret\r"),
		poll(`document.querySelectorAll('#route-rows tr').length === 5`))
}

// TestScreenshots writes pictures for people to look at: go test -run Screenshots
// -screenshots DIR.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("no -screenshots folder")
	}
	ctx := browser(t)
	s := newSample(t)
	if err := s.Set("webhooks", route.Share(500), "ann"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(admin.New(admin.Options{Controller: s.Controller}))
	defer server.Close()
	defer server.CloseClientConnections()
	for _, shot := range []struct {
		name, theme, selected string
		width                 int64
		do                    chromedp.Action[chromedp.Void]
	}{
		{"light", "light", "checkout", 1280, nil},
		{"dark", "dark", "billing", 1280, nil},
		{"dialog", "light", "billing", 1280, chromedp.Click(chromedp.CSS("#rollback"))},
		{"tablet", "light", "search", 820, nil},
		{"phone", "light", "checkout", 390, nil},
		{"phone-dark", "dark", "webhooks", 390, nil},
	} {
		dark := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: shot.theme}}
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: dark}); err != nil {
			t.Fatal(err)
		}
		do(t, ctx, chromedp.EmulateViewport(shot.width, 900), chromedp.Navigate(server.URL+"/#"+shot.selected), chromedp.Reload(),
			poll(`document.querySelectorAll('#chart-evidence path.line').length > 0`))
		capture := chromedp.FullScreenshot(100)
		if shot.do != nil {
			do(t, ctx, shot.do, chromedp.WaitVisible(chromedp.CSS("#confirm-yes")))
			capture = chromedp.CaptureScreenshot()
		}
		png, err := chromedp.Run(ctx, capture)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*screenshots, shot.name+".png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
