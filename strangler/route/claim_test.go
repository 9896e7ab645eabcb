package route

import (
	"encoding/base64"
	"net/http"
	"net/netip"
	"testing"
)

func bearer(payload string) string {
	return "Bearer e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

// TestClaim: the claim is the key whatever the signature; without it the address is.
func TestClaim(t *testing.T) {
	cohort := Cohort{Claim: "sub"}
	client := netip.MustParseAddr("203.0.113.9")
	tests := []struct {
		name          string
		authorization []string
		want          string
	}{
		{"text", []string{bearer(`{"sub":"user-42","sub2":"x"}`)}, "claim user-42"},
		{"number as it is written", []string{bearer(`{"sub":12345678901234567890}`)}, "claim 12345678901234567890"},
		{"another scheme's spelling", []string{"bearer" + bearer(`{"sub":"u"}`)[6:]}, "claim u"},
		{"no header", nil, "client 203.0.113.9"},
		{"two headers", []string{bearer(`{"sub":"a"}`), bearer(`{"sub":"b"}`)}, "client 203.0.113.9"},
		{"no such claim", []string{bearer(`{"Sub":"a"}`)}, "client 203.0.113.9"},
		{"empty claim", []string{bearer(`{"sub":""}`)}, "client 203.0.113.9"},
		{"an object", []string{bearer(`{"sub":{"a":1}}`)}, "client 203.0.113.9"},
		{"null", []string{bearer(`{"sub":null}`)}, "client 203.0.113.9"},
		{"not JSON", []string{bearer(`sub`)}, "client 203.0.113.9"},
		{"not base64", []string{"Bearer a.!.c"}, "client 203.0.113.9"},
		{"two parts", []string{"Bearer a.b"}, "client 203.0.113.9"},
		{"basic", []string{"Basic YTpi"}, "client 203.0.113.9"},
	}
	for _, tt := range tests {
		r := &http.Request{Header: http.Header{"Authorization": tt.authorization}}
		if k := cohort.Of(r, client); k.Source+" "+k.Value != tt.want {
			t.Errorf("%s: %s %s, want %s", tt.name, k.Source, k.Value, tt.want)
		}
	}
}

func FuzzClaim(f *testing.F) {
	f.Add(bearer(`{"sub":"a"}`))
	f.Add("Bearer a.b.c")
	f.Fuzz(func(t *testing.T, text string) {
		claimValue(&http.Request{Header: http.Header{"Authorization": {text}}}, "sub") // no panic
	})
}
