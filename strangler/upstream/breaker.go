package upstream

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Breaker says when a circuit breaker opens and for how long.
type Breaker struct {
	// Failures in a row that open it; 0 is no breaker.
	Failures int
	// Pause until one request tries again.
	Pause time.Duration
}

// Outcome of a request that a breaker let pass.
type Outcome int

// Outcomes. Unknown says nothing about the upstream: the client left.
const (
	Unknown Outcome = iota
	Succeeded
	Failed
)

type breaker struct {
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}]
}

var (
	errOutcomeFailed  = errors.New("failed")
	errOutcomeUnknown = errors.New("unknown")
)

func (p *Pool) newBreaker(s Spec) *breaker {
	if s.Breaker.Failures <= 0 {
		return nil
	}
	return &breaker{gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:        s.Name,
		MaxRequests: 1,
		Timeout:     s.Breaker.Pause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return int(c.ConsecutiveFailures) >= s.Breaker.Failures },
		IsExcluded:  func(err error) bool { return errors.Is(err, errOutcomeUnknown) },
		OnStateChange: func(name string, from, to gobreaker.State) {
			p.options.Logger.Warn("circuit breaker", "upstream", name, "from", from.String(), "to", to.String())
		},
	})}
}

// Allow asks the breaker whether a request may be sent; done must be called with
// what became of it. Without a breaker every request may.
func (u *Upstream) Allow() (done func(Outcome), ok bool) {
	if u.breaker == nil {
		return func(Outcome) {}, true
	}
	report, err := u.breaker.circuit.Allow()
	if err != nil {
		return nil, false
	}
	return func(o Outcome) {
		switch o {
		case Succeeded:
			report(nil)
		case Failed:
			report(errOutcomeFailed)
		default:
			report(errOutcomeUnknown)
		}
	}, true
}

func (b *breaker) state() string {
	if b == nil {
		return ""
	}
	return b.circuit.State().String()
}
