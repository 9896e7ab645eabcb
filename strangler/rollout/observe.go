package rollout

import "time"

// Arm is one side of a route.
type Arm string

// The two arms.
const (
	Old Arm = "old" // the monolith
	New Arm = "new" // the service
)

// Observation is one answered request, as the proxy saw it.
type Observation struct {
	Route string
	// Arm that the cohort assigned, also when the monolith answered instead
	// (a failure of the new arm counts as its failure).
	Arm Arm
	// Unit is the hash of the cohort key: errors count once a unit and step
	// (strangler.md 6.2: sticky cohorts break independence).
	Unit uint64
	// Share in force when the arm was chosen, in 1/10000.
	Share int
	// Failed: connect error, timeout, or status 5xx of the assigned arm.
	Failed bool
	// Latency until the response headers.
	Latency time.Duration
}

// Comparison is one shadowed request.
type Comparison struct {
	Route string
	Unit  uint64
	// Equal is false when status, chosen headers or body differ.
	Equal bool
	// Fields are the JSON paths that differ, at most 16.
	Fields []string
}

// Recorder takes what the proxy saw; it must not block and is safe for
// concurrent use. *Controller implements it.
type Recorder interface {
	Observe(Observation)
	Compare(Comparison)
}

// Weights tells the proxy the share (1/10000) of a route in force now; safe for
// concurrent use, called once a request. *Controller implements it.
type Weights interface {
	Share(route string) int
}
