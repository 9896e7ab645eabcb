package plan

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Load reads the plan at path. An error that satisfies errors.Is(err,
// fs.ErrNotExist) means that there is none; Problems means that it is wrong.
func Load(path string) (*Plan, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	return Parse(path, src)
}

// Parse reads a plan; name is the file's, for errors. The error is Problems, all
// at once.
func Parse(name string, src []byte) (*Plan, error) {
	d := &decoder{plan: &Plan{File: name}}
	if root := d.parseYAML(src); root != nil {
		d.file(root)
	}
	if len(d.problems) == 0 {
		d.problems = contradictions(d.plan)
	}
	if err := d.problems.err(); err != nil {
		return nil, err
	}
	return d.plan, nil
}

// decoder walks the YAML tree by hand: a struct decoder stops at the first
// problem, and a plan's author wants all of them with their columns.
type decoder struct {
	plan     *Plan
	problems Problems
}

func (d *decoder) errorf(pos Pos, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.plan.File, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

func (d *decoder) parseYAML(src []byte) ast.Node {
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntaxError(err)
		return nil
	}
	var root ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case root != nil:
			d.errorf(posOf(doc.Body), "remove the second document: a plan is one")
		default:
			root = doc.Body
		}
	}
	if root == nil && len(d.problems) == 0 {
		d.errorf(Pos{1, 1}, "the plan is empty: want at least \"version: %d\"", Version)
	}
	return root
}

func (d *decoder) syntaxError(err error) {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		d.errorf(Pos{p.Line, p.Column}, "cannot read the YAML: %s", at.GetMessage())
		return
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	d.errorf(Pos{1, 1}, "cannot read the YAML: %s", first)
}

func (d *decoder) file(root ast.Node) {
	versionSeen := false
	for _, e := range d.entries(root, "the plan", "version", "module", "services", "pins") {
		switch e.key {
		case "version":
			versionSeen = true
			d.version(e)
		case "module":
			d.plan.Module = d.text(e.value, "module")
		case "services":
			d.services(e.value)
		case "pins":
			d.pins(e.value)
		}
	}
	if !versionSeen {
		d.errorf(Pos{1, 1}, "add the line \"version: %d\": the plan does not say its format", Version)
	}
}

func (d *decoder) version(e entry) {
	text := d.text(e.value, "version")
	v, err := strconv.Atoi(text)
	switch {
	case text == "":
	case err != nil || v < 1:
		d.errorf(posOf(e.value), "version must be %d, not %q", Version, text)
	case v > Version:
		d.errorf(posOf(e.value), "version %d was written for a newer ficus: this one reads up to %d", v, Version)
	}
	d.plan.Version = v
}

func (d *decoder) services(n ast.Node) {
	for _, e := range d.entries(n, "services") {
		d.checkServiceName(e.key, e.pos)
		d.plan.Services = append(d.plan.Services, d.service(e))
	}
	slices.SortFunc(d.plan.Services, func(a, b Service) int { return strings.Compare(a.Name, b.Name) })
}

func (d *decoder) service(e entry) Service {
	s := Service{Name: e.key, Pos: e.pos}
	for _, f := range d.entries(e.value, "service "+e.key, "owns", "local", "wire") {
		switch f.key {
		case "owns":
			s.Owns = d.refs(f.value, "owns")
		case "local":
			s.Local = d.refs(f.value, "local")
			d.checkLocal(s.Local)
		case "wire":
			s.Wire = d.wire(f.value)
		}
	}
	return s
}

func (d *decoder) checkLocal(refs []Ref) {
	for _, r := range refs {
		if !strings.Contains(lastElement(r.Text), ".") {
			d.errorf(r.Pos, "local names functions: write package.%s, or package.Type.Method", r.Text)
		}
	}
}

func (d *decoder) wire(n ast.Node) map[string]string {
	wire := map[string]string{}
	for _, e := range d.entries(n, "wire") {
		if wire[e.key] = d.text(e.value, "wire "+e.key); wire[e.key] == "" {
			d.errorf(e.pos, "give wire %s a Go expression, such as example.com/shop/clock.System()", e.key)
		}
	}
	return wire
}

func (d *decoder) pins(n ast.Node) {
	if isNull(n) {
		return
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.errorf(posOf(n), "pins must be a list: start each with \"- in:\", \"- together:\", \"- apart:\", \"- library:\" or \"- root:\"")
		return
	}
	for _, item := range seq.Values {
		d.pin(item)
	}
}

