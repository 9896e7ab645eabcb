package golang

import (
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// outermost follows a router forward to the handler that the server is given.
func (w *wiring) outermost(router ssa.Value) ssa.Value {
	d := w.d
	seen := map[ssa.Value]bool{}
	var walk func(ssa.Value) (ssa.Value, bool)
	walk = func(v ssa.Value) (ssa.Value, bool) {
		if seen[v] || v.Referrers() == nil {
			return nil, false
		}
		seen[v] = true
		best := v
		for _, next := range d.forward(v) {
			if next.served {
				return v, true
			}
			h, served := walk(next.value)
			if served {
				return h, true
			}
			if h != nil && best == v {
				best = h
			}
		}
		return best, false
	}
	h, _ := walk(router)
	return h
}

// onward is where a handler goes: into another one, or into a server.
type onward struct {
	value  ssa.Value
	served bool
}

func (d *deriver) forward(v ssa.Value) []onward {
	var list []onward
	for _, ref := range *v.Referrers() {
		if ref.Parent() == nil || !d.reached[ref.Parent()] {
			continue
		}
		switch ref := ref.(type) {
		case *ssa.MakeInterface:
			list = append(list, onward{value: ref})
		case *ssa.ChangeInterface:
			list = append(list, onward{value: ref})
		case *ssa.Call:
			list = append(list, d.forwardCall(ref, v)...)
		case *ssa.Return:
			list = append(list, d.forwardReturn(ref, v)...)
		case *ssa.Store:
			list = append(list, d.forwardStore(ref, v)...)
		}
	}
	return list
}

func (d *deriver) forwardCall(call *ssa.Call, v ssa.Value) []onward {
	common := call.Common()
	f := common.StaticCallee()
	if f != nil && packageOf(f) != nil && packageOf(f).Path() == "net/http" && strings.HasPrefix(f.Name(), "ListenAndServe") {
		return []onward{{served: true}}
	}
	if router := routerOf(call); router != nil && router != v && f != nil && registers(f.Name()) {
		origin, _ := d.origin(router, nil)
		return []onward{{value: origin}}
	}
	isReceiver := common.IsInvoke() && common.Value == v ||
		f != nil && f.Signature.Recv() != nil && len(common.Args) > 0 && common.Args[0] == v
	if isReceiver || !returnsHandler(call) {
		return nil
	}
	if common.Signature().Results().Len() > 1 {
		if e := extractOf(call, 0); e != nil {
			return []onward{{value: e}}
		}
		return nil
	}
	return []onward{{value: call}}
}

func (d *deriver) forwardReturn(ret *ssa.Return, v ssa.Value) []onward {
	d.markRoots(ret.Parent())
	i := slices.Index(ret.Results, v)
	var list []onward
	for _, c := range d.callers[ret.Parent()] {
		call, ok := c.(*ssa.Call)
		if !ok {
			continue
		}
		if len(ret.Results) == 1 {
			list = append(list, onward{value: call})
		} else if e := extractOf(call, i); e != nil {
			list = append(list, onward{value: e})
		}
	}
	return list
}

func (d *deriver) forwardStore(st *ssa.Store, v ssa.Value) []onward {
	at, ok := st.Addr.(*ssa.FieldAddr)
	if !ok || st.Val != v {
		return nil
	}
	if key, ok := keyOf(at.X.Type(), at.Field); ok && key.named.Pkg() != nil && key.named.Pkg().Path() == "net/http" && key.named.Name() == "Server" {
		return []onward{{served: true}}
	}
	var list []onward
	for _, l := range d.loads(st) {
		list = append(list, onward{value: l})
	}
	return list
}
