package report

import (
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// initEffects lists what happens when the thing is imported: of packages, their
// parts and services all that their code does then, of symbols what they do, or what
// is done to them.
func (x *explainer) initEffects() {
	if x.e.Kind == TargetTable || x.e.Kind == TargetRoute || x.method != "" {
		return
	}
	importers := x.importers()
	for _, f := range x.ix.m.InitEffects {
		if x.set[f.Atom] || x.set[f.Target] || f.Atom == "" && importers[f.Package] {
			x.e.InitEffects = append(x.e.InitEffects, f)
		}
	}
}

// importers are the packages whose imports are the thing's; the parts of a package
// share them.
func (x *explainer) importers() map[string]bool {
	switch out := map[string]bool{}; x.e.Kind {
	case TargetPackage:
		out[x.e.ID] = true
		return out
	case TargetUnit, TargetService:
		for _, u := range x.ix.m.Units {
			if u.ID == x.e.ID || x.e.Kind == TargetService && u.Service == x.e.ID {
				out[u.Package] = true
			}
		}
		return out
	}
	return nil
}

func (v *textView) explainInitEffects(e *Explanation) {
	if len(e.InitEffects) == 0 {
		return
	}
	v.head("Done by the import alone:")
	const most = 12
	rows := make([]row, 0, most)
	for _, f := range firstN(e.InitEffects, most) {
		rows = append(rows, row{{string(f.Kind), plain}, {v.effectText(f), plain}, {position(f.Evidence.File, f.Evidence.Line), dim}})
	}
	v.table("  ", []column{{}, {limit: 46}, {flex: true, keepEnd: true}}, rows)
	v.more(len(e.InitEffects) - most)
	if slices.ContainsFunc(e.InitEffects, func(f model.InitEffect) bool { return f.Kind != model.EffectEnv && f.Kind != model.EffectImport }) {
		v.wrap("  ", "whatever links the package does this, and what no longer links it lacks it", dim)
	}
}

// effectText names what is changed or called, with what is handed over, and the
// service of a variable that is another's.
func (v *textView) effectText(f model.InitEffect) string {
	text := f.Target
	if a := v.ix.atoms[f.Target]; a != nil {
		text = v.ix.goName(f.Target)
		if home := a.Service; home != "" && (v.ix.atoms[f.Atom] == nil || v.ix.atoms[f.Atom].Service != home) {
			text += " [" + strings.TrimPrefix(home, "@") + "]"
		}
	} else {
		text = v.ix.short(text)
	}
	switch {
	case f.Name == "":
	case f.Kind == model.EffectImport:
		text += ": " + v.shortWords(f.Name)
	default:
		text += " " + quoted(f.Name)
	}
	if f.Evidence.Confidence == model.Guessed {
		text += " (guessed)"
	}
	return text
}

// shortWords shortens the module's names in what an import does.
func (v *textView) shortWords(text string) string {
	return strings.ReplaceAll(text, v.ix.m.Module.Path+"/", "")
}
