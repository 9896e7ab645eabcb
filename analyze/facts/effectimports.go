package facts

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// blankImports lists import _ "…" of packages that do something when imported: those
// of the module as far as effects of theirs, or of what they import, were found; of
// others all, known ones with what they are for.
func (e *extractor) blankImports() {
	effects, imports := e.effectsByPackage(), map[string][]string{}
	for _, pkg := range e.p.Packages {
		for path := range pkg.Imports {
			imports[pkg.PkgPath] = append(imports[pkg.PkgPath], path)
		}
		slices.Sort(imports[pkg.PkgPath])
	}
	var found []InitEffect
	e.files(func(_ *types.Info, pkg *types.Package, f *ast.File) {
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil || spec.Name == nil || spec.Name.Name != "_" || noEffect[path] {
				continue
			}
			detail, conf := knownImport(path), model.Proved
			switch {
			case e.paths[path]:
				detail, conf = e.importedEffects(path, effects, imports), model.Resolved
				if detail == "" {
					continue
				}
			case detail == "":
				conf = model.Guessed
			}
			found = append(found, InitEffect{Package: pkg.Path(), Kind: model.EffectImport, Target: path, Name: detail,
				Evidence: e.evidence(spec.Pos(), conf, "")})
		}
	})
	e.out.InitEffects = append(e.out.InitEffects, found...)
}

// effectsByPackage writes the effects found so far, and the blank imports of other
// modules' packages, as words.
func (e *extractor) effectsByPackage() map[string][]string {
	out := map[string][]string{}
	add := func(pkg, text string) {
		if !slices.Contains(out[pkg], text) {
			out[pkg] = append(out[pkg], text)
		}
	}
	for _, x := range e.out.InitEffects {
		add(x.Package, fmt.Sprintf("%s %s", x.Kind, x.Target))
	}
	e.files(func(_ *types.Info, pkg *types.Package, f *ast.File) {
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err == nil && spec.Name != nil && spec.Name.Name == "_" && !noEffect[path] && !e.paths[path] {
				add(pkg.Path(), "import "+path)
			}
		}
	})
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}

// maxEffectWords bounds how many effects of an imported package are named.
const maxEffectWords = 3

// importedEffects says what importing a package of the module does: its own effects,
// or else those of the nearest packages that it imports.
func (e *extractor) importedEffects(path string, effects map[string][]string, imports map[string][]string) string {
	seen := map[string]bool{path: true}
	for level := []string{path}; len(level) > 0; {
		var words, next []string
		for _, p := range level {
			words = append(words, effects[p]...)
			for _, q := range imports[p] {
				if e.paths[q] && !seen[q] {
					seen[q] = true
					next = append(next, q)
				}
			}
		}
		if len(words) > 0 {
			slices.Sort(words)
			words = slices.Compact(words)
			if n := len(words) - maxEffectWords; n > 0 {
				words = append(words[:maxEffectWords], fmt.Sprintf("%d more", n))
			}
			return strings.Join(words, ", ")
		}
		level = next
	}
	return ""
}

// noEffect are imported blank for the compiler.
var noEffect = map[string]bool{"embed": true, "unsafe": true, "C": true}

// knownImports are packages that are imported for one effect, by path without major
// version, or its beginning up to a slash.
var knownImports = map[string]string{
	"net/http/pprof": "handlers on http.DefaultServeMux", "expvar": "handler on http.DefaultServeMux", "time/tzdata": "time zones",
	"image/png": "image format", "image/gif": "image format", "image/jpeg": "image format", "golang.org/x/image/": "image format", "github.com/gen2brain/": "image format",
	"crypto/sha1": "hash", "crypto/sha256": "hash", "crypto/sha512": "hash", "crypto/md5": "hash", "golang.org/x/crypto/": "hash",
	"github.com/lib/pq": databaseDriver, "github.com/jackc/pgx/stdlib": databaseDriver, "github.com/go-sql-driver/mysql": databaseDriver,
	"github.com/mattn/go-sqlite3": databaseDriver, "modernc.org/sqlite": databaseDriver, "github.com/glebarez/go-sqlite": databaseDriver,
	"github.com/ncruces/go-sqlite3/": databaseDriver, "github.com/denisenkom/go-mssqldb": databaseDriver, "github.com/microsoft/go-mssqldb": databaseDriver,
	"github.com/godror/godror": databaseDriver, "github.com/sijms/go-ora": databaseDriver, "github.com/ClickHouse/clickhouse-go": databaseDriver,
	"github.com/snowflakedb/gosnowflake": databaseDriver, "github.com/tursodatabase/libsql-client-go/": databaseDriver,
	"github.com/golang-migrate/migrate/database/": "migration driver", "github.com/golang-migrate/migrate/source/": "migration source",
	"go.uber.org/automaxprocs": "sets GOMAXPROCS", "github.com/KimMachineGun/automemlimit": "sets GOMEMLIMIT", "github.com/joho/godotenv/autoload": "sets the environment from .env",
	"gocloud.dev/blob/": "bucket driver", "gocloud.dev/pubsub/": "topic driver", "gocloud.dev/runtimevar/": "variable driver",
	"google.golang.org/grpc/encoding/": "grpc compressor", "google.golang.org/grpc/xds": "grpc resolvers and balancers", "google.golang.org/grpc/balancer/": "grpc balancer",
	"k8s.io/client-go/plugin/": "authentication plugins", "github.com/GoogleCloudPlatform/cloudsql-proxy/": databaseDriver,
}

const databaseDriver = "database driver"

func knownImport(path string) string {
	path = barePath(path)
	if what, ok := knownImports[path]; ok {
		return what
	}
	for i := len(path) - 1; i > 0; i-- {
		if path[i] == '/' {
			if what, ok := knownImports[path[:i+1]]; ok {
				return what
			}
		}
	}
	return ""
}
