package partition

import (
	"path"
	"slices"
	"strings"
)

// findFolderModules takes folders for modules where people repeated themselves: folders
// beside each other, named for no layer, that hold the same inner folders (handler,
// service, repository) are of one kind, and what differs between them is the domain. They
// stand for processes where most of the code is in them. A blind analysis goes without.
func (l *layout) findFolderModules() {
	if l.many || l.without.off(RuleModules) {
		return
	}
	all := 0
	for p := range l.g.Packages {
		all += l.counted(p)
	}
	best, most := []int32(nil), 0
	for _, dir := range l.folders() {
		owner, lines := l.modulesIn(dir)
		owned := 0
		for _, n := range lines {
			owned += n
		}
		if effective(lines) >= processCount && float64(owned) >= folderModuleShare*float64(all) && owned > most {
			best, most = owner, owned
		}
	}
	if best != nil {
		l.process, l.many, l.modules, l.foldered = best, true, true, true
		for p, m := range best {
			l.unreached[p] = l.unreached[p] && m == nothing
		}
	}
}

const (
	// folderModuleShare is the share of the lines that modules of one folder hold at
	// least: less is a part of the system, not its shape.
	folderModuleShare = 1.0 / 3
	// repeatedFolders is how many inner folders a module has in common with others at
	// least: one may be chance.
	repeatedFolders = 2
)

// counted is the number of written lines of a package that takes part.
func (l *layout) counted(p int) int {
	if l.peeled[p] || l.unreached[p] {
		return 0
	}
	return l.written(p)
}

// folders are all folders above packages, sorted, the module's own first.
func (l *layout) folders() []string {
	var out []string
	for _, pkg := range l.g.Packages {
		for dir := path.Dir(pkg.Dir); ; dir = path.Dir(dir) {
			out = append(out, dir)
			if dir == "." || dir == "/" {
				break
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// modulesIn gives every package the first package of the module that it is in, of those
// beside each other in dir, and the lines of every module.
func (l *layout) modulesIn(dir string) (owner []int32, lines map[int32]int) {
	child, inner, idle := make([]string, len(l.g.Packages)), map[string]map[string]bool{}, map[string]map[string]bool{}
	for p, pkg := range l.g.Packages {
		below, ok := pkg.Dir, dir == "."
		if !ok {
			below, ok = strings.CutPrefix(pkg.Dir, dir+"/")
		}
		first, rest, deeper := strings.Cut(below, "/")
		if word := clean(first); !ok || word == "" || layer[word] || byproduct[word] {
			continue
		}
		child[p] = first
		name, _, _ := strings.Cut(rest, "/")
		switch {
		case deeper && l.counted(p) > 0:
			note(inner, first, name)
		case deeper && l.unreached[p]:
			note(idle, first, name)
		}
	}
	module := repeating(inner)
	unstarted := builtAlike(module, inner, idle)
	owner, lines = make([]int32, len(child)), map[int32]int{}
	first := map[string]int32{}
	for p, c := range child {
		owner[p] = nothing
		if !(module[c] && !l.unreached[p] || unstarted[c]) || l.peeled[p] {
			continue
		}
		if _, ok := first[c]; !ok {
			first[c] = int32(p)
		}
		owner[p] = first[c]
		lines[first[c]] += l.counted(p)
	}
	return owner, lines
}

// repeating are the folders that have inner folders in common with others.
func repeating(inner map[string]map[string]bool) map[string]bool {
	in := map[string]int{}
	for _, names := range inner {
		for name := range names {
			in[name]++
		}
	}
	out := map[string]bool{}
	for folder, names := range inner {
		common := 0
		for name := range names {
			if in[name] > 1 {
				common++
			}
		}
		out[folder] = common >= repeatedFolders
	}
	return out
}

// note puts a name down for a folder.
func note(names map[string]map[string]bool, folder, name string) {
	if names[folder] == nil {
		names[folder] = map[string]bool{}
	}
	names[folder][name] = true
}

// builtAlike are the folders of which no main reaches anything and that are built as the
// modules are: nobody starts them yet, or no more. They are no dead code of others.
func builtAlike(module map[string]bool, inner, idle map[string]map[string]bool) map[string]bool {
	usual := map[string]bool{}
	for folder, names := range inner {
		for name := range names {
			usual[name] = usual[name] || module[folder]
		}
	}
	out := map[string]bool{}
	for folder, names := range idle {
		common := 0
		for name := range names {
			if usual[name] {
				common++
			}
		}
		out[folder] = len(inner[folder]) == 0 && common >= repeatedFolders
	}
	return out
}
