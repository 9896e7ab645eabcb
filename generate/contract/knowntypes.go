package contract

import "go/types"

// transactionTypes bind a call to its caller's transaction.
var transactionTypes = map[string]bool{
	"database/sql.Tx":                     true,
	"gorm.io/gorm.DB":                     true,
	"github.com/jmoiron/sqlx.Tx":          true,
	"github.com/jackc/pgx/v4.Tx":          true,
	"github.com/jackc/pgx/v5.Tx":          true,
	"github.com/jackc/pgx/v5/pgxpool.Tx":  true,
	"github.com/uptrace/bun.Tx":           true,
	"go.mongodb.org/mongo-driver.Session": true,
	"github.com/dgraph-io/badger/v4.Txn":  true,
	"go.etcd.io/bbolt.Tx":                 true,
	"xorm.io/xorm.Session":                true,
	"github.com/go-pg/pg/v10.Tx":          true,
	"github.com/gocraft/dbr/v2.Tx":        true,
}

// handleTypes are live: connections, files, locks, timers, requests.
var handleTypes = map[string]bool{
	"database/sql.DB": true, "database/sql.Conn": true, "database/sql.Stmt": true,
	"database/sql.Rows": true, "database/sql.Row": true,
	"github.com/jmoiron/sqlx.DB": true, "github.com/jmoiron/sqlx.Rows": true,
	"github.com/jackc/pgx/v5.Conn": true, "github.com/jackc/pgx/v5.Rows": true,
	"github.com/jackc/pgx/v5/pgxpool.Pool": true, "github.com/jackc/pgx/v5/pgxpool.Conn": true,
	"github.com/uptrace/bun.DB": true,
	"net.Conn":                  true, "net.Listener": true, "os.File": true, "os/exec.Cmd": true,
	"net/http.Request": true, "net/http.Response": true, "net/http.ResponseWriter": true,
	"net/http.Client": true, "net/http.Server": true, "net/http.ServeMux": true, "net/http.Handler": true,
	"sync.Mutex": true, "sync.RWMutex": true, "sync.WaitGroup": true, "sync.Once": true,
	"sync.Cond": true, "sync.Map": true, "sync.Pool": true,
	"time.Timer": true, "time.Ticker": true, "time.Location": true,
	"log.Logger": true, "log/slog.Logger": true, "text/template.Template": true,
	"html/template.Template": true, "reflect.Value": true, "reflect.Type": true,
	"crypto/tls.Config": true, "testing.T": true, "testing.B": true,
}

// streamTypes are read or written piece by piece, beside all of package io's interfaces.
var streamTypes = map[string]bool{
	"bytes.Buffer": true, "bytes.Reader": true, "strings.Reader": true, "strings.Builder": true,
	"bufio.Reader": true, "bufio.Writer": true, "bufio.Scanner": true, "bufio.ReadWriter": true,
	"mime/multipart.File": true, "mime/multipart.Reader": true, "io/fs.File": true, "io/fs.FS": true,
	"io.PipeReader": true, "io.PipeWriter": true, "iter.Seq": true, "iter.Seq2": true,
	"encoding/csv.Reader": true, "encoding/csv.Writer": true,
	"encoding/json.Decoder": true, "encoding/json.Encoder": true,
}

// knownObstacle refuses types by what they are known to be.
func knownObstacle(t types.Type) (obstacle, bool) {
	n := namedOf(t)
	if n == nil {
		if it, ok := t.Underlying().(*types.Interface); ok && isStream(it) {
			return obstacle{CodeStream, "is a stream (" + show(t) + ")", []string{show(t)}}, true
		}
		return obstacle{}, false
	}
	name := qualified(n.Origin())
	it, isInterface := n.Underlying().(*types.Interface)
	switch {
	case transactionTypes[name]:
		return obstacle{CodeTransaction, "is a transaction of the caller (" + show(t) + ")", []string{show(t)}}, true
	case streamTypes[name], isInterface && isStream(it):
		return obstacle{CodeStream, "is a stream (" + show(t) + ")", []string{show(t)}}, true
	case handleTypes[name]:
		return obstacle{CodeHandle, "is live in this process (" + show(t) + ")", []string{show(t)}}, true
	case name == "context.Context":
		return obstacle{CodeContextPlace, "is a context that is not the first parameter (" + show(t) + ")", []string{show(t)}}, true
	}
	return obstacle{}, false
}

// isStream reports whether an interface reads or writes bytes.
func isStream(it *types.Interface) bool {
	for i := range it.NumMethods() {
		m := it.Method(i)
		switch m.Name() {
		case "Read", "Write", "ReadAt", "WriteAt", "ReadByte", "WriteString", "WriteTo", "ReadFrom":
		default:
			continue
		}
		if m.Pkg() != nil && isStd(m.Pkg().Path()) {
			return true
		}
		sig := m.Signature()
		if sig.Params().Len() == 1 && sig.Results().Len() == 2 && types.Identical(sig.Params().At(0).Type(), types.NewSlice(types.Typ[types.Byte])) {
			return true
		}
	}
	return false
}
