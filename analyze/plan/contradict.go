package plan

import (
	"fmt"

	"github.com/ficus-dev/ficus/analyze/model"
)

// placement is where a pin puts a reference, and who says so.
type placement struct {
	home string // a service, or model.Library, model.Root
	pos  Pos
}

// contradictions finds pins that cannot be kept together. It compares references
// as written: a package and one of its declarations never contradict, because
// the more specific pin wins.
func contradictions(p *Plan) Problems {
	c := &checker{plan: p, placed: map[string]placement{}, group: map[string]string{}, groupPos: map[string]Pos{}}
	decisions := p.Decisions()
	for _, pin := range decisions {
		c.place(pin)
	}
	for _, pin := range decisions {
		c.join(pin)
	}
	c.groupsAgree()
	for _, pin := range decisions {
		c.separate(pin)
	}
	return c.problems
}

type checker struct {
	plan     *Plan
	placed   map[string]placement
	group    map[string]string // union-find over "together"
	groupPos map[string]Pos    // where a reference was joined
	members  []string          // of groups, in order of the file
	problems Problems
}

func (c *checker) errorf(pos Pos, format string, args ...any) {
	c.problems = append(c.problems, Problem{File: c.plan.File, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

// home is where a pin of this kind puts its references, "" when it only relates them.
func (p Pin) home() string {
	switch p.Kind {
	case PinIn:
		return p.Service
	case PinLibrary:
		return model.Library
	case PinRoot:
		return model.Root
	}
	return ""
}

func (c *checker) place(pin Pin) {
	home := pin.home()
	if home == "" {
		return
	}
	for _, r := range pin.Refs {
		key := relative(c.plan.Module, r.Text)
		switch before, ok := c.placed[key]; {
		case !ok:
			c.placed[key] = placement{home, r.Pos}
		case before.home == home:
			c.errorf(r.Pos, "%s is pinned to %s twice, first at %s; remove one", r.Text, home, before.pos)
		default:
			c.errorf(r.Pos, "%s is pinned to %s here and to %s at %s; keep one", r.Text, home, before.home, before.pos)
		}
	}
}

func (c *checker) join(pin Pin) {
	if pin.Kind != PinTogether {
		return
	}
	first := relative(c.plan.Module, pin.Refs[0].Text)
	for _, r := range pin.Refs {
		key := relative(c.plan.Module, r.Text)
		if _, ok := c.group[key]; !ok {
			c.group[key], c.groupPos[key] = key, r.Pos
			c.members = append(c.members, key)
		}
		c.group[c.find(key)] = c.find(first)
	}
}

// find is the group's representative; a reference in no group is its own.
func (c *checker) find(key string) string {
	for {
		up, ok := c.group[key]
		if !ok || up == key {
			return key
		}
		key = up
	}
}

// groupsAgree reports groups that other pins put in two places, and gives every
// member the group's place.
func (c *checker) groupsAgree() {
	type anchor struct {
		placement
		ref string
	}
	homes := map[string]anchor{}
	for _, key := range c.members {
		at, ok := c.placed[key]
		if !ok {
			continue
		}
		root := c.find(key)
		switch before, seen := homes[root]; {
		case !seen:
			homes[root] = anchor{at, key}
		case before.home != at.home:
			c.errorf(c.groupPos[key], "%s and %s are pinned together, but to %s at %s and to %s at %s",
				before.ref, key, before.home, before.pos, at.home, at.pos)
		}
	}
	for _, key := range c.members {
		if h, ok := homes[c.find(key)]; ok {
			c.placed[c.find(key)] = h.placement
		}
	}
}

func (c *checker) separate(pin Pin) {
	if pin.Kind != PinApart {
		return
	}
	for i, a := range pin.Refs {
		for _, b := range pin.Refs[:i] {
			c.separatePair(b, a)
		}
	}
}

func (c *checker) separatePair(a, b Ref) {
	ka, kb := relative(c.plan.Module, a.Text), relative(c.plan.Module, b.Text)
	if ka == kb || c.find(ka) == c.find(kb) {
		c.errorf(b.Pos, "%s and %s are pinned apart here and together at %s; keep one", a.Text, b.Text, c.groupPos[kb])
		return
	}
	pa, okA := c.placed[c.find(ka)]
	pb, okB := c.placed[c.find(kb)]
	if okA && okB && pa.home == pb.home && pa.home != model.Library && pa.home != model.Root {
		c.errorf(b.Pos, "%s and %s are pinned apart here, but both to %s at %s and %s", a.Text, b.Text, pa.home, pa.pos, pb.pos)
	}
}
