package facts

import (
	"strings"

	"golang.org/x/tools/go/ssa"
)

// bun and go-pg put names into statements by placeholders: a ? stands for a name where
// the argument is one (bun.Ident("users")), and for a piece of SQL (bun.Safe).

// fillsNames tells whether a library formats its statements that way.
func fillsNames(path string) bool {
	return path == "github.com/uptrace/bun" || path == "github.com/go-pg/pg" || path == "github.com/go-pg/pg/orm"
}

// filled puts the names among the arguments into texts; other placeholders stay.
func (r *stringResolver) filled(texts []string, args []ssa.Value, en *env) []string {
	names := map[int][]string{}
	for i, a := range args {
		if quote, ok := namePart(a); ok {
			for _, text := range r.texts(bareValue(a), en) {
				names[i] = append(names[i], quote+text+quote)
			}
		}
	}
	if len(names) == 0 {
		return texts
	}
	var out []string
	for _, text := range texts {
		out = append(out, fillPlaceholders(text, names)...)
	}
	return out[:min(len(out), maxTexts)]
}

// namePart tells whether an argument is a name, and how it is quoted.
func namePart(v ssa.Value) (quote string, ok bool) {
	switch path := bareTypePath(bareValue(v).Type()); path[strings.LastIndexByte(path, '.')+1:] {
	case "Ident", "Name":
		return `"`, isString(bareValue(v).Type())
	case "Safe":
		return "", isString(bareValue(v).Type())
	}
	return "", false
}

// fillPlaceholders replaces the question marks that stand for a name: they count by
// their order, ?0 by its number.
func fillPlaceholders(text string, names map[int][]string) []string {
	out, next := []string{""}, 0
	for {
		i := strings.IndexByte(text, '?')
		if i < 0 {
			return cross(out, []string{text})
		}
		n, digits := 0, 0
		for i+1+digits < len(text) && digits < 3 && text[i+1+digits] >= '0' && text[i+1+digits] <= '9' {
			n = 10*n + int(text[i+1+digits]-'0')
			digits++
		}
		if digits == 0 {
			n = next
			next++
		}
		put := names[n]
		if put == nil {
			put = []string{text[i : i+1+digits]}
		}
		out = cross(out, cross([]string{text[:i]}, put))
		text = text[i+1+digits:]
	}
}
