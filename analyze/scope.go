package analyze

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

// scoped tells what is to be read from the module's root: the same packages then have
// the same patterns, in the model and in the cache, wherever ficus runs.
func scoped(opt Options) Options {
	root := source.ModuleRoot(opt.Dir)
	from, err := filepath.Abs(opt.Dir)
	if err != nil {
		return opt
	}
	rel, err := filepath.Rel(root, from)
	if err == nil && rel != "." && filepath.IsLocal(rel) {
		opt.Dir, opt.Patterns = root, rebased(opt.Patterns, filepath.ToSlash(rel))
	}
	if slices.Equal(opt.Patterns, []string{everything}) {
		opt.Patterns = nil
	}
	opt.Patterns = slices.Compact(slices.Sorted(slices.Values(opt.Patterns))) // in whatever order they were asked for
	return opt
}

// everything is the pattern for all packages of a module, the default.
const everything = "./..."

// rebased tells patterns from the root that were told from a folder below it.
func rebased(patterns []string, folder string) []string {
	out := slices.Clone(patterns)
	for i, p := range out {
		if p == "." || p == ".." || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") {
			if out[i] = path.Join(folder, p); out[i] != ".." && !strings.HasPrefix(out[i], "../") {
				out[i] = "./" + strings.TrimPrefix(out[i], "./")
			}
		}
	}
	return out
}

// as has opt read what a model was made of, where opt does not say.
func (opt Options) as(before *model.Model) Options {
	opt = scoped(opt)
	if len(opt.Patterns) == 0 {
		opt.Patterns = before.Module.Patterns
	}
	if len(opt.Tags) == 0 {
		opt.Tags = before.Module.Tags
	}
	return opt
}
