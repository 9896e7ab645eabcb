package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// states lists the accesses to package variables: loads, stores, and what is done
// through the variable's address or the pointer, map or slice that it holds.
func (e *extractor) states() {
	var buf [10]*ssa.Value
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		eachInstr(fn, func(in ssa.Instruction) {
			for _, op := range in.Operands(buf[:0]) {
				if g := global(*op); g != nil && g.Pkg != nil && e.own[g.Pkg.Pkg] {
					e.state(g, in)
				}
			}
		})
	}
}

func (e *extractor) state(g *ssa.Global, in ssa.Instruction) {
	to, ok := e.refOf(g.Object())
	if !ok {
		return // synthetic: init$guard
	}
	from, ok := e.refInstr(in)
	if !ok || from.Atom == to.Atom {
		return
	}
	t := g.Type().(*types.Pointer).Elem()
	for _, a := range e.effect(in, g, 0) {
		e.out.States = append(e.out.States, State{From: from, Var: to.Atom, Access: a.access,
			Init: e.atInit(in.Parent()), Infra: infraType(t),
			Evidence: e.evidence(e.posOf(a.at), a.conf, a.detail)})
	}
}

// atInit tells whether the function runs only while its package is initialised.
func (e *extractor) atInit(fn *ssa.Function) bool {
	top := topFunc(fn)
	return top.Synthetic == "package initializer" || strings.HasPrefix(top.Name(), "init#")
}

// effect is what one instruction does to a variable.
type effect struct {
	access model.Access
	conf   model.Confidence
	at     ssa.Instruction
	detail string
}

// effect follows an address, or a reference loaded from it, to what is done.
func (e *extractor) effect(in ssa.Instruction, v ssa.Value, depth int) []effect {
	if depth > 6 {
		return nil
	}
	switch in := in.(type) {
	case *ssa.Store:
		if in.Addr == v {
			return []effect{{model.Write, model.Proved, in, ""}}
		}
		return []effect{{model.ReadWrite, model.Guessed, in, "address taken"}}
	case *ssa.MapUpdate:
		if in.Map == v {
			return []effect{{model.Write, model.Proved, in, "map element"}}
		}
		return []effect{{model.Read, model.Proved, in, ""}}
	case *ssa.UnOp, *ssa.FieldAddr, *ssa.IndexAddr, *ssa.Slice, *ssa.Field, *ssa.Index, *ssa.ChangeType, *ssa.MakeInterface, *ssa.ChangeInterface:
		return e.follow(in.(ssa.Value), in, depth)
	case ssa.CallInstruction:
		return []effect{e.callEffect(in, v)}
	}
	return []effect{{model.Read, model.Proved, in, ""}}
}

// follow gives the writes that happen through a derived value; none makes it a read.
func (e *extractor) follow(v ssa.Value, at ssa.Instruction, depth int) []effect {
	var writes []effect
	if refs := v.Referrers(); refs != nil && refers(v.Type()) {
		for _, r := range *refs {
			for _, x := range e.effect(r, v, depth+1) {
				if x.access != model.Read {
					if st, ok := r.(*ssa.Store); ok && st.Val == v {
						continue // the loaded value is kept elsewhere
					}
					writes = append(writes, x)
				}
			}
		}
	}
	if len(writes) == 0 {
		return []effect{{model.Read, model.Proved, at, ""}}
	}
	return writes
}

// refers tells whether something can be changed through a value of the type.
func refers(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice, *types.Interface:
		return true
	}
	return false
}

// callEffect tells what a call does to a variable that it is given.
func (e *extractor) callEffect(call ssa.CallInstruction, v ssa.Value) effect {
	com := call.Common()
	detail := calleeShort(com)
	if b, ok := com.Value.(*ssa.Builtin); ok {
		switch b.Name() {
		case "delete", "clear":
			return effect{model.Write, model.Proved, call, b.Name()}
		case "copy":
			if com.Args[0] == v {
				return effect{model.Write, model.Proved, call, "copy"}
			}
		}
		return effect{model.Read, model.Proved, call, ""}
	}
	if com.IsInvoke() && com.Value == v {
		return effect{accessByName(com.Method.Name()), model.Guessed, call, detail}
	}
	for i, a := range com.Args {
		if a != v {
			continue
		}
		if e.argMutated(call, i) {
			return effect{model.ReadWrite, model.Resolved, call, detail}
		}
		if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil && i == 0 && callee.Signature.Recv() != nil {
			return effect{accessByName(callee.Name()), model.Guessed, call, detail}
		}
	}
	return effect{model.Read, model.Resolved, call, detail}
}

