package scale

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Options of Write.
type Options struct {
	// Lines are how many the monolith has at least; it has at most a domain more.
	Lines int
	// Seed of what varies: how many entities a domain has, and which domain it uses.
	Seed uint64
}

// Write writes a monolith into an empty folder and gives its lines of Go.
func Write(dir string, opt Options) (lines int, err error) {
	w := &writer{dir: dir, rnd: rand.New(rand.NewPCG(opt.Seed, 0))}
	w.file("go.mod", "module example.com/mono\n\ngo 1.26\n")
	w.file("cmd/mono/main.go", mainText)
	w.file("internal/kernel/kernel.go", kernelText)
	for w.lines < opt.Lines && w.err == nil {
		w.domain()
	}
	w.app()
	return w.lines, w.err
}

type writer struct {
	dir     string
	rnd     *rand.Rand
	domains []domain
	lines   int
	err     error
}

// domain is one of the monolith.
type domain struct {
	name     string
	path     string   // of its packages
	entities []string // names of types
	uses     int      // another domain, −1: none
}

// file keeps the first error; later files are then not written.
func (w *writer) file(name, text string) {
	if w.err != nil {
		return
	}
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	if w.err = os.MkdirAll(filepath.Dir(path), 0o777); w.err != nil {
		return
	}
	w.err = os.WriteFile(path, []byte(text), 0o666)
	if strings.HasSuffix(name, ".go") {
		w.lines += strings.Count(text, "\n")
	}
}

var nouns = []string{"Order", "Invoice", "Parcel", "Ticket", "Coupon", "Account", "Voucher", "Claim", "Quote", "Batch", "Device", "Route"}

var fieldNames = []string{"Amount", "Label", "Ratio", "Active"}

// domain writes the next domain, which may use one of the eight before it.
func (w *writer) domain() {
	n := len(w.domains)
	name := fmt.Sprintf("d%04d", n)
	d := domain{name: name, path: "example.com/mono/internal/" + name, uses: -1}
	if n > 0 {
		d.uses = max(0, n-1-w.rnd.IntN(8))
	}
	from := w.rnd.IntN(len(nouns))
	for i := range 2 + w.rnd.IntN(3) {
		d.entities = append(d.entities, nouns[(from+i)%len(nouns)])
	}
	w.domains = append(w.domains, d)
	folder := "internal/" + name + "/"
	w.file(folder+"types/types.go", d.text(typesHead, typesEntity, nil))
	w.file(folder+"store/store.go", d.text(storeHead, storeEntity, nil))
	w.file(folder+"service/service.go", d.text(serviceHead, serviceEntity, w.others(d)))
	w.file(folder+"service/rules.go", d.rules())
	w.file(folder+"web/web.go", d.text(webHead, webEntity, nil))
}

// text fills a head once and the part of an entity for each of them.
func (d domain) text(head, entity string, more []string) string {
	var methods, routes, b bytes.Buffer
	for _, e := range d.entities {
		fmt.Fprintf(&methods, "\tInsert%[1]s(ctx context.Context, e *types.%[1]s) error\n\t%[1]s(ctx context.Context, id int64) (*types.%[1]s, error)\n"+
			"\tList%[1]s(ctx context.Context, f types.%[1]sFilter) ([]*types.%[1]s, error)\n\tClose%[1]s(ctx context.Context, id int64) error\n", e)
		path := "/" + d.name + "/" + strings.ToLower(e)
		fmt.Fprintf(&routes, "\tmux.HandleFunc(\"POST %[2]s\", h.create%[1]s)\n\tmux.HandleFunc(\"GET %[2]s/{id}\", h.get%[1]s)\n\tmux.HandleFunc(\"GET %[2]s\", h.rank%[1]s)\n", e, path)
	}
	pairs := append([]string{"STOREMETHODS", methods.String(), "ROUTES", routes.String(), "DOMAIN", d.path, "NAME", d.name}, more...)
	for i, f := range fieldNames {
		pairs = append(pairs, fmt.Sprintf("FIELD%d", i+1), f)
	}
	b.WriteString(strings.NewReplacer(pairs...).Replace(head))
	for _, e := range d.entities {
		b.WriteString(strings.NewReplacer(append(pairs, "CHECKS", checks(e), "ENTITY", e, "TABLE", d.name+"_"+strings.ToLower(e))...).Replace(entity))
	}
	return b.String()
}

// rulesPerEntity makes a table come with about a thousand lines, as in written code.
const rulesPerEntity = 14

// rules are the functions that the service runs on a new entity.
func (d domain) rules() string {
	var b strings.Builder
	b.WriteString(strings.NewReplacer("DOMAIN", d.path, "NAME", d.name).Replace(rulesHead))
	for _, e := range d.entities {
		for n := range rulesPerEntity {
			pairs := []string{"ENTITY", e, "NUMBER", fmt.Sprint(n), "PRIOR", fmt.Sprintf("%s%d", e, max(0, n-1))}
			for i, f := range fieldNames {
				pairs = append(pairs, fmt.Sprintf("FIELD%d", i+1), f)
			}
			b.WriteString(strings.NewReplacer(pairs...).Replace(rulesEntity))
		}
	}
	return b.String()
}

// checks call the rules of an entity.
func checks(entity string) string {
	var b strings.Builder
	for n := range rulesPerEntity {
		fmt.Fprintf(&b, "\tif err := s.check%s%d(e); err != nil {\n\t\treturn nil, err\n\t}\n", entity, n)
	}
	return b.String()
}

// others is how the service uses another domain's.
func (w *writer) others(d domain) []string {
	if d.uses < 0 {
		return []string{"OTHERIMPORT", "", "OTHERFIELD", "", "OTHERPARAM", "", "OTHERVALUE", "", "OTHERCALL", ""}
	}
	o := w.domains[d.uses]
	return []string{
		"OTHERIMPORT", "\tother \"" + o.path + "/service\"\n",
		"OTHERFIELD", "\tother *other.Service\n",
		"OTHERPARAM", ", o *other.Service",
		"OTHERVALUE", ", other: o",
		"OTHERCALL", fmt.Sprintf("\tif before, err := s.other.%s(ctx, int64(amount)); err == nil {\n\t\te.%s = before.Owner\n\t}\n", o.entities[0], fieldNames[1]),
	}
}

// app writes the composition root.
func (w *writer) app() {
	var imports, body bytes.Buffer
	for _, d := range w.domains {
		for _, layer := range []string{"service", "store", "web"} {
			fmt.Fprintf(&imports, "\t%s%s \"%s/%s\"\n", d.name, layer, d.path, layer)
		}
		other := ""
		if d.uses >= 0 {
			other = ", " + w.domains[d.uses].name
		}
		fmt.Fprintf(&body, "\t%[1]s := %[1]sservice.New(%[1]sstore.New(db), bus, log%[2]s)\n\t%[1]sweb.New(%[1]s, log).Routes(mux)\n", d.name, other)
	}
	w.file("internal/app/app.go", fmt.Sprintf(`// Package app puts the domains together.
package app

import (
	"database/sql"
	"net/http"

	"example.com/mono/internal/kernel"
%s)

// New makes the whole.
func New(db *sql.DB) http.Handler {
	mux, bus, log := http.NewServeMux(), &kernel.Bus{}, kernel.Std{}
%s	return mux
}
`, imports.String(), body.String()))
}
