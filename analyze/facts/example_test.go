package facts_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/source"
)

// A module is loaded, its facts are extracted; each fact says where it stands.
func Example() {
	dir, err := os.MkdirTemp("", "facts")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"go.mod": "module example.com/shop\n\ngo 1.26\n",
		"shop.go": `package shop

import (
	"context"
	"database/sql"
	"net/http"
)

type Orders struct{ DB *sql.DB }

func (o *Orders) Routes(mux *http.ServeMux) { mux.HandleFunc("GET /orders", o.List) }

func (o *Orders) List(w http.ResponseWriter, r *http.Request) { o.load(r.Context()) }

func (o *Orders) load(ctx context.Context) {
	o.DB.QueryContext(ctx, "SELECT id FROM orders JOIN customers USING (customer_id)")
}
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			log.Print(err)
			return
		}
	}

	program, err := source.Load(context.Background(), source.Options{Dir: dir})
	if err != nil {
		log.Print(err)
		return
	}
	found, err := facts.Extract(context.Background(), program, facts.Options{})
	if err != nil {
		log.Print(err)
		return
	}
	for _, r := range found.Routes {
		fmt.Printf("%s:%d %s %s answered by %s of %s\n", r.Evidence.File, r.Evidence.Line, r.Method, r.Pattern, r.Handler.Method, r.Handler.Atom)
	}
	for _, a := range found.Accesses {
		fmt.Printf("%s:%d %s %s (with %v), %s\n", a.Evidence.File, a.Evidence.Line, a.Access, a.Table, a.Joined, a.Evidence.Confidence)
	}
	// Output:
	// shop.go:11 GET /orders answered by List of example.com/shop.Orders
	// shop.go:16 read customers (with [orders]), proved
	// shop.go:16 read orders (with [customers]), proved
}