func calleeShort(com *ssa.CallCommon) string {
	if com.IsInvoke() {
		return com.Method.Name()
	}
	if f := com.StaticCallee(); f != nil {
		return f.Name()
	}
	return ""
}

// writingNames begin the names of methods that change their receiver, of types
// that are not of the module.
var writingNames = []string{"Add", "Append", "Clear", "CompareAnd", "Dec", "Delete", "Do", "Drain", "Enqueue", "Evict", "Flush",
	"Inc", "Insert", "LoadAndDelete", "LoadOrStore", "Merge", "Pop", "Prepend", "Purge", "Push", "Put", "Register",
	"Remove", "Replace", "Reset", "Set", "Store", "Swap", "Unregister", "Update", "Write", "Init", "Move"}

func accessByName(name string) model.Access {
	for _, w := range writingNames {
		if strings.HasPrefix(name, w) {
			return model.ReadWrite
		}
	}
	return model.Read
}

// infraTypes are shared by nature: their packages, or package and name.
var infraTypes = map[string]bool{
	"sync.Mutex": true, "sync.RWMutex": true, "sync.Once": true, "sync.Pool": true, "sync.WaitGroup": true, "sync.Cond": true,
	"log.Logger": true, "log/slog.Logger": true, "log/slog.LevelVar": true, "log/slog.Handler": true,
	"regexp.Regexp": true, "text/template.Template": true, "html/template.Template": true, "embed.FS": true,
	"encoding/base64.Encoding": true, "math/rand.Rand": true, "math/rand/v2.Rand": true, "net/http.Client": true,
	"net/http.Transport": true, "time.Location": true, "strings.Replacer": true, "io/fs.FS": true, "reflect.Type": true,
}

// connections are handles of a database: what is shared are its tables.
var connections = map[string]bool{
	"database/sql.DB": true, "github.com/jmoiron/sqlx.DB": true, "github.com/jackc/pgx.Conn": true, "github.com/jackc/pgx/pgxpool.Pool": true,
	"gorm.io/gorm.DB": true, "github.com/jinzhu/gorm.DB": true, "xorm.io/xorm.Engine": true, "github.com/go-xorm/xorm.Engine": true,
	"github.com/uptrace/bun.DB": true, "github.com/go-pg/pg.DB": true, dbxPath + ".DB": true, beegoORM + ".Ormer": true,
}

var infraPackages = []string{"expvar", "flag", "testing", "golang.org/x/text", "go.uber.org/zap", "github.com/sirupsen/logrus",
	"github.com/rs/zerolog", "github.com/prometheus/", "go.opentelemetry.io/", "github.com/spf13/cobra", "github.com/spf13/pflag",
	"unknwon.dev/clog", "github.com/hashicorp/go-hclog", "google.golang.org/protobuf", "github.com/golang/protobuf", "github.com/armon/go-metrics",
	"github.com/hashicorp/go-metrics", "github.com/urfave/cli"}

// infraType tells whether a variable of the type is shared by nature: a logger, a
// metric, a lock, a compiled pattern, a sentinel error.
func infraType(t types.Type) bool {
	if types.Identical(t, types.Universe.Lookup("error").Type()) {
		return true
	}
	n := namedOf(t)
	if n == nil || n.Obj().Pkg() == nil {
		if s, ok := t.Underlying().(*types.Slice); ok && namedOf(s.Elem()) != nil {
			return infraType(s.Elem())
		}
		return false
	}
	path := n.Obj().Pkg().Path()
	if infraTypes[path+"."+n.Obj().Name()] || isConnection(n) {
		return true
	}
	for _, p := range infraPackages {
		if path == strings.TrimSuffix(p, "/") || strings.HasPrefix(path, strings.TrimSuffix(p, "/")+"/") {
			return true
		}
	}
	return false
}
