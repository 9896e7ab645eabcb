package partition

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestCosinesAgainstTheFormula holds all pairs against a·b / (|a|·|b|) over dense
// vectors.
func TestCosinesAgainstTheFormula(t *testing.T) {
	const width = 12
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		vectors, dense := make([]sparse, 20), make([][width]float64, 20)
		for i := range vectors {
			for at := range width {
				if r.IntN(3) == 0 && i > 0 { // the first has nothing
					dense[i][at] = r.Float64()
					vectors[i] = append(vectors[i], entry{at, dense[i][at]})
				}
			}
		}
		got := cosines(vectors, width)
		for i, a := range dense {
			for j, b := range dense[:i] {
				dot, x, y := 0.0, 0.0, 0.0
				for at := range width {
					dot, x, y = dot+a[at]*b[at], x+a[at]*a[at], y+b[at]*b[at]
				}
				want := 0.0
				if x != 0 && y != 0 {
					want = dot / (math.Sqrt(x) * math.Sqrt(y))
				}
				if math.Abs(got.at(i, j)-want) > 1e-12 || got.at(j, i) != got.at(i, j) {
					t.Fatalf("vectors %d and %d: %v, want %v", i, j, got.at(i, j), want)
				}
			}
		}
	}
}
