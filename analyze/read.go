package analyze

import (
	"context"

	"github.com/ficus-dev/ficus/analyze/cache"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

// reading is what is known of a module before anything is proposed: what the cache
// keeps. It depends on the code and nothing else.
type reading struct {
	Model *model.Model
	Facts *facts.Facts
}

// read gives the facts of a module, from the cache if it was read before as it is
// now. The model has what was read and nothing of opt. Dir is the folder that the
// facts' files are relative to.
func read(ctx context.Context, opt Options) (r *reading, dir string, err error) {
	load := source.Options{Dir: opt.Dir, Patterns: opt.Patterns, Tags: opt.Tags, Cache: opt.Cache, Fresh: opt.Cache == nil,
		SkipBodies: true, Progress: opt.Progress}
	before := fingerprint(ctx, load, opt.Cache)
	if r, ok := before.kept(); ok {
		step(opt, "facts of the last run: nothing changed")
		return r, before.dir, nil
	}
	program, err := source.Load(ctx, load)
	if err != nil {
		return nil, "", err
	}
	found, err := facts.Extract(ctx, program, facts.Options{Progress: opt.Progress})
	if err != nil {
		return nil, "", err
	}
	r = &reading{Model: newModel(program, found), Facts: found}
	if before != nil && lasting(r.Model) {
		if after := fingerprint(ctx, load, opt.Cache); after != nil && after.key == before.key { // nobody wrote meanwhile
			after.keep(r)
		}
	}
	return r, program.Module.Dir, nil
}

// place is where the reading of a module, as it is at one moment, is kept.
type place struct {
	cache *cache.Cache
	key   cache.Key
	dir   string // what names in the facts are relative to
}

// fingerprint gives nil where nothing may be kept: without a cache, or if it cannot
// be told whether anything changed.
func fingerprint(ctx context.Context, load source.Options, c *cache.Cache) *place {
	if c == nil {
		return nil
	}
	tool, err := cache.Tool()
	if err != nil {
		return nil
	}
	of, dir, err := source.Fingerprint(ctx, load)
	if err != nil {
		return nil // Load will say why
	}
	h := cache.NewHash("facts 1")
	h.Key(tool)
	h.Key(of)
	return &place{c, h.Sum(), dir}
}

func (p *place) kept() (*reading, bool) {
	if p == nil {
		return nil, false
	}
	data, ok := p.cache.Get(p.key)
	if !ok {
		return nil, false
	}
	r, err := cache.Decode[reading](data)
	if err != nil || r.Model == nil || r.Facts == nil || !r.Facts.SameReads(p.dir) {
		return nil, false
	}
	return r, true
}

func (p *place) keep(r *reading) {
	if data, err := cache.Encode(r); err == nil {
		p.cache.Put(p.key, data)
	}
}

// lasting tells whether all that the reading depends on is in the fingerprint.
// Whether dependencies can be had, and compiled, is not: a module with such problems
// is read anew every time, since what helps changes none of its files. Errors of its
// own code stay until the code changes.
func lasting(m *model.Model) bool {
	for _, p := range m.Problems {
		switch p.Code {
		case "nested-module", "build-constraint", "parse", "type", "ssa":
		default:
			return false
		}
	}
	return true
}
