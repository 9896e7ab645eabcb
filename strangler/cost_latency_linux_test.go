package strangler

import (
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"
)

const (
	pacedRounds = 40
	wideRounds  = 12
	pacedFor    = 500 * time.Millisecond
)

// measureLatency prints what a proxy adds to the time that a request takes. Requests come
// by the clock, at half the rate that ours keeps up with, and count from when they were
// due. In each of 40 rounds of half a second the load asks the origin itself, nginx and
// ours; added is a quantile of the proxy less the origin's in the same round, and the
// median of the rounds counts. The quantiles of the requests of all rounds stand beside it.
//
// A request takes tenths of a millisecond, and a scheduler gives a core to somebody else
// for whole ones: proxies and load run before all others (SCHED_FIFO) where that is
// permitted, and the load rests between rounds, so that the others get on. What takes the
// core from the machine as a whole, as a hypervisor does, cannot be kept away: nginx's
// figures say what it takes, and the rounds in which it took nothing what the proxy does.
//
// What somebody has who sets nothing, a proxy on all cores, is measured after it.
func measureLatency(t *testing.T, dir string, load *generator, nginx, ours *contender) {
	t.Helper()
	for _, pid := range []int{load.pid, nginx.pid, ours.pid} {
		if err := beforeOthers(pid); err != nil {
			t.Logf("proxies and load share their cores with what else runs: %v", err)
			break
		}
	}
	half := capacity(t, load, ours) / 2
	direct := &contender{name: "origin", port: load.origin}
	t.Logf("at %.0f requests a second, median of the rounds (least to greatest), all rounds together:", half)
	comparePaced(t, load, half, pacedRounds, direct, nginx, ours)
	for _, pid := range []int{load.pid, nginx.pid} {
		_ = amongOthers(pid)
	}
	wide := *ours
	wide.name, wide.env, wide.anywhere = "ficus, all cores", nil, true
	wide.start(t, dir, load.origin)
	t.Log("the same, of a proxy on all cores, which load and origin have as well; none runs before others:")
	comparePaced(t, load, half, wideRounds, direct, nginx, &wide)
}

// comparePaced prints what proxies add to the time that the origin itself takes.
func comparePaced(t *testing.T, load *generator, rate float64, n int, direct *contender, proxies ...*contender) {
	t.Helper()
	all := append([]*contender{direct}, proxies...)
	rounds := map[*contender][]loadReport{}
	for range n {
		for _, c := range all {
			rounds[c] = append(rounds[c], paced(t, load, c, rate))
		}
	}
	for _, c := range all {
		t.Logf("%-6s p50 %s, p99 %s; busy %.2f of the time", c.name, figure(rounds[c], 50), figure(rounds[c], 99), busy(rounds[c]))
	}
	for _, c := range proxies {
		p50, p99 := added(rounds[c], rounds[direct], 50), added(rounds[c], rounds[direct], 99)
		t.Logf("%-6s adds %s to p50, %s to p99: at most 1 ms in %d of %d rounds; %.2f%% of all requests took longer than 1 ms",
			c.name, spread(p50), spread(p99), atMost(p99, 1), n, 100*above(rounds[c], time.Millisecond))
	}
}

// beforeOthers lets all threads of a process, and those that they start, run before every
// process of the usual kind.
func beforeOthers(pid int) error {
	out, err := exec.Command("chrt", "--all-tasks", "--fifo", "--pid", "1", strconv.Itoa(pid)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("chrt: %w %s", err, out)
	}
	return nil
}

// amongOthers takes that back. A process on all cores would otherwise wait for the load, which
// never sleeps, on the core that they share.
func amongOthers(pid int) error {
	return exec.Command("chrt", "--all-tasks", "--other", "--pid", "0", strconv.Itoa(pid)).Run()
}

// paced is a round of requests that come by the clock, and a rest.
func paced(t *testing.T, load *generator, c *contender, rate float64) loadReport {
	t.Helper()
	defer time.Sleep(pacedFor / 2)
	return load.do(t, loadOrder{Port: c.port, PID: c.pid, Requests: int(rate * pacedFor.Seconds()), Warm: costRequests / 10, Rate: rate})
}

// capacity is how many requests a second a proxy keeps up with when they come by the clock:
// half of them are answered within a millisecond. It is less than what it answers when each
// connection asks again at once: the proxy then finds many requests whenever it looks.
func capacity(t *testing.T, load *generator, c *contender) float64 {
	t.Helper()
	atOnce := load.do(t, loadOrder{Port: c.port, PID: c.pid, Requests: costRequests, Warm: costRequests / 10})
	low, high := 0.0, costRequests/atOnce.Wall.Seconds()
	const steps, tries = 5, 3
	for range steps {
		rate := (low + high) / 2
		var halves []float64
		for range tries {
			halves = append(halves, quantile(paced(t, load, c, rate).Took, 50))
		}
		if median(halves) <= 1 {
			low = rate
		} else {
			high = rate
		}
	}
	return low
}

// quantile is of sorted durations, in ms.
func quantile(sorted []time.Duration, percent int) float64 {
	return sorted[len(sorted)*percent/100].Seconds() * 1000
}

// figure is a quantile by round, and of all rounds together.
func figure(rounds []loadReport, percent int) string {
	var list []float64
	var all []time.Duration
	for _, r := range rounds {
		list = append(list, quantile(r.Took, percent))
		all = append(all, r.Took...)
	}
	slices.Sort(all)
	return fmt.Sprintf("%s, %.2f", spread(list), quantile(all, percent))
}

// added is what a quantile is above that of base, by round, in ms.
func added(rounds, base []loadReport, percent int) (list []float64) {
	for i, r := range rounds {
		list = append(list, quantile(r.Took, percent)-quantile(base[i].Took, percent))
	}
	return list
}

// spread is the median of milliseconds, the least and the greatest.
func spread(list []float64) string {
	return fmt.Sprintf("%.2f ms (%.2f to %.2f)", median(list), slices.Min(list), slices.Max(list))
}

func atMost(list []float64, limit float64) (n int) {
	for _, v := range list {
		if v <= limit {
			n++
		}
	}
	return n
}

// above is the part of the requests of all rounds that took longer.
func above(rounds []loadReport, limit time.Duration) float64 {
	slow, all := 0, 0
	for _, r := range rounds {
		first, _ := slices.BinarySearch(r.Took, limit+1)
		slow, all = slow+len(r.Took)-first, all+len(r.Took)
	}
	return float64(slow) / float64(all)
}

// busy is how much of the time a proxy had a core.
func busy(rounds []loadReport) float64 {
	var list []float64
	for _, r := range rounds {
		list = append(list, r.CPU.Seconds()/r.Wall.Seconds())
	}
	return median(list)
}
