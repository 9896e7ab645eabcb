package partition

// square is a symmetric matrix with ones on its diagonal.
type square struct {
	n    int
	cell []float64
}

func newSquare(n int) *square {
	s := &square{n: n, cell: make([]float64, n*n)}
	for i := range n {
		s.cell[i*n+i] = 1
	}
	return s
}

func (s *square) at(i, j int) float64 { return s.cell[i*s.n+j] }

// row is a row of the matrix, which is also a column.
func (s *square) row(i int) []float64 { return s.cell[i*s.n : (i+1)*s.n] }

func (s *square) set(i, j int, v float64) { s.cell[i*s.n+j], s.cell[j*s.n+i] = v, v }

func (s *square) add(i, j int, v float64) { s.set(i, j, s.at(i, j)+v) }

// scale multiplies all but the diagonal.
func (s *square) scale(f float64) {
	for i := range s.n {
		for j := range s.n {
			if i != j {
				s.cell[i*s.n+j] *= f
			}
		}
	}
}

// mix is the mean of two matrices of one size.
func mix(a, b *square) *square {
	out := newSquare(a.n)
	for i := range out.n {
		for j := range i {
			out.set(i, j, (a.at(i, j)+b.at(i, j))/2)
		}
	}
	return out
}

// lift closes a share of the gap to 1, as far as the hint goes.
func lift(s, hint *square, share float64) *square {
	out := newSquare(s.n)
	for i := range out.n {
		for j := range i {
			v := s.at(i, j)
			out.set(i, j, v+(1-v)*share*hint.at(i, j))
		}
	}
	return out
}
