package source

import (
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
)

// packageProblems turns the errors of packages into problems: those of the
// module's packages with their position, those of dependencies once each.
func (l *loader) packageProblems(p *Program) {
	own := map[*packages.Package]bool{}
	for _, pkg := range p.Packages {
		own[pkg] = true
		l.ignoredFiles(p, pkg)
	}
	for _, pkg := range p.Tests {
		own[pkg] = true
	}
	missing := map[string]Problem{}
	packages.Visit(append(append([]*packages.Package{}, p.Packages...), p.Tests...), nil, func(pkg *packages.Package) {
		for _, e := range pkg.Errors {
			if own[pkg] {
				l.ownError(p, pkg, e, missing)
				continue
			}
			addMissing(missing, dependencyProblem(pkg, e))
		}
	})
	keys := make([]string, 0, len(missing))
	for k := range missing {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		l.report(missing[k])
	}
}

// addMissing keeps one problem a package: the go command's reason rather than the
// type checker's, with the place of an import if one is known.
func addMissing(missing map[string]Problem, p Problem) {
	old, ok := missing[p.Package]
	if !ok {
		missing[p.Package] = p
		return
	}
	vague := func(p Problem) bool { return strings.Contains(p.Message, "could not import") }
	best, other := old, p
	if vague(old) && !vague(p) || vague(old) == vague(p) && p.Message+p.File < old.Message+old.File {
		best, other = p, old
	}
	if best.File == "" {
		best.File, best.Line, best.Column = other.File, other.Line, other.Column
	}
	missing[p.Package] = best
}

func (l *loader) ownError(p *Program, pkg *packages.Package, e packages.Error, missing map[string]Problem) {
	if e.Kind == packages.ListError && strings.HasPrefix(e.Msg, "# ") {
		return // the compiler's output: the type checker says the same with positions
	}
	file, line, col := splitPos(e.Pos)
	msg := strings.ReplaceAll(oneLine(e.Msg), l.root.dir, ".")
	if path, cure, ok := missingImport(e.Msg); ok && !strings.Contains(msg, "import cycle") {
		addMissing(missing, Problem{Code: "dependency", File: p.RelFile(l.absolute(file)), Line: line, Column: col, Package: path,
			Message: "cannot find package " + path + ": " + msg, Cure: cure})
		return
	}
	pr := Problem{Code: "load", File: p.RelFile(l.absolute(file)), Line: line, Column: col, Package: pkg.PkgPath, Message: msg}
	switch e.Kind {
	case packages.ParseError:
		pr.Code = "parse"
	case packages.TypeError:
		pr.Code = "type"
	}
	if strings.Contains(e.Msg, "C compiler") || strings.Contains(e.Msg, "executable file not found") && strings.Contains(e.Msg, "cgo") {
		pr.Cure = "install a C compiler, or analyse with CGO_ENABLED=0"
	}
	l.report(pr)
}

// absolute resolves a position's file: go list gives it relative to its folder.
func (l *loader) absolute(file string) string {
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(l.root.dir, file)
}

var importErrors = []struct {
	re   *regexp.Regexp
	cure string // with the module or package for %
}{
	{regexp.MustCompile(`no required module provides package ([^\s;:]+)`), "go get %"},
	{regexp.MustCompile(`missing go\.sum entry for module providing package ([^\s;:]+)`), "go mod download && go mod tidy"},
	{regexp.MustCompile(`cannot find module providing package ([^\s;:]+)`), "go mod download %"},
	{regexp.MustCompile(`module providing package ([^\s;:]+)`), "go mod download"},
	{regexp.MustCompile(`could not import ([^\s;:]+) \(`), "go mod download"},
	{regexp.MustCompile(`cannot find package "([^"\s]+)"`), "go mod download"},
}

// missingImport recognises the errors that tell of a package that is not there.
func missingImport(msg string) (path, cure string, ok bool) {
	for _, e := range importErrors {
		if m := e.re.FindStringSubmatch(msg); m != nil {
			return m[1], strings.ReplaceAll(e.cure, "%", m[1]), true
		}
	}
	return "", "", false
}

// versioned finds the module and version that a message of the go command blames.
var versioned = regexp.MustCompile(`([^\s:]+@v[^\s:]+): (?:reading|verifying|invalid|unrecognized|module lookup|Get)`)

// dependencyProblem tells of a dependency that cannot be read.
func dependencyProblem(pkg *packages.Package, e packages.Error) Problem {
	p := Problem{Code: "dependency", Package: pkg.PkgPath,
		Message: "cannot read package " + pkg.PkgPath + ": " + oneLine(e.Msg), Cure: "go mod download"}
	if m := versioned.FindStringSubmatch(e.Msg); m != nil {
		p.Cure = "go mod download " + m[1]
	} else if m := pkg.Module; m != nil {
		p.Cure = "go mod download " + m.Path
		if m.Version != "" {
			p.Cure += "@" + m.Version
		}
	} else if _, cure, ok := missingImport(e.Msg); ok {
		p.Cure = cure
	}
	return p
}

// ignoredFiles tells which files no build constraint lets in.
func (l *loader) ignoredFiles(p *Program, pkg *packages.Package) {
	var names []string
	for _, f := range pkg.IgnoredFiles {
		if strings.HasSuffix(f, ".go") && !strings.HasSuffix(f, "_test.go") {
			names = append(names, filepath.Base(f))
		}
	}
	if len(names) == 0 {
		return
	}
	sort.Strings(names)
	l.report(Problem{Code: "build-constraint", File: p.RelFile(pkg.IgnoredFiles[0]), Package: pkg.PkgPath,
		Message: "left out by build constraints: " + strings.Join(names, ", "),
		Cure:    "name the build tags: --tags TAG, or GOOS=…"})
}

// splitPos reads file:line:col, also with a drive letter.
func splitPos(pos string) (file string, line, col int) {
	if pos == "" || pos == "-" {
		return "", 0, 0
	}
	take := func(s string) (string, int, bool) {
		i := strings.LastIndexByte(s, ':')
		if i < 0 {
			return s, 0, false
		}
		n, err := strconv.Atoi(s[i+1:])
		if err != nil {
			return s, 0, false
		}
		return s[:i], n, true
	}
	rest, n, ok := take(pos)
	if !ok {
		return pos, 0, 0
	}
	if rest2, m, ok := take(rest); ok {
		return rest2, m, n
	}
	return rest, n, 0
}

// oneLine keeps the first line of a message that says something.
func oneLine(msg string) string {
	for _, line := range strings.Split(msg, "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "# ") {
			line = strings.TrimSuffix(strings.TrimSuffix(line, "; to add:"), "; to add it:")
			return line
		}
	}
	return strings.TrimSpace(msg)
}
