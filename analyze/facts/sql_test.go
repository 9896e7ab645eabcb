package facts

import (
	"fmt"
	"sort"
	"strings"
	"testing"
)

func describe(st statement) string {
	var parts []string
	for _, t := range st.tables() {
		parts = append(parts, fmt.Sprintf("%s:%s", t, map[string]string{"read": "r", "write": "w", "read+write": "rw"}[string(st.access[t])]))
	}
	if st.open {
		parts = append(parts, "?")
	}
	return strings.Join(parts, " ")
}

func TestReadSQL(t *testing.T) {
	tests := []struct{ sql, want string }{
		{"SELECT 1", ""},
		{"select * from users", "users:r"},
		{"SELECT u.* FROM Users u, public.orders AS o WHERE u.id = o.user_id", "orders:r users:r"},
		{`SELECT * FROM "Order Lines" JOIN sales.items i USING (id) LEFT JOIN LATERAL (SELECT 1 FROM x) y ON true`, "Order Lines:r sales.items:r x:r"},
		{"SELECT * FROM `a` NATURAL JOIN [b c] WHERE d[1] = 2", "a:r b c:r"},
		{"SELECT (SELECT max(id) FROM inner_t) FROM outer_t WHERE EXISTS (SELECT 1 FROM third)", "inner_t:r outer_t:r third:r"},
		{"SELECT * FROM (a JOIN (b JOIN c ON 1=1) ON 2=2)", "a:r b:r c:r"},
		{"SELECT EXTRACT(year FROM created_at), TRIM(BOTH ' ' FROM name), SUBSTRING(x FROM 2 FOR 3) FROM t", "t:r"},
		{"SELECT * FROM t WHERE a IS DISTINCT FROM b AND c IS NOT DISTINCT FROM d", "t:r"},
		{"SELECT * FROM generate_series(1, 3) g, unnest(ARRAY[1]) u, real_one", "real_one:r"},
		{"SELECT * FROM t FOR UPDATE OF t SKIP LOCKED", "t:r"},
		{"SELECT * FROM t -- FROM not_this\n/* JOIN /* nested */ nor_this */ WHERE x = 'FROM neither' AND y = $$ FROM no $$ # JOIN mysql_comment", "t:r"},
		{"SELECT 'it''s', 'a\\'b' FROM t", "t:r"},
		{"SELECT a->'x', b #> '{c}' FROM t", "t:r"},
		{"INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING id", "t:w"},
		{"INSERT INTO t SELECT * FROM s", "s:r t:w"},
		{"INSERT OR REPLACE INTO t (a) VALUES (?)", "t:w"},
		{"INSERT IGNORE t VALUES (1) ON DUPLICATE KEY UPDATE a = 1", "t:w"},
		{"REPLACE INTO t VALUES (REPLACE(a, 'b', 'c'))", "t:w"},
		{"UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t2)", "t:w t2:r"},
		{"UPDATE ONLY t SET a = b.c FROM b WHERE t.id = b.id RETURNING t.a", "b:r t:w"},
		{"UPDATE t JOIN u ON t.id = u.id SET t.a = 1", "t:w u:r"},
		{"DELETE FROM t USING u WHERE t.id = u.id", "t:w u:r"},
		{"DELETE FROM t WHERE id NOT IN (SELECT t_id FROM t)", "t:rw"},
		{"MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1)", "s:r t:w"},
		{"WITH a AS (SELECT * FROM x), b (c) AS MATERIALIZED (SELECT * FROM a) SELECT * FROM b JOIN a ON true", "x:r"},
		{"WITH RECURSIVE tree AS (SELECT id FROM nodes UNION ALL SELECT n.id FROM nodes n JOIN tree ON true) UPDATE leaves SET x = 1 FROM tree", "leaves:w nodes:r"},
		{"WITH gone AS (DELETE FROM old RETURNING *) INSERT INTO archive SELECT * FROM gone", "archive:w old:w"},
		{"SELECT a INTO copy FROM t", "copy:w t:r"},
		{"TRUNCATE TABLE a, b CASCADE", "a:w b:w"},
		{"COPY t (a, b) FROM STDIN", "t:w"},
		{"COPY t TO STDOUT", "t:r"},
		{"LOCK TABLE t IN EXCLUSIVE MODE", "t:r"},
		{"CREATE TABLE t (id int); DROP TABLE old; ALTER TABLE t ADD c int; CREATE INDEX i ON t (c)", ""},
		{"CREATE VIEW v AS SELECT * FROM t", "t:r"},
		{"CREATE TRIGGER x AFTER UPDATE ON t BEGIN DELETE FROM u; END; SELECT 1 FROM w", "w:r"},
		{"SELECT 1 FROM a; DELETE FROM b;", "a:r b:w"},
		{"SELECT * FROM pg_class, information_schema.tables, sqlite_master", ""},
		{"SELECT * FROM " + hole, "?"},
		{"SELECT * FROM prefix_" + hole + " JOIN t ON true", "t:r ?"},
		{"SELECT * FROM " + hole + "_orders o JOIN " + hole + ".lines l ON true", "lines:r …_orders:r"},
		{"DELETE FROM " + hole + "_" + hole, "?"},
		{"INSERT INTO " + hole + "_x VALUES (1)", "?"},
		{"SELECT " + hole + " FROM t WHERE " + hole, "t:r"},
		{hole + " FROM t ORDER BY 1", "t:r"},
		{"UPDATE t SET " + hole, "t:w"},
		{"VALUES (1)", ""},
		{"EXPLAIN SELECT * FROM t", "t:r"},
		{"(SELECT 1 FROM a) UNION (SELECT 2 FROM b)", "a:r b:r"},
		{"SELECT * FROM a UNION ALL SELECT * FROM b", "a:r b:r"},
		{"SELECT count(*) FROM t GROUP BY a, b HAVING c ORDER BY d, e", "t:r"},
		{"SELECT * FROM [dbo].[Orders] o WITH (NOLOCK)", "Orders:r"},
		{"", ""},
		{"hello world", ""},
	}
	for _, tt := range tests {
		if got := describe(readSQL(tt.sql)); got != tt.want {
			t.Errorf("%s\n got  %q\n want %q", strings.ReplaceAll(tt.sql, hole, "…"), got, tt.want)
		}
	}
}

