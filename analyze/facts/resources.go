package facts

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// ResourceUse is one use of something outside of the process that has a name: a
// family of keys, a topic, a bucket, a file, another program.
type ResourceUse struct {
	Kind model.ResourceKind
	// Name is a constant or a pattern, as model.Resource has it.
	Name     string
	Via      string // the library
	Access   model.Access
	From     Ref
	For      Ref // on whose behalf shared code does it, as in TableAccess
	InLoop   bool
	Evidence model.Evidence
}

// Owner is whose use it is: For, or else From.
func (u ResourceUse) Owner() Ref {
	if u.For.Atom != "" {
		return u.For
	}
	return u.From
}

// resourceSite is a place that names a resource, seen through wrappers.
type resourceSite struct {
	chain  []ssa.Instruction // outermost first; the last one names it
	parts  []ssa.Value       // joined by sep
	sep    string
	env    *env
	kind   model.ResourceKind
	access model.Access
	via    string
	detail string
	giver  ssa.Instruction
	looked bool // a variable, a field or a function has been looked through
	quiet  bool // what is not known is not asked for
}

// resourceFinder gathers uses, one for a place, name and access.
type resourceFinder struct {
	e    *extractor
	seen map[string]bool
}

// resources finds the uses of keys, topics, buckets, files and other programs.
func (e *extractor) resources() {
	f := &resourceFinder{e: e, seen: map[string]bool{}}
	buses := e.buses()
	e.bodies(func(in ssa.Instruction) {
		if call, ok := in.(ssa.CallInstruction); ok {
			fn, args := calledFunc(call)
			if fn == nil || fn.Pkg() == nil {
				return
			}
			if e.own[fn.Pkg()] {
				f.bus(buses, call, fn, args)
				f.client(call, fn, args)
				return
			}
			c := outsideCall{call: call, fn: fn, args: args, path: barePath(fn.Pkg().Path())}
			f.redis(c)
			f.stored(c)
			f.queue(c)
			f.cqrs(c)
			f.object(c)
			f.client(call, fn, args)
			f.request(c)
			f.file(c)
		}
	})
	f.fields()
	f.declared()
}

// outsideCall is a call of another module, without the receiver.
type outsideCall struct {
	call ssa.CallInstruction
	fn   *types.Func
	args []ssa.Value
	path string // of the package, without the major version
}

// is tells whether the call is of a package and one of its functions or methods.
func (c outsideCall) is(path string, names ...string) bool {
	return c.path == path && (len(names) == 0 || slices.Contains(names, c.fn.Name()))
}

// text gives the first argument that is a string.
func (c outsideCall) text() ssa.Value {
	for _, a := range c.args {
		if isString(a.Type()) {
			return a
		}
	}
	return nil
}

// use records what the parts name.
func (f *resourceFinder) use(at ssa.Instruction, kind model.ResourceKind, access model.Access, via, detail string, parts ...ssa.Value) {
	f.site(resourceSite{chain: []ssa.Instruction{at}, parts: parts, sep: "/", kind: kind, access: access, via: via, detail: detail})
}

func (f *resourceFinder) site(s resourceSite) {
	resolve := func(r *stringResolver) []string {
		r.labels = s.kind != model.ResourceKey && s.kind != model.ResourceTopic
		r.strict = s.kind == model.ResourceFile // a folder that has a default is a setting
		r.paths = s.kind == model.ResourceFile
		out := []string{""}
		for i, p := range s.parts {
			if i > 0 {
				out = r.cross(out, []string{s.sep})
			}
			out = r.cross(out, r.texts(p, s.env))
		}
		return out
	}
	r := f.e.resolver(nil)
	texts := resolve(r)
	c := &chooser{e: f.e, resolve: resolve, enough: s.tooMany, gives: s.gives, key: func(texts []string) string { return strings.Join(s.names(texts), " ") }}
	if list := c.instances(r); list != nil && !s.tooMany(list) {
		for _, in := range f.reaching(s, list) {
			if s.giver = in.giver; f.e.runsFor(in.giver, s.chain[len(s.chain)-1].Parent()) {
				f.named(s, in.texts)
			}
		}
		return
	}
	s.looked = r.looked
	if !f.named(s, texts) && !f.callers(s, r) && !s.quiet {
		f.ask(s)
	}
}

