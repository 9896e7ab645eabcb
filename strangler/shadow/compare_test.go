package shadow

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/strangler/route"
)

func jsonAnswer(body string) Answer {
	return Answer{200, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, []byte(body)}
}

func paths(t testing.TB, list ...string) (ps []route.FieldPath) {
	t.Helper()
	for _, s := range list {
		p, err := route.ParseFieldPath(s)
		if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
	return ps
}

func TestCompareJSON(t *testing.T) {
	tests := []struct {
		name     string
		old, new string
		ignore   []string
		want     string // fields, "" when equal
	}{
		{"same", `{"a":1}`, `{"a":1}`, nil, ""},
		{"order of members and white space", `{"a":1,"b":[1,2]}`, "{ \"b\": [1, 2],\n\"a\": 1}", nil, ""},
		{"order of elements", `[1,2]`, `[2,1]`, nil, "$[*]"},
		{"numbers by value", `[1,1.0,10,0,-0,1e2,12345678901234567890]`, `[1.0,1,1e1,0e9,0.0,100,12345678901234567890]`, nil, ""},
		{"large numbers exactly", `12345678901234567890`, `12345678901234567891`, nil, "$"},
		{"huge exponents", `1e1000000000`, `1e1000000001`, nil, "$"},
		{"string is no number", `{"a":"1"}`, `{"a":1}`, nil, "$.a"},
		{"null is not missing", `{"a":null}`, `{}`, nil, "$.a"},
		{"null is not false", `{"a":null}`, `{"a":false}`, nil, "$.a"},
		{"kinds", `{"a":[],"b":{},"c":1}`, `{"a":{},"b":1,"c":"x"}`, nil, "$.a $.b $.c"},
		{"length", `{"a":[1,2,3]}`, `{"a":[1,2]}`, nil, "$.a"},
		{"same field of many elements", `[{"x":1},{"x":2}]`, `[{"x":3},{"x":4}]`, nil, "$[*].x"},
		{"odd names", `{"a.b":1,"":2}`, `{"a.b":2,"":3}`, nil, "$[''] $['a.b']"},
		{"escapes are the same text", `{"a":"\u00e9\/"}`, `{"a":"é/"}`, nil, ""},
		{"ignored member", `{"at":1,"b":{"at":2}}`, `{"at":3,"b":{"at":4}}`, []string{"$.at"}, "$.b.at"},
		{"ignored at any depth", `{"at":1,"b":[{"at":2}]}`, `{"b":[{"at":4}]}`, []string{"$..at"}, ""},
		{"ignored whole", `{"b":{"x":1,"y":2}}`, `{"b":7}`, []string{"$.b"}, ""},
		{"ignored in elements", `{"l":[{"id":1,"n":1}]}`, `{"l":[{"id":2,"n":2}]}`, []string{"$.l[*].id"}, "$.l[*].n"},
		{"ignored index", `[1,2,3]`, `[9,9,3]`, []string{"$[0]"}, "$[*]"},
		{"ignored missing member", `{"a":1}`, `{"a":1,"x":1}`, []string{"$.x"}, ""},
		{"not JSON on either side", `{a}`, `{b}`, nil, "@body"},
		{"not JSON on one side", `{"a":1}`, `{"a":1`, nil, "@body"},
		{"something after the value", `1`, `1 2`, nil, "@body"},
		{"empty", ``, `{}`, nil, "@body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, turn := range [][2]string{{tt.old, tt.new}, {tt.new, tt.old}} {
				d, err := Compare(jsonAnswer(turn[0]), jsonAnswer(turn[1]), paths(t, tt.ignore...), 1<<20)
				if got := strings.Join(d.Fields, " "); err != nil || got != tt.want || d.Equal() != (tt.want == "") {
					t.Errorf("%s against %s: %q (%s), %v; want %q", turn[0], turn[1], got, d.Class, err, tt.want)
				}
			}
		})
	}
}

