package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strings"
)

// plainResponse reads a response whose header stands in the buffer as a whole and has
// nothing in it of which there could be two opinions: a final status with a body, names
// of letters, digits and dashes, values of visible ASCII, one Content-Length. It is nil,
// and nothing was read, for every other; http.ReadResponse judges those. Where it is not
// nil, it is what http.ReadResponse gives (FuzzPlainResponse): most answers are plain, and
// this takes a third of the time. Its header is put into the map, which is empty then and
// when there is no response, or into one of its own when that is nil. It is a part of the
// exchange.
func (x *Exchange) plainResponse(in *bufio.Reader, request *http.Request, header http.Header) *http.Response {
	if request.Method == http.MethodHead || request.Method == http.MethodConnect {
		return nil
	}
	buffered, _ := in.Peek(in.Buffered())
	end := bytes.Index(buffered, []byte("\r\n\r\n"))
	if end < 0 {
		return nil
	}
	text := string(buffered[:end+2]) // all values are parts of it
	line, rest, _ := strings.Cut(text, "\r\n")
	res := &x.response
	*res = http.Response{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: request, Header: header}
	if !plainStatus(res, line) || !plainHeader(res, rest) {
		clear(header)
		return nil
	}
	_, _ = in.Discard(end + 4) // it is in the buffer
	res.Body = http.NoBody
	if res.ContentLength > 0 {
		x.body = plainBody{in: in, left: res.ContentLength}
		res.Body = &x.body
	}
	return res
}

// plainStatus reads the first line.
func plainStatus(res *http.Response, line string) bool {
	const protocol = "HTTP/1.1 "
	status, ok := strings.CutPrefix(line, protocol)
	if !ok || len(status) < len("200 ") || status[3] != ' ' || !visible(status) {
		return false
	}
	for _, c := range []byte(status[:3]) {
		if c < '0' || c > '9' {
			return false
		}
		res.StatusCode = 10*res.StatusCode + int(c-'0')
	}
	res.Status = status
	return res.StatusCode >= 200 && res.StatusCode != http.StatusNoContent && res.StatusCode != http.StatusNotModified
}

// plainHeader reads the fields.
func plainHeader(res *http.Response, text string) bool {
	count := strings.Count(text, "\n")
	res.ContentLength = -1
	if res.Header == nil {
		res.Header = make(http.Header, count)
	}
	values := make([]string, count)
	for i := 0; text != ""; i++ {
		var line string
		line, text, _ = strings.Cut(text, "\r\n")
		name, value, colon := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !colon || !plainName(name) || !visible(value) {
			return false
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !plainField(res, name, value) {
			return false
		}
		if before := res.Header[name]; before != nil {
			res.Header[name] = append(before, value)
			continue
		}
		values[i] = value
		res.Header[name] = values[i : i+1 : i+1]
	}
	return res.ContentLength >= 0
}

// plainField judges the fields that say how the body is framed, or that net/http changes.
func plainField(res *http.Response, name, value string) bool {
	switch name {
	case "Transfer-Encoding", "Trailer", "Pragma":
		return false
	case "Connection":
		return strings.EqualFold(value, "keep-alive")
	case "Content-Length":
		const most = 15 // digits: no overflow
		if res.ContentLength >= 0 || value == "" || len(value) > most {
			return false
		}
		res.ContentLength = 0
		for _, c := range []byte(value) {
			if c < '0' || c > '9' {
				return false
			}
			res.ContentLength = 10*res.ContentLength + int64(c-'0')
		}
	}
	return true
}

func plainName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
		default:
			return false
		}
	}
	return s != ""
}

// visible reports whether a text is of visible ASCII and spaces.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// plainBody is a body of known length.
type plainBody struct {
	in     *bufio.Reader
	left   int64
	closed bool
}

var errBodyClosed = errors.New("read of a response's body that is closed")

// Read reads on, up to the length; a connection that ends before breaks the answer off.
func (b *plainBody) Read(p []byte) (int, error) {
	switch {
	case b.closed:
		return 0, errBodyClosed
	case b.left == 0:
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.in.Read(p)
	b.left -= int64(n)
	switch {
	case b.left == 0 && err == nil:
		err = io.EOF
	case b.left > 0 && errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Close ends the reading; a rest stays in the connection, which is then closed as well.
func (b *plainBody) Close() error {
	b.closed = true
	return nil
}
