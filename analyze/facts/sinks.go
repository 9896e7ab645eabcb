package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// sink is the argument of a call that the database is given as SQL.
type sink struct {
	value ssa.Value
	// identifier: the argument names a table instead (pgx.Identifier).
	identifier bool
	// keyword: the argument is what follows this keyword in a statement that a
	// builder makes; access is then what it does to the table.
	keyword string
	access  model.Access
	// collection: the argument is a collection of a document database, or its name;
	// access is what is done to it.
	collection bool
	// names may stand for placeholders of the text, see filled.
	names []ssa.Value
	// prepared: the argument is a prepared statement.
	prepared bool
	via      string // the library, when it is not SQL as such
}

// library names what the statement goes through.
func (s sink) library() string {
	if s.via != "" {
		return s.via
	}
	return "sql"
}

// read takes the tables of one text that the sink may be given.
func (s sink) read(text string) statement {
	switch {
	case s.collection:
		return s.readCollection(text)
	case s.identifier:
		st := statement{verb: "COPY"}
		if name := strings.TrimSpace(text); !strings.Contains(name, hole) && name != "" {
			st.touch(name, model.Write)
		}
		return st
	case s.keyword != "":
		if strings.HasPrefix(strings.TrimLeft(text, " \n\t"), "(") && strings.Contains(text, hole) {
			// A subquery of another builder: what that is given names its tables.
			text = strings.Replace(text, hole, "SELECT 1", 1)
		}
		st := readSQL("SELECT 1 " + s.keyword + " " + text)
		out := statement{verb: st.verb, open: st.open || strings.Trim(text, hole+" ") == ""}
		for _, name := range tablesBut(st, "ficus_left") {
			out.touch(name, s.access)
		}
		return out
	}
	if s.via == "dbx" { // {{table}} and [[column]] are quoted as the database does
		text = strings.NewReplacer("{{", `"`, "}}", `"`, "[[", `"`, "]]", `"`).Replace(text)
	}
	return readSQL(text)
}

// resultTypes are what functions that take SQL give back.
var resultTypes = map[string]bool{
	"database/sql.Rows": true, "database/sql.Row": true, "database/sql.Result": true, "database/sql.Stmt": true,
	"github.com/jmoiron/sqlx.Rows": true, "github.com/jmoiron/sqlx.Row": true, "github.com/jmoiron/sqlx.Stmt": true, "github.com/jmoiron/sqlx.NamedStmt": true,
	"github.com/jackc/pgx.Rows": true, "github.com/jackc/pgx.Row": true, "github.com/jackc/pgx/pgconn.CommandTag": true,
	"github.com/jackc/pgconn.CommandTag": true, "github.com/jackc/pgx/pgconn.StatementDescription": true, "github.com/jackc/pgconn.StatementDescription": true,
	"github.com/jackc/pgx.QueuedQuery": true, "github.com/uptrace/bun.RawQuery": true, "github.com/go-pg/pg/orm.Result": true,
}

// sinkNames take SQL though their results do not tell: by package and name.
var sinkNames = map[string][]string{
	"github.com/jmoiron/sqlx":              {"Get", "Select", "GetContext", "SelectContext", "MustExec", "MustExecContext", "Preparex", "NamedExec", "NamedQuery"},
	"github.com/jackc/pgx":                 {"Queue"},
	"github.com/georgysavva/scany/pgxscan": {"Get", "Select"},
	"github.com/georgysavva/scany/sqlscan": {"Get", "Select"},
	"github.com/swithek/dotsqlx":           {"Get", "Select", "GetContext", "SelectContext", "NamedExec"},
	"github.com/blockloop/scan":            {},
	boilerPath + "/queries":                {"Raw"},
	"gorm.io/gorm":                         {"Raw", "Exec"},
	dbxPath:                                {"NewQuery"},
	popPath:                                {"RawQuery"},
	gorpPath:                               {"Select", "SelectOne", "SelectInt", "SelectNullInt", "SelectFloat", "SelectNullFloat", "SelectStr", "SelectNullStr"},
	beegoORM:                               {"Raw", "RawWithCtx"},
	"github.com/jinzhu/gorm":               {"Raw", "Exec"},
	"xorm.io/xorm":                         {"SQL", "Exec", "Query", "QueryString", "QueryInterface"},
	"github.com/go-xorm/xorm":              {"SQL", "Sql", "Exec", "Query", "QueryString", "QueryInterface"},
	"github.com/go-pg/pg":                  {"Exec", "ExecContext", "ExecOne", "Query", "QueryOne", "QueryContext"},
	clickhousePath:                         {"Select", "Query", "QueryRow", "PrepareBatch", "Exec", "AsyncInsert"},
	"github.com/gocql/gocql":               {"Query"},
	"github.com/scylladb/gocqlx":           {"Query", "ContextQuery"},
	"cloud.google.com/go/bigquery":         {"Query"},
	"zombiezen.com/go/sqlite":              {"Prep", "Prepare", "PrepareTransient"},
	"zombiezen.com/go/sqlite/sqlitex":      {"Exec", "Execute", "ExecuteTransient", "ExecuteScript", "ExecScript", "ExecTransient"},
	"crawshaw.io/sqlite":                   {"Prep", "Prepare", "PrepareTransient"},
	"crawshaw.io/sqlite/sqlitex":           {"Exec", "ExecScript", "ExecTransient"},
	"github.com/uptrace/bun":               {"NewRaw", "ExecContext", "QueryContext", "QueryRowContext", "Exec", "Query", "QueryRow"},
}

const clickhousePath = "github.com/ClickHouse/clickhouse-go/lib/driver"

// sinkVia names libraries whose SQL is written in their own way.
var sinkVia = map[string]string{dbxPath: "dbx"}

