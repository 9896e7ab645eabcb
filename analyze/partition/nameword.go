package partition

import (
	"path"
	"strings"
	"unicode"
)

// lastTelling is the deepest folder that is no version.
func lastTelling(dir string) string {
	for ; dir != "." && dir != "/" && dir != ""; dir = path.Dir(dir) {
		if word := clean(path.Base(dir)); word != "" && !version(word) {
			return word
		}
	}
	return ""
}

// version reports whether a word is v1, v2beta1 and the like.
func version(word string) bool {
	return len(word) > 1 && word[0] == 'v' && word[1] >= '0' && word[1] <= '9'
}

// layer words name a place in an architecture, not a domain.
var layer = map[string]bool{
	"internal": true, "pkg": true, "cmd": true, "src": true, "app": true, "apps": true, "lib": true, "service": true,
	"services": true, "handler": true, "handlers": true, "controller": true, "controllers": true, "repository": true,
	"repositories": true, "repo": true, "repos": true, "model": true, "models": true, "domain": true, "domains": true,
	"entity": true, "entities": true, "api": true, "rest": true, "grpc": true, "http": true, "https": true, "postgres": true,
	"mysql": true, "sqlite": true, "db": true, "database": true, "store": true, "storage": true, "adapters": true, "adapter": true,
	"ports": true, "port": true, "application": true, "infrastructure": true, "infra": true, "interfaces": true,
	"usecase": true, "usecases": true, "transport": true, "server": true, "main": true, "core": true, "modules": true,
	"module": true, "command": true, "commands": true, "query": true, "queries": true, "types": true, "common": true,
	"dao": true, "dal": true, "logic": true, "svc": true, "rpc": true, "proto": true, "pb": true, "config": true, "mq": true,
	"conf": true, "configs": true, "settings": true, "util": true, "utils": true, "helper": true, "helpers": true,
	"shared": true, "base": true, "test": true, "tests": true, "migration": true, "migrations": true, "route": true,
	"routes": true, "router": true, "tool": true, "tools": true,
	"v1": true, "v2": true, "v3": true, "impl": true, "data": true, "web": true, "dto": true, "ms": true,
}

// byproduct words name what stands beside code, generated or written for tests: no
// service is called so. They say something about who belongs together, as layers do not.
var byproduct = map[string]bool{
	"docs": true, "doc": true, "gen": true, "generated": true, "mock": true, "mocks": true, "fake": true, "fakes": true,
}

// clean makes a word a name of a service: lower case, letters, digits, dashes.
func clean(word string) string {
	word = strings.ToLower(strings.ReplaceAll(word, "_", "-"))
	word = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, word)
	return strings.Trim(word, "-")
}

// bare is a folder's or a file's name without the words of an architecture at its end:
// paymentUseCases and payment-service are payment. Where nothing else is left they are
// the name, as of core-data; one such word is none.
func bare(name string) string {
	var words []string
	start := 0
	for i, r := range name {
		switch inner := i > start; {
		case r == '-' || r == '_' || r == '.':
			words, start = append(words, name[start:i]), i+1
		case inner && unicode.IsUpper(r) && !unicode.IsUpper(rune(name[i-1])):
			words, start = append(words, name[start:i]), i
		}
	}
	words = append(words, name[start:])
	for i, w := range words {
		words[i] = clean(w)
	}
	for n := len(words) - 1; n > 0; n-- { // UseCases is one word: the longest first
		for len(words) > n && layer[strings.Join(words[len(words)-n:], "")] {
			words = words[:len(words)-n]
		}
	}
	if w := strings.Trim(strings.Join(words, "-"), "-"); w != "" && !layer[w] {
		return w
	}
	if w := clean(name); !layer[w] {
		return w
	}
	return ""
}
