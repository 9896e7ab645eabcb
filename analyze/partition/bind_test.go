package partition

import (
	"strings"
	"testing"
)

// A middleware opens one transaction for whatever handler it is handed: it binds
// nobody. A service that writes in the stores it imports binds them.
func TestTransactionOfAMiddlewareDoesNotBind(t *testing.T) {
	text := `
		cmd/shop 60 main: app mid
		app 150: orders billing stock mid
		orders 900: orders/db mid /orders
		orders/db 300: orders!
		billing 900: billing/db mid /bills
		billing/db 300: bills!
		stock 900: stock/db mid /items
		stock/db 300: items!
		OPENER 60: KNOWS tx:orders/db tx:billing/db tx:stock/db`
	for _, c := range []struct {
		opener, knows string
		services      int
	}{
		{"mid", "", 3},
		{"checkout", "orders/db billing/db stock/db", 1},
	} {
		text := strings.NewReplacer("OPENER", c.opener, "KNOWS", c.knows, "stock mid\n", "stock mid "+c.opener+"\n").Replace(text)
		if c.opener != "mid" {
			text += "\nmid 60:"
		}
		g := parse(t, text)
		s := &solver{g: g, lay: newLayout(g), cells: newCells(g, make([]int, len(g.Atoms)), Pins{})}
		u := newUnion(len(s.cells.list))
		s.bindTransactions(u, nil)
		roots := map[int]bool{}
		for _, db := range []string{"orders/db", "billing/db", "stock/db"} {
			roots[u.find(s.cells.cellOf[atoms(t, g, db)[0]])] = true
		}
		if len(roots) != c.services {
			t.Errorf("%s: its transaction leaves %d of 3 stores apart, want %d", c.opener, len(roots), c.services)
		}
	}
}
