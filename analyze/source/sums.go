package source

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// The go command reads no module that go.sum has no hash of, and nothing at all while
// go.mod wants tidying: a repository that somebody forgot to tidy would be one of missing
// dependencies. In a copy of both files it is let complete them; what it then downloads
// it checks with the checksum database, as it does for go mod tidy.

// incomplete is what the go command says of go.mod or go.sum then.
var incomplete = []string{"missing go.sum entry", "updates to go.mod needed", "updates to go.sum needed"}

func saysIncomplete(msg string) bool {
	for _, words := range incomplete {
		if strings.Contains(msg, words) {
			return true
		}
	}
	return false
}

// unread counts the packages that something is wrong with, and those of them that only
// want a hash.
func unread(pkgs []*packages.Package) (all, sums int) {
	packages.Visit(pkgs, nil, func(pkg *packages.Package) {
		if len(pkg.Errors) == 0 {
			return
		}
		all++
		if slices.ContainsFunc(pkg.Errors, func(e packages.Error) bool { return saysIncomplete(e.Msg) }) {
			sums++
		}
	})
	return all, sums
}

// withSums lists again with the two files completed, where that is what is wrong. What
// was listed stays where it does not help: without a network, for instance.
func (l *loader) withSums(pkgs []*packages.Package, failed error) ([]*packages.Package, error) {
	before, sums := unread(pkgs)
	if failed != nil && !saysIncomplete(failed.Error()) || failed == nil && sums == 0 || l.change != nil || l.modFile != "" {
		return pkgs, failed
	}
	if vars, err := goEnv(l.ctx, l.root.dir, l.opt.Env); err != nil || workFile(vars) != "" {
		return pkgs, failed
	}
	if err := l.copyMod(); err != nil {
		return pkgs, failed
	}
	l.change = func(c *packages.Config) { c.BuildFlags = append(c.BuildFlags, "-mod=mod") }
	cfg := l.config()
	l.change(cfg)
	again, err := packages.Load(cfg, l.patterns()...)
	if err == nil {
		err = wholeFailure(again)
	}
	if after, _ := unread(again); err != nil || failed == nil && after >= before {
		l.change, l.modFile = nil, ""
		return pkgs, failed
	}
	message := "completed go.mod and go.sum in a copy: "
	if failed != nil {
		message += l.goMessage(failed)
	} else {
		message += fmt.Sprintf("go.sum lacks the modules of %d packages", sums)
	}
	l.report(Problem{Code: "go.sum", Message: message, Cure: "go mod tidy"})
	return again, nil
}
