package source

import (
	"bytes"
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// dependencies are the types of the packages that own ones import, and as much of
// the packages behind them as those refer to.
type dependencies struct {
	packages map[string]*types.Package // by path, those behind too
	// doubtful are packages some of whose objects may have no type: those of cgo, those
	// that type-check with errors, since something that they import is missing.
	doubtful map[string]bool
	// failed are packages that could not be read, with the reason.
	failed map[string]error
}

func (d *dependencies) sorted() []*types.Package {
	list := slices.Collect(maps.Values(d.packages))
	slices.SortFunc(list, func(a, b *types.Package) int { return cmp.Compare(a.Path(), b.Path()) })
	return list
}

// dependencies reads the types of packages: from the cache, else from source.
//
// Either way they pass through their encoded form. It holds only what others can
// see, a tenth of what type-checking needs, so memory is given back before the
// module's own packages are read; and what comes from the cache is what comes from
// source, to the byte.
func (l *loader) dependencies(direct []*packages.Package, env toolchain) *dependencies {
	store := l.store()
	defer store.Close()
	keys := &keys{env: env, known: map[*packages.Package]cache.Key{}}
	records := make([]record, len(direct))
	var missing []int
	for i, pkg := range direct {
		data, ok := store.Get(keys.of(pkg))
		if !ok || !records[i].decode(data) {
			missing = append(missing, i)
		}
	}
	l.fromSource(direct, missing, env, func(i int, r record) {
		records[i] = r
		if r.err == nil {
			store.Put(keys.of(direct[i]), r.encode())
		}
	})
	deps, ok := l.decode(direct, records)
	if !ok && len(missing) < len(direct) && l.ctx.Err() == nil { // what was kept is of no use
		all := make([]int, len(direct))
		for i := range all {
			all[i] = i
		}
		l.fromSource(direct, all, env, func(i int, r record) { records[i] = r })
		deps, _ = l.decode(direct, records)
	}
	return deps
}

// store is where types are kept.
func (l *loader) store() *cache.Cache {
	switch {
	case l.opt.Fresh:
		return nil
	case l.opt.Cache == nil:
		return cache.Default()
	}
	return l.opt.Cache
}

// record is one dependency's encoded types.
type record struct {
	doubtful bool
	data     []byte
	err      error
}

func (r record) encode() []byte {
	head := byte(0)
	if r.doubtful {
		head = 1
	}
	return append([]byte{head}, r.data...)
}

func (r *record) decode(data []byte) bool {
	if len(data) < 2 {
		return false
	}
	r.doubtful, r.data = data[0] == 1, data[1:]
	return true
}

// fromSource type-checks those of the packages that are wanted.
func (l *loader) fromSource(direct []*packages.Package, wanted []int, env toolchain, keep func(int, record)) {
	if len(wanted) == 0 {
		return
	}
	roots := make([]*packages.Package, len(wanted))
	for i, at := range wanted {
		roots[i] = direct[at]
	}
	o := &outer{ctx: l.ctx, fset: token.NewFileSet(), sizes: env.sizes(), goVer: env.language(), progress: l.progress}
	o.check(roots)
	for _, at := range wanted {
		if l.ctx.Err() != nil {
			return
		}
		r := record{doubtful: o.doubtful(direct[at])}
		r.data, r.err = o.export(direct[at])
		keep(at, r)
	}
}

// decode makes types of records; false: one of them could not be decoded.
func (l *loader) decode(direct []*packages.Package, records []record) (*dependencies, bool) {
	d := &dependencies{packages: map[string]*types.Package{}, doubtful: map[string]bool{}, failed: map[string]error{}}
	whole := true
	for i, pkg := range direct {
		if l.ctx.Err() != nil {
			break
		}
		r := records[i]
		if r.err == nil {
			r.err = l.decodeOne(d, pkg, r.data)
			whole = whole && r.err == nil
		}
		if r.err != nil {
			d.failed[pkg.PkgPath] = r.err
			continue
		}
		d.doubtful[pkg.PkgPath] = r.doubtful
		pkg.Types, pkg.IllTyped = d.packages[pkg.PkgPath], r.doubtful
	}
	return d, whole
}

func (l *loader) decodeOne(d *dependencies, pkg *packages.Package, data []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decode its types: %v", r)
		}
	}()
	_, err = gcexportdata.Read(bytes.NewReader(data), l.fset, d.packages, pkg.PkgPath)
	return err
}
