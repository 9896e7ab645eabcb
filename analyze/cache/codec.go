package cache

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// Encode writes plain data: structs of exported fields, slices, maps, pointers,
// strings, numbers and booleans. Each string is written once, so that facts with
// their many repeated names stay small and are read back sharing them. Equal values
// give equal bytes. It fails on other types.
//
// The encoding has no names of fields: only Decode of the same type in the same
// build of the program reads it. The key of a record must see to that.
func Encode[T any](v *T) ([]byte, error) {
	e := &encoder{index: map[string]uint64{}, plans: map[reflect.Type]*plan{}}
	p, err := e.plans.of(reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", *v, err)
	}
	p.enc(e, reflect.ValueOf(v).Elem())
	var out []byte
	out = binary.AppendUvarint(out, uint64(len(e.texts)))
	for _, s := range e.texts {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	return append(out, e.buf...), nil
}

// Decode reads what Encode wrote.
func Decode[T any](data []byte) (*T, error) {
	v := new(T)
	d := &decoder{data: data, plans: map[reflect.Type]*plan{}}
	p, err := d.plans.of(reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("decode %T: %w", *v, err)
	}
	d.readTexts()
	if d.err == nil {
		p.dec(d, reflect.ValueOf(v).Elem())
	}
	if d.err == nil && len(d.data) > 0 {
		d.err = errors.New("data is left over")
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode %T: %w", *v, d.err)
	}
	return v, nil
}

type encoder struct {
	buf   []byte
	texts []string
	index map[string]uint64
	plans plans
}

func (e *encoder) uint(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }

func (e *encoder) text(s string) {
	i, ok := e.index[s]
	if !ok {
		i = uint64(len(e.texts))
		e.index[s] = i
		e.texts = append(e.texts, s)
	}
	e.uint(i)
}

type decoder struct {
	data  []byte
	texts []string
	err   error
	plans plans
}

var errShort = errors.New("data ends early")

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.data = nil
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.data)
	if size <= 0 {
		d.fail(errShort)
		return 0
	}
	d.data = d.data[size:]
	return n
}