func TestReadDDL(t *testing.T) {
	tests := []struct{ sql, want string }{
		{"CREATE TABLE t (id int PRIMARY KEY, b text REFERENCES u(id), CONSTRAINT x FOREIGN KEY (b) REFERENCES \"V\" (id), UNIQUE (b, id))", "t(id b)→V u"},
		{"create table if not exists s.t (`key` varchar(10) default 'a,)b', n numeric(10,2), check (n > 0), INDEX k (n)) ENGINE=InnoDB;", "s.t(key n)→"},
		{"CREATE TEMP TABLE t AS SELECT 1", "t()→"},
		{"CREATE TABLE t (parent_id int REFERENCES t(id))", "t(parent_id)→"},
		{"CREATE TABLE " + hole + " (id int)", ""},
		{"CREATE TABLE " + hole + "_orders (id int)", "…_orders(id)→"},
		{"CREATE TABLE t (", "t()→"},
		{"CREATE TABLE", ""},
	}
	for _, tt := range tests {
		var parts []string
		for _, d := range readSQL(tt.sql).defs {
			parts = append(parts, d.Name+"("+strings.Join(d.Columns, " ")+")→"+strings.Join(d.Refs, " "))
		}
		if got := strings.Join(parts, " "); got != tt.want {
			t.Errorf("%s\n got  %q\n want %q", tt.sql, got, tt.want)
		}
	}
}

