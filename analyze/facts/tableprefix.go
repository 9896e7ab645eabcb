package facts

import (
	"go/types"
	"regexp"
	"strings"
)

// prefixPlace finds what is not known and stands directly before a name, at the name's
// beginning: conf.Prefix + "orders".
var prefixPlace = regexp.MustCompile(`(^|[^\w.` + hole + `])` + hole + `([A-Za-z]\w*)([^\w` + hole + `]|$)`)

// withoutPrefix takes off what an installation puts before the names of all its tables,
// where it is not known: if what follows is a table of the module, if its .sql files are
// templates that do so too, or if the same text with another prefix, ending in _, is among
// the alternatives, as tests have one. It says whether it has.
func (t *tableFinder) withoutPrefix(texts []string) ([]string, bool) {
	var out []string
	cut := false
	for _, text := range texts {
		if strings.Contains(text, hole) && prefixPlace.MatchString(text) {
			if bare, ok := t.bare(text, texts); ok {
				out, cut = append(out, bare), true
				continue
			}
		}
		out = append(out, text)
	}
	if !cut {
		return texts, false
	}
	return t.alike(out, texts), true
}

// bare gives a text without the prefixes that are not known.
func (t *tableFinder) bare(text string, all []string) (string, bool) {
	known := true
	places := prefixPlace.FindAllStringSubmatch(text, -1)
	for _, m := range places {
		known = known && (t.e.prefixed || t.knownTable(m[2]))
	}
	if !known && !anyOther(all, text, samePrefixed(text)) {
		return "", false
	}
	return dropPrefixes(text), true
}

func dropPrefixes(text string) string { return prefixPlace.ReplaceAllString(text, "$1$2$3") }

// samePrefixed recognises a text that has a constant where another has a prefix that is
// not known.
func samePrefixed(text string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(prefixPlace.ReplaceAllString(text, "$1"+hole+hole+"$2$3"))
	return regexp.MustCompile("^" + strings.ReplaceAll(quoted, hole+hole, `\w*_`) + "$")
}

func anyOther(all []string, text string, re *regexp.Regexp) bool {
	for _, other := range all {
		if other != text && re.MatchString(other) {
			return true
		}
	}
	return false
}

// alike leaves out the texts that say the same with a prefix, and doubles.
func (t *tableFinder) alike(texts, before []string) []string {
	var out []string
	seen := map[string]bool{}
	for i, text := range texts {
		drop := seen[text]
		for j, other := range before {
			drop = drop || i != j && texts[j] != other && samePrefixed(other).MatchString(text)
		}
		if !drop {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

// knownTable tells whether a .sql file defines the table, or a struct says that it is its
// own.
func (t *tableFinder) knownTable(name string) bool {
	if t.known == nil {
		t.known = map[string]bool{}
		for _, d := range t.e.out.Tables {
			t.known[d.Name] = true
		}
		m := &mapperFinder{e: t.e}
		for _, pkg := range t.e.p.Packages {
			if pkg.Types == nil {
				continue
			}
			for _, n := range structsOf(pkg.Types.Scope()) {
				t.known[m.tableMethod(n)] = true
			}
		}
	}
	return t.known[name] || t.known[strings.ToLower(name)]
}

// structsOf lists the structs that a package declares.
func structsOf(scope *types.Scope) []*types.Named {
	var out []*types.Named
	for _, name := range scope.Names() {
		n, _ := scope.Lookup(name).Type().(*types.Named)
		if n == nil {
			continue
		}
		if _, ok := n.Underlying().(*types.Struct); ok {
			out = append(out, n)
		}
	}
	return out
}

// templateName is what a template puts directly before a name; templateAction is any
// other part that is no text.
var (
	templateName   = regexp.MustCompile(`\{\{-?\s*\.\w+\s*-?\}\}(\w)`)
	templateAction = regexp.MustCompile(`\{\{[^{}]*\}\}`)
)

// withoutTemplate reads a .sql file that is a template: what stands before names is their
// prefix, and of alternatives all are read.
func withoutTemplate(text string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	return templateAction.ReplaceAllString(templateName.ReplaceAllString(text, "$1"), " ")
}