// length reads a number of elements, each of at least one byte.
func (d *decoder) length() int {
	n := d.uint()
	if n > uint64(len(d.data)) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

func (d *decoder) readTexts() {
	n := d.length()
	d.texts = make([]string, 0, n)
	for range n {
		size := d.length()
		d.texts = append(d.texts, string(d.data[:size]))
		d.data = d.data[size:]
	}
}

func (d *decoder) text() string {
	i := d.uint()
	if d.err != nil || i >= uint64(len(d.texts)) {
		d.fail(errors.New("unknown text"))
		return ""
	}
	return d.texts[i]
}

// plan is how one type is written and read.
type plan struct {
	enc func(*encoder, reflect.Value)
	dec func(*decoder, reflect.Value)
}

type plans map[reflect.Type]*plan

func (ps plans) of(t reflect.Type) (*plan, error) {
	if p, ok := ps[t]; ok {
		return p, nil // perhaps of a type that contains itself, and filled in later
	}
	p := &plan{}
	ps[t] = p
	return p, p.make(ps, t)
}

func (p *plan) make(ps plans, t reflect.Type) (err error) {
	switch t.Kind() {
	case reflect.Bool:
		p.enc = func(e *encoder, v reflect.Value) { e.uint(bit(v.Bool())) }
		p.dec = func(d *decoder, v reflect.Value) { v.SetBool(d.uint() == 1) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.enc = func(e *encoder, v reflect.Value) { e.buf = binary.AppendVarint(e.buf, v.Int()) }
		p.dec = func(d *decoder, v reflect.Value) {
			n := d.uint()
			v.SetInt(int64(n>>1) ^ -int64(n&1))
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.enc = func(e *encoder, v reflect.Value) { e.uint(v.Uint()) }
		p.dec = func(d *decoder, v reflect.Value) { v.SetUint(d.uint()) }
	case reflect.Float32, reflect.Float64:
		p.enc = func(e *encoder, v reflect.Value) { e.uint(math.Float64bits(v.Float())) }
		p.dec = func(d *decoder, v reflect.Value) { v.SetFloat(math.Float64frombits(d.uint())) }
	case reflect.String:
		p.enc = func(e *encoder, v reflect.Value) { e.text(v.String()) }
		p.dec = func(d *decoder, v reflect.Value) { v.SetString(d.text()) }
	case reflect.Pointer:
		err = p.pointer(ps, t)
	case reflect.Slice:
		err = p.slice(ps, t)
	case reflect.Map:
		err = p.mapping(ps, t)
	case reflect.Struct:
		err = p.structure(ps, t)
	default:
		err = fmt.Errorf("%s is no plain data", t)
	}
	return err
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (p *plan) pointer(ps plans, t reflect.Type) error {
	elem, err := ps.of(t.Elem())
	p.enc = func(e *encoder, v reflect.Value) {
		if v.IsNil() {
			e.uint(0)
			return
		}
		e.uint(1)
		elem.enc(e, v.Elem())
	}
	p.dec = func(d *decoder, v reflect.Value) {
		if d.uint() == 1 {
			v.Set(reflect.New(t.Elem()))
			elem.dec(d, v.Elem())
		}
	}
	return err
}

// slice writes the length and one, so that nil and empty stay apart.
func (p *plan) slice(ps plans, t reflect.Type) error {
	elem, err := ps.of(t.Elem())
	p.enc = func(e *encoder, v reflect.Value) {
		if v.IsNil() {
			e.uint(0)
			return
		}
		e.uint(uint64(v.Len()) + 1)
		for i := range v.Len() {
			elem.enc(e, v.Index(i))
		}
	}
	p.dec = func(d *decoder, v reflect.Value) {
		n := d.uint()
		if n == 0 {
			return
		}
		n--
		if n > uint64(len(d.data)) {
			d.fail(errShort)
			return
		}
		list := reflect.MakeSlice(t, int(n), int(n))
		for i := range int(n) {
			elem.dec(d, list.Index(i))
		}
		v.Set(list)
	}
	return err
}

func (p *plan) mapping(ps plans, t reflect.Type) error {
	key, err := ps.of(t.Key())
	if err != nil {
		return err
	}
	if t.Key().Kind() != reflect.String {
		return fmt.Errorf("%s has keys that are no strings", t)
	}
	elem, err := ps.of(t.Elem())
	p.enc = func(e *encoder, v reflect.Value) {
		if v.IsNil() {
			e.uint(0)
			return
		}
		e.uint(uint64(v.Len()) + 1)
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
		for _, k := range keys {
			key.enc(e, k)
			elem.enc(e, v.MapIndex(k))
		}
	}
	p.dec = func(d *decoder, v reflect.Value) {
		n := d.uint()
		if n == 0 {
			return
		}
		n--
		if n > uint64(len(d.data)) {
			d.fail(errShort)
			return
		}
		v.Set(reflect.MakeMapWithSize(t, int(n)))
		for range n {
			k, x := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			key.dec(d, k)
			elem.dec(d, x)
			v.SetMapIndex(k, x)
		}
	}
	return err
}

// structure writes the fields in their order. A struct without fields is refused:
// elements of a list must take a byte.
func (p *plan) structure(ps plans, t reflect.Type) error {
	if t.NumField() == 0 {
		return fmt.Errorf("%s has no fields", t)
	}
	fields := make([]*plan, t.NumField())
	for i := range fields {
		f := t.Field(i)
		if !f.IsExported() {
			return fmt.Errorf("%s.%s is not exported", t, f.Name)
		}
		var err error
		if fields[i], err = ps.of(f.Type); err != nil {
			return err
		}
	}
	p.enc = func(e *encoder, v reflect.Value) {
		for i, f := range fields {
			f.enc(e, v.Field(i))
		}
	}
	p.dec = func(d *decoder, v reflect.Value) {
		for i, f := range fields {
			if d.err != nil {
				return
			}
			f.dec(d, v.Field(i))
		}
	}
	return nil
}
