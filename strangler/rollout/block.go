package rollout

import (
	"maps"
	"slices"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout/sequential"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Blocks: enough to start a test shortly before any change, few enough to compute
// with every second.
const (
	blockLength  = 10 * time.Second
	freshBlocks  = 16 // the newest are never merged
	maxBlocks    = 48
	maxOldBlocks = 96 // with many different shares, the oldest are dropped
)

func (s *State) openBlock(share route.Share, now time.Time) {
	s.Blocks = append(s.Blocks, Block{Ordinal: s.NextOrdinal, Share: share, Start: now, End: now})
	s.NextOrdinal++
	s.thin(now)
}

// roll opens a block when the current one is full and holds something.
func (s *State) roll(now time.Time) {
	if len(s.Blocks) == 0 {
		s.openBlock(s.Share, now)
		return
	}
	last := &s.Blocks[len(s.Blocks)-1]
	last.End = now
	if s.Share == 0 {
		return // nothing to test; after a rollback its evidence stays as it was
	}
	if now.Sub(last.Start) >= blockLength && last.Arms != (Arms{}) {
		s.openBlock(s.Share, now)
	}
}

// record adds what was counted at a share to its latest step and block. Answers
// that come in after the share was left belong to the step that assigned them;
// those of a share this run never had are dropped.
func (s *State) record(share route.Share, delta Arms) {
	for i := len(s.Steps) - 1; i >= 0; i-- {
		if s.Steps[i].Share == share {
			s.Steps[i].Arms = s.Steps[i].add(delta)
			break
		}
	}
	for i := len(s.Blocks) - 1; i >= 0; i-- {
		if s.Blocks[i].Share == share {
			s.Blocks[i].Arms = s.Blocks[i].add(delta)
			return
		}
	}
}

// thin merges old neighbours of the same share so that blocks grow with their age,
// and drops the oldest when that is not enough. Both only remove starting points
// of the test (sequential.Block).
func (s *State) thin(now time.Time) {
	for len(s.Blocks) > maxBlocks {
		i := s.thinnest(now)
		if i < 0 {
			break
		}
		a, b := s.Blocks[i], s.Blocks[i+1]
		s.Blocks[i] = Block{Ordinal: a.Ordinal, Share: a.Share, Start: a.Start, End: b.End, Arms: a.add(b.Arms)}
		s.Blocks = slices.Delete(s.Blocks, i+1, i+2)
	}
	if n := len(s.Blocks); n > maxOldBlocks {
		s.Blocks = slices.Delete(s.Blocks, 0, n-maxOldBlocks)
	}
}

// thinnest is the old block which, merged with the next, is shortest for its age;
// -1 when none can be merged.
func (s *State) thinnest(now time.Time) int {
	best, least := -1, 0.0
	for i := range len(s.Blocks) - freshBlocks - 1 {
		a, b := s.Blocks[i], s.Blocks[i+1]
		if a.Share != b.Share {
			continue
		}
		span := float64(b.End.Sub(a.Start)+1) / float64(now.Sub(a.Start)+1)
		if best < 0 || span < least {
			best, least = i, span
		}
	}
	return best
}

// trials are a block's answers as the tests see them. A failing user who tries
// again is one failure, yet all requests count: that can only make a rollback less
// likely, never a false one.
func (b Block) trials() sequential.Block {
	return sequential.Block{
		Ordinal: b.Ordinal,
		Steps:   []sequential.Step{ratioStep(b.Share, b.Arms)},
		Trials:  sequential.Trials{N: b.New.Requests, Failed: min(b.New.FailedUnits, b.New.Requests)},
	}
}

func (s *State) sequentialBlocks() []sequential.Block {
	out := make([]sequential.Block, len(s.Blocks))
	for i, b := range s.Blocks {
		out[i] = b.trials()
	}
	return out
}

func cloneFields(m map[string]int64) map[string]int64 { return maps.Clone(m) }
