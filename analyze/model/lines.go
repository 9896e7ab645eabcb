package model

import (
	"bytes"
	"encoding/json"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// decodeLines decodes a file as Write makes it: a field of the model a line, of lists
// an item a line. Lists are so large that they are decoded in pieces side by side, each
// where it belongs. Fields that are not wanted are passed over, not even checked.
// It gives nil for any other file, valid or not, and leaves data as it was.
func decodeLines(data []byte, without []string) *Model {
	l := &lineDecoder{data: data, m: new(Model), fields: fieldsByName(), seen: map[string]bool{}, without: without}
	if !l.split() || !l.decode() {
		l.restore()
		return nil
	}
	return l.m
}

type lineDecoder struct {
	data    []byte
	at      int
	m       *Model
	fields  map[string]int // name → number in Model
	seen    map[string]bool
	without []string
	pieces  []piece
	changed []patch
	more    bool // a comma was there: another field has to follow
}

// piece is JSON that stands for itself, and what it is decoded into. Of a list it has
// some items, and into has room for these.
type piece struct {
	from, to int
	into     reflect.Value // pointer
	items    int           // of a list; −1: no list
}

// patch is a byte that was another one before.
type patch struct {
	at  int
	was byte
}

func fieldsByName() map[string]int {
	out := map[string]int{}
	t := reflect.TypeFor[Model]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		out[name] = i
	}
	return out
}

// line gives the next line without its end.
func (l *lineDecoder) line() (from, to int, ok bool) {
	n := bytes.IndexByte(l.data[l.at:], '\n')
	if n < 0 {
		return 0, 0, false
	}
	from, to = l.at, l.at+n
	l.at = to + 1
	return from, to, true
}

func (l *lineDecoder) split() bool {
	if from, to, ok := l.line(); !ok || string(l.data[from:to]) != "{" {
		return false
	}
	for l.more = true; ; {
		from, to, ok := l.line()
		if !ok {
			return false
		}
		if text := l.data[from:to]; string(text) == "}" {
			return !l.more && l.at == len(l.data)
		}
		if !l.more || !l.field(from, to) {
			return false
		}
	}
}

// field takes the field that begins in a line.
func (l *lineDecoder) field(from, to int) bool {
	head, _, ok := bytes.Cut(l.data[from:to], []byte(": "))
	if !ok || len(head) < 4 || head[0] != ' ' || head[1] != '"' || head[len(head)-1] != '"' {
		return false
	}
	name := string(head[2 : len(head)-1])
	n, known := l.fields[name]
	if !known || l.seen[name] {
		return false
	}
	l.seen[name] = true
	into := reflect.ValueOf(l.m).Elem().Field(n)
	from += len(head) + 2
	if l.more = l.data[to-1] == ','; l.more {
		to--
	}
	switch passOver := slices.Contains(l.without, name); {
	case string(l.data[from:to]) == "[" && into.Kind() == reflect.Slice:
		return !l.more && l.list(into, passOver)
	case !passOver:
		l.pieces = append(l.pieces, piece{from, to, into.Addr(), -1})
	}
	return true
}

// pieceBytes is from where a piece of a list ends with its item: enough that the rest
// of the work on it does not count.
const pieceBytes = 1 << 18

// list takes the items of a list up to its end.
func (l *lineDecoder) list(into reflect.Value, passOver bool) bool {
	start, n := l.at, 0
	var counts, ends []int // of each piece: its items, and the byte after the last
	for first := start; ; {
		from, to, ok := l.line()
		if !ok {
			return false
		}
		text := l.data[from:to]
		if l.more = string(text) == " ],"; l.more || string(text) == " ]" {
			if n > 0 {
				counts, ends = append(counts, n), append(ends, from-1)
			}
			break
		}
		if len(text) < 3 || text[0] != ' ' || text[1] != ' ' {
			return false
		}
		if n++; text[len(text)-1] == ',' && to-first > pieceBytes {
			counts, ends, n, first = append(counts, n), append(ends, to-1), 0, to+1
		}
	}
	if !passOver {
		l.cut(into, start, counts, ends)
	}
	return true
}

// cut makes pieces of a list whose first line begins at start. A piece begins with the
// end of the line before it and ends with the comma after it, the last one with the
// end of its line: brackets are put there.
func (l *lineDecoder) cut(into reflect.Value, start int, counts, ends []int) {
	total := 0
	for _, n := range counts {
		total += n
	}
	all := reflect.MakeSlice(into.Type(), total, total)
	into.Set(all)
	from, at := start-1, 0
	for i, n := range counts {
		room := reflect.New(into.Type())
		room.Elem().Set(all.Slice3(at, at, at+n))
		l.put(from, '[')
		l.put(ends[i], ']')
		l.pieces = append(l.pieces, piece{from, ends[i] + 1, room, n})
		from, at = ends[i]+1, at+n
	}
}

func (l *lineDecoder) put(at int, b byte) {
	l.changed = append(l.changed, patch{at, l.data[at]})
	l.data[at] = b
}

func (l *lineDecoder) restore() {
	for _, p := range l.changed {
		l.data[p.at] = p.was
	}
}

// decode decodes the pieces, on all processors.
func (l *lineDecoder) decode() bool {
	work := make(chan piece)
	failed := make([]bool, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i := range failed {
		wg.Go(func() {
			for p := range work {
				failed[i] = failed[i] || !p.decode(l.data)
			}
		})
	}
	for _, p := range l.pieces {
		work <- p
	}
	close(work)
	wg.Wait()
	return !slices.Contains(failed, true)
}

func (p piece) decode(data []byte) bool {
	err := json.Unmarshal(data[p.from:p.to], p.into.Interface())
	return err == nil && (p.items < 0 || p.into.Elem().Len() == p.items)
}
