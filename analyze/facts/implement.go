package facts

import (
	"go/types"
	"sort"
)

// implementations names the module's types that implement an interface, at most 8.
func (e *extractor) implementations(i *types.Interface) []string {
	if i.NumMethods() == 0 {
		return nil
	}
	if out, ok := e.impls[i]; ok {
		return out
	}
	var out []string
	for _, n := range e.implementers(i) {
		out = append(out, n.Obj().Pkg().Name()+"."+n.Obj().Name())
	}
	sort.Strings(out)
	if len(out) > 8 {
		out = append(out[:8], "…")
	}
	e.impls[i] = out
	return out
}

// methodIndex finds types by their methods: asking every type for every interface
// would cost the product of both.
type methodIndex struct {
	types []*types.Named
	of    map[string][]int32 // method, by types.Id → the types that have it, ascending
}

// implementers gives the module's concrete package-level types that have the
// methods of an interface, themselves or by their pointers, in the order of
// packages and names.
func (e *extractor) implementers(i *types.Interface) []*types.Named {
	if e.methods == nil {
		e.methods = e.indexMethods()
	}
	var few []int32
	for k := range i.NumMethods() {
		list := e.methods.of[i.Method(k).Id()]
		if k == 0 || len(list) < len(few) {
			few = list
		}
	}
	var out []*types.Named
	for _, k := range few {
		if n := e.methods.types[k]; types.Implements(types.NewPointer(n), i) {
			out = append(out, n)
		}
	}
	return out
}

func (e *extractor) indexMethods() *methodIndex {
	x := &methodIndex{of: map[string][]int32{}}
	for _, pkg := range e.p.Packages {
		if pkg.Types == nil {
			continue
		}
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			tn, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || tn.IsAlias() {
				continue
			}
			n, ok := tn.Type().(*types.Named)
			if ok && !types.IsInterface(n) && n.TypeParams().Len() == 0 {
				x.add(n)
			}
		}
	}
	return x
}

func (x *methodIndex) add(n *types.Named) {
	for sel := range types.NewMethodSet(types.NewPointer(n)).Methods() {
		id := sel.Obj().Id()
		x.of[id] = append(x.of[id], int32(len(x.types)))
	}
	x.types = append(x.types, n)
}

// handles are types that stand for something of this process.
var handles = map[string]string{
	"database/sql.DB": "handle", "database/sql.Conn": "handle", "database/sql.Stmt": "handle", "database/sql.Rows": "handle", "database/sql.Row": "handle",
	"github.com/jackc/pgx.Conn": "handle", "github.com/jackc/pgx/pgxpool.Pool": "handle", "github.com/jackc/pgx/pgxpool.Conn": "handle",
	"github.com/jmoiron/sqlx.DB": "handle", "gorm.io/gorm.DB": "handle", "github.com/jinzhu/gorm.DB": "handle", "xorm.io/xorm.Engine": "handle", "xorm.io/xorm.Session": "handle",
	"os.File": "stream", "net.Conn": "stream", "net.Listener": "handle", "net/http.ResponseWriter": "handle", "net/http.Request": "handle",
	"net/http.Client": "handle", "net/http.Server": "handle", "net/http.ServeMux": "handle", "net/http.Handler": "handle", "net/http.HandlerFunc": "handle",
	"reflect.Value": "handle", "reflect.Type": "handle", "sync.Mutex": "handle", "sync.RWMutex": "handle", "sync.WaitGroup": "handle", "sync.Once": "handle", "sync.Map": "handle",
	"log/slog.Logger": "handle", "log.Logger": "handle", "context.Context": "handle", "context.CancelFunc": "callback", "text/template.Template": "handle", "html/template.Template": "handle",
	"bytes.Buffer": "stream", "bufio.Reader": "stream", "bufio.Writer": "stream", "bufio.Scanner": "stream", "strings.Reader": "stream", "bytes.Reader": "stream",
	"mime/multipart.File": "stream", "iter.Seq": "stream", "iter.Seq2": "stream", "os/exec.Cmd": "handle", "time.Timer": "handle", "time.Ticker": "handle",
	"io/fs.FS": "handle", "embed.FS": "handle", "io/fs.File": "stream", "encoding/json.Decoder": "stream", "encoding/json.Encoder": "stream", "encoding/csv.Writer": "stream", "encoding/csv.Reader": "stream",
}

// plain are leaves though they look like something else.
var plain = map[string]bool{"time.Time": true, "time.Duration": true, "math/big.Int": true, "math/big.Rat": true, "math/big.Float": true,
	"net/url.URL": true, "net/netip.Addr": true, "encoding/json.RawMessage": true, "encoding/json.Number": true, "github.com/google/uuid.UUID": true, "database/sql.NullString": true}
