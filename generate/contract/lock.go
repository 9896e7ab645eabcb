package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// LockVersion is the format that this package writes; ReadLock refuses newer ones.
const LockVersion = 1

// LockFile is the name of the lock, in the service's folder.
const LockFile = "ficus.lock.json"

// Lock is ficus.lock.json: what must not change from one generation to the next, so
// that old and new processes understand each other. Commit it.
type Lock struct {
	Version int    `json:"version"`
	Service string `json:"service"`
	// Services are the gRPC services by Go receiver: internal/catalogue.Service.
	Services map[string]LockedService `json:"services"`
	// Messages by what they stand for in Go.
	Messages map[string]LockedMessage `json:"messages"`
	// Files are the generated files' SHA-256, hexadecimal, by path relative to the
	// module: an edited one is reported, not clobbered.
	Files map[string]string `json:"files,omitempty"`
}

// LockedService is a gRPC service's name and its methods' names by Go name.
type LockedService struct {
	Name    string            `json:"name"`
	Methods map[string]string `json:"methods"`
}

// LockedMessage is a message's name and its fields by proto name.
type LockedMessage struct {
	Name   string                 `json:"name"`
	Fields map[string]LockedField `json:"fields"`
	// ReservedNumbers and ReservedNames were fields that are gone, or that changed
	// their type; they are never given again.
	ReservedNumbers []int32  `json:"reserved_numbers,omitempty"`
	ReservedNames   []string `json:"reserved_names,omitempty"`
}

// LockedField is a field's number and type; a changed type gets a new number.
type LockedField struct {
	Number int32  `json:"number"`
	Type   string `json:"type"`
}

// NewLock is the lock of a service that was never generated.
func NewLock(service string) *Lock {
	return &Lock{
		Version: LockVersion, Service: service,
		Services: map[string]LockedService{}, Messages: map[string]LockedMessage{},
	}
}

// ReadLock parses a lock file; errors have no file name.
func ReadLock(data []byte) (*Lock, error) {
	l := NewLock("")
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(l); err != nil {
		return nil, fmt.Errorf("read lock: %w: restore it from version control; without it field numbers may change", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("read lock: more than one JSON value: restore it from version control")
	}
	if l.Version != LockVersion {
		return nil, fmt.Errorf("read lock: version %d, this ficus knows version %d: use the ficus that wrote it", l.Version, LockVersion)
	}
	return l, l.check()
}

// check refuses locks that give one number or name twice.
func (l *Lock) check() error {
	names := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(l.Messages)) {
		m := l.Messages[key]
		if other, ok := names[m.Name]; ok {
			return fmt.Errorf("read lock: message %s stands for %s and %s: give one of them another name", m.Name, other, key)
		}
		names[m.Name] = key
		used := map[int32]string{}
		for _, n := range m.ReservedNumbers {
			used[n] = "reserved"
		}
		for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
			n := m.Fields[name].Number
			if n < 1 || n >= EmptyFieldsNumber {
				return fmt.Errorf("read lock: field %s of message %s has number %d: it must be 1 to %d", name, m.Name, n, EmptyFieldsNumber-1)
			}
			if other, ok := used[n]; ok {
				return fmt.Errorf("read lock: field %s of message %s has number %d, which is %s: restore the file from version control", name, m.Name, n, other)
			}
			used[n] = "field " + name
		}
	}
	return nil
}

// Bytes is the lock as it is written: sorted, indented, with a final newline.
func (l *Lock) Bytes() []byte {
	data, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		panic(err) // maps of strings and numbers always marshal
	}
	return append(data, '\n')
}

// clone copies what merging changes.
func (l *Lock) clone(service string) *Lock {
	out := NewLock(service)
	if l == nil {
		return out
	}
	for k, s := range l.Services {
		s.Methods = maps.Clone(s.Methods)
		out.Services[k] = s
	}
	for k, m := range l.Messages {
		m.Fields = maps.Clone(m.Fields)
		m.ReservedNumbers = slices.Clone(m.ReservedNumbers)
		m.ReservedNames = slices.Clone(m.ReservedNames)
		out.Messages[k] = m
	}
	out.Files = maps.Clone(l.Files)
	return out
}

// number gives a message's fields their numbers: known ones keep theirs, new ones
// get numbers never used before, those gone are reserved.
func (l *Lock) number(key string, m *Message) {
	old := l.Messages[key]
	next := LockedMessage{
		Name: m.Name, Fields: map[string]LockedField{},
		ReservedNumbers: old.ReservedNumbers, ReservedNames: old.ReservedNames,
	}
	highest := int32(0)
	for _, n := range old.ReservedNumbers {
		highest = max(highest, n)
	}
	for _, f := range old.Fields {
		highest = max(highest, f.Number)
	}
	for _, f := range m.Fields {
		typ := f.ProtoType()
		locked, known := old.Fields[f.ProtoName]
		if !known || locked.Type != typ {
			highest++
			locked = LockedField{Number: highest, Type: typ}
		}
		f.Number = locked.Number
		next.Fields[f.ProtoName] = locked
	}
	next.reserve(old)
	m.ReservedNumbers, m.ReservedNames = next.ReservedNumbers, next.ReservedNames
	l.Messages[key] = next
}

// reserve adds what old had and m has not.
func (m *LockedMessage) reserve(old LockedMessage) {
	for name, f := range old.Fields {
		now, stays := m.Fields[name]
		if !stays {
			m.ReservedNames = append(m.ReservedNames, name)
		}
		if !stays || now.Number != f.Number {
			m.ReservedNumbers = append(m.ReservedNumbers, f.Number)
		}
	}
	m.ReservedNames = slices.DeleteFunc(m.ReservedNames, func(name string) bool {
		_, back := m.Fields[name]
		return back
	})
	slices.Sort(m.ReservedNames)
	m.ReservedNames = slices.Compact(m.ReservedNames)
	slices.Sort(m.ReservedNumbers)
	m.ReservedNumbers = slices.Compact(m.ReservedNumbers)
}
