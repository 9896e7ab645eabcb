package facts

import (
	"go/types"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// namedQueries are the statements that .sql files give names to, as goyesql, dotsql
// and others of yesql's kind read them: a line "-- name: get-user" before each.
type namedQueries struct {
	blocks map[string][]namedBlock
	// made are those that code adds to what it read: queries["x"] = &Query{…}.
	made map[string][]ssa.Value
	// scanned are the structs that a library fills by the tags of their fields.
	scanned map[*types.Struct]bool
}

// namedBlock is one statement of a file.
type namedBlock struct {
	file string
	line int // of its name
	text string
}

var nameLine = regexp.MustCompile(`^\s*--\s*name\s*:\s*(\S+)`)

// add reads the blocks of one file. Comments between the lines are left out.
func (n *namedQueries) add(file, text string) {
	if !strings.Contains(text, "name") {
		return
	}
	name, block := "", namedBlock{}
	flush := func() {
		if name != "" && strings.TrimSpace(block.text) != "" {
			if n.blocks == nil {
				n.blocks = map[string][]namedBlock{}
			}
			n.blocks[name] = append(n.blocks[name], block)
		}
	}
	for i, line := range strings.Split(text, "\n") {
		if m := nameLine.FindStringSubmatch(line); m != nil {
			flush()
			name, block = m[1], namedBlock{file: file, line: i + 1}
		} else if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			block.text += line + "\n"
		}
	}
	flush()
}

// knows tells whether a name stands for one statement at least.
func (n *namedQueries) knows(name string) bool {
	return len(n.blocks[name]) > 0 || len(n.made[name]) > 0
}

// namedQueries gives the index of the module, with what its code adds to the files.
func (e *extractor) namedQueries() *namedQueries {
	n := &e.named
	if n.made != nil || len(n.blocks) == 0 {
		return n
	}
	n.made, n.scanned = map[string][]ssa.Value{}, map[*types.Struct]bool{}
	for _, fn := range e.funcs {
		eachInstr(fn, func(in ssa.Instruction) {
			switch in := in.(type) {
			case *ssa.MapUpdate:
				if c, ok := in.Key.(*ssa.Const); ok && isString(c.Type()) && yesqlType(in.Map.Type()) {
					name := e.resolver(nil).texts(c, nil)[0]
					n.made[name] = append(n.made[name], in.Value)
				}
			case ssa.CallInstruction:
				n.scan(in.Common())
			}
		})
	}
	return n
}

// scan notes the struct that a library's call such as ScanToStruct(&queries, …) fills.
func (n *namedQueries) scan(com *ssa.CallCommon) {
	callee := com.StaticCallee()
	if callee == nil || callee.Object() == nil || !strings.HasPrefix(callee.Name(), "Scan") || !strings.Contains(callee.Object().Pkg().Path(), "yesql") {
		return
	}
	for _, a := range com.Args {
		if m, ok := a.(*ssa.MakeInterface); ok {
			if st, ok := derefStruct(m.X.Type()); ok {
				n.scanned[st] = true
			}
		}
	}
}

// yesqlType tells whether a map belongs to a library that reads named statements.
func yesqlType(t types.Type) bool {
	return strings.Contains(bareTypePath(t), "yesql")
}

// namedTexts gives the statements that a name stands for, or a name's .sql file
// if the module has one such file only.
func (r *stringResolver) namedTexts(name string) []string {
	if !r.named || name == "" || strings.ContainsAny(name, " \t\n"+hole) {
		return nil
	}
	n := r.e.namedQueries()
	if n.knows(name) {
		r.looked = true
		var out []string
		for _, b := range n.blocks[name] {
			out = append(out, b.text)
		}
		for _, v := range n.made[name] {
			out = append(out, r.madeTexts(v)...)
		}
		r.guessed = r.guessed || len(out) > 1
		return out
	}
	if text, ok := r.e.sqlFile(name); ok {
		r.looked = true
		return []string{text}
	}
	return nil
}

