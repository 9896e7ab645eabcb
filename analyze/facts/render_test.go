package facts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

// render writes each fact as a fixture does, by its place.
func render(p *source.Program, f *Facts, kinds map[string]bool) (map[place][]string, []string) {
	out := map[place][]string{}
	var loose []string
	add := func(kind string, ev model.Evidence, format string, args ...any) {
		if !kinds[kind] {
			return
		}
		text := kind + ": " + strings.TrimSpace(fmt.Sprintf(format, args...))
		if !strings.HasSuffix(ev.File, ".go") {
			loose = append(loose, strings.TrimSpace(fmt.Sprintf("%s:%d %s", ev.File, ev.Line, text)))
			return
		}
		at := place{ev.File, ev.Line}
		out[at] = append(out[at], text)
	}
	renderConfidence(f, add)
	renderCode(f, p.Module.Path, add)
	renderShapes(f, p.Module.Path, add)
	renderData(f, p.Module.Path, add)
	for _, u := range f.Unresolved {
		add("unresolved", model.Evidence{File: u.File, Line: u.Line}, "%s", u.Code)
	}
	for _, pr := range p.Problems {
		add("problem", model.Evidence{File: pr.File, Line: pr.Line}, "%s", pr.Code)
	}
	return out, loose
}

// renderConfidence writes how sure each fact is that may be anything but proved.
func renderConfidence(f *Facts, add func(kind string, ev model.Evidence, format string, args ...any)) {
	say := func(kind string, ev model.Evidence) { add("sure", ev, "%s %s", kind, ev.Confidence) }
	for _, c := range f.Calls {
		say("call", c.Evidence)
	}
	for _, s := range f.States {
		say("state", s.Evidence)
	}
	for _, t := range f.Tables {
		say("tabledef", t.Evidence)
	}
	for _, a := range f.Accesses {
		say("table", a.Evidence)
	}
	for _, u := range f.Resources {
		say("uses", u.Evidence)
	}
	for _, x := range f.Transactions {
		say("tx", x.Evidence)
	}
	for _, r := range f.Routes {
		say("route", r.Evidence)
	}
	for _, x := range f.EntryPoints {
		say("entry", x.Evidence)
	}
}

// short drops the module path.
func short(module, id string) string {
	return strings.TrimPrefix(strings.TrimPrefix(id, module+"/"), module+".")
}

func shortRef(module string, r Ref) string {
	s := short(module, r.Atom)
	if r.Method != "" {
		s += "." + r.Method
	}
	return s
}

func flags(pairs ...any) string {
	s := ""
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1].(bool) {
			s += " " + pairs[i].(string)
		}
	}
	return s
}

func renderCode(f *Facts, mod string, add func(kind string, ev model.Evidence, format string, args ...any)) {
	for _, d := range f.Decls {
		add("decl", model.Evidence{File: d.File, Line: d.Line}, "%s %s %d%s", d.Kind, d.Name, d.Lines, flags("generated", d.Generated, "methods="+strings.Join(d.Methods, ","), len(d.Methods) > 0))
	}
	for _, c := range f.Calls {
		mode := " " + string(c.Mode)
		if c.Mode == Static {
			mode = ""
		}
		add("call", c.Evidence, "%s%s%s", shortRef(mod, c.To), mode, flags("loop", c.InLoop, "tx", c.InTx, "go", c.Go, "defer", c.Defer, "callback", c.Callback))
	}
	for _, c := range f.Calls {
		for _, r := range c.Repeats {
			text := shortRef(mod, c.To) + " " + cmp.Or(string(r.Cure), "other")
			if len(r.Varies) > 0 {
				text += " " + strings.Join(r.Varies, ",")
			}
			for _, via := range r.Via {
				text += fmt.Sprintf(" via %d", via.Line)
			}
			add("repeat", c.Evidence, "%s of %d", text, r.Loop.Line)
		}
	}
	for _, u := range f.Uses {
		add("use", u.Evidence, "%s %s%s", u.Kind, short(mod, u.To)+u.Evidence.Detail, flags("api", u.InAPI))
	}
	for _, s := range f.States {
		add("state", s.Evidence, "%s %s%s", s.Access, short(mod, s.Var), flags("init", s.Init, "infra", s.Infra))
	}
	for _, s := range f.Surfaces {
		add("surface", s.Evidence, "%d%s", s.Fields, flags("ctx", s.Context, "err", s.Error))
		for _, o := range s.Obstacles {
			add("obstacle", s.Evidence, "%s %s", o.Kind, o.Path)
		}
	}
	for _, x := range f.ErrorTests {
		add("errtest", x.Evidence, "%s%s", short(mod, x.Error), flags("typed", x.Typed))
	}
}