func TestUpPart(t *testing.T) {
	got := upPart("-- +goose Up\nA\n-- +goose Down\nB\n-- +goose Up\nC\n")
	if want := "-- +goose Up\nA\n\n\n-- +goose Up\nC\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExpand(t *testing.T) {
	at := func(i int) []string {
		switch i {
		case 0:
			return []string{"a", "b"}
		case 1:
			return []string{"x"}
		}
		return []string{hole}
	}
	tests := []struct {
		format string
		want   []string
	}{
		{"plain 100%%", []string{"plain 100%"}},
		{"%s.%v", []string{"a.x", "b.x"}},
		{"%[2]s %[1]q", []string{`x "a"`, `x "b"`}},
		{"%5.2f|%x", []string{hole + "|" + hole}},
		{"%*d %s", []string{"x " + hole}},
		{"$%d", []string{"$a", "$b"}},
		{"%", []string{"%"}},
		{"%[", []string{hole + "["}},
		{"%s %s %s", []string{"a x " + hole, "b x " + hole}},
	}
	for _, tt := range tests {
		got := expand(tt.format, at, cross)
		sort.Strings(got)
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%q: got %q, want %q", tt.format, got, tt.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	tests := []struct{ router, pattern, want string }{
		{"net/http", "/a/{id}/{rest...}", "/a/{id}/{rest...}"},
		{"chi", "/a/{id:[0-9]{2,3}}/*", "/a/{id}/{rest...}"},
		{"gorilla/mux", "/a/{path:.*}", "/a/{path...}"},
		{"gin", "/a/:id/*path", "/a/{id}/{path...}"},
		{"echo", "/a/:id/*", "/a/{id}/{rest...}"},
		{"macaron", "/^:type(issues|pulls)$", "/{type}"},
		{"macaron", "/a/:name.:ext", "/a/{name}.{ext}"},
		{"flamego", "/a/{**}", "/a/{rest...}"},
		{"flamego", "/a/{path: **}", "/a/{path...}"},
		{"fiber", "/a/:id?", "/a/{id}"},
		{"gin", "", "/"},
		{"echo", "/a/:order-id/b", "/a/{order_id}/b"},
		{"httprouter", "/a/:name.json", "/a/{name_json}"},
		{"fiber", "/a/:from-:to", "/a/{from}-{to}"},
		{"kratos", "/a/{order.id}/{path:.*}", "/a/{order_id}/{path...}"},
		{"iris", "/a/{id:uint64 min(1)}/{file:path}", "/a/{id}/{file...}"},
		{"goa", "/a/{id}/{*path}", "/a/{id}/{path...}"},
		{"goframe", "/a/:id/{name}/*any", "/a/{id}/{name}/{any...}"},
	}
	for _, tt := range tests {
		if got := cleanPattern(tt.router, tt.pattern); got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.router, tt.pattern, got, tt.want)
		}
	}
	if m, h, p := splitPattern("GET example.com/x/{id}"); m != "GET" || h != "example.com" || p != "/x/{id}" {
		t.Errorf("got %q %q %q", m, h, p)
	}
}

func TestSnakeCase(t *testing.T) {
	for in, want := range map[string]string{"User": "user", "UserID": "user_id", "HTTPServer": "http_server", "OrderLine2": "order_line2", "A": "a", "": ""} {
		if got := snakeCase(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// FuzzReadSQL: any text is read without a panic, in time, and a statement put
// before it is still understood.
func FuzzReadSQL(f *testing.F) {
	for _, s := range []string{"SELECT * FROM a, b JOIN c", "WITH x AS (SELECT 1 FROM t) DELETE FROM y", "CREATE TABLE t (a int, b text)", "'", "\"", "/*", "$x$", "[", "((((", hole, "INSERT INTO", "a -- b\n# c", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		st := readSQL(s)
		for name := range st.access {
			if name == "" || strings.Contains(name, hole) {
				t.Errorf("table %q", name)
			}
		}
		before := readSQL("SELECT 1 FROM ficus_first;\n" + s)
		if _, ok := before.access["ficus_first"]; !ok && !strings.Contains(strings.ToLower(s), "ficus_first") {
			t.Errorf("lost the first statement before %q: %v", s, before.access)
		}
		upPart(s)
	})
}

// FuzzExpand: any format gives texts that hold no more than the parts.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{"%s", "%[1]d %*.*f", "%%", "%[9999999999]s", "%!", "%[", "%-+# 0s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := expand(s, func(i int) []string {
			if i < 0 {
				t.Fatalf("argument %d of %q", i, s)
			}
			return []string{"x", hole}
		}, cross)
		if len(out) == 0 || len(out) > maxTexts {
			t.Errorf("%d texts of %q", len(out), s)
		}
		if !strings.Contains(s, "%") && out[0] != s {
			t.Errorf("%q became %q", s, out[0])
		}
	})
}

// FuzzPattern: any pattern gives one that starts with a slash, and cleaning it
// again changes nothing of net/http's.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{"/a/{id:[0-9]+}", "/:a/*b", "GET h/x", "{", "}{", ":", "/{a", "^$", "*", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, router := range []string{"net/http", "chi", "gin", "gorilla/mux", "flamego", "macaron"} {
			got := cleanPattern(router, s)
			if !strings.HasPrefix(got, "/") {
				t.Errorf("%s %q: %q", router, s, got)
			}
		}
		m, h, p := splitPattern(s)
		if len(m)+len(h)+len(p) > len(s) {
			t.Errorf("%q became longer: %q %q %q", s, m, h, p)
		}
		joinPattern(s, s)
	})
}

func TestBarePath(t *testing.T) {
	for path, want := range map[string]string{
		"github.com/jackc/pgx/v5/pgconn": "github.com/jackc/pgx/pgconn",
		"github.com/xorm-io/xorm":        "xorm.io/xorm", // the same library by its other name
		"github.com/beego/beego/orm":     "github.com/beego/beego/client/orm",
		"example.com/v2ray":              "example.com/v2ray",
	} {
		if got := barePath(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
