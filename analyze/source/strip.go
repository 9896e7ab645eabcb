package source

import "bytes"

// stripping is what withoutBodies leaves in the place of what it takes out.
type stripping int

const (
	// compact keeps line breaks only, of comments too: right lines, wrong columns and
	// offsets. For dependencies.
	compact stripping = iota
	// blank puts a space for each byte and leaves comments between declarations:
	// every position stays. For the module's own files.
	blank
)

// withoutBodies gives Go source without what stands in the bodies of its functions.
// To parse and type-check a dependency, that is most of the cost, and nothing of
// the package's API is in there.
//
// It reads bytes, not syntax: a body is the brace that follows, on the same
// logical line and outside of parentheses, a func at the top level, and belongs to
// no struct or interface type. Whatever looks different is left as it is, and
// source that ends inside a string, comment or body is given back unchanged: the
// parser tells what is wrong with it.
func withoutBodies(src []byte, how stripping) []byte {
	s := stripper{src: src, out: make([]byte, 0, len(src)), how: how}
	if !s.run() {
		return src
	}
	return s.out
}

type stripper struct {
	src, out []byte
	how      stripping
	at       int
	depth    int  // of open parentheses, brackets and braces
	function bool // behind a func at depth 0, before its body
	opener   bool // the last token is struct or interface
}

// run copies the source; false: it does not end properly.
func (s *stripper) run() bool {
	for s.at < len(s.src) {
		from := s.at
		switch c := s.src[s.at]; {
		case isLetter(c):
			s.word()
			s.copy(from)
			continue
		case c == ' ', c == '\t', c == '\r':
			s.at++
			s.copy(from)
			continue
		case c == '\n':
			s.at++
			s.copy(from)
			if s.depth == 0 {
				s.function = false
			}
			continue
		case c == '/' && s.comment():
			if !s.past() {
				return false
			}
			if s.how == blank {
				s.copy(from)
			} else {
				s.hollow(from)
				s.out = append(s.out, ' ')
			}
			continue
		case c == '"', c == '`', c == '\'':
			if !s.past() {
				return false
			}
		case c == '{' && s.function && s.depth == 0 && !s.opener:
			if !s.body() {
				return false
			}
			continue
		case c == '(', c == '[', c == '{':
			s.depth++
			s.at++
		case c == ')', c == ']', c == '}':
			s.depth--
			s.at++
		default:
			if c == ';' && s.depth == 0 {
				s.function = false
			}
			s.at++
		}
		s.opener = false
		s.copy(from)
	}
	return s.depth == 0
}

// word reads an identifier or keyword.
func (s *stripper) word() {
	from := s.at
	for s.at < len(s.src) && (isLetter(s.src[s.at]) || '0' <= s.src[s.at] && s.src[s.at] <= '9') {
		s.at++
	}
	word := s.src[from:s.at]
	s.opener = string(word) == "struct" || string(word) == "interface"
	if s.depth == 0 && string(word) == "func" {
		s.function = true
	}
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func (s *stripper) copy(from int) { s.out = append(s.out, s.src[from:s.at]...) }

func (s *stripper) comment() bool {
	return s.at+1 < len(s.src) && (s.src[s.at+1] == '/' || s.src[s.at+1] == '*')
}

// body goes past a function's body and leaves its braces.
func (s *stripper) body() bool {
	s.out = append(s.out, '{')
	s.at++
	from := s.at
	for open := 1; open > 0; {
		if s.at >= len(s.src) {
			return false
		}
		switch c := s.src[s.at]; {
		case c == '{':
			open++
			s.at++
		case c == '}':
			open--
			s.at++
		case c == '"', c == '`', c == '\'', c == '/' && s.comment():
			if !s.past() {
				return false
			}
		default:
			s.at++
		}
	}
	s.at--
	s.hollow(from)
	s.at++
	s.out = append(s.out, '}')
	s.function, s.opener = false, false
	return true
}

// hollow stands for the source from there.
func (s *stripper) hollow(from int) {
	for _, c := range s.src[from:s.at] {
		switch {
		case c == '\n':
			s.out = append(s.out, '\n')
		case s.how == blank:
			s.out = append(s.out, ' ')
		}
	}
}

// past goes past a comment, a string or a character; false: it does not end.
func (s *stripper) past() bool {
	rest := s.src[s.at:]
	switch {
	case rest[0] == '`':
		return s.behind(rest, 1, "`")
	case rest[0] == '/' && rest[1] == '/':
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			s.at += i
		} else {
			s.at = len(s.src)
		}
		return true
	case rest[0] == '/':
		return s.behind(rest, 2, "*/")
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '\n':
			return false
		case rest[0]:
			s.at += i + 1
			return true
		}
	}
	return false
}

func (s *stripper) behind(rest []byte, from int, end string) bool {
	i := bytes.Index(rest[from:], []byte(end))
	if i < 0 {
		return false
	}
	s.at += from + i + len(end)
	return true
}
