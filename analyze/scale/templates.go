package scale

// Templates of the code of one domain. Words in capitals are replaced: DOMAIN is the
// package path of the domain, NAME its name; ENTITY, TABLE and ROUTE are one of its
// entities; OTHER is the domain that this one uses, and its entity. FIELD1 to FIELD4
// are names of fields.

const typesHead = `// Package types holds what the NAME domain speaks of.
package types

import (
	"errors"
	"time"
)

// Errors of the domain.
var (
	ErrNotFound = errors.New("NAME: not found")
	ErrConflict = errors.New("NAME: conflict")
)

// Meta is part of every entity.
type Meta struct {
	Created time.Time
	Updated time.Time
	Version int
}
`

const typesEntity = `
// ENTITYState is where an ENTITY stands.
type ENTITYState int

// The states of an ENTITY.
const (
	ENTITYOpen ENTITYState = iota
	ENTITYHeld
	ENTITYDone
)

func (s ENTITYState) String() string {
	switch s {
	case ENTITYOpen:
		return "open"
	case ENTITYHeld:
		return "held"
	}
	return "done"
}

// ENTITY is one row of TABLE.
type ENTITY struct {
	Meta
	ID     int64
	Owner  string
	State  ENTITYState
	FIELD1 int
	FIELD2 string
	FIELD3 float64
	FIELD4 bool
	Tags   []string
	Extra  map[string]string
}

// Valid tells what is wrong with it.
func (e *ENTITY) Valid() error {
	if e.Owner == "" {
		return errors.New("ENTITY without owner")
	}
	if e.FIELD1 < 0 || e.FIELD3 < 0 {
		return errors.New("ENTITY with negative amounts")
	}
	return nil
}

// Score weighs an ENTITY.
func (e *ENTITY) Score(weights []float64) float64 {
	total := e.FIELD3
	for i, w := range weights {
		switch {
		case i == 0 && e.FIELD4:
			total += w * float64(e.FIELD1)
		case i%2 == 1:
			total -= w / float64(i+1)
		default:
			total += w
		}
	}
	for _, t := range e.Tags {
		total += float64(len(t)) / 100
	}
	return total
}

// ENTITYFilter selects.
type ENTITYFilter struct {
	Owner  string
	State  ENTITYState
	Limit  int
	Before time.Time
}
`

const storeHead = `// Package store keeps the NAME domain's rows.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"example.com/mono/internal/kernel"
	"DOMAIN/types"
)

// Store reads and writes.
type Store struct {
	db    *sql.DB
	mu    sync.Mutex
	stats map[string]int
}

var opened int

// New opens the store.
func New(db *sql.DB) *Store {
	opened++
	return &Store{db: db, stats: map[string]int{}}
}

func (s *Store) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats[what]++
}

func (s *Store) inTx(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
`

const storeEntity = `
const TABLEColumns = "id, owner, state, FIELD1, FIELD2, FIELD3, FIELD4"

// InsertENTITY adds a row and notes it in the journal.
func (s *Store) InsertENTITY(ctx context.Context, e *types.ENTITY) error {
	s.count("insert TABLE")
	if err := e.Valid(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, "INSERT INTO TABLE (owner, state, FIELD1, FIELD2) VALUES ($1, $2, $3, $4) RETURNING id", e.Owner, e.State, e.FIELD1, e.FIELD2)
		if err := row.Scan(&e.ID); err != nil {
			return fmt.Errorf("insert TABLE: %w", err)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO NAME_journal (what, id) VALUES ('TABLE', $1)", e.ID)
		return err
	})
}

// ENTITY reads one.
func (s *Store) ENTITY(ctx context.Context, id int64) (*types.ENTITY, error) {
	e := &types.ENTITY{ID: id}
	err := s.db.QueryRowContext(ctx, "SELECT "+TABLEColumns+" FROM TABLE WHERE id = $1", id).Scan(&e.ID, &e.Owner, &e.State, &e.FIELD1, &e.FIELD2, &e.FIELD3, &e.FIELD4)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, types.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read TABLE %d: %w", id, err)
	}
	return e, nil
}

// ListENTITY reads some.
func (s *Store) ListENTITY(ctx context.Context, f types.ENTITYFilter) ([]*types.ENTITY, error) {
	query := "SELECT id, owner, FIELD1 FROM TABLE WHERE state = $1"
	args := []any{f.State}
	if f.Owner != "" {
		query += fmt.Sprintf(" AND owner = $%d", len(args)+1)
		args = append(args, f.Owner)
	}
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list TABLE: %w", err)
	}
	defer rows.Close()
	var out []*types.ENTITY
	for rows.Next() {
		e := &types.ENTITY{}
		if err := rows.Scan(&e.ID, &e.Owner, &e.FIELD1); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	kernel.Sort(out, func(a, b *types.ENTITY) bool { return a.ID < b.ID })
	return out, rows.Err()
}

// CloseENTITY ends one and all that hangs on it.
func (s *Store) CloseENTITY(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE TABLE SET state = 2 WHERE id = $1", id); err != nil {
			return fmt.Errorf("close TABLE: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM TABLE_items WHERE TABLE_id = $1", id); err != nil {
			return fmt.Errorf("empty TABLE: %w", err)
		}
		return nil
	})
}
`