var pinKeys = []string{string(PinIn), string(PinTogether), string(PinApart), string(PinLibrary), string(PinRoot), "why"}

// pin reads one item of pins; "in" may name several references, each becomes a
// pin of its own so that the file's line stays with it.
func (d *decoder) pin(item ast.Node) {
	var pins []Pin
	kind, why := "", ""
	for _, e := range d.entries(item, "the pin", pinKeys...) {
		switch {
		case e.key == "why":
			why = d.text(e.value, "why")
			continue
		case kind != "":
			d.errorf(e.pos, "start a new \"- %s:\" line: a pin decides one thing, this one is already %q", e.key, kind)
			continue
		}
		kind = e.key
		if kind == string(PinIn) {
			pins = d.pinsIn(e.value)
		} else if refs := d.refs(e.value, kind); len(refs) > 0 {
			pins = []Pin{{Kind: PinKind(kind), Refs: refs, Pos: e.pos}}
			d.checkPair(pins[0])
		}
	}
	if kind == "" && why != "" {
		d.errorf(posOf(item), "say what the pin decides: one of %s", strings.Join(pinKeys[:5], ", "))
	}
	for _, p := range pins {
		p.Why = why
		d.plan.Pins = append(d.plan.Pins, p)
	}
}

func (d *decoder) pinsIn(n ast.Node) []Pin {
	var pins []Pin
	for _, e := range d.entries(n, "in") {
		d.checkRef(Ref{e.key, e.pos})
		service := d.text(e.value, "in")
		if service != "" {
			d.checkServiceName(service, posOf(e.value))
		}
		pins = append(pins, Pin{Kind: PinIn, Refs: []Ref{{e.key, e.pos}}, Service: service, Pos: e.pos})
	}
	return pins
}

func (d *decoder) checkPair(p Pin) {
	if (p.Kind == PinTogether || p.Kind == PinApart) && len(p.Refs) < 2 {
		d.errorf(p.Pos, "%s needs two references or more, such as %s: [internal/cart, internal/orders]", p.Kind, p.Kind)
	}
}

// refs reads a list of references; a single one may stand without brackets.
func (d *decoder) refs(n ast.Node, what string) []Ref {
	if isNull(n) {
		return nil
	}
	items := []ast.Node{n}
	if seq, ok := n.(*ast.SequenceNode); ok {
		items = seq.Values
	} else if _, ok := mappingValues(n); ok {
		d.errorf(posOf(n), "%s must be a list of references, such as [internal/cart, internal/orders]", what)
		return nil
	}
	var refs []Ref
	for _, item := range items {
		r := Ref{d.text(item, what), posOf(item)}
		if r.Text == "" {
			continue
		}
		if i := slices.IndexFunc(refs, func(o Ref) bool { return o.Text == r.Text }); i >= 0 {
			d.errorf(r.Pos, "%s is listed twice, first at %s; remove one", r.Text, refs[i].Pos)
			continue
		}
		d.checkRef(r)
		refs = append(refs, r)
	}
	return refs
}

func (d *decoder) checkRef(r Ref) {
	t := r.Text
	switch {
	case strings.HasPrefix(t, "table:"), strings.HasPrefix(t, "route:"):
	case strings.HasPrefix(t, "/"), strings.Contains(t, `\`), strings.HasPrefix(t, "../"), strings.HasPrefix(t, "./"):
		d.errorf(r.Pos, "write %s as a package of the module, such as internal/billing", t)
	case strings.HasSuffix(t, "/"):
		d.errorf(r.Pos, "write %s for the package, or %s... for all below it", strings.TrimSuffix(t, "/"), t)
	case strings.HasSuffix(t, ".go"):
		d.errorf(r.Pos, "name a package or a declaration: %s is a file", t)
	}
}

var serviceName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)

func (d *decoder) checkServiceName(name string, pos Pos) {
	if strings.HasPrefix(name, "@") {
		d.errorf(pos, "%s is no service: pin it with \"- library: […]\" or \"- root: […]\"", name)
	} else if err := CheckServiceName(name); err != nil {
		d.errorf(pos, "%v", err)
	}
}

// CheckServiceName says what is wrong with a service's name: it becomes a folder, an
// image and a host.
func CheckServiceName(name string) error {
	if serviceName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("name the service in lower-case letters, digits, - and _, starting with a letter: %q cannot be a folder, an image and a host", name)
}
