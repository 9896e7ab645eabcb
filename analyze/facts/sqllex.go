package facts

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hole stands in a text for what is not known before the program runs.
const hole = "\x00"

// sqlKind is the kind of a token of SQL.
type sqlKind int

const (
	sqlWord   sqlKind = iota // keyword or unquoted name
	sqlQuoted                // "name", `name`, [name]
	sqlValue                 // string, number, parameter
	sqlPunct                 // one rune
)

// sqlToken is one token; Text of quoted names is without the quotes.
type sqlToken struct {
	kind sqlKind
	text string
	word string // upper case of words, else the punctuation
	hole bool   // contains text that is not known
}

func (t sqlToken) is(words ...string) bool {
	if t.kind != sqlWord && t.kind != sqlPunct {
		return false
	}
	for _, w := range words {
		if t.word == w {
			return true
		}
	}
	return false
}

// sqlLexer splits any text; what is no SQL gives some tokens too.
type sqlLexer struct {
	s   string
	pos int
	out []sqlToken
}

// lexSQL splits a text into tokens, comments left out. It knows the quoting of
// PostgreSQL, MySQL, SQLite and SQL Server, and never fails.
func lexSQL(s string) []sqlToken {
	l := &sqlLexer{s: s}
	for l.pos < len(l.s) {
		l.next()
	}
	return l.out
}

func (l *sqlLexer) rest() string { return l.s[l.pos:] }

func (l *sqlLexer) next() {
	r, size := utf8.DecodeRuneInString(l.rest())
	switch {
	case unicode.IsSpace(r):
		l.pos += size
	case strings.HasPrefix(l.rest(), "--"), r == '#' && !strings.HasPrefix(l.rest(), "#>") && !strings.HasPrefix(l.rest(), "#-"):
		l.skipTo("\n")
	case strings.HasPrefix(l.rest(), "/*"):
		l.skipComment()
	case r == '\'':
		l.quoted('\'', sqlValue)
	case r == '"':
		l.quoted('"', sqlQuoted)
	case r == '`':
		l.quoted('`', sqlQuoted)
	case r == '[' && l.bracketed():
	case r == '$' && l.dollar():
	case wordRune(r) || r == 0:
		l.word()
	default:
		l.pos += size
		l.out = append(l.out, sqlToken{kind: sqlPunct, text: string(r), word: string(r)})
	}
}

func (l *sqlLexer) skipTo(end string) {
	i := strings.Index(l.rest(), end)
	if i < 0 {
		l.pos = len(l.s)
		return
	}
	l.pos += i + len(end)
}

// skipComment skips a comment, nested ones too; one without an end is skipped to
// the end of the text.
func (l *sqlLexer) skipComment() {
	depth := 0
	for l.pos < len(l.s) {
		switch {
		case strings.HasPrefix(l.rest(), "/*"):
			depth++
			l.pos += 2
		case strings.HasPrefix(l.rest(), "*/"):
			depth--
			l.pos += 2
			if depth == 0 {
				return
			}
		default:
			l.pos++
		}
	}
}

func (l *sqlLexer) quoted(q byte, kind sqlKind) {
	var b strings.Builder
	l.pos++
	for l.pos < len(l.s) {
		c := l.s[l.pos]
		switch {
		case c == q && l.pos+1 < len(l.s) && l.s[l.pos+1] == q:
			l.pos++
		case c == '\\' && q == '\'' && l.pos+1 < len(l.s):
			b.WriteByte(c)
			l.pos++
			c = l.s[l.pos]
		case c == q:
			l.pos++
			l.emit(kind, b.String())
			return
		}
		b.WriteByte(c)
		l.pos++
	}
	l.emit(kind, b.String())
}

// bracketed reads [name] of SQL Server; array subscripts stay punctuation.
func (l *sqlLexer) bracketed() bool {
	end := strings.IndexByte(l.rest(), ']')
	if end < 2 || end > 130 {
		return false
	}
	name := l.rest()[1:end]
	if r, _ := utf8.DecodeRuneInString(name); !unicode.IsLetter(r) && r != '_' {
		return false
	}
	if n := len(l.out); n > 0 && l.pos > 0 {
		prev, _ := utf8.DecodeLastRuneInString(l.s[:l.pos])
		if wordRune(prev) || prev == ']' || prev == ')' {
			return false
		}
	}
	l.emit(sqlQuoted, name)
	l.pos += end + 1
	return true
}

// dollar reads $1 and $tag$…$tag$.
func (l *sqlLexer) dollar() bool {
	s := l.rest()
	i := 1
	for i < len(s) && wordRune(rune(s[i])) && s[i] < utf8.RuneSelf && s[i] != '$' {
		i++
	}
	if i < len(s) && s[i] == '$' && (i == 1 || !unicode.IsDigit(rune(s[1]))) {
		tag := s[:i+1]
		if end := strings.Index(s[i+1:], tag); end >= 0 {
			l.emit(sqlValue, s[i+1:i+1+end])
			l.pos += i + 1 + end + len(tag)
			return true
		}
	}
	l.emit(sqlValue, s[:i])
	l.pos += i
	return true
}

func wordRune(r rune) bool {
	return r == '_' || r == 0 || r == '$' || r == '@' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func (l *sqlLexer) word() {
	start := l.pos
	for l.pos < len(l.s) {
		r, size := utf8.DecodeRuneInString(l.rest())
		if !wordRune(r) {
			break
		}
		l.pos += size
	}
	text := l.s[start:l.pos]
	if c := text[0]; c >= '0' && c <= '9' || c == '@' && !strings.Contains(text, hole) {
		l.emit(sqlValue, text)
		return
	}
	l.emit(sqlWord, text)
}

func (l *sqlLexer) emit(kind sqlKind, text string) {
	t := sqlToken{kind: kind, text: text, hole: strings.Contains(text, hole)}
	if kind == sqlWord {
		t.word = strings.ToUpper(text)
	}
	l.out = append(l.out, t)
}
