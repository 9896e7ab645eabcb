package facts

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// Each function of the fixture says by its name whether it is plain: it works on what
// it is handed alone.
const plainFixture = `
-- go.mod --
module example.com/m

go 1.26
-- m.go --
package m

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

var ErrNone = errors.New("none")

var rates = map[string]float64{"eur": 1}

var seen = map[string]bool{}

type Price struct {
	Cents  int
	Paid   *time.Time
	Extras map[string]any
}

type Store struct {
	db    *sql.DB
	mu    sync.Mutex
	limit int
}

type Clock interface{ Now() time.Time }

func PlainPredicate(err error) bool { return errors.Is(err, ErrNone) }

func PlainConstant(name string) float64 { return rates[name] }

func PlainText(p Price) string { return fmt.Sprintf("%d", p.Cents) + strings.ToUpper("x") }

func PlainSorted(list []int) []int {
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	return list
}

func PlainCaller(p Price) bool { return PlainText(p) == "" && PlainCircle(3) }

func PlainCircle(n int) bool { return n == 0 || plainCircled(n-1) }

func plainCircled(n int) bool { return PlainCircle(n) }

func PlainEach(list []int, do func(int)) {
	for _, v := range list {
		do(v)
	}
}

func PlainGeneric[T any](list []T) int { return len(list) }

func (p *Price) PlainMark(now time.Time) { p.Paid = &now }

func (p Price) PlainLate() bool { return p.Paid != nil && time.Since(*p.Paid) > 0 }

func ChangesState(name string) bool { seen[name] = true; return true }

func ReadsState(name string) bool { return seen[name] }

func CallsImpure(name string) bool { return PlainConstant(name) > 0 && ReadsState(name) }

func Asks(c Clock) time.Time { return c.Now() }

func Opens(name string) ([]byte, error) { return os.ReadFile(name) }

func Prints() { fmt.Println("x") }

func Waits() { time.Sleep(time.Second) }

func Starts() { go Prints() }

func Answers(w http.ResponseWriter) { w.WriteHeader(200) }

func (s *Store) Limit() int { return s.limit }

func (s *Store) Get(id int) (n int, err error) {
	err = s.db.QueryRow("SELECT n FROM t WHERE id = ?", id).Scan(&n)
	return n, err
}
`

func TestPlain(t *testing.T) {
	_, f := extractFixture(t, txtar.Parse([]byte(plainFixture)), nil)
	var got []string
	for _, r := range f.Plain {
		name := strings.TrimPrefix(r.Atom, "example.com/m.")
		if r.Method != "" {
			name = r.Method
		}
		got = append(got, name)
	}
	for _, line := range strings.Split(plainFixture, "\n") {
		rest, ok := strings.CutPrefix(line, "func ")
		if !ok {
			continue
		}
		if strings.HasPrefix(rest, "(") {
			_, rest, _ = strings.Cut(rest, ") ")
		}
		name := rest[:strings.IndexAny(rest, "([")]
		if want := strings.HasPrefix(strings.ToLower(name), "plain"); want != slices.Contains(got, name) {
			t.Errorf("%s is plain: %t, want %t", name, !want, want)
		}
	}
}
