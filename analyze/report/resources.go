package report

import (
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// resources lists what the thing uses outside of the process and the database.
func (x *explainer) resources() {
	if x.e.Kind == TargetRoute || x.e.Kind == TargetTable {
		return
	}
	for _, r := range x.ix.m.Resources {
		uses := slices.DeleteFunc(slices.Clone(r.Uses), func(u model.ResourceUse) bool {
			return !x.set[u.Atom] || x.method != "" && !slices.ContainsFunc(u.Evidence, func(ev model.Evidence) bool { return isMethod(ev.Func, x.method) })
		})
		if len(uses) > 0 {
			r.Uses = uses
			x.e.Resources = append(x.e.Resources, r)
		}
	}
}

func (v *textView) explainResources(e *Explanation) {
	if len(e.Resources) == 0 {
		return
	}
	v.head("Outside of the process:")
	const most = 16
	rows := make([]row, 0, most)
	for _, r := range firstN(e.Resources, most) {
		var done []string
		for _, u := range r.Uses {
			if !slices.Contains(done, string(u.Access)) {
				done = append(done, string(u.Access))
			}
		}
		others := ""
		if n := len(slices.DeleteFunc(slices.Clone(r.Services), func(s string) bool { return s == e.Service })); n > 0 && r.Kind != model.ResourceHTTP && r.Kind != model.ResourceGRPC {
			others = "also " + counted(n, "other service")
		}
		ev := r.Uses[0].Evidence[0]
		rows = append(rows, row{{string(r.Kind), plain}, {r.Name, plain}, {strings.Join(done, ", "), plain}, {others, accent}, {position(ev.File, ev.Line), dim}})
	}
	v.table("  ", []column{{}, {limit: 40}, {}, {}, {flex: true, keepEnd: true}}, rows)
	if n := len(e.Resources) - most; n > 0 {
		v.line(span{"  and " + counted(n, "more"), dim})
	}
}
