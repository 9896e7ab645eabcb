package rollout

import (
	"slices"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout/sequential"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Stage says where a route stands.
type Stage string

// The stages of a route, in the order of a rollout.
const (
	StageLocal      Stage = "local"       // 0%: the monolith answers
	StageShadow     Stage = "shadow"      // 0%, with copies going to the new side
	StageCanary     Stage = "canary"      // some users are on the new side
	StageRemote     Stage = "remote"      // 100%: the new side answers
	StageRolledBack Stage = "rolled-back" // back at 0% until a person sets a share
	StagePaused     Stage = "paused"      // held at its share by a person
)

// Counts are the answers of one arm.
type Counts struct {
	// Requests that were assigned to the arm and answered.
	Requests int64 `json:"requests"`
	// Failures among them.
	Failures int64 `json:"failures"`
	// FailedUnits are the failures counted once a unit (user), step and ten minutes.
	FailedUnits int64 `json:"failed_units"`
}

func (c Counts) add(d Counts) Counts {
	return Counts{c.Requests + d.Requests, c.Failures + d.Failures, c.FailedUnits + d.FailedUnits}
}

// Rate is failures ÷ requests, 0 without requests.
func (c Counts) Rate() float64 {
	if c.Requests == 0 {
		return 0
	}
	return float64(c.Failures) / float64(c.Requests)
}

// Arms are the counts of both sides over the same time.
type Arms struct {
	Old Counts `json:"old"`
	New Counts `json:"new"`
}

func (a Arms) add(b Arms) Arms { return Arms{a.Old.add(b.Old), a.New.add(b.New)} }

// Step is the time that a route spent on one share.
type Step struct {
	Share route.Share `json:"share"`
	Since time.Time   `json:"since"`
	Arms
}

// Block is a stretch of a step: what a change is looked for in.
type Block struct {
	// Ordinal counts blocks since the run began; it keeps the earliest when merged.
	Ordinal int         `json:"ordinal"`
	Share   route.Share `json:"share"`
	Start   time.Time   `json:"start"`
	End     time.Time   `json:"end"`
	Arms
}

// Parity counts shadow comparisons.
type Parity struct {
	Compared  int64 `json:"compared"`
	Different int64 `json:"different"`
	// Fields are the JSON paths that differed, with how often; at most 32.
	Fields map[string]int64 `json:"fields,omitempty"`
}

// State is all that a decision about one route is computed from, besides the
// policy and the time. It is what the store keeps and what an evidence file holds.
type State struct {
	Route   string      `json:"route"`
	Service string      `json:"service"`
	Share   route.Share `json:"share"`
	// Moved is set once a person or the rollout has set the share: from then on it
	// wins over the weight in strangler.yaml.
	Moved      bool `json:"moved"`
	RolledBack bool `json:"rolled_back,omitempty"`
	Paused     bool `json:"paused,omitempty"`
	// Run numbers the attempts: evidence starts afresh when a person sets a share
	// after a rollback, and when the service changes.
	Run int `json:"run"`
	// Steps of this run; the last one is in force.
	Steps []Step `json:"steps"`
	// Blocks of this run, oldest first, thinned with age.
	Blocks      []Block `json:"blocks"`
	NextOrdinal int     `json:"next_ordinal"`
	Parity      Parity  `json:"parity"`
	// Shadowed: requests are copied to the new side and compared.
	Shadowed bool `json:"shadowed,omitempty"`
	// Unhealthy is why the new side is out of health; "" while it is healthy.
	Unhealthy string `json:"unhealthy,omitempty"`
	// LastReason is the reason of the last rollback.
	LastReason string `json:"last_reason,omitempty"`
}

// newState is a route before anything happened.
func newState(r *route.Route, now time.Time) *State {
	s := &State{Route: r.Name, Service: r.Service, Share: r.Weight, Shadowed: r.Shadow > 0, Run: 1}
	s.enter(r.Weight, now)
	return s
}

// Stage of the route.
func (s *State) Stage() Stage {
	switch {
	case s.RolledBack:
		return StageRolledBack
	case s.Paused:
		return StagePaused
	case s.Share >= route.FullShare:
		return StageRemote
	case s.Share > 0:
		return StageCanary
	case s.Shadowed:
		return StageShadow
	}
	return StageLocal
}

// Step in force.
func (s *State) Step() Step {
	if len(s.Steps) == 0 {
		return Step{Share: s.Share}
	}
	return s.Steps[len(s.Steps)-1]
}

// Total is the sum over the steps of this run.
func (s *State) Total() (sum Arms) {
	for _, step := range s.Steps {
		sum = sum.add(step.Arms)
	}
	return sum
}

// maxSteps bounds the steps that a run remembers.
const maxSteps = 64

// enter begins a step.
func (s *State) enter(share route.Share, now time.Time) {
	s.Share = share
	s.Steps = append(s.Steps, Step{Share: share, Since: now})
	if n := len(s.Steps); n > maxSteps {
		s.Steps = slices.Delete(s.Steps, 0, n-maxSteps)
	}
	s.openBlock(share, now)
}

// rollBack takes the route back to the monolith until somebody sets a share. That is more
// than a pause, which ends with it: the run that is begun then goes on by itself.
func (s *State) rollBack(reason string, now time.Time) {
	s.Moved, s.RolledBack, s.Paused, s.LastReason = true, true, false, reason
	s.enter(0, now)
}

// restart forgets the evidence and begins another run at share.
func (s *State) restart(share route.Share, now time.Time) {
	s.Run++
	s.Steps, s.Blocks, s.NextOrdinal = nil, nil, 0
	s.Parity = Parity{}
	s.RolledBack, s.LastReason = false, ""
	s.enter(share, now)
}

// clone copies the state deeply: what leaves the controller never changes.
func (s *State) clone() State {
	c := *s
	c.Steps = slices.Clone(s.Steps)
	c.Blocks = slices.Clone(s.Blocks)
	c.Parity.Fields = cloneFields(s.Parity.Fields)
	return c
}

// ratioSteps are the failures by share, for the rate ratio: counted once a unit.
func (s *State) ratioSteps() []sequential.Step {
	steps := make([]sequential.Step, len(s.Steps))
	for i, step := range s.Steps {
		steps[i] = ratioStep(step.Share, step.Arms)
	}
	return sequential.Merge(steps)
}

func ratioStep(share route.Share, a Arms) sequential.Step {
	return sequential.Step{Share: share.Ratio(), Events: a.Old.FailedUnits + a.New.FailedUnits, New: a.New.FailedUnits}
}
