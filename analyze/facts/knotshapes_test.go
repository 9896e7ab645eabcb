package facts

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

func (k *knots) errorTests(typed bool) (out []string) {
	for _, x := range k.f.ErrorTests {
		from, to := k.domain(x.From), k.atom(x.Error)
		if x.Typed == typed && isDomain(from) && isDomain(domainOf(to)) && from != domainOf(to) {
			out = append(out, from+"→"+to)
		}
	}
	return set(out)
}

// calledBack: what runs as a callback in another domain than its own.
func (k *knots) calledBack() (out []string) {
	for _, c := range k.f.Calls {
		from, to := k.domain(c.From), k.domain(c.To)
		if c.Callback && isDomain(from) && isDomain(to) && from != to {
			out = append(out, k.name(c.From)+"→"+k.name(c.To))
		}
	}
	return set(out)
}

func (k *knots) apiUses(typ string) (out []string) {
	for _, u := range k.f.Uses {
		if u.InAPI && k.atom(u.To) == typ && isDomain(k.domain(u.From)) {
			out = append(out, k.name(u.From))
		}
	}
	return set(out)
}

func (k *knots) implementations() (out []string) {
	for _, i := range k.f.Interfaces {
		if name := k.atom(i.Type); len(i.Implementations) > 1 && isDomain(domainOf(name)) {
			var impls []string
			for _, id := range i.Implementations {
				impls = append(impls, k.atom(id))
			}
			out = append(out, name+":"+strings.Join(impls, ","))
		}
	}
	return set(out)
}

func (k *knots) callerSide() (out []string) {
	for _, i := range k.f.Interfaces {
		if i.CallerSide {
			out = append(out, k.atom(i.Type))
		}
	}
	return set(out)
}

// holders are the types of domains that refer to a type of another one.
func (k *knots) holders(typ string) (out []string) {
	for _, u := range k.f.Uses {
		d := k.domain(u.From)
		if u.Kind == model.CouplingType && k.atom(u.To) == typ && u.From.Method == "" && isDomain(d) && d != domainOf(typ) && k.atom(u.From.Atom) == d+".Service" {
			out = append(out, k.name(u.From))
		}
	}
	return set(out)
}

// contextValues: who reads what is put into the context, and from there.
func (k *knots) contextValues() (out []string) {
	for _, s := range k.f.Surfaces {
		for _, o := range s.Obstacles {
			if o.Kind == "context-value" && isDomain(k.domain(s.Func)) {
				out = append(out, k.name(s.Func)+":"+strings.TrimPrefix(o.Path, "context → web."))
			}
		}
	}
	return set(out)
}

// noError: what takes a context and gives no error. A loop that ends with its
// context has none to give: those are the jobs.
func (k *knots) noError() (out []string) {
	jobs := strings.Join(k.jobs(), " ")
	for _, s := range k.f.Surfaces {
		name := k.name(s.Func)
		if s.Context && !s.Error && isDomain(domainOf(name)) && !strings.Contains(jobs, name+"←") {
			out = append(out, name)
		}
	}
	return set(out)
}

// opaque: types that what takes a context passes though only their package can
// look inside.
func (k *knots) opaque() (out []string) {
	for _, s := range k.f.Surfaces {
		for _, o := range s.Obstacles {
			if o.Kind == "unexported" && s.Context && isDomain(k.domain(s.Func)) {
				steps := strings.Split(o.Path, " → ")
				out = append(out, steps[len(steps)-2])
			}
		}
	}
	return set(out)
}

func (k *knots) identities(kind string) (out []string) {
	for _, x := range k.f.Identities {
		if x.Kind == kind {
			out = append(out, k.name(x.From))
		}
	}
	return set(out)
}

func (k *knots) nilTests() (out []string) {
	for _, x := range k.f.NilTests {
		name := k.name(x.Of)
		if x.Field != "" {
			name += "." + x.Field
		}
		out = append(out, name)
	}
	return set(out)
}

func (k *knots) nilResults(isNil bool) (out []string) {
	for _, x := range k.f.NilResults {
		if x.Nil == isNil {
			out = append(out, k.name(x.Func))
		}
	}
	return set(out)
}
