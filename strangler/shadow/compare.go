package shadow

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/strangler/route"
)

// Answer is a response with its whole body.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Class is the kind of the first difference, the label of the metric.
type Class string

// Classes of difference.
const (
	Status      Class = "status"
	ContentType Class = "content_type"
	Body        Class = "body"
	// Unanswered: the new side gave no answer to compare with.
	Unanswered Class = "error"
)

// Diff is the outcome of a comparison.
type Diff struct {
	// Class is "" when the answers are equal.
	Class Class
	// Fields that differ, at most MaxFields, sorted: JSON paths with [*] for
	// elements, or @status, @content-type, @body, @error.
	Fields []string
}

// Equal reports whether nothing differs.
func (d Diff) Equal() bool { return d.Class == "" }

// MaxFields bounds Diff.Fields.
const MaxFields = 16

// ErrEncoding means that a body's Content-Encoding cannot be undone, so that
// nothing can be said about it.
var ErrEncoding = errors.New("content encoding is not known")

// Compare compares two answers as the package comment says. maxBody bounds the
// bodies after decompression.
func Compare(old, new Answer, ignore []route.FieldPath, maxBody int) (Diff, error) {
	if old.Status != new.Status {
		return Diff{Status, []string{"@status"}}, nil
	}
	oldType, newType := mediaType(old.Header), mediaType(new.Header)
	if oldType != newType {
		return Diff{ContentType, []string{"@content-type"}}, nil
	}
	if bytes.Equal(old.Body, new.Body) && encoding(old.Header) == encoding(new.Header) {
		return Diff{}, nil
	}
	oldBody, err := decoded(old, maxBody)
	if err != nil {
		return Diff{}, err
	}
	newBody, err := decoded(new, maxBody)
	if err != nil {
		return Diff{}, err
	}
	return compareBodies(oldBody, newBody, oldType, ignore), nil
}

func compareBodies(old, new []byte, mediaType string, ignore []route.FieldPath) Diff {
	different := Diff{Body, []string{"@body"}}
	if isJSON(mediaType) {
		a, errA := parseJSON(old)
		b, errB := parseJSON(new)
		if errA == nil && errB == nil {
			d := differ{ignore: ignore, fields: map[string]bool{}}
			d.value(a, b)
			if len(d.fields) == 0 {
				return Diff{}
			}
			return Diff{Body, slices.Sorted(maps.Keys(d.fields))}
		}
	}
	if bytes.Equal(old, new) {
		return Diff{}
	}
	return different
}

// mediaType is the Content-Type with its parameters in one form.
func mediaType(h http.Header) string {
	v := h.Get("Content-Type")
	t, params, err := mime.ParseMediaType(v)
	if err != nil {
		return v
	}
	if c := params["charset"]; c != "" {
		params["charset"] = strings.ToLower(c)
	}
	return mime.FormatMediaType(t, params)
}

func isJSON(mediaType string) bool {
	t, _, _ := strings.Cut(mediaType, ";")
	return t == "application/json" || strings.HasSuffix(t, "+json")
}

func encoding(h http.Header) string {
	e := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding")))
	if e == "identity" {
		return ""
	}
	return e
}

func decoded(a Answer, limit int) ([]byte, error) {
	var r io.Reader
	switch encoding(a.Header) {
	case "":
		return a.Body, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(bytes.NewReader(a.Body))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
		}
		r = z
	case "deflate":
		r = flate.NewReader(bytes.NewReader(a.Body))
	default:
		return nil, fmt.Errorf("%w: %s", ErrEncoding, encoding(a.Header))
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrEncoding, err)
	case len(body) > limit:
		return nil, fmt.Errorf("%w: more than %d bytes after decompression", ErrEncoding, limit)
	}
	return body, nil
}

// parseJSON reads one value and nothing after it.
func parseJSON(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// step is one step of the path to a value: a member, or an element by index.
type step struct {
	name  string
	index int // used when element
	elem  bool
}

// differ walks two JSON values side by side.
type differ struct {
	ignore []route.FieldPath
	path   []step
	fields map[string]bool
}

func (d *differ) value(a, b any) {
	if d.ignored() || len(d.fields) >= MaxFields {
		return
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			d.object(x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			d.array(x, y)
			return
		}
	case json.Number:
		if y, ok := b.(json.Number); ok && sameNumber(string(x), string(y)) {
			return
		}
	default:
		if sameScalar(a, b) {
			return
		}
	}
	d.fields[pathText(d.path)] = true
}

// sameScalar compares strings, booleans and nulls.
func sameScalar(a, b any) bool {
	switch b.(type) {
	case map[string]any, []any, json.Number:
		return false
	}
	return a == b
}

func (d *differ) object(a, b map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		other, ok := b[name]
		d.child(step{name: name}, a[name], other, ok)
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[name]; !ok {
			d.child(step{name: name}, nil, b[name], false)
		}
	}
}

// array compares element by element. With another length only the array itself
// is named: one element more would make every element after it differ.
func (d *differ) array(a, b []any) {
	if len(a) != len(b) {
		d.fields[pathText(d.path)] = true
		return
	}
	for i := range a {
		d.child(step{index: i, elem: true}, a[i], b[i], true)
	}
}

func (d *differ) child(s step, a, b any, both bool) {
	d.path = append(d.path, s)
	switch {
	case both:
		d.value(a, b)
	case !d.ignored() && len(d.fields) < MaxFields:
		d.fields[pathText(d.path)] = true
	}
	d.path = d.path[:len(d.path)-1]
}

func (d *differ) ignored() bool {
	return slices.ContainsFunc(d.ignore, func(p route.FieldPath) bool { return matchPath(p, d.path) })
}

// matchPath reports whether the pattern names exactly the value at the path.
func matchPath(p route.FieldPath, path []step) bool {
	if len(p) == 0 {
		return len(path) == 0
	}
	if len(path) == 0 {
		return false
	}
	if matchStep(p[0], path[0]) && matchPath(p[1:], path[1:]) {
		return true
	}
	return p[0].Deep && matchPath(p, path[1:])
}

func matchStep(p route.FieldStep, s step) bool {
	switch {
	case p.Name != "":
		return !s.elem && s.name == p.Name
	case p.Index == route.Any:
		return true
	}
	return s.elem && s.index == p.Index
}

// pathText writes a path as JSONPath, elements as [*] so that a field of many
// elements is one field.
func pathText(path []step) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, s := range path {
		switch {
		case s.elem:
			b.WriteString("[*]")
		case plain(s.name):
			b.WriteString("." + s.name)
		default:
			fmt.Fprintf(&b, "['%s']", truncated(s.name))
		}
	}
	return b.String()
}

func plain(name string) bool {
	for _, r := range name {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return name != "" && len(name) <= maxFieldName
}

const maxFieldName = 80

func truncated(s string) string {
	if len(s) > maxFieldName {
		return strings.ToValidUTF8(s[:maxFieldName], "") + "…"
	}
	return s
}
