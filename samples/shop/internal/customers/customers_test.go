package customers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/shop/internal/customers"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/shoptest"
	"example.com/shop/internal/web"
)

var ada = customers.Registration{Email: " Ada@Example.com ", Name: "Ada", Country: "de", Phone: "030"}

func TestRegister(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	c, err := s.Customers.Register(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	if c.Email != "ada@example.com" || c.Country != "DE" || c.Language != "en" || !c.Active {
		t.Errorf("customer = %+v", c)
	}
	loaded, err := s.Customers.Customer(t.Context(), c.ID)
	if err != nil || loaded != c {
		t.Errorf("loaded %+v, %v; want %+v", loaded, err, c)
	}
	if _, err := s.Customers.Register(t.Context(), ada); !errors.Is(err, customers.ErrEmailTaken) {
		t.Errorf("twice: error = %v", err)
	}
	notes, err := s.Events.Notifications(t.Context(), c.ID, true)
	if err != nil || len(notes) != 1 || notes[0].Subject != "Welcome to the shop" || notes[0].Email != c.Email {
		t.Errorf("notifications = %+v, %v", notes, err)
	}
}

func TestRegisterInvalid(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	_, err := s.Customers.Register(t.Context(), customers.Registration{
		Email: "nobody", Country: "Germany", Language: "deu", Phone: strings.Repeat("1", 41),
	})
	var fields web.FieldErrors
	if !errors.As(err, &fields) {
		t.Fatalf("error = %v", err)
	}
	for _, field := range []string{"email", "name", "country", "language", "phone"} {
		if fields[field] == "" {
			t.Errorf("%s is not reported", field)
		}
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	c, err := s.Customers.Register(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	s.Customer(t, "bob@example.com")
	s.Clock.Advance(time.Minute)
	reg := ada
	reg.Name = "Ada Martens"
	updated, err := s.Customers.Update(t.Context(), c.ID, reg, c.UpdatedAt)
	if err != nil || updated.Name != "Ada Martens" || updated.UpdatedAt != shoptest.Start.Add(time.Minute) {
		t.Fatalf("updated %+v, %v", updated, err)
	}
	_, err = s.Customers.Update(t.Context(), c.ID, reg, c.UpdatedAt)
	var conflict *customers.ConflictError
	if !errors.As(err, &conflict) || conflict.CustomerID != c.ID || conflict.UpdatedAt != updated.UpdatedAt {
		t.Errorf("stale: error = %v", err)
	}
	reg.Email = "bob@example.com"
	if _, err := s.Customers.Update(t.Context(), c.ID, reg, time.Time{}); !errors.Is(err, customers.ErrEmailTaken) {
		t.Errorf("taken email: error = %v", err)
	}
	reg.Email = ""
	if _, err := s.Customers.Update(t.Context(), c.ID, reg, time.Time{}); err == nil {
		t.Error("an empty email must be refused")
	}
	if _, err := s.Customers.Update(t.Context(), 99, ada, time.Time{}); !errors.Is(err, customers.ErrNotFound) {
		t.Errorf("unknown: error = %v", err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	c := s.Customer(t, "ada@example.com")
	if _, err := s.Customers.ActiveCustomer(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Customers.Close(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Customers.ActiveCustomer(t.Context(), c.ID); !errors.Is(err, customers.ErrInactive) {
		t.Errorf("error = %v, want ErrInactive", err)
	}
	if _, err := s.Customers.ActiveCustomer(t.Context(), 99); !errors.Is(err, customers.ErrNotFound) {
		t.Errorf("error = %v, want ErrNotFound", err)
	}
	if err := s.Customers.Close(t.Context(), 99); !errors.Is(err, customers.ErrNotFound) {
		t.Errorf("error = %v, want ErrNotFound", err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	for _, email := range []string{"a@example.com", "b@example.com", "c@other.org"} {
		s.Customer(t, email)
		s.Clock.Advance(time.Second)
	}
	all, total, err := s.Customers.List(t.Context(), "", pagination.Request{PerPage: 2})
	if err != nil || total != 3 || len(all) != 2 || all[0].Email != "c@other.org" {
		t.Errorf("all = %+v of %d, %v", all, total, err)
	}
	some, total, err := s.Customers.List(t.Context(), "EXAMPLE.com", pagination.Request{})
	if err != nil || total != 2 || len(some) != 2 {
		t.Errorf("some = %+v of %d, %v", some, total, err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ctx := t.Context()
	c, err := s.Customers.Register(ctx, ada)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := s.Customers.Addresses(ctx, c.ID); err != nil || all == nil || len(all) != 0 {
		t.Errorf("addresses = %#v, %v; want empty and not nil", all, err)
	}
	if _, err := s.Customers.DefaultAddress(ctx, c.ID); !errors.Is(err, customers.ErrAddressNotFound) {
		t.Errorf("error = %v", err)
	}
	home := customers.AddressInput{Street: "Lindenweg 4", City: "Berlin", PostalCode: "10115", Country: "de"}
	first, err := s.Customers.AddAddress(ctx, c.ID, home)
	if err != nil || !first.IsDefault || first.OneLine() != "Lindenweg 4, 10115 Berlin, DE" {
		t.Fatalf("first = %+v, %v", first, err)
	}
	work := customers.AddressInput{Label: "work", Street: "Am Markt 1", City: "Bonn", PostalCode: "53111", Country: "DE", IsDefault: true}
	second, err := s.Customers.AddAddress(ctx, c.ID, work)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Customers.DefaultAddress(ctx, c.ID); err != nil || got != second {
		t.Errorf("default = %+v, %v; want the last", got, err)
	}
	home.City, home.IsDefault = "Potsdam", true
	if _, err := s.Customers.UpdateAddress(ctx, c.ID, first.ID, home); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Customers.DefaultAddress(ctx, c.ID); err != nil || got.City != "Potsdam" {
		t.Errorf("default = %+v, %v; want the updated", got, err)
	}
	if err := s.Customers.DeleteAddress(ctx, c.ID, second.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Customers.DeleteAddress(ctx, c.ID, second.ID); !errors.Is(err, customers.ErrAddressNotFound) {
		t.Errorf("delete twice: error = %v", err)
	}
	if _, err := s.Customers.UpdateAddress(ctx, 99, first.ID, home); !errors.Is(err, customers.ErrAddressNotFound) {
		t.Errorf("address of another: error = %v", err)
	}
	var fields web.FieldErrors
	if _, err := s.Customers.AddAddress(ctx, c.ID, customers.AddressInput{}); !errors.As(err, &fields) || len(fields) != 4 {
		t.Errorf("empty: error = %v, fields %v", err, fields)
	}
	if _, err := s.Customers.AddAddress(ctx, 99, home); !errors.Is(err, customers.ErrNotFound) {
		t.Errorf("unknown customer: error = %v", err)
	}
}