// gives tells whether a field or parameter names the resource of a whole store or
// client: that of the type whose method uses it. What fields of other types hold, such
// as settings and records, is data: who fills them uses nothing. Topics may stand in
// messages, whose makers are those that publish.
func (s resourceSite) gives(_ types.Object, list []offer) bool {
	return s.kind == model.ResourceTopic || namesStore(s.chain, list)
}

// namesStore tells whether what is offered names a whole store to one of those that use it.
func namesStore[I ssa.Instruction](chain []I, list []offer) bool {
	for _, in := range chain {
		recv := topFunc(in.Parent()).Signature.Recv()
		if recv == nil {
			continue
		}
		if user := originName(namedOf(recv.Type())); user != nil && slices.Contains(filled(list[0].at), user) {
			return true
		}
	}
	return false
}

// filled gives the types that a field is of, or that a constructor makes.
func filled(at ssa.Instruction) []*types.TypeName {
	switch at := at.(type) {
	case *ssa.Store:
		if fa, ok := at.Addr.(*ssa.FieldAddr); ok {
			return []*types.TypeName{originName(namedOf(fa.X.Type()))}
		}
	case ssa.CallInstruction:
		var out []*types.TypeName
		callee := at.Common().StaticCallee()
		if callee == nil {
			return nil
		}
		for _, b := range callee.Blocks {
			ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
			if ok && len(ret.Results) > 0 {
				out = append(out, originName(namedOf(bareValue(ret.Results[0]).Type())))
			}
		}
		return out
	}
	return nil
}

// tooMany tells whether a path is another for each of many who give it a part: it is
// then the one that is known whoever does.
func (s resourceSite) tooMany(list []instance) bool {
	var texts []string
	for _, in := range list {
		texts = append(texts, in.texts...)
	}
	return s.kind == model.ResourceFile && len(s.names(texts)) > maxPaths
}

// names are the patterns of the texts that say something.
func (s resourceSite) names(texts []string) []string {
	var out []string
	for _, text := range texts {
		if s.via == gocloudVia {
			text = cloudName(text)
		}
		if name := resourceName(s.kind, text); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if s.kind == model.ResourceKey {
		return families(out)
	}
	return out
}

// families leaves out the keys that are of another's family, and those that differ from
// another by an unknown prefix only.
func families(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(names, func(other string) bool {
			family, open := strings.CutSuffix(other, "…")
			return name != other && (open && len(family) > 0 && strings.HasPrefix(name, family) ||
				len(other) < len(name) && unprefixed(other) == unprefixed(name))
		})
	})
}

// unprefixed is what follows a prefix that is not known.
func unprefixed(name string) string {
	return strings.TrimLeft(strings.TrimPrefix(name, "…"), ":/.-_|")
}

func (f *resourceFinder) named(s resourceSite, texts []string) bool {
	names := s.names(texts)
	for _, name := range names {
		f.add(s, name)
	}
	return len(names) > 0
}

// resourceName writes a text with holes as a pattern; empty when nothing of it is
// known. What follows the first hole of a key is of one family.
func resourceName(kind model.ResourceKind, text string) string {
	text = strings.TrimSpace(text)
	for strings.Contains(text, hole+hole) {
		text = strings.ReplaceAll(text, hole+hole, hole)
	}
	switch kind {
	case model.ResourceKey:
		if i := strings.Index(text, hole); i > 0 && strings.Trim(text[:i], ":/.-_|{") != "" {
			text = text[:i] + hole
		}
	case model.ResourceHTTP:
		text = hostOf(text)
	case model.ResourceGRPC:
		text = hostOf(targetOf(text))
	}
	if strings.Trim(text, hole+" /:.-_|*{}") == "" || len(text) > 200 {
		return ""
	}
	return strings.ReplaceAll(text, hole, "…")
}

