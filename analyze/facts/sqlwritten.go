package facts

import (
	"slices"
	"sort"

	"golang.org/x/tools/go/ssa"
)

// builder joins what is written to a local strings.Builder or bytes.Buffer, in the
// order of the code; what is written under a condition counts too.
func (r *stringResolver) builder(b ssa.Value, en *env) []string {
	refs := b.Referrers()
	if refs == nil {
		return nil
	}
	type write struct {
		call ssa.CallInstruction
		args []ssa.Value
	}
	var writes []write
	var collect func(v ssa.Value, refs []ssa.Instruction)
	collect = func(v ssa.Value, refs []ssa.Instruction) {
		for _, in := range refs {
			switch in := in.(type) {
			case *ssa.MakeInterface:
				collect(in, *in.Referrers())
			case ssa.CallInstruction:
				switch args := in.Common().Args; {
				case len(args) > 1 && args[0] == v:
					writes = append(writes, write{in, args})
				case slices.Contains(args[min(1, len(args)):], v): // somebody else writes to it
					writes = append(writes, write{call: in})
				}
			}
		}
	}
	collect(b, *refs)
	sort.SliceStable(writes, func(i, j int) bool { return lessCode(writes[i].call, writes[j].call) })
	out := []string{""}
	if made, ok := b.(*ssa.Call); ok && (calleeShort(&made.Call) == "NewBufferString" || calleeShort(&made.Call) == "NewBuffer") {
		if c, empty := made.Call.Args[0].(*ssa.Const); !empty || c.Value != nil {
			out = r.texts(made.Call.Args[0], en)
		}
	}
	for _, w := range writes {
		if w.args == nil {
			out = r.cross(out, []string{hole})
			continue
		}
		out = r.cross(out, r.written(w.call, w.args, en))
	}
	return out
}

func (r *stringResolver) written(call ssa.CallInstruction, args []ssa.Value, en *env) []string {
	callee := call.Common().StaticCallee()
	if callee == nil {
		return []string{hole}
	}
	switch callee.Name() {
	case "WriteString", "Write":
		return r.texts(args[1], en)
	case "WriteByte", "WriteRune":
		if c, ok := args[1].(*ssa.Const); ok {
			return []string{string(rune(c.Int64()))}
		}
	case "Fprintf":
		return r.sprintf(args[1], args[2], en)
	case "Fprint", "Fprintln":
		out := []string{""}
		for _, it := range r.items(args[1], en, 0) {
			out = r.cross(out, r.texts(it.v, it.en))
		}
		return out
	case "Grow", "Truncate":
		return []string{""}
	}
	return []string{hole}
}

// lessCode orders instructions of one function by the code.
func lessCode(a, b ssa.Instruction) bool {
	if a.Pos() != b.Pos() {
		return a.Pos() < b.Pos()
	}
	return a.Block().Index < b.Block().Index
}
