package facts

import (
	"go/constant"
	"go/types"
	"reflect"
	"strings"
	"unicode"

	"github.com/jinzhu/inflection"
	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// naming is what gorm's NamingStrategy is set to in the module.
type naming struct {
	singular bool
	prefix   string
}

// naming reads what gorm's NamingStrategy is made with: constants, and a prefix that
// stands in a variable.
func (e *extractor) naming() naming {
	var n naming
	for f, vals := range e.storesOf().fields {
		if f.Pkg() == nil || barePath(f.Pkg().Path()) != "gorm.io/gorm/schema" || len(vals) == 0 {
			continue
		}
		if f.Name() == "TablePrefix" {
			r := e.resolver(nil)
			r.strict = true
			if texts := r.texts(vals[0], nil); len(texts) == 1 && !containsHole(texts[0]) {
				n.prefix = texts[0]
			}
		}
		if c, ok := vals[0].(*ssa.Const); ok && c.Value != nil && f.Name() == "SingularTable" && c.Value.Kind() == constant.Bool {
			n.singular = constant.BoolVal(c.Value)
		}
	}
	return n
}

// modelType gives the struct of the module behind an argument: &user, new(User),
// &users, []*User, under the interface that it is passed as.
func modelType(v ssa.Value) *types.Named {
	if v == nil {
		return nil
	}
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	t := v.Type()
	for range 6 {
		switch u := types.Unalias(t).(type) {
		case *types.Pointer:
			t = u.Elem()
			continue
		case *types.Slice:
			t = u.Elem()
			continue
		case *types.Array:
			t = u.Elem()
			continue
		case *types.Map:
			t = u.Elem()
			continue
		case *types.Named:
			switch s := u.Underlying().(type) {
			case *types.Struct:
				return u.Origin()
			case *types.Slice:
				t = s.Elem()
				continue
			}
		}
		return nil
	}
	return nil
}

// define names the table of a mapped struct and notes its columns, once.
func (m *mapperFinder) define(n *types.Named, mapper string) string {
	name := m.tableName(n, mapper)
	if name == "" || m.defined[name] {
		return name
	}
	m.defined[name] = true
	if _, ok := n.Underlying().(*types.Struct); !ok || n.Obj().Pkg() == nil || !m.e.own[n.Obj().Pkg()] {
		return name
	}
	def := TableDef{Name: name, Evidence: m.e.evidence(n.Obj().Pos(), model.Resolved, "model "+n.Obj().Name())}
	m.columns(n.Underlying().(*types.Struct), &def, mapper, 0)
	def.Refs = unionSorted(def.Refs, nil)
	m.e.out.Tables = append(m.e.out.Tables, def)
	return name
}

// tableName is what TableName gives, a tag says, or the library's naming makes of
// the type's name.
func (m *mapperFinder) tableName(n *types.Named, mapper string) string {
	if name := m.tableMethod(n); name != "" {
		return m.registeredPrefix(n, mapper) + name
	}
	if st, ok := n.Underlying().(*types.Struct); ok {
		if name := tableTag(st); name != "" {
			return name
		}
	}
	if mapper == "storm" || mapper == "bolthold" || mapper == "badgerhold" {
		return n.Obj().Name()
	}
	snake := snakeCase(n.Obj().Name())
	if mapper == "xorm" || mapper == "dbx" || mapper == "beego" || mapper == "gorm" && m.naming.singular {
		return m.prefix(mapper) + m.registeredPrefix(n, mapper) + snake
	}
	return m.prefix(mapper) + inflection.Plural(snake)
}

// tableNamed gives the struct whose table pop is asked for:
// (&pop.Model{Value: User{}}).TableName().
func tableNamed(com *ssa.CallCommon) *types.Named {
	callee := com.StaticCallee()
	if callee == nil || callee.Name() != "TableName" || len(com.Args) != 1 || bareTypePath(com.Args[0].Type()) != popPath+".Model" {
		return nil
	}
	al, ok := com.Args[0].(*ssa.Alloc)
	if !ok {
		return nil
	}
	for _, in := range *al.Referrers() {
		if fa, ok := in.(*ssa.FieldAddr); ok && fieldOf(fa.X.Type(), fa.Field).Name() == "Value" {
			for _, ref := range *fa.Referrers() {
				if st, ok := ref.(*ssa.Store); ok && st.Addr == fa {
					return modelType(st.Val)
				}
			}
		}
	}
	return nil
}

// registeredPrefix is what beego's mapper puts before any name of a table.
func (m *mapperFinder) registeredPrefix(n *types.Named, mapper string) string {
	if mapper != "beego" {
		return ""
	}
	return m.e.beegoPrefix(n)
}

func (m *mapperFinder) prefix(mapper string) string {
	if mapper == "gorm" {
		return m.naming.prefix
	}
	return ""
}

// tableMethod resolves a TableName method that gives a constant.
func (m *mapperFinder) tableMethod(n *types.Named) string {
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), true, n.Obj().Pkg(), "TableName")
	fn, ok := obj.(*types.Func)
	if !ok || m.e.p.Prog == nil {
		return ""
	}
	body := m.e.p.Prog.FuncValue(fn)
	if body == nil {
		return ""
	}
	r := m.e.resolver(nil)
	for _, b := range body.Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && len(ret.Results) == 1 {
			if texts := r.texts(ret.Results[0], nil); len(texts) == 1 && !containsHole(texts[0]) {
				return texts[0]
			}
		}
	}
	return ""
}

