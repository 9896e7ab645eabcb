package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// readCalls are the methods that wait for the next message of a broker, by path
// without major version, type and name.
var readCalls = map[string]bool{
	"github.com/segmentio/kafka-go.Reader.ReadMessage": true, "github.com/segmentio/kafka-go.Reader.FetchMessage": true,
	franzPath + ".Client.PollFetches": true, franzPath + ".Client.PollRecords": true,
	confluentPath + ".Consumer.ReadMessage": true, confluentPath + ".Consumer.Poll": true,
	natsPath + ".Subscription.NextMsg": true, natsPath + ".Subscription.Fetch": true, streamPath + ".Consumer.Fetch": true, streamPath + ".Consumer.Next": true,
	natsPath + ".Subscription.NextMsgWithContext": true, "github.com/redis/go-redis.PubSub.ReceiveMessage": true,
}

// messageTypes are what brokers hand out over channels.
var messageTypes = map[string]bool{
	amqpPath + ".Delivery": true, "github.com/streadway/amqp.Delivery": true, saramaPath + ".ConsumerMessage": true, oldSaramaPath + ".ConsumerMessage": true,
	watermillPath + ".Message": true, natsPath + ".Msg": true, streamPath + ".Msg": true, "github.com/redis/go-redis.Message": true,
}

// consumerLoops lists the functions that read messages again and again, with a
// loop that does not count: no broker calls them back.
func (e *extractor) consumerLoops() {
	started := e.started()
	e.eachBody(func(fn *ssa.Function, info *types.Info) {
		pos := readLoop(info, fn.Syntax())
		ref, ok := e.refFunc(fn)
		if !pos.IsValid() || !ok || isConsumeClaim(fn) {
			return
		}
		x := EntryPoint{Kind: "consumer", Func: ref, Registrar: ref, Evidence: e.evidence(pos, model.Resolved, "reads in a loop")}
		x.Name, x.Evidence.Confidence = e.consumedBy(ref, x.Evidence.File)
		for _, call := range e.starts(fn, started, map[*ssa.Function]bool{}, 0) {
			if by, ok := e.refInstr(call); ok {
				x.Registrar = by
				break
			}
		}
		e.out.EntryPoints = append(e.out.EntryPoints, x)
	})
}

// isConsumeClaim tells the method that sarama calls with the messages of one claim:
// the group that it is given to is the entry point.
func isConsumeClaim(fn *ssa.Function) bool {
	return fn.Name() == "ConsumeClaim" && fn.Signature.Recv() != nil
}

// consumedBy names what a function reads from: the one topic that it names itself,
// or else that its package does.
func (e *extractor) consumedBy(ref Ref, file string) (name string, conf model.Confidence) {
	var own, near []string
	for _, u := range e.out.Resources {
		if u.Kind != model.ResourceTopic || u.Access != model.Consume || path.Dir(u.Evidence.File) != path.Dir(file) {
			continue
		}
		near = append(near, u.Name)
		if u.From == ref {
			own = append(own, u.Name)
		}
	}
	for i, list := range [][]string{own, near} {
		slices.Sort(list)
		if list = slices.Compact(list); len(list) == 1 {
			return list[0], []model.Confidence{model.Resolved, model.Guessed}[i]
		}
	}
	return "", model.Resolved
}

// eachBody calls do for each function that is written in the module, literals by
// themselves.
func (e *extractor) eachBody(do func(fn *ssa.Function, info *types.Info)) {
	infos := map[*types.Package]*types.Info{}
	for _, pkg := range e.p.Packages {
		infos[pkg.Types] = pkg.TypesInfo
	}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		if fn.Origin() != nil || fn.Syntax() == nil || topFunc(fn).Pkg == nil {
			continue
		}
		if info := infos[topFunc(fn).Pkg.Pkg]; info != nil {
			do(fn, info)
		}
	}
}

// readLoop finds a loop in a function's own body that reads messages as long as
// there are any, and gives the place that reads.
func readLoop(info *types.Info, fn ast.Node) token.Pos {
	found := token.NoPos
	inspectOwn(bodyOf(fn), func(n ast.Node) {
		switch n := n.(type) {
		case *ast.ForStmt:
			if n.Init == nil && n.Post == nil && !found.IsValid() {
				found = reads(info, n.Body)
			}
		case *ast.RangeStmt:
			if isMessages(info.TypeOf(n.X)) && !found.IsValid() {
				found = n.Pos()
			}
		}
	})
	return found
}

// reads finds what waits for a message in a loop's body.
func reads(info *types.Info, body *ast.BlockStmt) token.Pos {
	found := token.NoPos
	inspectOwn(body, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if id := calleeIdent(n.Fun); id != nil && !found.IsValid() {
				if fn, ok := info.Uses[id].(*types.Func); ok && fn.Pkg() != nil && readCalls[bareCallee(fn)] {
					found = n.Pos()
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW && isMessages(info.TypeOf(n.X)) && !found.IsValid() {
				found = n.Pos()
			}
		}
	})
	return found
}

func isMessages(t types.Type) bool {
	if t == nil {
		return false
	}
	ch, ok := t.Underlying().(*types.Chan)
	return ok && messageTypes[strings.TrimPrefix(bareTypePath(ch.Elem()), "*")]
}

// inspectOwn visits a body without the function literals in it.
func inspectOwn(body *ast.BlockStmt, do func(ast.Node)) {
	if body == nil {
		return
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		if n != nil {
			do(n)
		}
		return true
	})
}
