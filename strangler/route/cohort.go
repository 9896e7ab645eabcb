package route

import (
	"encoding/binary"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"strings"
)

// Buckets is the number of cohort buckets: a share is a number of them.
const Buckets = 10000

// Key is where a request stands in its cohort.
type Key struct {
	// Source is "cookie", "header", "claim" or "client": the client's address also
	// stands in when the others are missing.
	Source string
	// Name of the cookie, header or claim.
	Name string
	// Value that was hashed; personal data, so it is never logged.
	Value string
	// Bucket from 0 to Buckets-1; the request is on the new arm when it is less
	// than the share, so widening never moves anybody back.
	Bucket int
	// Unit identifies the user in statistics (FNV-1a, 64 bit, of salt and value).
	Unit uint64
}

// Of puts a request into its bucket. client is the client's address, used when it
// is the chosen key or the chosen key is missing.
func (c *Cohort) Of(r *http.Request, client netip.Addr) Key {
	k := Key{Source: "client"}
	switch {
	case c.Cookie != "":
		if value := cookieValue(r, c.Cookie); value != "" {
			k = Key{Source: "cookie", Name: c.Cookie, Value: value}
		}
	case c.Claim != "":
		if v := claimValue(r, c.Claim); v != "" {
			k = Key{Source: "claim", Name: c.Claim, Value: v}
		}
	case c.Header != "":
		if v := r.Header.Get(c.Header); v != "" {
			k = Key{Source: "header", Name: c.Header, Value: v}
		}
	}
	if k.Source == "client" {
		k.Value = addressText(client)
	}
	k.Bucket = c.Bucket(k.Value)
	k.Unit = fnv64(c.Salt, k.Value)
	return k
}

// longCookies is the length of a Cookie header from which on net/http's limits may
// matter.
const longCookies = 4 << 10

// cookieValue is what r.Cookie finds, "" for none, without parsing all cookies when the
// value is an ordinary one.
func cookieValue(r *http.Request, name string) string {
	lines := r.Header["Cookie"]
	if len(lines) == 1 && len(lines[0]) < longCookies {
		for part := range strings.SplitSeq(lines[0], ";") {
			key, value, _ := strings.Cut(textproto.TrimString(part), "=")
			if textproto.TrimString(key) != name {
				continue
			}
			if ordinary(value) {
				return value
			}
			break
		}
	}
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// ordinary reports whether a cookie's value has one reading: characters that nothing
// treats specially.
func ordinary(value string) bool {
	for i := range len(value) {
		switch c := value[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '~', c == '%', c == ':':
		default:
			return false
		}
	}
	return value != ""
}

// addressText is the address without zone and 4-in-6 mapping, "" when unknown.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().WithZone("").String()
}

// ClientAddr is the address of the connection that the request came over.
func ClientAddr(r *http.Request) netip.Addr {
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return ap.Addr().Unmap()
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}

// Bucket is the bucket of a key.
func (c *Cohort) Bucket(key string) int {
	switch c.Hash {
	case HashXXH32:
		return int(xxh32(c.Salt+key) % Buckets)
	case HashXXH64:
		return int(xxh64(c.Salt+key) % Buckets)
	}
	return Bucket(c.Salt, key)
}

// Bucket is the bucket of a key by the default hash, murmur2. It is the one of nginx's split_clients
// "<salt>$key" (ngx_http_split_clients_module.c): MurmurHash2 of the text, and a
// share of s/10000 takes the hashes below s × 0xffffffff / 10000, so nginx would
// choose the same users at every share.
func Bucket(salt, key string) int {
	h := uint64(murmur2(salt, key))
	// The least b with h < (b+1) × 0xffffffff / 10000, rounded down as nginx does.
	b := int(h * Buckets / 0xffffffff)
	for b > 0 && h < edge(b) {
		b--
	}
	for b < Buckets-1 && h >= edge(b+1) {
		b++
	}
	return min(b, Buckets-1)
}

// edge is the first hash that a share of b buckets does not take.
func edge(b int) uint64 { return uint64(b) * 0xffffffff / Buckets }

// murmur2 is MurmurHash2 (Austin Appleby, 2008), 32 bit, seed 0 as in nginx's
// ngx_murmurhash.c, of the two strings one after the other.
func murmur2(a, b string) uint32 {
	const m = 0x5bd1e995
	n := len(a) + len(b)
	var buf [256]byte
	text := append(append(buf[:0], a...), b...)
	h := uint32(n) // nginx: h = 0 ^ len
	for len(text) >= 4 {
		k := binary.LittleEndian.Uint32(text) * m
		k = (k ^ k>>24) * m
		h = h*m ^ k
		text = text[4:]
	}
	for i := len(text) - 1; i >= 0; i-- {
		h ^= uint32(text[i]) << (8 * i)
	}
	if len(text) > 0 {
		h *= m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}

// fnv64 is FNV-1a, 64 bit, of the two strings with a separator between them.
func fnv64(a, b string) uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	for i := range len(a) {
		h = (h ^ uint64(a[i])) * prime
	}
	h *= prime // a zero byte: "ab"+"c" is not "a"+"bc"
	for i := range len(b) {
		h = (h ^ uint64(b[i])) * prime
	}
	return h
}
