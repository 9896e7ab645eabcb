package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// outsideCalls are functions and methods of other modules with an effect on the
// process or outside of it, by path without major version, type and name.
var outsideCalls = map[string]model.InitEffectKind{
	"database/sql.Register": model.EffectRegister, "encoding/gob.Register": model.EffectRegister, "encoding/gob.RegisterName": model.EffectRegister,
	"image.RegisterFormat": model.EffectRegister, "crypto.RegisterHash": model.EffectRegister, "archive/zip.RegisterCompressor": model.EffectRegister,
	"archive/zip.RegisterDecompressor": model.EffectRegister, "expvar.Publish": model.EffectRegister, "expvar.NewInt": model.EffectRegister,
	"expvar.NewFloat": model.EffectRegister, "expvar.NewMap": model.EffectRegister, "expvar.NewString": model.EffectRegister,
	"net/http.Handle": model.EffectRegister, "net/http.HandleFunc": model.EffectRegister, "mime.AddExtensionType": model.EffectRegister,
	"net/rpc.Register": model.EffectRegister, "net/rpc.RegisterName": model.EffectRegister, "os/signal.Notify": model.EffectRegister,
	"github.com/prometheus/client_golang/prometheus.MustRegister": model.EffectRegister, "github.com/prometheus/client_golang/prometheus.Register": model.EffectRegister,
	"google.golang.org/grpc/encoding.RegisterCodec": model.EffectRegister, "google.golang.org/grpc/encoding.RegisterCompressor": model.EffectRegister,
	"google.golang.org/grpc/resolver.Register": model.EffectRegister, "google.golang.org/grpc/balancer.Register": model.EffectRegister,
	"go.opencensus.io/stats/view.Register": model.EffectRegister, "github.com/pressly/goose.AddMigration": model.EffectRegister,
	"github.com/pressly/goose.AddMigrationContext": model.EffectRegister, "github.com/pressly/goose.AddMigrationNoTxContext": model.EffectRegister,
	"github.com/gin-gonic/gin.SetMode": model.EffectWrite, "github.com/spf13/cobra.OnInitialize": model.EffectRegister,
	"github.com/spf13/viper.SetDefault": model.EffectWrite, "github.com/spf13/viper.Set": model.EffectWrite, "github.com/spf13/viper.BindEnv": model.EffectWrite,
	"github.com/spf13/viper.BindPFlag": model.EffectWrite, "github.com/spf13/viper.AutomaticEnv": model.EffectWrite,

	"log.SetFlags": model.EffectWrite, "log.SetOutput": model.EffectWrite, "log.SetPrefix": model.EffectWrite, "log/slog.SetDefault": model.EffectWrite,
	"math/rand.Seed": model.EffectWrite, "runtime.GOMAXPROCS": model.EffectWrite, "runtime/debug.SetGCPercent": model.EffectWrite,
	"runtime/debug.SetMemoryLimit": model.EffectWrite, "runtime.SetBlockProfileRate": model.EffectWrite, "runtime.SetMutexProfileFraction": model.EffectWrite,
	"os.Setenv": model.EffectWrite, "os.Unsetenv": model.EffectWrite, "os.Clearenv": model.EffectWrite, "os.Chdir": model.EffectWrite, "syscall.Umask": model.EffectWrite,

	"os.Getenv": model.EffectEnv, "os.LookupEnv": model.EffectEnv, "os.Environ": model.EffectEnv, "os.ExpandEnv": model.EffectEnv,
	"syscall.Getenv": model.EffectEnv, "os.Hostname": model.EffectEnv, "os.Getwd": model.EffectEnv, "os.Executable": model.EffectEnv,
	"os.UserHomeDir": model.EffectEnv, "os.UserConfigDir": model.EffectEnv, "os.UserCacheDir": model.EffectEnv, "os/user.Current": model.EffectEnv,
	"github.com/kelseyhightower/envconfig.Process": model.EffectEnv, "github.com/kelseyhightower/envconfig.MustProcess": model.EffectEnv,
	"github.com/caarlos0/env.Parse": model.EffectEnv, "github.com/joho/godotenv.Load": model.EffectEnv, "github.com/joho/godotenv.Overload": model.EffectEnv,

	"os.Open": model.EffectOpen, "os.OpenFile": model.EffectOpen, "os.Create": model.EffectOpen, "os.CreateTemp": model.EffectOpen,
	"os.ReadFile": model.EffectOpen, "os.WriteFile": model.EffectOpen, "os.ReadDir": model.EffectOpen, "os.Mkdir": model.EffectOpen,
	"os.MkdirAll": model.EffectOpen, "os.MkdirTemp": model.EffectOpen, "os.Remove": model.EffectOpen, "os.RemoveAll": model.EffectOpen,
	"os.Rename": model.EffectOpen, "io/ioutil.ReadFile": model.EffectOpen, "io/ioutil.WriteFile": model.EffectOpen, "io/ioutil.ReadDir": model.EffectOpen,
	"io/ioutil.TempDir": model.EffectOpen, "io/ioutil.TempFile": model.EffectOpen, "database/sql.Open": model.EffectOpen, "database/sql.OpenDB": model.EffectOpen,
	"github.com/jmoiron/sqlx.Open": model.EffectOpen, "github.com/jmoiron/sqlx.Connect": model.EffectOpen, "github.com/jmoiron/sqlx.MustConnect": model.EffectOpen,
	"github.com/jackc/pgx.Connect": model.EffectOpen, "github.com/jackc/pgx/pgxpool.New": model.EffectOpen, "github.com/jackc/pgx/pgxpool.Connect": model.EffectOpen,
	"gorm.io/gorm.Open": model.EffectOpen, "github.com/jinzhu/gorm.Open": model.EffectOpen, "xorm.io/xorm.NewEngine": model.EffectOpen,
	"github.com/redis/go-redis.NewClient": model.EffectOpen, "github.com/go-redis/redis.NewClient": model.EffectOpen,
	"net.Listen": model.EffectOpen, "net.ListenPacket": model.EffectOpen, "net.Dial": model.EffectOpen, "net.DialTimeout": model.EffectOpen,
	"time.LoadLocation": model.EffectOpen, "net.LookupHost": model.EffectOpen, "net.LookupIP": model.EffectOpen, "net.Interfaces": model.EffectOpen, "net.InterfaceAddrs": model.EffectOpen,
	"net/http.Get": model.EffectOpen, "net/http.Post": model.EffectOpen, "net/http.ListenAndServe": model.EffectOpen, "net/http.Client.Do": model.EffectOpen,
	"net/http.Client.Get": model.EffectOpen, "net/http.Client.Post": model.EffectOpen, "google.golang.org/grpc.Dial": model.EffectOpen,
	"google.golang.org/grpc.NewClient": model.EffectOpen, "google.golang.org/grpc.DialContext": model.EffectOpen, "github.com/nats-io/nats.go.Connect": model.EffectOpen,
	"os/exec.Cmd.Run": model.EffectOpen, "os/exec.Cmd.Start": model.EffectOpen, "os/exec.Cmd.Output": model.EffectOpen, "os/exec.Cmd.CombinedOutput": model.EffectOpen,

	"time.AfterFunc": model.EffectStart, "golang.org/x/sync/errgroup.Group.Go": model.EffectStart, "sync.WaitGroup.Go": model.EffectStart,
}