// lookUp gives the statements that texts are the names of; nil if one is none.
func (r *stringResolver) lookUp(texts []string) []string {
	var out []string
	for _, t := range texts {
		found := r.namedTexts(t)
		if found == nil {
			return nil
		}
		out = append(out, found...)
	}
	return out
}

// sqlFile reads the one .sql file of the module whose path ends with name.
func (e *extractor) sqlFile(name string) (string, bool) {
	name = "/" + strings.TrimLeft(filepath.ToSlash(name), "./")
	if !strings.HasSuffix(name, ".sql") || name == "/.sql" {
		return "", false
	}
	found := ""
	for _, f := range e.p.SQLFiles {
		if strings.HasSuffix("/"+f, name) {
			if found != "" {
				return "", false
			}
			found = f
		}
	}
	if found == "" {
		return "", false
	}
	return e.readSmall(filepath.Join(e.p.Module.Dir, filepath.FromSlash(found)))
}

// madeTexts resolves a statement that is made in the code: its text, or the field
// Query of the struct that holds it.
func (r *stringResolver) madeTexts(v ssa.Value) []string {
	if isString(v.Type()) {
		return r.texts(v, nil)
	}
	al, ok := v.(*ssa.Alloc)
	if !ok {
		return []string{hole}
	}
	for _, ref := range *al.Referrers() {
		if fa, ok := ref.(*ssa.FieldAddr); ok && fieldOf(al.Type(), fa.Field).Name() == "Query" {
			return r.localField(fa, nil)
		}
	}
	return []string{hole}
}

// namedField resolves a field that a library fills with the statement that its tag
// names.
func (r *stringResolver) namedField(t types.Type, field int) []string {
	if !r.named || len(r.e.named.blocks) == 0 {
		return nil
	}
	st, ok := derefStruct(t)
	if !ok || field >= st.NumFields() {
		return nil
	}
	name := queryTag(st.Tag(field))
	ft := st.Field(field).Type()
	if name == "" || !isStatement(ft) && !(isString(ft) && r.e.filledByTags(st)) || !r.e.namedQueries().knows(name) {
		return nil
	}
	r.tagged = true
	return r.namedTexts(name)
}

// queryTag gives the statement that a struct tag names: query:"get-user", with
// options after a comma.
func queryTag(tag string) string {
	for _, key := range []string{"query", "yesql", "sql"} {
		if name, _, _ := strings.Cut(reflect.StructTag(tag).Get(key), ","); name != "" && name != "-" {
			return name
		}
	}
	return ""
}

// filledByTags tells whether a struct's tags name statements: it is given to a
// library for it, or has prepared statements with such tags. Tags of the same name
// bind a request's parameters elsewhere.
func (e *extractor) filledByTags(st *types.Struct) bool {
	if e.namedQueries().scanned[st] {
		return true
	}
	for i := range st.NumFields() {
		if isStatement(st.Field(i).Type()) && e.named.knows(queryTag(st.Tag(i))) {
			return true
		}
	}
	return false
}

// namedElement resolves an element of a map by its name: queries["get-user"].
func (r *stringResolver) namedElement(l *ssa.Lookup, en *env) []string {
	m, ok := l.X.Type().Underlying().(*types.Map)
	if !ok || !r.named || !isString(m.Key()) || len(r.e.named.blocks) == 0 {
		return nil
	}
	var out []string
	for _, name := range r.texts(l.Index, en) {
		out = append(out, r.namedTexts(name)...)
	}
	return out
}

// namedInside resolves a text inside of an element of a map of statements,
// queries["x"].Query, and the statement inside of another library's.
func (r *stringResolver) namedInside(a *ssa.FieldAddr, en *env) []string {
	if !r.named {
		return nil
	}
	v := a.X
	if ex, ok := v.(*ssa.Extract); ok && ex.Index == 0 {
		v = ex.Tuple
	}
	f := fieldOf(a.X.Type(), a.Field)
	if l, ok := v.(*ssa.Lookup); ok && f != nil && isString(f.Type()) {
		return r.namedElement(l, en)
	}
	if f != nil && f.Embedded() && isStatement(a.X.Type()) && isStatement(f.Type()) {
		return r.texts(a.X, en)
	}
	return nil
}
