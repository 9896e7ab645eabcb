package facts

import (
	"go/types"
	"reflect"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// settingTags are of the libraries that fill structs from files, the environment,
// flags, requests and rows.
var settingTags = []string{"json", "yaml", "toml", "xml", "env", "envconfig", "envDefault", "split_words", "mapstructure", "koanf",
	"hcl", "ini", "properties", "default", "flag", "long", "arg", "conf", "config", "db", "bun", "gorm", "bson", "form", "query"}

// setOutside tells whether a field gets its values from outside of the code: it is of
// another module, or a tag says how it is filled. What else is stored in it says
// little of what it holds; constants are its defaults.
func (e *extractor) setOutside(f *types.Var) bool {
	if !e.own[f.Pkg()] {
		return true
	}
	if e.filled == nil {
		e.filled = map[*types.Var]bool{}
		for pkg := range e.own {
			for _, name := range pkg.Scope().Names() {
				if tn, ok := pkg.Scope().Lookup(name).(*types.TypeName); ok && !tn.IsAlias() {
					e.noteFilled(tn.Type().Underlying(), 0)
				}
			}
		}
	}
	return e.filled[f]
}

// noteFilled remembers the tagged fields of a struct, and of those written inside it.
func (e *extractor) noteFilled(t types.Type, depth int) {
	st, ok := t.(*types.Struct)
	if !ok || depth > 4 {
		return
	}
	for i := range st.NumFields() {
		tag := reflect.StructTag(st.Tag(i))
		if slices.ContainsFunc(settingTags, func(key string) bool { _, ok := tag.Lookup(key); return ok }) {
			e.filled[st.Field(i).Origin()] = true
		}
		e.noteFilled(st.Field(i).Type(), depth+1)
	}
}

// linkedStores are those of a field that stand in what the module's mains link: what
// tests and tools set there is in no program.
func (e *extractor) linkedStores(stores []*ssa.Store) []*ssa.Store {
	if e.links == nil {
		e.links = e.linkage()
	}
	if e.links.linked == nil {
		return stores
	}
	return slices.DeleteFunc(slices.Clone(stores), func(st *ssa.Store) bool {
		pkg := topFunc(st.Parent()).Pkg
		return pkg != nil && e.own[pkg.Pkg] && !e.links.linked[pkg.Pkg]
	})
}