// bareTypePath gives a type's package path without a major version, dot, name.
func bareTypePath(t types.Type) string {
	n := namedOf(t)
	if n == nil || n.Obj().Pkg() == nil {
		return ""
	}
	return barePath(n.Obj().Pkg().Path()) + "." + n.Obj().Name()
}

// movedPaths are libraries that are published by another name too.
var movedPaths = map[string]string{"github.com/xorm-io/xorm": "xorm.io/xorm", "gitea.com/xorm/xorm": "xorm.io/xorm",
	"github.com/go-ozzo/ozzo-dbx": dbxPath, "github.com/astaxie/beego/orm": beegoORM, "github.com/beego/beego/orm": beegoORM,
	"gopkg.in/gorp.v1": gorpPath, "gopkg.in/gorp.v2": gorpPath, "github.com/coopernurse/gorp": gorpPath, "github.com/letsencrypt/borp": gorpPath,
	"github.com/boltdb/bolt": boltPath, "github.com/coreos/bbolt": boltPath, "github.com/etcd-io/bbolt": boltPath,
	"github.com/aarondl/sqlboiler/v4/queries": boilerPath + "/queries", "github.com/aarondl/sqlboiler/v4/queries/qm": boilerPath + "/queries/qm",
	"github.com/astaxie/beego": beegoWeb, "github.com/beego/beego": beegoWeb}

// barePath drops the major version's element wherever it stands:
// github.com/jackc/pgx/v5/pgconn → github.com/jackc/pgx/pgconn.
func barePath(path string) string {
	if to, moved := movedPaths[path]; moved {
		return to
	}
	if !strings.HasPrefix(path, "v") && !strings.Contains(path, "/v") {
		return path // most are asked for often, and have none
	}
	parts := strings.Split(path, "/")
	out := parts[:0]
	for _, p := range parts {
		if len(p) > 1 && p[0] == 'v' && strings.Trim(p[1:], "0123456789") == "" {
			continue
		}
		out = append(out, p)
	}
	return strings.Join(out, "/")
}

// sinkOf finds the SQL of a call to a function outside of the module, or through
// an interface: every function that takes a string and gives rows, a row, a
// result, a statement or a command tag of a database library takes SQL, whoever
// declares it.
func (e *extractor) sinkOf(call ssa.CallInstruction) (sink, bool) {
	com := call.Common()
	if e.queryValue(call) {
		for i := range com.Signature().Params().Len() {
			if isString(com.Signature().Params().At(i).Type()) {
				return sink{value: com.Args[i]}, true
			}
		}
	}
	var fn *types.Func
	switch {
	case com.IsInvoke():
		fn = com.Method
	default:
		callee := com.StaticCallee()
		if callee == nil || callee.Blocks != nil {
			return sink{}, false
		}
		fn, _ = callee.Object().(*types.Func)
	}
	if fn == nil || fn.Pkg() == nil {
		return sink{}, false
	}
	path, sig := barePath(fn.Pkg().Path()), com.Signature()
	if behind := e.mapperBehind(call); behind != "" {
		path = behind
	}
	first := len(com.Args) - sig.Params().Len()
	if first < 0 {
		return sink{}, false
	}
	if path == "github.com/jackc/pgx" || strings.HasPrefix(path, "github.com/jackc/pgx/") || com.IsInvoke() {
		if fn.Name() == "CopyFrom" && sig.Params().Len() == 4 {
			return sink{value: com.Args[first+1], identifier: true}, true
		}
	}
	if !givesRows(sig) && !inList(sinkNames[path], fn.Name()) || path == reformPath && reformVerbs[fn.Name()] != "" {
		return sink{}, false
	}
	return e.sqlArgument(call, path, fn.Name())
}

// sqlArgument finds the SQL among the arguments of a call of a database library.
func (e *extractor) sqlArgument(call ssa.CallInstruction, path, name string) (sink, bool) {
	com := call.Common()
	params := com.Signature().Params()
	args := com.Args[len(com.Args)-params.Len():]
	skip := 0
	if name == "Prepare" && strings.HasPrefix(path, "github.com/jackc/pgx") {
		skip = 1 // the statement's name
	}
	for i := range params.Len() {
		t := params.At(i).Type()
		if i == params.Len()-1 && com.Signature().Variadic() {
			if items := sliceItems(args[i]); len(items) > 0 && strings.Contains(path, "xorm") {
				return sink{value: items[0]}, true
			}
			break
		}
		if isString(t) || isAny(t) && (strings.Contains(path, "xorm") || strings.Contains(path, "go-pg")) && holdsString(args[i]) {
			if skip == 0 {
				s := sink{value: e.preparedAs(args[i]), via: sinkVia[path]}
				if rest := args[i+1:]; fillsNames(path) && len(rest) > 0 {
					s.names = sliceItems(rest[len(rest)-1])
				}
				return s, true
			}
			skip--
		}
	}
	return sink{}, false
}

// queryValue tells whether a call is of a function value that gives what a query does,
// and is no function of the module: query := tx.QueryRow, handed on.
func (e *extractor) queryValue(call ssa.CallInstruction) bool {
	com := call.Common()
	if _, builtin := com.Value.(*ssa.Builtin); builtin || com.IsInvoke() || com.StaticCallee() != nil || !givesRows(com.Signature()) {
		return false
	}
	return !slices.ContainsFunc(e.sites[call], e.ofModule)
}

func isAny(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

func holdsString(v ssa.Value) bool {
	m, ok := v.(*ssa.MakeInterface)
	return ok && isString(m.X.Type())
}

func givesRows(sig *types.Signature) bool {
	for v := range sig.Results().Variables() {
		if resultTypes[bareTypePath(v.Type())] {
			return true
		}
	}
	return false
}

func inList(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
