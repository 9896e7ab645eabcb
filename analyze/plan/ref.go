package plan

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Ref names code, a table or a route; the package comment lists the forms.
type Ref struct {
	Text string
	Pos  Pos
}

// String is the text as people wrote it.
func (r Ref) String() string { return r.Text }

// Specificity orders references that match the same atom: the larger wins. It is
// 0 for a tree, 1 for a package, 2 for a part of one, 3 for a single atom.
func (r Ref) Specificity() int {
	switch {
	case strings.HasPrefix(r.Text, "table:"), strings.HasPrefix(r.Text, "route:"):
		return 3
	case r.isTree():
		return 0
	case strings.Contains(r.Text, "#"):
		return 2
	case strings.Contains(lastElement(r.Text), ".") && r.Text != ".":
		return 3
	}
	return 1
}

func (r Ref) isTree() bool { return r.Text == "..." || strings.HasSuffix(r.Text, "/...") }

// Match reports whether the reference names the atom, itself or with all of its
// package or unit. Of the atom, ID, Package, Name and Unit are read.
func (r Ref) Match(module string, a model.Atom) bool {
	if a.Package == "" {
		return r.Text == a.ID
	}
	ref, pkg := relative(module, r.Text), relative(module, a.Package)
	if tree, ok := cutTree(ref); ok {
		return tree == "." || pkg == tree || strings.HasPrefix(pkg, tree+"/")
	}
	decl := strings.TrimPrefix(pkg, ".") + "." + a.Name
	return ref == pkg || ref == decl || ref == typeOf(decl, a) || (a.Unit != "" && ref == relative(module, a.Unit))
}

// typeOf cuts the method off the name of a god type's method: a reference to the type
// means its methods too, but for those that are named themselves.
func typeOf(decl string, a model.Atom) string {
	_, method, ok := strings.Cut(a.Name, ".")
	if !ok {
		return decl
	}
	return strings.TrimSuffix(decl, "."+method)
}

// MatchPackage reports whether the reference names the whole package.
func (r Ref) MatchPackage(module, pkg string) bool {
	return r.Match(module, model.Atom{ID: pkg, Package: pkg, Name: "\x00"})
}

// MatchFunc reports whether the reference names the function, given by its
// package path and its name in the package: Export, or Service.Export for a
// method. The reference may leave out leading folders of the package and may
// write the receiver as Go does: billing.(*Service).Export.
func (r Ref) MatchFunc(module, pkg, name string) bool {
	text := strings.NewReplacer("(*", "", "(", "", ")", "").Replace(relative(module, r.Text))
	slash := strings.LastIndex(text, "/") + 1
	path, decl, ok := strings.Cut(text[slash:], ".")
	if !ok || decl != name {
		return false
	}
	path = text[:slash] + path
	rel := relative(module, pkg)
	return path == rel || strings.HasSuffix("/"+pkg, "/"+path)
}

func cutTree(ref string) (string, bool) {
	if ref == "..." {
		return ".", true
	}
	return strings.CutSuffix(ref, "/...")
}

// relative is path without the module's own, "." for the module's root package.
// A declaration or part of the root package is ".Name" or "#part".
func relative(module, path string) string {
	if module == "" {
		return path
	}
	switch rest, ok := strings.CutPrefix(path, module); {
	case !ok:
		return path
	case rest == "":
		return "."
	case rest[0] == '/':
		return rest[1:]
	case rest[0] == '.', rest[0] == '#':
		return rest
	}
	return path
}

func lastElement(path string) string { return path[strings.LastIndex(path, "/")+1:] }

func joinScalars(refs []Ref) string {
	parts := make([]string, len(refs))
	for i, r := range refs {
		parts[i] = scalar(r.Text)
	}
	return strings.Join(parts, ", ")
}