// tableTag reads bun:"table:users" and pg:"users" of the struct's first field.
func tableTag(st *types.Struct) string {
	for i := range st.NumFields() {
		tag := reflect.StructTag(st.Tag(i))
		if f := st.Field(i); f.Name() == "BaseModel" && tag.Get("bun") != "" {
			for _, part := range strings.Split(tag.Get("bun"), ",") {
				if name, ok := strings.CutPrefix(part, "table:"); ok {
					return name
				}
			}
		} else if f.Name() == "tableName" && tag.Get("pg") != "" {
			name, _, _ := strings.Cut(tag.Get("pg"), ",")
			return strings.Trim(name, `"`)
		}
	}
	return ""
}

// columns lists a struct's columns: embedded structs are part of it, fields of
// other mapped structs are references.
func (m *mapperFinder) columns(st *types.Struct, def *TableDef, mapper string, depth int) {
	for i := range st.NumFields() {
		f := st.Field(i)
		tag := reflect.StructTag(st.Tag(i))
		if !f.Exported() || skippedTag(tag) {
			continue
		}
		if inner, ok := f.Type().Underlying().(*types.Struct); ok && f.Embedded() && depth < 4 && bareTypePath(f.Type()) != "time.Time" {
			m.columns(inner, def, mapper, depth+1)
			continue
		}
		if n := modelType(zero(f.Type())); n != nil && m.isModel(n) && bareTypePath(f.Type()) != "time.Time" {
			if isBelongsTo(st, f) {
				def.Refs = append(def.Refs, m.tableName(n, mapper))
			}
			continue
		}
		def.Columns = append(def.Columns, columnName(f, tag))
	}
}

// isBelongsTo tells whether the struct also holds the key of what the field points
// to: Customer and CustomerID.
func isBelongsTo(st *types.Struct, f *types.Var) bool {
	for i := range st.NumFields() {
		if n := st.Field(i).Name(); n == f.Name()+"ID" || n == f.Name()+"Id" {
			return true
		}
	}
	return false
}

func skippedTag(tag reflect.StructTag) bool {
	for _, key := range []string{"gorm", "xorm", "bun", "pg"} {
		if v := tag.Get(key); v == "-" || strings.HasPrefix(v, "-:") || v == "- " {
			return true
		}
	}
	return false
}

func columnName(f *types.Var, tag reflect.StructTag) string {
	for _, part := range strings.Split(tag.Get("gorm"), ";") {
		if k, v, ok := strings.Cut(part, ":"); ok && strings.EqualFold(strings.TrimSpace(k), "column") {
			return v
		}
	}
	for _, key := range []string{"bun", "pg"} {
		if name, _, _ := strings.Cut(tag.Get(key), ","); name != "" && !strings.Contains(name, ":") {
			return name
		}
	}
	if name := xormColumn(tag.Get("xorm")); name != "" {
		return name
	}
	return snakeCase(f.Name())
}

// xormColumn reads the name among the words of a tag: the one in quotes that is no
// default. xorm:"varchar(25) notnull default ” 'usr_name'".
func xormColumn(tag string) string {
	words := strings.Fields(tag)
	for i, w := range words {
		if len(w) > 2 && w[0] == '\'' && w[len(w)-1] == '\'' && (i == 0 || !strings.EqualFold(words[i-1], "default")) {
			return w[1 : len(w)-1]
		}
	}
	return ""
}

// snakeCase writes a Go name in snake case, initialisms as one word: UserID gives
// user_id, HTTPServer http_server.
func snakeCase(name string) string {
	rs := []rune(name)
	var b strings.Builder
	for i, r := range rs {
		if unicode.IsUpper(r) && i > 0 {
			lowerBefore := !unicode.IsUpper(rs[i-1]) && rs[i-1] != '_'
			lowerAfter := i+1 < len(rs) && unicode.IsLower(rs[i+1])
			if lowerBefore || unicode.IsUpper(rs[i-1]) && lowerAfter {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// zero stands for a value of a type where only the type matters.
func zero(t types.Type) ssa.Value { return ssa.NewConst(nil, t) }