func renderShapes(f *Facts, mod string, add func(kind string, ev model.Evidence, format string, args ...any)) {
	for _, i := range f.Interfaces {
		var impls []string
		for _, id := range i.Implementations {
			impls = append(impls, short(mod, id))
		}
		add("interface", i.Evidence, "%s ← %s%s", short(mod, i.Type), strings.Join(impls, ","), flags("caller-side", i.CallerSide))
	}
	for _, x := range f.Identities {
		add("identity", x.Evidence, "%s %s", x.Kind, short(mod, x.Type))
	}
	for _, n := range f.NilTests {
		of := shortRef(mod, n.Of)
		if n.Field != "" {
			of += " field " + n.Field
		} else {
			of += fmt.Sprintf(" result %d", n.Result)
		}
		add("niltest", n.Evidence, "%s", of)
	}
	for _, x := range f.InitEffects {
		text := fmt.Sprintf("%s %s", x.Kind, short(mod, x.Target))
		if x.Name != "" {
			text += fmt.Sprintf(" %q", strings.ReplaceAll(x.Name, mod+"/", ""))
		}
		if x.From.Atom != "" {
			text += " by " + shortRef(mod, x.From)
		}
		for _, via := range x.Via {
			text += fmt.Sprintf(" via %s:%d", via.File, via.Line)
		}
		add("effect", x.Evidence, "%s%s", text, flags("guessed", x.Evidence.Confidence == model.Guessed, "resolved", x.Evidence.Confidence == model.Resolved))
	}
	for _, n := range f.NilResults {
		add("nilresult", n.Evidence, "%d%s", n.Result, flags("nil", n.Nil, "never", !n.Nil))
	}
	for _, x := range f.EntryPoints {
		run := "?"
		if x.Func.Atom != "" {
			run = shortRef(mod, x.Func)
		}
		add("entry", x.Evidence, "%s %s → %s", x.Kind, x.Name, run)
	}
}

func renderData(f *Facts, mod string, add func(kind string, ev model.Evidence, format string, args ...any)) {
	for _, d := range f.Tables {
		refs := ""
		if len(d.Refs) > 0 {
			refs = " → " + strings.Join(d.Refs, " ")
		}
		add("tabledef", d.Evidence, "%s (%s)%s", d.Name, strings.Join(d.Columns, " "), refs)
	}
	for _, a := range f.Accesses {
		add("table", a.Evidence, "%s %s%s", a.Access, a.Table, flags("loop", a.InLoop, "tx", a.InTx, "for "+shortRef(mod, a.For), a.For.Atom != ""))
	}
	for _, u := range f.Resources {
		add("uses", u.Evidence, "%s %s %s%s", u.Kind, u.Access, u.Name, flags("loop", u.InLoop, "for "+shortRef(mod, u.For), u.For.Atom != ""))
	}
	for _, x := range f.Transactions {
		set := map[string]bool{}
		for _, i := range x.Reached {
			set[f.Accesses[i].Table] = true
		}
		names := slices.Sorted(maps.Keys(set))
		add("tx", x.Evidence, "%s", strings.Join(names, " "))
	}
	for _, r := range f.Routes {
		h := "?"
		if r.Handler.Atom != "" {
			h = shortRef(mod, r.Handler)
		}
		m := r.Method
		if m == "" {
			m = "ANY"
		}
		add("route", r.Evidence, "%s %s%s → %s", m, r.Host, r.Pattern, h)
	}
}
