package sequential

import "math"

// Block is a stretch of time: what was counted in it, and its ordinal number since
// the process began. Blocks may be merged (the earliest ordinal stays) and the
// oldest dropped: both only remove starting points, so the guarantee stays.
type Block struct {
	Ordinal int
	// Steps are the failures by share, for the rate ratio.
	Steps []Step
	// Trials are the answers of the new side, for its absolute rate.
	Trials Trials
}

// logStart is ln γ_j of the process that starts at block j: γ_j = 1/((j+1)(j+2)),
// which sums to 1 over all j ≥ 0.
func logStart(j int) float64 {
	return -math.Log(float64(j)+1) - math.Log(float64(j)+2)
}

// restarted is ln Σ_j γ_j E^(j), where E^(j) has seen the blocks from j on. It is an
// e-process with the guarantee of its parts, and sees a change at block j after about
// ln(1/(α γ_j)) nats of evidence however long things went well before. add adds the
// likelihood ratios of one block per alternative of the grid.
func restarted(blocks []Block, grid Grid, add func(sum []float64, b Block)) float64 {
	if len(blocks) == 0 {
		return 0
	}
	suffix, scratch := make([]float64, len(grid.ratio)), make([]float64, len(grid.ratio))
	all := make([]float64, 0, len(blocks))
	for i := len(blocks) - 1; i >= 0; i-- {
		add(suffix, blocks[i])
		all = append(all, logStart(blocks[i].Ordinal)+grid.logMean(suffix, scratch))
	}
	return logSumExp(all)
}

// Restarted is the rate ratio's e-process averaged over all starting blocks.
func (r Ratio) Restarted(blocks []Block) float64 {
	costs := map[float64][]float64{} // by share: there are many blocks of few shares
	return restarted(blocks, r.Grid, func(sum []float64, b Block) {
		for _, s := range b.Steps {
			if s.Events == 0 {
				continue
			}
			if costs[s.Share] == nil {
				costs[s.Share] = r.Grid.costs(onNew(s.Share, r.Theta))
			}
			r.Grid.addLogs(sum, float64(s.New), float64(s.Events), costs[s.Share])
		}
	})
}

// Restarted is the rate's e-process averaged over all starting blocks.
func (r Rate) Restarted(blocks []Block) float64 {
	costs := r.Grid.costs(r.P)
	return restarted(blocks, r.Grid, func(sum []float64, b Block) {
		r.Grid.addLogs(sum, float64(b.Trials.Failed), float64(b.Trials.N), costs)
	})
}
