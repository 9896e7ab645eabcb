package coupling

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/jinzhu/inflection"
)

// Vocabulary splits names into words and remembers what it found: a module's names
// are asked for again with each partition of them, and to find the singular of one
// word takes a hundred regular expressions. It is not safe for concurrent use.
type Vocabulary struct {
	words    map[string][]string // of names
	singular map[string]string
}

// NewVocabulary gives a vocabulary that knows no name yet.
func NewVocabulary() *Vocabulary {
	return &Vocabulary{words: map[string][]string{}, singular: map[string]string{}}
}

// Words splits an identifier, a table or a path into what it speaks of: at case,
// digits and signs, in lower case and singular, without words that say how code is
// made and not what it is about. A word that stands twice counts once; the order is
// that of the name. The caller must not change what it is given.
func (v *Vocabulary) Words(name string) []string {
	out, known := v.words[name]
	if known {
		return out
	}
	for _, w := range splitName(name) {
		w = v.singularOf(strings.ToLower(w))
		if len(w) < 3 || stopWords[w] || slices.Contains(out, w) {
			continue
		}
		out = append(out, w)
	}
	v.words[name] = out
	return out
}

func (v *Vocabulary) singularOf(word string) string {
	one, known := v.singular[word]
	if !known {
		one = inflection.Singular(word)
		v.singular[word] = one
	}
	return one
}

// splitName cuts at everything that is no letter, before a capital that follows a
// small letter, and before the last of several capitals: HTTPServerID is HTTP,
// Server, ID.
func splitName(name string) []string {
	var out []string
	runes := []rune(name)
	start := -1
	flush := func(end int) {
		if start >= 0 && end > start {
			out = append(out, string(runes[start:end]))
		}
		start = -1
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r):
			flush(i)
			continue
		case start < 0:
		case unicode.IsUpper(r) && !unicode.IsUpper(runes[i-1]):
			flush(i)
		case unicode.IsUpper(r) && i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			flush(i)
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(runes))
	return out
}

// stopWords say how code is made.
var stopWords = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`
		the and for with from into all any has new get set put add del delete remove create update list find make build load
		save store read write open close init run start stop handle handler func type string int bool byte error err ctx context
		request response req res resp result option opt config param arg argument value key item entry data info model entity dto
		service server client manager repository repo controller provider factory helper util impl base default common main test mock
		http https json xml yaml html url uri api rest grpc rpc sql row query table column field index name time date
		count size len max min num number id uuid parse format encode decode marshal unmarshal convert validate check is can must should
		before after begin end next prev first last old init one two page limit offset filter sort by to of in on at or not nil null
		file path dir line text msg message log logger debug warn print writer reader buffer stream slice map array struct interface
		internal public private static const var package module version state status kind mode flag code`) {
		out[w] = true
	}
	return out
}()

// Term is a word of one group of names with how much it is that group's own.
type Term struct {
	Word string
	// Score is tf · ln((1 + N)/(½ + df)): tf the share of the group's names that have
	// the word, N the number of groups, df that of groups that have it.
	Score float64
}

// mostTerms bounds the terms of a group, leastNames how many of its names a term needs.
const (
	mostTerms  = 5
	leastNames = 2
)

// Terms gives the words that tell each group from the others, best first. Names count
// by their weight: that of one place.
func (v *Vocabulary) Terms(groups map[string][]string) map[string][]Term {
	df, tf := map[string]int{}, map[string]map[string]int{}
	for g, names := range groups {
		tf[g] = map[string]int{}
		for _, name := range names {
			for _, w := range v.Words(name) {
				tf[g][w]++
			}
		}
		for w := range tf[g] {
			df[w]++
		}
	}
	out := map[string][]Term{}
	for g, words := range tf {
		var terms []Term
		for w, n := range words {
			score := float64(n) / float64(len(groups[g])) * math.Log(float64(1+len(groups))/(0.5+float64(df[w])))
			if n >= leastNames && score > 0 {
				terms = append(terms, Term{w, score})
			}
		}
		slices.SortFunc(terms, func(a, b Term) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Word, b.Word)) })
		out[g] = terms[:min(len(terms), mostTerms)]
	}
	return out
}
