package route

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
)

// TestMurmur2 checks against values of the reference implementation
// (MurmurHash2.cpp, Austin Appleby) with seed 0, as nginx calls it.
func TestMurmur2(t *testing.T) {
	for text, want := range murmurOracle {
		for cut := range len(text) + 1 { // in two parts as in one
			if got := murmur2(text[:cut], text[cut:]); got != want {
				t.Errorf("murmur2(%q) = %#x, want %#x", text, got, want)
			}
		}
	}
}

// TestBucketIsSplitClients: for every share, bucket < share exactly when nginx's
// split_clients takes the hash: hash < share × 0xffffffff / 10000.
func TestBucketIsSplitClients(t *testing.T) {
	for i := range 3000 {
		key := fmt.Sprintf("user-%d", i)
		hash := uint64(murmur2("salt", key))
		bucket := Bucket("salt", key)
		for _, share := range []int{0, 1, 2, bucket - 1, bucket, bucket + 1, 5000, 9999} {
			if share < 0 || share > 9999 {
				continue
			}
			if nginx := hash < uint64(share)*0xffffffff/10000; nginx != (bucket < share) {
				t.Fatalf("%s: hash %d, bucket %d, share %d: nginx says %v", key, hash, bucket, share, nginx)
			}
		}
	}
}

func TestBucketsAreEven(t *testing.T) {
	const users, parts = 100000, 20
	var counts [parts]int
	for i := range users {
		b := Bucket("", fmt.Sprint("u", i))
		if b < 0 || b >= Buckets {
			t.Fatalf("bucket %d", b)
		}
		counts[b*parts/Buckets]++
	}
	for i, n := range counts {
		if n < users/parts*95/100 || n > users/parts*105/100 {
			t.Errorf("part %d holds %d of %d users", i, n, users)
		}
	}
}

func TestKeySources(t *testing.T) {
	client := netip.MustParseAddr("::ffff:192.0.2.1")
	r := &http.Request{Header: http.Header{"Cookie": {"a=1; uid=42"}, "X-User": {"7"}}}
	tests := []struct {
		cohort Cohort
		source string
		value  string
	}{
		{Cohort{Cookie: "uid"}, "cookie", "42"},
		{Cohort{Cookie: "none"}, "client", "192.0.2.1"},
		{Cohort{Header: "x-user"}, "header", "7"},
		{Cohort{Header: "X-None"}, "client", "192.0.2.1"},
		{Cohort{Client: true}, "client", "192.0.2.1"},
		{Cohort{}, "client", "192.0.2.1"},
	}
	for _, tt := range tests {
		if k := tt.cohort.Of(r, client); k.Source != tt.source || k.Value != tt.value || k.Bucket != Bucket("", tt.value) {
			t.Errorf("%+v: %+v", tt.cohort, k)
		}
	}
	a, b := Cohort{Client: true, Salt: "a"}, Cohort{Client: true, Salt: "b"}
	same := 0
	for i := range 1000 {
		addr := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		ka, kb := a.Of(r, addr), b.Of(r, addr)
		if ka.Unit == kb.Unit {
			t.Fatal("salts share units")
		}
		if (ka.Bucket < 5000) == (kb.Bucket < 5000) {
			same++
		}
	}
	if same < 400 || same > 600 {
		t.Errorf("two salts agree on %d of 1000 users at 50%%", same)
	}
}

func TestClientAddr(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[::1]:80": "::1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "192.0.2.1": "192.0.2.1", "@": "invalid IP", "": "invalid IP",
	} {
		if got := ClientAddr(&http.Request{RemoteAddr: remote}).String(); got != want {
			t.Errorf("%q: %s, want %s", remote, got, want)
		}
	}
}

// FuzzBucket: every key has one bucket, and it does not depend on where salt ends.
func FuzzBucket(f *testing.F) {
	f.Add("", "")
	f.Add("salt", "key")
	f.Fuzz(func(t *testing.T, salt, key string) {
		b := Bucket(salt, key)
		if b < 0 || b >= Buckets {
			t.Fatalf("bucket %d", b)
		}
		h := uint64(murmur2(salt, key))
		if h < edge(b) || b < Buckets-1 && h >= edge(b+1) {
			t.Fatalf("hash %d is not in bucket %d", h, b)
		}
		if Bucket(salt+key, "") != b {
			t.Fatal("salt and key are not one text")
		}
	})
}

func BenchmarkCohort(b *testing.B) {
	c := Cohort{Cookie: "uid", Salt: "s"}
	r := &http.Request{Header: http.Header{"Cookie": {"session=abcdef; uid=12345; theme=dark"}}}
	b.ReportAllocs()
	for b.Loop() {
		c.Of(r, netip.Addr{})
	}
}

// murmurOracle was printed by the reference implementation, compiled from C.
var murmurOracle = map[string]uint32{
	"":             0,
	"a":            0x92685f5e,
	"ab":           0x1aa14063,
	"abc":          0x13577c9b,
	"abcd":         0x26873021,
	"abcde":        0x5f09a8de,
	"user-42":      0xe0870305,
	"192.0.2.1AAA": 0xcd5e5fff,
	"The quick brown fox jumps over the lazy dog": 0x212729d0,
	"\xc3\xa9\xff\x80":                            0xf9065058,
}

// FuzzCookieValue: the short way finds what net/http finds.
func FuzzCookieValue(f *testing.F) {
	for _, text := range []string{"uid=42", "a=1; uid=42", "uid=\"42\"", "uid", "uid=", "uid =7", "uid=4 2", "uid=é; uid=7", " uid=1;uid=2", "\nuid ;uid=7", "x=\"uid=3\"", "uid=a=b", ";;uid=1", "a=b;\tuid=5"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := &http.Request{Header: http.Header{"Cookie": {text}}}
		want := ""
		if c, err := r.Cookie("uid"); err == nil {
			want = c.Value
		}
		if got := cookieValue(r, "uid"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}
