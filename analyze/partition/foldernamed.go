package partition

import (
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	// namedAfter is the share of the lines of a package in files that are named after
	// folders of others from which these tell its parts.
	namedAfter = 0.6
	// namedFiles is how many such names it has at least, all of
	// folders beside each other: two may be chance.
	namedFiles = 3
)

// partByFolders parts packages whose files are named after folders elsewhere: beside
// the folders booking and tracking, server/booking.go is booking's, though a type, a
// constructor or a helper ties it to server/tracking.go. People cut one layer by files
// that they cut others by folders. What stands in other files is a part of its own.
func (l *layout) partByFolders(parts []int) {
	if l.layered {
		return // tieFiles has heard them
	}
	l.named, l.strangers = map[int32]string{}, map[int32]bool{}
	folders := l.folderLabels()
	for p := range l.g.Packages {
		if l.mayPart(p) {
			l.partPackageByFolders(int32(p), folders, parts)
		}
	}
}

// folderLabels are the names of the folders beside each other, by the folder above.
func (l *layout) folderLabels() map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for p, pkg := range l.g.Packages {
		for dir := pkg.Dir; !l.unreached[p] && !l.mains[p] && dir != "" && dir != "."; dir = parent(dir) {
			if w := bare(path.Base(dir)); w != "" {
				note(out, parent(dir), strings.ReplaceAll(stem(w), "-", " "))
			}
		}
	}
	return out
}

func (l *layout) partPackageByFolders(p int32, folders map[string]map[string]bool, parts []int) {
	pkg := l.g.Packages[p]
	lines, all := map[string]int{}, 0
	for _, a := range pkg.Atoms {
		all += l.g.Atoms[a].Lines
		lines[fileLabel(l.g.Atoms[a].File)] += l.g.Atoms[a].Lines
	}
	number, named := map[string]int{}, 0
	for _, up := range slices.Sorted(maps.Keys(folders)) {
		if within(up, pkg.Dir) {
			continue // its own inside
		}
		if in, n := namedIn(lines, folders[up]); n > named {
			number, named = in, n
		}
	}
	if len(number) < namedFiles || float64(named) < namedAfter*float64(all) {
		return
	}
	l.strangers[p] = true
	for _, a := range pkg.Atoms {
		w := fileLabel(l.g.Atoms[a].File)
		if number[w] == 0 {
			w = ""
		}
		parts[a] = number[w] + 1
		l.named[a] = w
	}
}

// namedIn numbers the names that folders bear too, from 1, and sums up their lines.
func namedIn(lines map[string]int, folders map[string]bool) (number map[string]int, sum int) {
	number = map[string]int{}
	for _, w := range slices.Sorted(maps.Keys(lines)) {
		if folders[w] {
			number[w] = len(number) + 1
			sum += lines[w]
		}
	}
	return number, sum
}
