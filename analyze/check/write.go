package check

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const head = `# Crossings between services that are accepted: ficus check fails on any other one,
# and on lines here that are no longer true. Commit this file. ficus check --accept
# SERVICE|all rewrites it and keeps why and until (why: "one more week", until: 2027-01-31);
# other comments are lost.
`

// Bytes is the file. Equal entries give equal bytes.
func (a *Accepted) Bytes() []byte {
	var b bytes.Buffer
	b.WriteString(head)
	fmt.Fprintf(&b, "version: %d\nmodule: %s\n", Version, scalar(a.Module))
	if a.Count() == 0 {
		b.WriteString("services: {}\n")
		return b.Bytes()
	}
	b.WriteString("services:\n")
	for _, s := range slices.Sorted(maps.Keys(a.Services)) {
		fmt.Fprintf(&b, "  %s:\n", scalar(s))
		for _, e := range a.Services[s] {
			fmt.Fprintf(&b, "    - {%s}\n", e.flow())
		}
	}
	return b.Bytes()
}

// flow is the inside of an entry's braces.
func (e Entry) flow() string {
	parts := []string{"kind: " + scalar(string(e.Kind)), "from: " + scalar(e.From), "to: " + scalar(e.To)}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+": "+value)
		}
	}
	if e.Callee != "" {
		add("callee", scalar(e.Callee))
	}
	add("into", scalar(e.Into))
	if e.InLoop {
		add("in_loop", "true")
	}
	if e.InTx {
		add("in_tx", "true")
	}
	if e.Why != "" {
		add("why", strconv.Quote(e.Why))
	}
	add("until", e.Until)
	add("id", strconv.Quote(e.ID))
	return strings.Join(parts, ", ")
}

// scalar quotes in doubt: what stays plain is read as a string by every YAML.
func scalar(s string) string {
	plain := s != "" && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s))
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		switch {
		case letter, i > 0 && (r >= '0' && r <= '9' || strings.ContainsRune("._/-()*", r)):
		default:
			plain = false
		}
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}