// flagReads are the functions of package flag, and of those like it, that define
// nothing.
var flagReads = map[string]bool{"Arg": true, "Args": true, "NArg": true, "NFlag": true, "Lookup": true, "NewFlagSet": true, "Parse": true,
	"Parsed": true, "PrintDefaults": true, "UnquoteUsage": true, "Visit": true, "VisitAll": true, "ShorthandLookup": true}

// outsideEffect tells what a call of a function of another module does: by the
// list, or guessed by its name.
func (e *extractor) outsideEffect(call ssa.CallInstruction) (kind model.InitEffectKind, target string, conf model.Confidence) {
	com := call.Common()
	fn := boundFunc(com)
	if fn == nil || fn.Pkg() == nil || e.own[fn.Pkg()] {
		return "", "", ""
	}
	id := calleeID(fn)
	if kind, ok := outsideCalls[bareCallee(fn)]; ok && !com.IsInvoke() {
		return kind, id, model.Proved
	}
	if fn.Signature().Recv() != nil {
		return e.methodEffect(com, fn)
	}
	path, name := barePath(fn.Pkg().Path()), fn.Name()
	switch {
	case ownRegistries[path]:
		return "", "", ""
	case (path == "flag" || path == "github.com/spf13/pflag") && !flagReads[name]:
		return model.EffectFlag, id, model.Proved
	case path == "github.com/prometheus/client_golang/prometheus/promauto" && strings.HasPrefix(name, "New"):
		return model.EffectRegister, id, model.Proved
	case e.std[fn.Pkg().Path()]:
		return "", "", ""
	case !actsOnly(fn.Signature()) || !failsOnly(call.Value()):
		return "", "", ""
	case registers(name) || addsByName(name) && !takesTarget(fn.Signature()):
		return model.EffectRegister, id, model.Guessed
	case setsByName(name) && !takesTarget(fn.Signature()) || !slices.ContainsFunc(com.Args, mayBeFilled):
		return model.EffectWrite, id, model.Guessed
	}
	return "", "", ""
}