const serviceHead = `// Package service decides in the NAME domain.
package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/mono/internal/kernel"
	"DOMAIN/types"
OTHERIMPORT)

// Store is what the service needs to keep.
type Store interface {
STOREMETHODS}

// Service of the domain.
type Service struct {
	store Store
	bus   *kernel.Bus
	log   kernel.Logger
	cache sync.Map
OTHERFIELD}

// Limits that are set at the start.
var Limits = struct{ Batch, Retry int }{100, 3}

// New makes the service.
func New(store Store, bus *kernel.Bus, log kernel.LoggerOTHERPARAM) *Service {
	s := &Service{store: store, bus: bus, log: logOTHERVALUE}
	bus.Subscribe("NAME.closed", s.closed)
	return s
}

func (s *Service) closed(ctx context.Context, e kernel.Event) error {
	s.log.Info("closed", e.Subject)
	s.cache.Delete(e.Subject)
	return nil
}

func (s *Service) retry(ctx context.Context, do func(context.Context) error) error {
	var last error
	for i := range Limits.Retry {
		if last = do(ctx); last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(i) * time.Millisecond):
		}
	}
	return fmt.Errorf("after %d tries: %w", Limits.Retry, last)
}
`

const serviceEntity = `
// CreateENTITY checks and keeps.
func (s *Service) CreateENTITY(ctx context.Context, owner string, amount int) (*types.ENTITY, error) {
	e := &types.ENTITY{Owner: owner, FIELD1: amount, Extra: map[string]string{}}
	if user, ok := kernel.User(ctx); ok && owner == "" {
		e.Owner = user
	}
	if err := e.Valid(); err != nil {
		return nil, fmt.Errorf("create ENTITY: %w", err)
	}
OTHERCALLCHECKS	err := s.retry(ctx, func(ctx context.Context) error { return s.store.InsertENTITY(ctx, e) })
	if err != nil {
		return nil, err
	}
	s.cache.Store(fmt.Sprint("TABLE", e.ID), e)
	s.bus.Publish(ctx, kernel.Event{Topic: "NAME.created", Subject: owner})
	return e, nil
}

// ENTITY gives one, from the cache if it is there.
func (s *Service) ENTITY(ctx context.Context, id int64) (*types.ENTITY, error) {
	if v, ok := s.cache.Load(fmt.Sprint("TABLE", id)); ok {
		return v.(*types.ENTITY), nil
	}
	e, err := s.store.ENTITY(ctx, id)
	if errors.Is(err, types.ErrNotFound) {
		s.log.Info("no ENTITY", fmt.Sprint(id))
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	s.cache.Store(fmt.Sprint("TABLE", id), e)
	return e, nil
}

// RankENTITY orders by score.
func (s *Service) RankENTITY(ctx context.Context, owner string) ([]*types.ENTITY, error) {
	list, err := s.store.ListENTITY(ctx, types.ENTITYFilter{Owner: owner, Limit: Limits.Batch})
	if err != nil {
		return nil, err
	}
	weights := []float64{1, 0.5, 0.25}
	scores := map[int64]float64{}
	for _, e := range list {
		scores[e.ID] = e.Score(weights)
		s.markENTITY(e, scores[e.ID])
	}
	kernel.Sort(list, func(a, b *types.ENTITY) bool { return scores[a.ID] > scores[b.ID] })
	return kernel.Take(list, Limits.Batch), nil
}

func (s *Service) markENTITY(e *types.ENTITY, score float64) {
	switch {
	case score > 100:
		e.State = types.ENTITYDone
	case score > 10:
		e.State = types.ENTITYHeld
		e.Tags = append(e.Tags, "held")
	default:
		e.State = types.ENTITYOpen
	}
	if e.Extra != nil {
		e.Extra["score"] = fmt.Sprint(score)
	}
}

// SweepENTITY closes what is done.
func (s *Service) SweepENTITY(ctx context.Context, owner string) error {
	list, err := s.RankENTITY(ctx, owner)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	failed := make(chan error, len(list))
	for _, e := range list {
		if e.State != types.ENTITYDone {
			continue
		}
		wg.Go(func() {
			if err := s.store.CloseENTITY(ctx, e.ID); err != nil {
				failed <- err
			}
		})
	}
	wg.Wait()
	close(failed)
	var all []error
	for err := range failed {
		all = append(all, err)
	}
	return errors.Join(all...)
}
`

const rulesHead = `package service

import (
	"errors"
	"fmt"
	"strings"

	"DOMAIN/types"
)

var errRule = errors.New("NAME: against a rule")
`

