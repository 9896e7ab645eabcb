package partition

import (
	"fmt"
	"testing"
)

// Two programs over one store that each answer something of their own are two services,
// and what changes the store for both is a tool of neither; with nothing of its own to
// answer, the second is the first one's jobs.
func TestServicesOverOneStoreAreTwo(t *testing.T) {
	for _, c := range []struct {
		engine string
		two    bool
	}{{"/dispatch", true}, {"", false}} {
		g := parse(t, fmt.Sprintf(`
			cmd/admin 60 main: seed store log
			cmd/api 60 main: api log
			cmd/engine 60 main: engine log
			cmd/mail 30 main: mail log
			cmd/bills 30 main: bills log
			cmd/users 30 main: users log
			cmd/items 30 main: items log
			cmd/pages 30 main: pages log
			cmd/stock 30 main: stock log
			seed 300: store
			api 900: store /runs
			engine 900: store %s
			store 2900: runs! log
			mail 900: mails!
			bills 900: bills!
			users 900: users!
			items 900: items!
			pages 900: pages!
			stock 900: stocks!
			log 60:`, c.engine))
		l := newLayout(g)
		one := func(path string) int32 {
			p, _ := g.Package(path)
			return l.firstOf(p)
		}
		if got := one("cmd/api") != one("cmd/engine"); got != c.two {
			t.Errorf("engine answering %q: two services %v, want %v", c.engine, got, c.two)
		}
		if got := one("cmd/admin") != one("cmd/api") && one("cmd/admin") != one("cmd/engine"); got != c.two {
			t.Errorf("engine answering %q: the tool is of neither %v, want %v", c.engine, got, c.two)
		}
	}
}

// The generators' names of what a service answers.
func TestServerSides(t *testing.T) {
	for name, want := range map[string]bool{"OrdersServer": true, "StrictServerInterface": true, "OrdersServiceHandler": true, "OrdersClient": false, "ClientInterface": false} {
		if got := isServerSide(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
