package facts

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// beegoConfig gives a setting of beego's, or what the code says where none is set.
var beegoConfig = map[string]bool{
	"(*github.com/beego/beego/v2/server/web.beegoAppConfig).DefaultString": true,
	"(*github.com/beego/beego/server/web.beegoAppConfig).DefaultString":    true,
	"(*github.com/astaxie/beego.beegoAppConfig).DefaultString":             true,
}

// beegoPrefix gives the prefix that a struct is registered with, where it is known:
// orm.RegisterModelWithPrefix("shop_", new(Order)).
func (e *extractor) beegoPrefix(n *types.Named) string {
	if e.beegoPrefixes == nil {
		e.beegoPrefixes = map[*types.Named]string{}
		if e.imports(beegoORM) {
			for _, fn := range e.funcs {
				e.eachCall(fn, e.noteBeegoPrefix)
			}
		}
	}
	return e.beegoPrefixes[n]
}

func (e *extractor) noteBeegoPrefix(call ssa.CallInstruction) {
	com := call.Common()
	fn := com.StaticCallee()
	if fn == nil || fn.Name() != "RegisterModelWithPrefix" || fn.Pkg == nil || barePath(fn.Pkg.Pkg.Path()) != beegoORM || len(com.Args) != 2 {
		return
	}
	texts := e.resolver(nil).texts(com.Args[0], nil)
	if len(texts) != 1 || containsHole(texts[0]) {
		return // each installation chooses: tables are called without it
	}
	for _, row := range sliceItems(com.Args[1]) {
		if n := modelType(row); n != nil {
			e.beegoPrefixes[n] = texts[0]
		}
	}
}