// ownRegistries take what generated code says of its own messages: who links the
// package has them, nobody else asks.
var ownRegistries = map[string]bool{"github.com/golang/protobuf/proto": true, "github.com/gogo/protobuf/proto": true,
	"google.golang.org/protobuf/runtime/protoimpl": true}

// methodEffect tells what a method of another module's type does to a package
// variable of its module: http.DefaultServeMux.Handle.
func (e *extractor) methodEffect(com *ssa.CallCommon, fn *types.Func) (kind model.InitEffectKind, target string, conf model.Confidence) {
	recv := com.Value
	if !com.IsInvoke() {
		recv = com.Args[0]
	}
	g := loadedGlobal(recv)
	if g == nil || g.Pkg == nil || e.own[g.Pkg.Pkg] {
		return "", "", ""
	}
	target = g.Pkg.Pkg.Path() + "." + g.Name() + "." + fn.Name()
	conf = model.Guessed
	if at := barePath(g.Pkg.Pkg.Path()) + "." + g.Name(); knownRegistries[at] {
		conf = model.Proved
	}
	switch {
	case g.Name() == "CommandLine" && !flagReads[fn.Name()]:
		return model.EffectFlag, target, model.Proved
	case registers(fn.Name()) || strings.HasPrefix(fn.Name(), "Handle") || strings.HasPrefix(fn.Name(), "Add"):
		return model.EffectRegister, target, conf
	case setsByName(fn.Name()):
		return model.EffectWrite, target, conf
	}
	return "", "", ""
}

// knownRegistries are variables of other modules that all of a process shares.
var knownRegistries = map[string]bool{
	"net/http.DefaultServeMux": true, "net/rpc.DefaultServer": true,
	"github.com/prometheus/client_golang/prometheus.DefaultRegisterer": true,
}

// boundFunc is the declared function or method of a call that is bound at compile
// time, or the interface's method.
func boundFunc(com *ssa.CallCommon) *types.Func {
	if com.IsInvoke() {
		return com.Method
	}
	if callee := com.StaticCallee(); callee != nil {
		if fn, ok := callee.Object().(*types.Func); ok {
			return fn.Origin()
		}
	}
	return nil
}

// calleeID writes path.Name or path.Type.Name.
func calleeID(fn *types.Func) string {
	if fn.Pkg() == nil {
		return fn.Name()
	}
	if recv := fn.Signature().Recv(); recv != nil {
		if n := namedOf(recv.Type()); n != nil {
			return fn.Pkg().Path() + "." + n.Obj().Name() + "." + fn.Name()
		}
	}
	return fn.Pkg().Path() + "." + fn.Name()
}

// bareCallee is calleeID without the major version of the module.
func bareCallee(fn *types.Func) string {
	path := fn.Pkg().Path()
	return barePath(path) + strings.TrimPrefix(calleeID(fn), path)
}

func registers(name string) bool {
	return strings.HasPrefix(name, "Register") || strings.HasPrefix(name, "MustRegister")
}

// addsByName tells AddRule from Address.
func addsByName(name string) bool {
	rest, ok := strings.CutPrefix(name, "Add")
	return ok && rest != "" && (rest[0] < 'a' || rest[0] > 'z')
}

// mayBeFilled tells an argument that a function without results may have been called
// for: where there is none, it changes what its package keeps.
func mayBeFilled(v ssa.Value) bool {
	if c, ok := v.(*ssa.Const); ok && c.IsNil() {
		return false
	}
	switch v.Type().Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice, *types.Chan, *types.Interface:
		return true
	}
	return false
}

// setsByName tells SetLevel from Settle.
func setsByName(name string) bool {
	rest, ok := strings.CutPrefix(name, "Set")
	return ok && rest != "" && (rest[0] < 'a' || rest[0] > 'z')
}

// actsOnly tells functions that are called for what they do: they give nothing but
// an error.
func actsOnly(sig *types.Signature) bool {
	switch sig.Results().Len() {
	case 0:
		return true
	case 1:
		return types.Identical(sig.Results().At(0).Type(), types.Universe.Lookup("error").Type())
	}
	return false
}

// failsOnly tells an error that says whether something was done from one that is
// made: it is looked at, or not at all.
func failsOnly(v *ssa.Call) bool {
	if v == nil || len(*v.Referrers()) == 0 {
		return true // a go or defer statement has no value
	}
	return slices.ContainsFunc(*v.Referrers(), func(in ssa.Instruction) bool {
		_, compared := in.(*ssa.BinOp)
		return compared
	})
}

// takesTarget tells a function that sets what it is given from one that sets what
// its package keeps.
func takesTarget(sig *types.Signature) bool {
	if sig.Params().Len() < 2 {
		return false
	}
	_, pointer := sig.Params().At(0).Type().Underlying().(*types.Pointer)
	return pointer
}
