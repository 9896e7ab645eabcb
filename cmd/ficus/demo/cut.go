package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/generate"
	"github.com/ficus-dev/ficus/generate/verify"
)

// generate writes the service into the copy and builds its program.
func (s *show) generate(ctx context.Context) error {
	res, err := generate.Run(ctx, s.generateOptions())
	if err != nil {
		return err
	}
	if len(res.Refusals) > 0 {
		r := res.Refusals[0]
		return fmt.Errorf("%d functions of %s cannot cross, first %s: %s %s", len(res.Refusals), s.service, r.Position, r.Code, r.Reason)
	}
	if err := res.Write(ctx); err != nil {
		return err
	}
	s.say("   %d functions of %s cross, with the same Go signatures on both sides; %d HTTP routes go with it",
		len(res.Crossing), s.service, len(res.Routes))
	s.say("   %d files: %s", len(res.Files), strings.Join(shortened(paths(res.Files), 6), ", "))
	took, err := s.build(ctx, s.service, "./cmd/"+s.service)
	if err != nil {
		return err
	}
	s.say("   go build ./cmd/%s: %s", s.service, seconds(took))
	return nil
}

func (s *show) generateOptions() generate.Options {
	return generate.Options{Dir: s.shopDir, Service: s.service, Progress: s.progress}
}

func paths(files []generate.Change) (out []string) {
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out
}

// shortened is a list of at most n, the rest as a count.
func shortened(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], fmt.Sprintf("and %d more", len(list)-n))
}

// verify runs the monolith's tests as they are and through a real connection.
func (s *show) verify(ctx context.Context) error {
	started := time.Now()
	res, err := verify.Run(ctx, verify.Options{Options: s.generateOptions()})
	if err != nil {
		return err
	}
	s.say("   %-10s %8s %8s %8s   (of the packages that both ran)", "", "passed", "failed", "skipped")
	for _, m := range res.Modes {
		s.say("   %-10s %8d %8d %8d", m.Name, m.Compared.Passed, m.Compared.Failed, m.Compared.Skipped)
	}
	s.say("   %d calls really went through gRPC; no file of the shop was changed; %s", res.Crossed(), seconds(time.Since(started)))
	switch {
	case !res.Same():
		return fmt.Errorf("%d tests differ, first %s %s", len(res.Differences), res.Differences[0].Package, res.Differences[0].Test)
	case res.Crossed() == 0:
		return fmt.Errorf("no test called %s across the boundary", s.service)
	}
	return nil
}
