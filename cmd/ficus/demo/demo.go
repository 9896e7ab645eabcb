package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Options of Run.
type Options struct {
	// Sample is the monolith; default samples/shop of the checkout that the current
	// folder is in.
	Sample string
	// Dir is where the demo works; default a new temporary folder. It must be empty.
	Dir string
	// Keep leaves Dir, with all that was generated and the logs, as it is at the end;
	// a Dir of yours is always kept.
	Keep bool
	// Ficus is the program that runs as proxy: this one.
	Ficus string
	// Version is stamped into what is generated.
	Version string
	// Out is told the story.
	Out io.Writer
	// Progress is told what is being done now; nil: nobody.
	Progress func(string)
}

// show is one run of the demo.
type show struct {
	Options
	shopDir string // the copy of the sample
	service string // the first cut that the analysis recommends
	model   *model.Model
	config  *route.Config
	file    string // strangler.yaml

	shopAddr, grpcAddr, httpAddr, proxyAddr, adminAddr string
	shop, cut, broken, proxy                           *process
	load                                               *traffic
	started                                            time.Time
}

// Run plays the demo. It returns an error when anything did not come out as the
// story says; whatever happens, it stops what it started and removes what it
// wrote (see Options.Keep).
func Run(ctx context.Context, opt Options) (err error) {
	s := &show{Options: opt, started: time.Now()}
	if err := s.prepare(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.cleanUp(err)) }()
	scenes := []struct {
		title string
		play  func(context.Context) error
	}{
		{"The monolith: build it and start it", s.startShop},
		{"Analyze: where to cut, and what it costs", s.analyze},
		{"Generate: contract, server, client, main", s.generate},
		{"Verify: the monolith's own tests through the new boundary", s.verify},
		{"Strangle: service and proxy in front of live traffic", s.strangle},
		{"Move: shadow, then 1 → 5 → 25 → 50 → 100 %", s.move},
		{"Break it: a bad release of the service", s.sabotage},
	}
	for i, scene := range scenes {
		s.say("\n%d  %s", i+1, scene.title)
		if err := scene.play(ctx); err != nil {
			return fmt.Errorf("demo, scene %d (%s): %w", i+1, scene.title, err)
		}
	}
	s.sumUp()
	return nil
}

// prepare finds the sample, copies it and chooses addresses.
func (s *show) prepare() error {
	here, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the current folder: %w", err)
	}
	switch {
	case s.Sample == "":
		if s.Sample, err = findSample(here); err != nil {
			return err
		}
	case !isModule(s.Sample):
		return fmt.Errorf("use --sample %s: no go.mod in it; name a copy of samples/shop", s.Sample)
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	s.shopDir = filepath.Join(s.Dir, "shop")
	if err := copySample(s.Sample, s.shopDir); err != nil {
		return fmt.Errorf("copy the sample: %w", err)
	}
	addrs, err := freeAddrs(5)
	if err != nil {
		return err
	}
	s.shopAddr, s.grpcAddr, s.httpAddr, s.proxyAddr, s.adminAddr = addrs[0], addrs[1], addrs[2], addrs[3], addrs[4]
	return nil
}

// makeDir makes the folder to work in, absolute.
func (s *show) makeDir() (err error) {
	if s.Dir == "" {
		s.Dir, err = os.MkdirTemp("", "ficus-demo-")
		if err != nil {
			return fmt.Errorf("make a folder to work in: %w; name one with --dir", err)
		}
		end := "removed at the end; --keep keeps it"
		if s.Keep {
			end = "kept"
		}
		s.say("Working in %s (%s)", s.Dir, end)
		return nil
	}
	s.Keep = true
	if s.Dir, err = filepath.Abs(s.Dir); err != nil {
		return fmt.Errorf("use --dir: %w", err)
	}
	if entries, err := os.ReadDir(s.Dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("use %s: the folder is not empty; name a new one with --dir", s.Dir)
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("make the folder to work in: %w", err)
	}
	s.say("Working in %s (kept)", s.Dir)
	return nil
}

// startShop builds the monolith and starts it with demo data.
func (s *show) startShop(ctx context.Context) error {
	s.progress("compiling the shop and its database driver (the first time takes a minute)")
	took, err := s.build(ctx, "shop", "./cmd/shop")
	if err != nil {
		return err
	}
	s.shop, err = startProcess(s.Dir, "shop", s.shopEnv(), s.binary("shop"), "-seed")
	if err != nil {
		return err
	}
	if err := s.shop.waitReady(ctx, "http://"+s.shopAddr+"/healthz"); err != nil {
		return err
	}
	s.say("   one binary, built in %s; it answers on http://%s", seconds(took), s.shopAddr)
	return nil
}

// build compiles one program of the shop's module into Dir/bin and says how long it took.
func (s *show) build(ctx context.Context, name, pkg string, flags ...string) (time.Duration, error) {
	started := time.Now()
	args := append([]string{"build", "-o", s.binary(name)}, flags...)
	if err := goTool(ctx, s.shopDir, append(args, pkg)...); err != nil {
		return 0, fmt.Errorf("build %s: %w", pkg, err)
	}
	return time.Since(started), nil
}

func (s *show) binary(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(s.Dir, "bin", name)
}

// shopEnv is the environment of the monolith, and of the service: they share the
// database until the data is split.
func (s *show) shopEnv() []string {
	return []string{
		"SHOP_ADDR=" + s.shopAddr,
		"DATABASE_URL=" + filepath.ToSlash(filepath.Join(s.Dir, "shop.db")),
		"SHOP_LOG_LEVEL=WARN",
	}
}

// cleanUp stops every child, and removes the folder unless it is to be kept or
// the logs are needed to understand failure.
func (s *show) cleanUp(failure error) error {
	s.proxy.stop()
	s.broken.stop()
	s.cut.stop()
	s.shop.stop()
	switch {
	case s.Keep:
		s.say("\nKept in %s: shop (with services/ and strangler.yaml), shop.db, bin, log", s.Dir)
		return nil
	case failure != nil && !errors.Is(failure, context.Canceled):
		s.say("\nKept for a look at what went wrong: %s", s.Dir)
		return nil
	}
	http.DefaultClient.CloseIdleConnections()
	if err := os.RemoveAll(s.Dir); err != nil {
		return fmt.Errorf("remove the demo's folder: %w", err)
	}
	return nil
}

// sumUp is the last screen.
func (s *show) sumUp() {
	got := s.load.tally()
	s.say("\nDone in %s. The shoppers sent %d requests through the proxy; %d failed.",
		seconds(time.Since(s.started)), got.Sent, got.Failed)
	s.say("On your own monolith:  cd YOUR-MODULE && ficus analyze")
}

func (s *show) say(format string, args ...any) {
	s.progress("")
	fmt.Fprintf(s.Out, format+"\n", args...)
}

func (s *show) progress(text string) {
	if s.Progress != nil {
		s.Progress(text)
	}
}

// indent puts three spaces before every line.
func indent(text string) string {
	return "   " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n   ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