// hostOf cuts a URL or target down to who is called; empty if the text is none.
func hostOf(text string) string {
	if rest, ok := strings.CutPrefix(text, "//"); ok {
		text = "http://" + rest
	}
	scheme, rest, full := strings.Cut(text, "://")
	if full = full && !strings.ContainsAny(scheme, "/?# "); full {
		text = strings.TrimLeft(rest, "/") // dns:///orders:81
	}
	if i := strings.IndexAny(text, "/?#"); i >= 0 {
		text = text[:i]
	}
	if i := strings.IndexAny(text, "{"+hole); i > 0 && strings.Contains(text[:i], ".") && !strings.ContainsRune(".:-@", rune(text[i-1])) {
		text = text[:i] // a path behind the host
	}
	if !full && !strings.ContainsAny(text, ".:{"+hole) && text != "localhost" || strings.ContainsFunc(text, notOfHost) {
		return "" // a path, or what only some ways lead here
	}
	return text
}

func notOfHost(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_~:@%*+,;=&!$()[]{}"+hole, r)
}

// callers goes on in the callers of the function whose parameter names it.
func (f *resourceFinder) callers(s resourceSite, r *stringResolver) bool {
	if len(r.open) == 0 || len(s.chain) > maxWrappers {
		return false
	}
	var fn *ssa.Function
	for p := range r.open {
		if fn == nil || f.e.lessFunc(p.Parent(), fn) {
			fn = p.Parent()
		}
	}
	if !encloses(fn, s.chain[0].Parent()) {
		return false
	}
	callers := f.e.caller[fn]
	for _, call := range callers {
		if !slices.Contains(s.chain, ssa.Instruction(call)) {
			next := s
			next.chain = append([]ssa.Instruction{call}, s.chain...)
			next.env = appendEnv(s.env, bind(call, fn, nil))
			f.site(next)
		}
	}
	return len(callers) > 0 || isExportedFunc(fn)
}

func (f *resourceFinder) add(s resourceSite, name string) {
	at := s.chain[0]
	from, ok := f.e.refInstr(at)
	if !ok {
		return
	}
	conf := model.Proved
	if strings.ContainsAny(name, "…{") || len(s.chain) > 1 || s.giver != nil || s.looked {
		conf = model.Resolved
	}
	if s.via == busVia {
		conf = model.Guessed
	}
	u := ResourceUse{Kind: s.kind, Name: name, Via: s.via, Access: s.access, From: from, Evidence: f.e.evidence(f.e.posOf(at), conf, s.detail)}
	if s.giver != nil {
		if ref, pos := f.e.giverOf(s.giver); ref.Atom != "" && ref.Atom != from.Atom {
			u.For, u.Evidence = ref, f.e.evidence(pos, model.Resolved, s.detail)
		}
	}
	for _, in := range s.chain {
		if call, ok := in.(ssa.CallInstruction); ok {
			u.InLoop = u.InLoop || f.e.inLoop(call)
		}
	}
	key := fmt.Sprintf("%v", u)
	if !f.seen[key] {
		f.seen[key] = true
		f.e.out.Resources = append(f.e.out.Resources, u)
	}
}

// ask lists a place whose key, topic or bucket is not known. Hosts and files that
// are not known are configuration: there is nothing to be said in the code.
func (f *resourceFinder) ask(s resourceSite) {
	at := s.chain[0]
	if s.kind == model.ResourceHTTP || s.kind == model.ResourceGRPC || s.kind == model.ResourceFile || s.via == busVia || f.e.declaredUse(at) {
		return
	}
	file, line, _ := f.e.p.Rel(f.e.posOf(at))
	from, _ := f.e.refInstr(at)
	f.e.unresolved(model.Problem{Code: "resource", File: file, Line: line, Package: packageOf(from),
		Message: "the " + string(s.kind) + " that " + s.detail + " is given is made while the program runs",
		Cure:    "name it in a comment on this line or the one before: " + usesPrefix + string(s.kind) + " NAME " + string(shortAccess(s.access))})
}
