package sequential_test

import (
	"fmt"
	"math"

	"github.com/ficus-dev/ficus/strangler/rollout/sequential"
)

// A canary of 5% for whom 6 of 20 failing users were on the new side: if both sides
// failed alike it would have been one.
func ExampleRatio() {
	steps := []sequential.Step{{Share: 0.05, Events: 20, New: 6}}
	worse := sequential.Ratio{Theta: 1, Grid: sequential.RatioAbove()}
	e := math.Exp(worse.LogE(steps))
	lo, hi := sequential.Interval(steps, 0.05)
	fmt.Printf("e-value %.0f, decided: %v\n", e, e >= 1/0.05)
	fmt.Printf("ratio between %.1f and %.0f\n", lo, hi)
	// Output:
	// e-value 234, decided: true
	// ratio between 1.4 and 34
}

// How many clean answers show that fewer than 1% fail?
func ExampleRate_TrialsUntil() {
	clean := sequential.Rate{P: 0.01, Grid: sequential.RateBelow()}
	fmt.Printf("%.0f\n", clean.TrialsUntil(sequential.Trials{}, 0.05, 0))
	// Output: 318
}
