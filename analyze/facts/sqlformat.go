package facts

import (
	"path"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// known resolves the functions of the standard library that build strings.
func (r *stringResolver) known(name string, args []ssa.Value, en *env) ([]string, bool) {
	if beegoConfig[name] && !r.strict && !r.labels {
		return r.texts(args[len(args)-1], en), true
	}
	switch name {
	case "fmt.Sprintf":
		return r.sprintf(args[0], args[1], en), true
	case "fmt.Sprint", "fmt.Sprintln":
		out := []string{""}
		for _, it := range r.items(args[0], en, 0) {
			out = r.cross(out, r.texts(it.v, it.en))
		}
		return out, true
	case "strings.Join":
		return r.join(args, en), true
	case "strings.Replace", "strings.ReplaceAll":
		return r.replace(args, en), true
	case "(*strings.Replacer).Replace":
		return r.replacer(args, en), true
	case "(*strings.Builder).String", "(*bytes.Buffer).String", "(*bytes.Buffer).Bytes":
		return r.builder(args[0], en), true
	case "strings.TrimSpace", "strings.ToLower", "strings.Clone":
		return r.texts(args[0], en), true
	case "strings.TrimSuffix":
		return r.trimmed(args, strings.TrimSuffix, en), true
	case "strings.TrimPrefix":
		return r.trimmed(args, strings.TrimPrefix, en), true
	case "strings.Trim", "strings.TrimRight", "strings.TrimLeft", "strings.TrimFunc":
		return r.texts(args[0], en), true
	case "path.Join", "path/filepath.Join":
		return cleanPaths(r.joined(args[0], "/", en)), true
	case "net/url.JoinPath":
		return cleanPaths(r.cross(r.texts(args[0], en), r.cross([]string{"/"}, r.joined(args[1], "/", en)))), true
	case "net/url.Parse", "net/url.ParseRequestURI", "(*net/url.URL).JoinPath", "(*net/url.URL).ResolveReference":
		return r.texts(args[0], en), true // who is called is what counts
	case "(*net/url.URL).String", "(net/url.URL).String":
		return r.url(args[0], en), true
	case "flag.String", "github.com/spf13/pflag.String", "(*flag.FlagSet).String", "(*github.com/spf13/pflag.FlagSet).String":
		return r.setting(args[len(args)-3], en), true
	case "os.Getenv", "os.LookupEnv", "github.com/spf13/viper.GetString", "(*github.com/spf13/viper.Viper).GetString":
		return r.setting(args[len(args)-1], en), true
	case "github.com/aws/aws-sdk-go-v2/aws.String", "github.com/aws/aws-sdk-go/aws.String":
		return r.texts(args[0], en), true
	case "strings.Repeat", "strings.ToUpper":
		return nil, true
	case "(embed.FS).ReadFile":
		return r.readEmbedded(args, en), true
	}
	return nil, false
}

// setting writes the name of a variable of the environment or a flag as a label.
func (r *stringResolver) setting(name ssa.Value, en *env) []string {
	if !r.labels {
		return nil
	}
	return r.cross(cross([]string{"{"}, r.texts(name, en)), []string{"}"})
}

// sliceItems gives the elements of a slice literal, variadic arguments included.
func sliceItems(v ssa.Value) []ssa.Value {
	if s, ok := v.(*ssa.Slice); ok {
		return varargs(s)
	}
	return nil
}

// item is an element of a slice, in the environment of who put it there.
type item struct {
	v  ssa.Value
	en *env
}

// items gives the elements of a slice as far as they are known: a literal, what is
// appended to one, variadic arguments that are passed on.
func (r *stringResolver) items(v ssa.Value, en *env, depth int) []item {
	if depth > 8 {
		return nil
	}
	switch v := v.(type) {
	case *ssa.Slice:
		var out []item
		for _, x := range varargs(v) {
			out = append(out, item{x, en})
		}
		return out
	case *ssa.Call:
		if b, ok := v.Common().Value.(*ssa.Builtin); ok && b.Name() == "append" {
			return append(r.items(v.Common().Args[0], en, depth+1), r.items(v.Common().Args[1], en, depth+1)...)
		}
	case *ssa.ChangeType:
		return r.items(v.X, en, depth+1)
	case *ssa.Parameter:
		for at := en; at != nil; at = at.up {
			if a, ok := at.args[v]; ok {
				return r.items(a, at.up, depth+1)
			}
		}
	}
	return nil
}

func (r *stringResolver) sprintf(format, args ssa.Value, en *env) []string {
	items := r.items(args, en, 0)
	resolved := map[int][]string{}
	at := func(i int) []string {
		if i < 0 || i >= len(items) {
			return []string{hole}
		}
		if _, ok := resolved[i]; !ok {
			resolved[i] = r.texts(items[i].v, items[i].en)
		}
		return resolved[i]
	}
	var out []string
	for _, f := range r.texts(format, en) {
		out = append(out, expand(f, at, r.cross)...)
	}
	return out
}

// expand fills a format of fmt with what is known of its arguments: at gives the
// texts of an argument, join puts texts after texts. Verbs of numbers leave a hole.
func expand(format string, at func(int) []string, join func(a, b []string) []string) []string {
	out := []string{""}
	arg := 0
	for format != "" {
		i := strings.IndexByte(format, '%')
		if i < 0 || i == len(format)-1 {
			return join(out, []string{format})
		}
		out = join(out, []string{format[:i]})
		verb, index, stars, rest := formatVerb(format[i+1:])
		format = rest
		if verb == '%' {
			out = join(out, []string{"%"})
			continue
		}
		arg += stars
		if index > 0 {
			arg = index - 1
		}
		text := at(arg)
		arg++
		out = join(out, verbTexts(verb, text))
	}
	return out
}

func verbTexts(verb byte, texts []string) []string {
	switch verb {
	case 's', 'v', 'd':
		return texts
	case 'q':
		var out []string
		for _, t := range texts {
			out = append(out, `"`+t+`"`)
		}
		return out
	}
	return []string{hole}
}

// formatVerb reads flags, width, precision, argument index and the verb.
func formatVerb(s string) (verb byte, index, stars int, rest string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case strings.IndexByte("+-# 0123456789.", c) >= 0:
		case c == '*':
			stars++
		case c == '[':
			end := strings.IndexByte(s[i:], ']')
			if end < 0 {
				return 0, 0, 0, s[i:]
			}
			n, err := strconv.Atoi(s[i+1 : i+end])
			if err == nil && n > 0 && n < 1000 {
				index = n
			}
			i += end
		default:
			return c, index, stars, s[i+1:]
		}
	}
	return 0, index, stars, ""
}