// Rules are code without data, which is most of a monolith's.
const rulesEntity = `
// ENTITYRuleNUMBER weighs one aspect of an ENTITY against the ones before.
func ENTITYRuleNUMBER(e *types.ENTITY, before map[string]float64) (float64, error) {
	if e == nil {
		return 0, errRule
	}
	total, seen := e.FIELD3, 0
	for i, tag := range e.Tags {
		switch {
		case strings.HasPrefix(tag, "held"):
			total -= float64(i)
		case strings.Contains(tag, "NUMBER"):
			total += float64(len(tag))
			seen++
		default:
			if old, ok := before[tag]; ok && old > total {
				return 0, fmt.Errorf("rule NUMBER of ENTITY %d: %w", e.ID, errRule)
			}
		}
	}
	next := func(v float64) float64 {
		if seen > 0 {
			return v / float64(seen)
		}
		return v
	}
	for name, old := range before {
		if name == e.Owner {
			continue
		}
		if old > next(total) {
			before[name] = next(old)
		}
	}
	e.FIELD1 += seen
	if prior, ok := before["PRIOR"]; ok {
		total += prior
	}
	return next(total), nil
}

func (s *Service) checkENTITYNUMBER(e *types.ENTITY) error {
	total, err := ENTITYRuleNUMBER(e, map[string]float64{e.Owner: 1})
	if err != nil {
		s.log.Info("rule", err.Error())
		return err
	}
	if total < float64(Limits.Batch) {
		e.Tags = append(e.Tags, fmt.Sprint("NUMBER", total))
	}
	return nil
}
`

const webHead = `// Package web answers for the NAME domain.
package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"DOMAIN/service"
	"DOMAIN/types"
	"example.com/mono/internal/kernel"
)

// Handler of the domain.
type Handler struct {
	service *service.Service
	log     kernel.Logger
}

// New makes the handler.
func New(s *service.Service, log kernel.Logger) *Handler { return &Handler{service: s, log: log} }

func (h *Handler) fail(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, types.ErrNotFound):
		http.Error(w, err.Error(), http.StatusNotFound)
	case errors.Is(err, types.ErrConflict):
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		h.log.Info("failed", err.Error())
		http.Error(w, "internal", http.StatusInternalServerError)
	}
}

// Routes registers all.
func (h *Handler) Routes(mux *http.ServeMux) {
ROUTES}
`

const webEntity = `
func (h *Handler) createENTITY(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Owner  string
		Amount int
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e, err := h.service.CreateENTITY(r.Context(), in.Owner, in.Amount)
	if err != nil {
		h.fail(w, err)
		return
	}
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(e)
}

func (h *Handler) getENTITY(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "no number", http.StatusBadRequest)
		return
	}
	e, err := h.service.ENTITY(r.Context(), id)
	if err != nil {
		h.fail(w, err)
		return
	}
	json.NewEncoder(w).Encode(e)
}

func (h *Handler) rankENTITY(w http.ResponseWriter, r *http.Request) {
	list, err := h.service.RankENTITY(r.Context(), r.URL.Query().Get("owner"))
	if err != nil {
		h.fail(w, err)
		return
	}
	json.NewEncoder(w).Encode(list)
}
`

const kernelText = `// Package kernel is what all domains use.
package kernel

import (
	"context"
	"log"
	"sort"
	"sync"
)

// Logger writes.
type Logger interface{ Info(text, detail string) }

// Std logs to the standard log.
type Std struct{}

// Info writes a line.
func (Std) Info(text, detail string) { log.Println(text, detail) }

// Event is published.
type Event struct{ Topic, Subject string }

// Bus hands events on, in process.
type Bus struct {
	mu   sync.Mutex
	subs map[string][]func(context.Context, Event) error
}

// Subscribe adds a handler.
func (b *Bus) Subscribe(topic string, do func(context.Context, Event) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[string][]func(context.Context, Event) error{}
	}
	b.subs[topic] = append(b.subs[topic], do)
}

// Publish runs the handlers.
func (b *Bus) Publish(ctx context.Context, e Event) {
	for _, do := range b.subs[e.Topic] {
		if err := do(ctx, e); err != nil {
			log.Println(err)
		}
	}
}

type userKey struct{}

// User is who asks.
func User(ctx context.Context) (string, bool) {
	u, ok := ctx.Value(userKey{}).(string)
	return u, ok
}

// Sort sorts.
func Sort[T any](list []T, less func(a, b T) bool) {
	sort.Slice(list, func(i, j int) bool { return less(list[i], list[j]) })
}

// Take gives the first.
func Take[T any](list []T, n int) []T {
	if len(list) > n {
		return list[:n]
	}
	return list
}
`

const mainText = `// Command mono runs it all.
package main

import (
	"database/sql"
	"log"
	"net/http"

	"example.com/mono/internal/app"
)

func main() {
	db, err := sql.Open("postgres", "")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", app.New(db)))
}
`
