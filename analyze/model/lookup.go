package model

import (
	"slices"
	"strings"
)

// IsService reports whether a name in an assignment is a service, not Library,
// Root or Unassigned.
func IsService(name string) bool { return name != "" && !strings.HasPrefix(name, "@") }

// Atom finds an atom by ID.
func (m *Model) Atom(id string) (*Atom, bool) {
	return find(m.Atoms, id, func(a *Atom) string { return a.ID })
}

// Unit finds a unit by ID.
func (m *Model) Unit(id string) (*Unit, bool) {
	return find(m.Units, id, func(u *Unit) string { return u.ID })
}

// Service finds a service by name.
func (m *Model) Service(name string) (*Service, bool) {
	return find(m.Services, name, func(s *Service) string { return s.Name })
}

// Bill finds the bill of a service.
func (m *Model) Bill(service string) (*Bill, bool) {
	return find(m.Bills, service, func(b *Bill) string { return b.Service })
}

// Table finds a table by name.
func (m *Model) Table(name string) (*Table, bool) {
	return find(m.Tables, name, func(t *Table) string { return t.Name })
}

// Package finds a package by import path.
func (m *Model) Package(path string) (*Package, bool) {
	return find(m.Packages, path, func(p *Package) string { return p.Path })
}

// find is a binary search: every list of the model is sorted by its key.
func find[T any](list []T, key string, of func(*T) string) (*T, bool) {
	i, ok := slices.BinarySearchFunc(list, key, func(t T, key string) int { return strings.Compare(of(&t), key) })
	if !ok {
		return nil, false
	}
	return &list[i], true
}

// Rel is the package path inside the module, "." for the module's root. Paths of
// other modules come back unchanged.
func (m *Model) Rel(path string) string {
	if path == m.Module.Path {
		return "."
	}
	return strings.TrimPrefix(path, m.Module.Path+"/")
}

// RouteID is the atom ID of a route.
func (r *Route) RouteID() string { return RouteID(r.Method, r.Host, r.Pattern) }

// RouteID makes the atom ID of a route: "route:GET /orders/{id}".
func RouteID(method, host, pattern string) string {
	if method == "" {
		return "route:" + host + pattern
	}
	return "route:" + method + " " + host + pattern
}

// TableID makes the atom ID of a table.
func TableID(name string) string { return "table:" + name }