func TestCompareBoundsFields(t *testing.T) {
	a, b := map[string]int{}, map[string]int{}
	for i := range 100 {
		a[fmt.Sprint(i)], b[fmt.Sprint(i)] = 1, 2
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	d, err := Compare(jsonAnswer(string(x)), jsonAnswer(string(y)), nil, 1<<20)
	if err != nil || len(d.Fields) != MaxFields {
		t.Errorf("%d fields, %v", len(d.Fields), err)
	}
}

func TestCompareOutside(t *testing.T) {
	with := func(status int, contentType, body string) Answer {
		return Answer{status, http.Header{"Content-Type": {contentType}}, []byte(body)}
	}
	tests := []struct {
		name     string
		old, new Answer
		class    Class
	}{
		{"status", with(200, "text/plain", "a"), with(201, "text/plain", "a"), Status},
		{"type", with(200, "text/plain", "a"), with(200, "text/html", "a"), ContentType},
		{"case and spaces of the type", with(200, "text/plain; charset=UTF-8", "a"), with(200, "Text/Plain;charset=utf-8", "a"), ""},
		{"charset", with(200, "text/plain; charset=utf-8", "a"), with(200, "text/plain", "a"), ContentType},
		{"bytes", with(200, "text/plain", "a"), with(200, "text/plain", "b"), Body},
		{"JSON with a suffix", with(200, "application/problem+json", `{"a":1}`), with(200, "application/problem+json", `{ "a": 1 }`), ""},
		{"JSON not declared", with(200, "text/plain", `{"a":1}`), with(200, "text/plain", `{ "a": 1 }`), Body},
	}
	for _, tt := range tests {
		if d, err := Compare(tt.old, tt.new, nil, 100); err != nil || d.Class != tt.class || d.Equal() != (len(d.Fields) == 0) {
			t.Errorf("%s: %+v, %v; want %q", tt.name, d, err, tt.class)
		}
	}
}

func compressed(body, encoding string) Answer {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(body))
	z.Close()
	a := jsonAnswer(b.String())
	a.Header.Set("Content-Encoding", encoding)
	return a
}

func TestCompareEncodings(t *testing.T) {
	if d, err := Compare(compressed(`{"a":1}`, "gzip"), jsonAnswer(`{"a":1.0}`), nil, 100); err != nil || !d.Equal() {
		t.Errorf("gzip against plain: %+v, %v", d, err)
	}
	for name, a := range map[string]Answer{
		"unknown":   compressed(`{"a":1}`, "br"),
		"not gzip":  {200, http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Content-Encoding": {"gzip"}}, []byte("x")},
		"too large": compressed(strings.Repeat("a", 1000), "gzip"),
	} {
		if _, err := Compare(a, jsonAnswer(`{}`), nil, 100); !errors.Is(err, ErrEncoding) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzSameNumber compares with math/big, the oracle, where that is affordable.
func FuzzSameNumber(f *testing.F) {
	f.Add("1", "1.0")
	f.Add("-0", "0e5")
	f.Add("100e-2", "1")
	f.Add("12345678901234567890.1", "12345678901234567890.10")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !number(a) || !number(b) {
			return
		}
		got := sameNumber(a, b)
		if len(a)+len(b) > 40 || strings.ContainsAny(a+b, "eE") && !smallExponents(a, b) {
			return
		}
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if want := x.Cmp(y) == 0; got != want {
			t.Fatalf("%s and %s: same %v, want %v", a, b, got, want)
		}
	})
}

func number(s string) bool {
	var n json.Number
	return json.Unmarshal([]byte(s), &n) == nil && !strings.Contains(s, `"`) && strings.TrimSpace(s) == s && s != "null"
}

func smallExponents(list ...string) bool {
	for _, s := range list {
		if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 4 {
			return false
		}
	}
	return true
}

// FuzzCompare: a body equals itself, and the two turns of a comparison agree.
func FuzzCompare(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}]}`), []byte(`{"a":[1.0,{"b":0}]}`))
	f.Add([]byte(`[[[[`), []byte(``))
	f.Fuzz(func(t *testing.T, x, y []byte) {
		a, b := jsonAnswer(string(x)), jsonAnswer(string(y))
		if d, err := Compare(a, a, nil, 1<<20); err != nil || !d.Equal() {
			t.Fatalf("not equal to itself: %+v %v", d, err)
		}
		there, _ := Compare(a, b, nil, 1<<20)
		back, _ := Compare(b, a, nil, 1<<20)
		if there.Equal() != back.Equal() {
			t.Fatalf("%+v there, %+v back", there, back)
		}
		if all, _ := Compare(a, b, paths(t, "$.*", "$..x"), 1<<20); !all.Equal() && there.Equal() {
			t.Fatal("ignoring makes a difference appear")
		}
	})
}
