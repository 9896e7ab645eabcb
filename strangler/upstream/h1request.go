package upstream

import (
	"bufio"
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// h1Request is a request on its way: written whole, as often as it takes.
type h1Request struct {
	*http.Request             // what the upstream gets; the client's own when adjusted is false
	adjusted      bool        // the header is as it goes out
	instead       http.Header // as Exchange.Header
	trusted       bool        // as Exchange.Trusted
	body          []byte      // of the client, whole
	began         time.Time   // of the attempt
	timeout       time.Duration
}

// outgoing is the request for the upstream; the client's is not changed.
func (c *h1Client) outgoing(x *Exchange) h1Request {
	r := h1Request{Request: x.Request, trusted: x.Trusted, instead: x.Header, timeout: cmp.Or(x.Timeout, c.timeout)}
	if x.Adjust == nil {
		return r
	}
	in, target := x.Request, *x.Request.URL
	r.Request = &http.Request{Method: in.Method, URL: &target, Host: in.Host, Header: OutgoingHeader(in, x.Trusted, x.Header)}
	if wantsTrailers(in) {
		r.Header["Te"] = []string{"trailers"}
	}
	r.adjusted = true
	x.Adjust(r.Request)
	return r
}

// writeRequest writes a request in as few pieces as it takes.
func (conn *h1Conn) writeRequest(r *h1Request) error {
	out := conn.out
	conn.begun = false
	out.WriteString(r.Method)
	out.WriteByte(' ')
	out.WriteString(r.URL.RequestURI())
	out.WriteString(" HTTP/1.1\r\nHost: ")
	writeValue(out, r.Host)
	out.WriteString("\r\n")
	if r.adjusted {
		for name, values := range r.Header {
			for _, v := range values {
				writeField(out, name, v)
			}
		}
	} else {
		eachField(r.Request, r.trusted, r.instead, func(name, value string) { writeField(out, name, value) })
		if wantsTrailers(r.Request) {
			out.WriteString("Te: trailers\r\n")
		}
	}
	if len(r.body) > 0 || r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch {
		var digits [20]byte
		out.WriteString("Content-Length: ")
		out.Write(strconv.AppendInt(digits[:0], int64(len(r.body)), 10))
		out.WriteString("\r\n")
	}
	out.WriteString("\r\n")
	out.Write(r.body)
	conn.asking = len(r.body) == 0 && !conn.begun
	err := out.Flush() // with the first error of all
	conn.asking = false
	return err
}

// writeField writes a header field, unless it is one that writeRequest writes itself.
func writeField(out *bufio.Writer, name, value string) {
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
		return
	}
	out.WriteString(name)
	out.WriteString(": ")
	writeValue(out, value)
	out.WriteString("\r\n")
}

// writeValue writes a field value. Line breaks cannot come from net/http; should
// one come from elsewhere, it does not begin another line.
func writeValue(out *bufio.Writer, v string) {
	for i := range len(v) {
		if c := v[i]; c == '\r' || c == '\n' || c == 0 {
			v = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ").Replace(v)
			break
		}
	}
	out.WriteString(v)
}
