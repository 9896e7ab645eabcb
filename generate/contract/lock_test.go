package contract_test

import (
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/generate/contract"
)

// numbers are the fields of a message by name.
func numbers(c *contract.Contract, message string) map[string]int32 {
	out := map[string]int32{}
	for _, m := range c.Messages {
		if m.Name == message {
			for _, f := range m.Fields {
				out[f.ProtoName] = f.Number
			}
		}
	}
	return out
}

const queryKey = "example.com/m/internal/catalogue.Query"

func TestLockKeepsNumbers(t *testing.T) {
	f := load(t, "surface")
	first, _ := f.build(t, "catalogue", nil)
	if got := numbers(first, "Query"); got["text"] != 1 || got["limit"] != 2 {
		t.Fatalf("got %v", got)
	}
	lock := reread(t, first.Lock)
	again, _ := f.build(t, "catalogue", lock)
	if describe(again) != describe(first) || string(again.Lock.Bytes()) != string(first.Lock.Bytes()) {
		t.Error("a second run with the lock differs")
	}

	// In another history Limit came first, a field was deleted, and Text was a number.
	q := lock.Messages[queryKey]
	q.Name = "SearchQuery"
	q.Fields = map[string]contract.LockedField{
		"limit": {Number: 4, Type: "int64"}, "deleted": {Number: 7, Type: "string"}, "text": {Number: 2, Type: "int64"},
	}
	q.ReservedNumbers, q.ReservedNames = []int32{5}, []string{"older"}
	lock.Messages[queryKey] = q
	given := string(lock.Bytes())
	c, _ := f.build(t, "catalogue", lock)
	if got := numbers(c, "SearchQuery"); got["limit"] != 4 || got["text"] != 8 || len(got) != 2 {
		t.Errorf("got %v, want limit 4 as locked and text 8, never used before", got)
	}
	for _, m := range c.Messages {
		if m.Name == "SearchQuery" {
			if names := strings.Join(m.ReservedNames, " "); names != "deleted older" {
				t.Errorf("reserved names: %s", names)
			}
			if len(m.ReservedNumbers) != 3 || m.ReservedNumbers[0] != 2 || m.ReservedNumbers[1] != 5 || m.ReservedNumbers[2] != 7 {
				t.Errorf("reserved numbers: %v", m.ReservedNumbers)
			}
		}
	}
	if string(lock.Bytes()) != given {
		t.Error("Build changed the lock that it was given")
	}
}

func TestLockKeepsNames(t *testing.T) {
	f := load(t, "surface")
	c, _ := f.build(t, "catalogue", nil)
	lock := reread(t, c.Lock)
	s := lock.Services["internal/catalogue.Service"]
	s.Name, s.Methods["Search"] = "Shelf", "Find"
	s.Methods["Gone"] = "Gone"
	lock.Services["internal/catalogue.Service"] = s
	c, _ = f.build(t, "catalogue", lock)
	r := c.Receivers[1]
	if r.ProtoService != "Shelf" || r.Methods[2].RPC != "Find" || r.Methods[2].Request.Name != "ShelfFindRequest" {
		t.Errorf("got %s.%s(%s)", r.ProtoService, r.Methods[2].RPC, r.Methods[2].Request.Name)
	}
	if c.Lock.Services["internal/catalogue.Service"].Methods["Gone"] != "Gone" {
		t.Error("the name of a method that is gone can be given again")
	}
}

func TestReadLockErrors(t *testing.T) {
	for want, text := range map[string]string{
		"restore it from version control": `{`,
		"unknown field":                   `{"version": 1, "serivce": "x"}`,
		"more than one JSON value":        `{"version": 1} {}`,
		"version 2":                       `{"version": 2}`,
		"which is field a":                `{"version": 1, "messages": {"m": {"name": "M", "fields": {"a": {"number": 1}, "b": {"number": 1}}}}}`,
		"which is reserved":               `{"version": 1, "messages": {"m": {"name": "M", "reserved_numbers": [3], "fields": {"a": {"number": 3}}}}}`,
		"must be 1 to 2046":               `{"version": 1, "messages": {"m": {"name": "M", "fields": {"a": {"number": 2047}}}}}`,
		"stands for a and b":              `{"version": 1, "messages": {"a": {"name": "M"}, "b": {"name": "M"}}}`,
	} {
		_, err := contract.ReadLock([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func FuzzReadLock(f *testing.F) {
	f.Add([]byte(`{"version": 1, "service": "x", "services": {}, "messages": {"m": {"name": "M", "fields": {"a": {"number": 1, "type": "int64"}}}}}`))
	f.Add([]byte(`{"version": 1, "services": null, "messages": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		lock, err := contract.ReadLock(data)
		if err != nil {
			return
		}
		again, err := contract.ReadLock(lock.Bytes())
		if err != nil || string(again.Bytes()) != string(lock.Bytes()) {
			t.Errorf("the lock does not survive: %v", err)
		}
	})
}

func reread(t *testing.T, l *contract.Lock) *contract.Lock {
	t.Helper()
	out, err := contract.ReadLock(l.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return out
}
