package evidence

import (
	"github.com/ficus-dev/ficus/analyze/facts"
)

// profile reads the heat of functions and calls.
func (r *reader) profile() error {
	samples, err := readProfile(r.opt.Profile)
	if err != nil {
		return err
	}
	h := &heat{names: r.names, known: map[string]found{}, funcs: map[facts.Ref]float64{}, flows: map[flowKey]float64{}}
	for _, s := range samples {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		h.add(s)
	}
	if !r.source("profile", showName(r.opt.Profile), h.matched, h.total, "samples") {
		return nil
	}
	for fn, v := range h.funcs {
		r.out.Measured.Heats = append(r.out.Measured.Heats, facts.Heat{Func: fn, Share: v / h.total})
	}
	for k, v := range h.flows {
		r.flow(k.from, k.to).Share = v / h.total
	}
	return nil
}

// heat adds up samples.
type heat struct {
	names          *names
	known          map[string]found // symbols seen
	funcs          map[facts.Ref]float64
	flows          map[flowKey]float64
	matched, total float64
}

type found struct {
	ref facts.Ref
	ok  bool
}

func (h *heat) add(s sample) {
	h.total += float64(s.value)
	seen, seenFlow := map[facts.Ref]bool{}, map[flowKey]bool{}
	var callee facts.Ref
	for _, name := range s.stack {
		ref, ok := h.find(name)
		if !ok || ref == callee { // closures and recursion
			continue
		}
		if !seen[ref] {
			seen[ref] = true
			h.funcs[ref] += float64(s.value)
		}
		if k := (flowKey{ref, callee}); callee.Atom != "" && !seenFlow[k] {
			seenFlow[k] = true
			h.flows[k] += float64(s.value)
		}
		callee = ref
	}
	if len(seen) > 0 {
		h.matched += float64(s.value)
	}
}

func (h *heat) find(name string) (facts.Ref, bool) {
	f, ok := h.known[name]
	if !ok {
		f.ref, f.ok = h.names.symbol(name)
		h.known[name] = f
	}
	return f.ref, f.ok
}
