package facts

import (
	"go/constant"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// redisCommands are the commands whose first argument after the name is a key, by
// what they do to it. go-redis names its methods after them.
var redisCommands = commandSet(map[model.Access]string{
	model.Read: `GET MGET STRLEN GETRANGE GETBIT BITCOUNT EXISTS TTL PTTL TYPE DUMP
		HGET HGETALL HMGET HKEYS HVALS HLEN HEXISTS HSCAN LRANGE LLEN LINDEX LPOS SMEMBERS SISMEMBER SMISMEMBER SCARD
		SRANDMEMBER SSCAN SDIFF SINTER SUNION ZRANGE ZRANGEARGS ZRANGEBYSCORE ZRANGEBYLEX ZREVRANGE ZREVRANGEBYSCORE
		ZRANGEWITHSCORES ZREVRANGEWITHSCORES ZRANGEBYSCOREWITHSCORES ZSCORE ZMSCORE ZCARD ZCOUNT ZRANK ZREVRANK ZSCAN
		XRANGE XREVRANGE XLEN XPENDING PFCOUNT GEOPOS GEODIST GEOSEARCH JSONGET KEYS`,
	model.Write: `SET SETEX SETNX SETXX PSETEX SETARGS MSET MSETNX SETRANGE SETBIT APPEND DEL UNLINK EXPIRE EXPIREAT PEXPIRE
		PEXPIREAT PERSIST RENAME RESTORE HSET HSETNX HMSET HDEL LPUSH RPUSH LPUSHX RPUSHX LREM LTRIM LSET LINSERT SADD SREM
		ZADD ZADDNX ZADDXX ZADDARGS ZREM ZREMRANGEBYSCORE ZREMRANGEBYRANK PFADD PFMERGE GEOADD JSONSET SMOVE`,
	model.ReadWrite: `INCR INCRBY INCRBYFLOAT DECR DECRBY HINCRBY HINCRBYFLOAT ZINCRBY GETSET GETDEL GETEX LPOP RPOP BLPOP BRPOP
		RPOPLPUSH BRPOPLPUSH LMOVE SPOP SPOPN ZPOPMIN ZPOPMAX BZPOPMIN BZPOPMAX`,
	model.Publish: `PUBLISH SPUBLISH XADD`,
	model.Consume: `SUBSCRIBE PSUBSCRIBE SSUBSCRIBE`,
})

func commandSet(lists map[model.Access]string) map[string]model.Access {
	out := map[string]model.Access{}
	for a, list := range lists {
		for _, name := range strings.Fields(list) {
			out[name] = a
		}
	}
	return out
}

// redis records the keys and channels of go-redis, by its methods, and of redigo,
// by the command that Do and Send are given.
func (f *resourceFinder) redis(c outsideCall) {
	switch c.path {
	case "github.com/redis/go-redis", "github.com/go-redis/redis", "gopkg.in/redis", "github.com/redis/rueidis/rueidiscompat":
		f.goRedis(c)
	case "github.com/redis/rueidis/internal/cmds":
		f.rueidis(c)
	case "github.com/redis/rueidis":
		if c.is(c.path, "Exec") && len(c.args) > 2 { // of a script
			f.scriptKeys(c, "rueidis", c.args[2])
		}
	case "github.com/bradfitz/gomemcache/memcache", "go.etcd.io/etcd/client":
		f.otherKeys(c)
	case "github.com/gomodule/redigo/redis", "github.com/garyburd/redigo/redis":
		f.redigo(c)
	}
}

// rueidis builds a command by calls, of types that are named after it:
// client.B().Hset().Key("k").
func (f *resourceFinder) rueidis(c outsideCall) {
	recv := c.fn.Signature().Recv()
	if recv == nil || namedOf(recv.Type()) == nil || c.fn.Name() != "Key" && c.fn.Name() != "Channel" || len(c.args) == 0 {
		return
	}
	command := strings.ToUpper(strings.TrimSuffix(namedOf(recv.Type()).Obj().Name(), c.fn.Name()))
	access, ok := redisCommands[command]
	if !ok {
		return
	}
	keys := sliceItems(c.args[0])
	if isString(c.args[0].Type()) {
		keys = c.args[:1]
	}
	f.redisKeys(c, access, "rueidis", command, keys)
}

// scriptKeys records the keys that a script is given: what it does to them it says in
// Lua.
func (f *resourceFinder) scriptKeys(c outsideCall, via string, keys ssa.Value) {
	for _, key := range sliceItems(keys) {
		if isString(key.Type()) {
			f.use(c.call, model.ResourceKey, model.ReadWrite, via, c.fn.Name(), key)
		}
	}
}

// etcdOps make the steps of a transaction of etcd: Then(clientv3.OpPut(key, value)).
var etcdOps = map[string]model.Access{"OpGet": model.Read, "OpPut": model.Write, "OpDelete": model.Write}

// otherKeys records the keys of memcached and etcd.
func (f *resourceFinder) otherKeys(c outsideCall) {
	access := map[string]model.Access{"Get": model.Read, "GetMulti": model.Read, "Put": model.Write, "Delete": model.Write, "Touch": model.Write,
		"Increment": model.ReadWrite, "Decrement": model.ReadWrite, "Watch": model.Read}[c.fn.Name()]
	if c.fn.Signature().Recv() == nil {
		access = etcdOps[c.fn.Name()]
	}
	if key := c.text(); access != "" && key != nil {
		f.use(c.call, model.ResourceKey, access, c.path[strings.LastIndexByte(c.path, '/')+1:], c.fn.Name(), key)
	}
}

func (f *resourceFinder) goRedis(c outsideCall) {
	if c.is(c.path, "Run", "RunRO") && len(c.args) > 2 && bareTypePath(c.fn.Signature().Recv().Type()) == c.path+".Script" {
		f.scriptKeys(c, "go-redis", c.args[2])
		return
	}
	if c.is(c.path, "Eval", "EvalSha", "EvalRO") {
		for _, a := range c.args {
			for _, key := range sliceItems(a) {
				if isString(key.Type()) {
					f.use(c.call, model.ResourceKey, model.ReadWrite, "go-redis", c.fn.Name(), key)
				}
			}
		}
		return
	}
	access, ok := redisCommands[strings.ToUpper(c.fn.Name())]
	if !ok || c.fn.Signature().Recv() == nil {
		return
	}
	for _, a := range c.args {
		keys := sliceItems(a)
		if isString(a.Type()) {
			keys = []ssa.Value{a}
		}
		if len(keys) > 0 {
			f.redisKeys(c, access, "go-redis", c.fn.Name(), keys)
			return
		}
	}
}

func (f *resourceFinder) redisKeys(c outsideCall, access model.Access, via, command string, keys []ssa.Value) {
	kind := model.ResourceKey
	if access == model.Publish || access == model.Consume {
		kind = model.ResourceTopic
	}
	for i, key := range keys {
		if i > 0 && strings.HasPrefix(strings.ToUpper(command), "MSET") {
			return // values stand between the keys
		}
		f.use(c.call, kind, access, via, command, bare(key))
	}
}

func (f *resourceFinder) redigo(c outsideCall) {
	if !c.is(c.path, "Do", "Send", "DoWithTimeout", "DoContext") || len(c.args) < 2 {
		return
	}
	command, key := "", ssa.Value(nil)
	for i, a := range c.args {
		if k, ok := a.(*ssa.Const); ok && k.Value != nil && k.Value.Kind() == constant.String && command == "" {
			command = strings.ToUpper(constant.StringVal(k.Value))
			if items := sliceItems(c.args[i+1]); len(items) > 0 {
				key = items[0]
			}
			break
		}
	}
	if access, ok := redisCommands[command]; ok && key != nil && isString(bare(key).Type()) {
		f.redisKeys(c, access, "redigo", command, []ssa.Value{key})
	}
}

// bare takes a value out of the interface that it is passed as.
func bare(v ssa.Value) ssa.Value {
	if m, ok := v.(*ssa.MakeInterface); ok {
		return m.X
	}
	return v
}
