package analyze

import (
	"context"
	"runtime"

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
	// Listing is what the go command listed; it must list the same again where
	// dependencies were missing, since what helps changes none of the module's files.
	Listing string
}

// read gives the facts of a module, from the cache if it was read before as it is
// now. The model has what was read and nothing of opt. Dir is the folder that the
// facts' files are relative to.
func read(ctx context.Context, opt Options) (r *reading, dir string, err error) {
	load := source.Options{Dir: opt.Dir, Patterns: opt.Patterns, Tags: opt.Tags, Cache: opt.Cache, Fresh: opt.Cache == nil,
		SkipBodies: true, Progress: opt.Progress}
	before := fingerprint(ctx, load, opt.Cache)
	if r, ok := before.kept(); ok && stillListed(ctx, opt, load, r) {
		step(opt, "facts of the last run: nothing changed")
		return r, before.print.Dir, nil
	}
	if before != nil {
		load.Print = before.print
	}
	program, err := source.Load(ctx, load)
	if err != nil {
		return nil, "", err
	}
	found, err := facts.Extract(ctx, program, facts.Options{Progress: opt.Progress})
	if err != nil {
		return nil, "", err
	}
	facts.Loosen(found)
	r, dir = &reading{Model: newModel(program, found), Facts: found, Listing: program.Listing.String()}, program.Module.Dir
	listed := program.Listed
	program = nil
	// What was loaded is most of the heap: what follows finds room in its place.
	runtime.GC()
	if before != nil && before.print.StillHolds(ctx) { // nobody wrote meanwhile
		before.keep(r, listed)
	}
	return r, dir, nil
}

// place is where the reading of a module, as it is at one moment, is kept.
type place struct {
	cache *cache.Cache
	key   cache.Key
	print *source.Print
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
	print, err := source.Fingerprint(ctx, load)
	if err != nil {
		return nil // Load will say why
	}
	h := cache.NewHash("facts 1")
	h.Key(tool)
	h.Key(print.Source)
	return &place{c, h.Sum(), print}
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
	if err != nil || r.Model == nil || r.Facts == nil || !r.Facts.SameReads(p.print.Dir) {
		return nil, false
	}
	return r, true
}

// keep keeps what the go command listed, and the reading where it lasts.
func (p *place) keep(r *reading, listed source.Listed) {
	listed.Keep(p.cache)
	if lasting(r.Model) == readAnew {
		return
	}
	if data, err := cache.Encode(r); err == nil {
		p.cache.Put(p.key, data)
	}
}

// lasts says how long a reading holds.
type lasts int

const (
	untilChanged lasts = iota // until something changes that the fingerprint sees
	untilListed               // until the go command lists something else, too
	readAnew
)

// lasting tells how long a reading holds by its problems. Errors of the module's own
// code stay until the code changes. Whether dependencies can be had is not in the
// fingerprint, but the go command lists it. Whether C can be compiled is in neither.
func lasting(m *model.Model) lasts {
	holds := untilChanged
	for _, p := range m.Problems {
		switch p.Code {
		case "nested-module", "build-constraint", "parse", "type", "ssa":
		case "dependency", "workspace", "vendor", "go.sum":
			holds = untilListed
		default:
			return readAnew
		}
	}
	return holds
}

// stillListed asks the go command again where what it cannot find decided the reading:
// a tenth of the work of reading anew.
func stillListed(ctx context.Context, opt Options, load source.Options, r *reading) bool {
	if lasting(r.Model) == untilChanged {
		return true
	}
	step(opt, "asking for the dependencies that were missing")
	now, err := source.Listing(ctx, load)
	return err == nil && now.String() == r.Listing
}