func (r *stringResolver) join(args []ssa.Value, en *env) []string {
	return r.joined(args[0], r.texts(args[1], en)[0], en)
}

func (r *stringResolver) joined(list ssa.Value, sep string, en *env) []string {
	items := r.items(list, en, 0)
	if len(items) == 0 {
		return nil
	}
	out := r.texts(items[0].v, items[0].en)
	for _, it := range items[1:] {
		out = r.cross(out, r.cross([]string{sep}, r.texts(it.v, it.en)))
	}
	return out
}

// cleanPaths cleans joined paths. A root below something unknown stays one, and so do
// the slashes of a scheme.
func cleanPaths(texts []string) []string {
	var out []string
	for _, t := range texts {
		scheme := ""
		if i := strings.Index(t, "://"); i >= 0 {
			scheme, t = t[:i+3], t[i+3:]
		}
		clean := path.Clean(t)
		if clean == hole && strings.HasSuffix(t, "/") {
			clean += "/"
		}
		out = append(out, scheme+clean)
	}
	return out
}

func (r *stringResolver) replace(args []ssa.Value, en *env) []string {
	texts, olds, news := r.texts(args[0], en), r.texts(args[1], en), r.texts(args[2], en)
	if len(olds) != 1 || strings.Contains(olds[0], hole) || olds[0] == "" {
		return texts
	}
	var out []string
	for _, t := range texts {
		for _, n := range news {
			if len(out) < maxTexts {
				out = append(out, strings.ReplaceAll(t, olds[0], n))
			}
		}
	}
	return out
}

// trimmed takes off what is known to be taken off.
func (r *stringResolver) trimmed(args []ssa.Value, trim func(text, part string) string, en *env) []string {
	texts := r.texts(args[0], en)
	part, ok := constantText(args[1])
	if !ok {
		return texts
	}
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = trim(text, part)
	}
	return out
}

// url gives a URL that is put together in place by its host, any other by what it was
// parsed from.
func (r *stringResolver) url(v ssa.Value, en *env) []string {
	if host := hostField(v); host != nil {
		return r.cross([]string{"//"}, r.texts(host, en))
	}
	return r.texts(v, en)
}

// hostField gives what is stored in the Host of a URL's literal, which may be made aside.
func hostField(v ssa.Value) ssa.Value {
	al, ok := v.(*ssa.Alloc)
	if !ok {
		return nil
	}
	for _, in := range *al.Referrers() {
		switch in := in.(type) {
		case *ssa.FieldAddr:
			for _, ref := range *in.Referrers() {
				if st, ok := ref.(*ssa.Store); ok && st.Addr == in && fieldOf(in.X.Type(), in.Field).Name() == "Host" {
					return st.Val
				}
			}
		case *ssa.Store:
			if load, ok := in.Val.(*ssa.UnOp); ok && in.Addr == al {
				return hostField(load.X)
			}
		}
	}
	return nil
}

// replacer fills a template: strings.NewReplacer("__PREFIX__", prefix).Replace(text).
func (r *stringResolver) replacer(args []ssa.Value, en *env) []string {
	out := r.texts(args[1], en)
	made := args[0]
	if load, ok := made.(*ssa.UnOp); ok && global(load.X) != nil {
		if vals := r.e.storesOf().globals[global(load.X)]; len(vals) == 1 {
			made, en = vals[0], nil
		}
	}
	call, ok := made.(*ssa.Call)
	if !ok || call.Call.StaticCallee() == nil || fullName(call.Call.StaticCallee()) != "strings.NewReplacer" {
		return out
	}
	items := sliceItems(call.Call.Args[0])
	for i := 0; i+1 < len(items); i += 2 {
		old, ok := constantText(items[i])
		if !ok || old == "" {
			continue
		}
		var next []string
		for _, text := range out {
			for _, put := range r.texts(items[i+1], en) {
				if next = append(next, strings.ReplaceAll(text, old, put)); !strings.Contains(text, old) {
					break
				}
			}
		}
		out = next[:min(len(next), maxTexts)]
	}
	return out
}
