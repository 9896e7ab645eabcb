package route

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// maxToken bounds the JSON Web Tokens that are looked into, in bytes.
const maxToken = 16 << 10

// claimValue is the text of a claim of the request's bearer token (RFC 7519), "" when
// there is none. The signature is not verified; see Cohort.Claim.
func claimValue(r *http.Request, claim string) string {
	values := r.Header["Authorization"]
	if len(values) != 1 || len(values[0]) > maxToken {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims map[string]json.RawMessage
	if json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return scalarJSON(claims[claim])
}

// scalarJSON is a JSON string without quotes, or a number as it is written.
func scalarJSON(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if len(raw) > 0 && !bytes.HasPrefix(raw, []byte{'"'}) && json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}
