package source

import (
	"cmp"
	"go/types"
	"runtime"
	"strings"
)

// toolchain is what the go command says of itself.
type toolchain struct {
	version  string // go1.26.8
	root     string
	arch     string
	modCache string
}

// toolchain asks the go command; what it does not say is taken from this program.
func (l *loader) toolchain() toolchain {
	vars, _ := goEnv(l.ctx, l.root.dir, l.environ())
	return toolchain{version: cmp.Or(vars["GOVERSION"], runtime.Version()), root: vars["GOROOT"],
		arch: cmp.Or(vars["GOARCH"], runtime.GOARCH), modCache: vars["GOMODCACHE"]}
}

// sizes are those of the architecture analysed; those of gc's 64 bits for one that
// is not known.
func (t toolchain) sizes() types.Sizes {
	if s := types.SizesFor("gc", t.arch); s != nil {
		return s
	}
	return types.SizesFor("gc", "amd64")
}

// language is the version of the language that the go command compiles: go1.26. It
// is "", the newest known, for a version that is none of a release.
func (t toolchain) language() string {
	minor, ok := strings.CutPrefix(t.version, "go1.")
	if n := digits(minor); ok && n != "" {
		return "go1." + n
	}
	return ""
}

// digits is what a text starts with, of digits: 27rc1 gives 27.
func digits(s string) string {
	for i, c := range s {
		if c < '0' || c > '9' {
			return s[:i]
		}
	}
	return s
}
