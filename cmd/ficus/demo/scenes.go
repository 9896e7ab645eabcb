package demo

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"

	"github.com/ficus-dev/ficus/analyze"
	"github.com/ficus-dev/ficus/analyze/report"
)

// analyze runs the analysis on the copy and prints its first screen.
func (s *show) analyze(ctx context.Context) error {
	m, err := analyze.Run(ctx, analyze.Options{Dir: s.shopDir, ToolVersion: s.Version, Progress: s.progress})
	if err != nil {
		return err
	}
	s.model, s.service = m, m.Verdict.FirstCut
	if s.service == "" {
		return errors.New("the analysis recommends no first cut; this sample should have one")
	}
	var screen bytes.Buffer
	if err := report.Text(&screen, m, report.Options{Width: 96}); err != nil {
		return err
	}
	s.say("%s", indent(screen.String()))
	return m.WriteFile(filepath.Join(s.shopDir, ".ficus", "model.json"))
}
