package facts

import (
	"context"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/ssa"
)

// chosen makes a text of fields each of which any of many places fills. Each look at
// it takes some steps.
func chosen(fields, places, steps int) (resolve func(*stringResolver) []string) {
	offers := map[types.Object][]offer{}
	var keys []types.Object
	for f := range fields {
		key := types.NewVar(token.NoPos, nil, fmt.Sprint("field", f), types.Typ[types.String])
		keys = append(keys, key)
		for p := range places {
			offers[key] = append(offers[key], offer{value: ssa.NewConst(constant.MakeString(fmt.Sprintf("f%dp%d", f, p)), types.Typ[types.String])})
		}
	}
	return func(r *stringResolver) []string {
		r.steps += steps
		var parts []string
		for _, key := range keys {
			if v, ok := r.offers(key, offers[key]); ok {
				parts = append(parts, constant.StringVal(v.(*ssa.Const).Value))
			} else {
				parts = append(parts, hole)
			}
		}
		return []string{strings.Join(parts, ".")}
	}
}

func TestChoicesEnd(t *testing.T) {
	for _, tt := range []struct {
		fields, places, steps int
		out, most             int // instances, and steps for all of them
	}{
		{1, 3, 1, 3, 100},
		{2, 3, 1, 9, 100},
		{4, 3, 1, 81, 500},
		{1, maxOffersSeen, 10, maxOffersSeen, 10_000},
		{4, maxOffersSeen, 1, maxInstances, 10_000}, // of 128⁴
		{4, maxOffersSeen, 4000, 1, maxChoiceSteps + 3*4000},
	} {
		e := &extractor{ctx: context.Background()}
		c := &chooser{e: e, resolve: chosen(tt.fields, tt.places, tt.steps), key: func(texts []string) string { return strings.Join(texts, " ") }}
		first := e.resolver(nil)
		c.resolve(first)
		c.instances(first)
		if len(c.out) != tt.out || c.steps > tt.most {
			t.Errorf("%d fields of %d places at %d steps: %d instances in %d steps, want %d in at most %d",
				tt.fields, tt.places, tt.steps, len(c.out), c.steps, tt.out, tt.most)
		}
	}
}
