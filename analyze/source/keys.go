package source

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/module"
	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// recordKind names the records of dependencies' types, and the version of how they
// are made: raise it with any change to outer.
const recordKind = "types 1"

// keys names the records of dependencies by all that goes into them: who encodes,
// for which architecture and language, the package's files, and the same of what
// it imports. Build tags and GOOS choose the files, and are in by that.
type keys struct {
	env   toolchain
	known map[*packages.Package]cache.Key
	sums  map[string]string // of modules by path@version
}

func (k *keys) of(pkg *packages.Package) cache.Key {
	if key, ok := k.known[pkg]; ok {
		return key
	}
	h := cache.NewHash(recordKind)
	h.Text(encoder(), k.env.arch, pkg.PkgPath, pkg.Name, goVersion(pkg, k.env.language()))
	k.files(h, pkg)
	for _, path := range slices.Sorted(maps.Keys(pkg.Imports)) {
		h.Text(path)
		h.Key(k.of(pkg.Imports[path]))
	}
	for _, e := range pkg.Errors {
		h.Text(e.Msg)
	}
	key := h.Sum()
	k.known[pkg] = key
	return key
}

// encoder is what type-checks and encodes: this program's Go and its x/tools.
var encoder = sync.OnceValue(func() string {
	version := runtime.Version()
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "golang.org/x/tools" {
				version += " x/tools " + dep.Version + dep.Sum
			}
		}
	}
	return version
})

// files tells a key of the package's files. Those in the module cache never change
// under the sum of their module, those of Go's own library hardly under its version
// (their sizes and times tell); of all others the content counts.
func (k *keys) files(h *cache.Hash, pkg *packages.Package) {
	sum := k.moduleSum(pkg)
	std := pkg.Module == nil && within(k.env.root, pkg.GoFiles)
	h.Text(sum)
	if std {
		h.Text(k.env.version, k.env.root)
	}
	h.Text(fmt.Sprint(len(pkg.GoFiles)))
	for _, name := range pkg.GoFiles {
		h.Text(filepath.Base(name))
		switch {
		case sum != "":
		case std:
			if info, err := os.Stat(name); err == nil {
				h.Text(fmt.Sprint(info.Size(), info.ModTime().UnixNano()))
			}
		default:
			if content, err := cache.KeyOfFile(name); err == nil {
				h.Key(content)
			}
		}
	}
}

// within tells whether all files are below the folder.
func within(dir string, files []string) bool {
	if dir == "" || len(files) == 0 {
		return false
	}
	for _, f := range files {
		if !strings.HasPrefix(f, filepath.Clean(dir)+string(filepath.Separator)) {
			return false
		}
	}
	return true
}

// moduleSum is path, version and go.sum's hash of the module that the package is
// of, when its files are in the module cache; else "".
func (k *keys) moduleSum(pkg *packages.Package) string {
	m := pkg.Module
	for m != nil && m.Replace != nil {
		m = m.Replace
	}
	if m == nil || m.Version == "" || !within(k.env.modCache, pkg.GoFiles) {
		return ""
	}
	id := m.Path + "@" + m.Version
	if sum, ok := k.sums[id]; ok {
		return sum
	}
	if k.sums == nil {
		k.sums = map[string]string{}
	}
	k.sums[id] = k.readSum(m.Path, m.Version)
	return k.sums[id]
}

// readSum finds the hash that the go command left beside the module it unpacked.
func (k *keys) readSum(path, version string) string {
	p, err1 := module.EscapePath(path)
	v, err2 := module.EscapeVersion(version)
	if err1 != nil || err2 != nil {
		return ""
	}
	sum, err := os.ReadFile(filepath.Join(k.env.modCache, "cache", "download", filepath.FromSlash(p), "@v", v+".ziphash"))
	if err != nil {
		return ""
	}
	return path + "@" + version + " " + strings.TrimSpace(string(sum))
}
