package strangler

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// downgrade is a request in HTTP/2 that becomes another, or two, when it is written down
// in HTTP/1 as it stands.
type downgrade struct {
	fields  []string // "name=value", after or instead of the usual pseudo-header fields
	body    string   // none when ""
	trailer []string
	want    string // what the upstream gets, "" for nothing
}

// brokenOff is wanted where the upstream may get a request that breaks off: what is wrong
// comes after the header.
const brokenOff = "broken off"

const (
	chunkedHidden = "0\r\n\r\n" + hidden
	usual         = ":method=POST|:scheme=http|:authority=x|:path=/a"
)

func h2Fields(text string) []string { return strings.Split(text, "|") }

// with is a request with the usual fields and these.
func with(fields ...string) []string { return append(h2Fields(usual), fields...) }

// noted is how the origin below notes a request.
func noted(target, body string) string {
	return fmt.Sprintf("POST %s x %d %q", target, len(body), body)
}

// downgrades are the classes; what is asked for is /a, of host x.
var downgrades = map[string]downgrade{
	"fair":                             {with(), "body", nil, noted("/a", "body")},
	"fair with a length":               {with("content-length=4"), "body", nil, noted("/a", "body")},
	"fair body that looks chunked":     {with(), chunkedHidden, nil, noted("/a", chunkedHidden)},
	"length 0 with a body":             {with("content-length=0"), hidden, nil, ""},
	"length too short":                 {with("content-length=1"), hidden, nil, ""},
	"length too long":                  {with("content-length=300"), hidden, nil, ""},
	"two lengths":                      {with("content-length=0", "content-length=35"), hidden, nil, ""},
	"two lengths, the longer first":    {with("content-length=35", "content-length=0"), hidden, nil, noted("/a", hidden)},
	"one length twice":                 {with("content-length=35", "content-length=35"), hidden, nil, noted("/a", hidden)},
	"list of lengths":                  {with("content-length=0, 35"), hidden, nil, ""},
	"length signed":                    {with("content-length=+35"), hidden, nil, ""},
	"length negative":                  {with("content-length=-35"), hidden, nil, ""},
	"length in hexadecimal":            {with("content-length=0x23"), hidden, nil, ""},
	"length that breaks a line":        {with("content-length=0\r\n\r\n" + hidden), "", nil, ""},
	"length in a trailer":              {with("trailer=content-length"), hidden, []string{"content-length=0"}, noted("/a", hidden)},
	"chunked":                          {with("transfer-encoding=chunked"), chunkedHidden, nil, ""},
	"chunked with a length":            {with("transfer-encoding=chunked", "content-length=40"), chunkedHidden, nil, ""},
	"chunked in capitals":              {with("Transfer-Encoding=chunked"), chunkedHidden, nil, ""},
	"chunked after a space":            {with("transfer-encoding =chunked"), chunkedHidden, nil, ""},
	"chunked with an underscore":       {with("transfer_encoding=chunked"), chunkedHidden, nil, noted("/a", chunkedHidden)},
	"chunked in a trailer":             {with("trailer=transfer-encoding"), hidden, []string{"transfer-encoding=chunked"}, noted("/a", hidden)},
	"chunked by te":                    {with("te=chunked"), chunkedHidden, nil, ""},
	"connection names the length":      {with("connection=content-length", "content-length=35"), hidden, nil, ""},
	"keep-alive":                       {with("keep-alive=1"), hidden, nil, ""},
	"proxy-connection":                 {with("proxy-connection=keep-alive"), hidden, nil, ""},
	"upgrade":                          {with("upgrade=h2c", "http2-settings=AAMAAABkAAQAAP__"), hidden, nil, ""},
	"value that ends the header":       {with("x=y\r\n\r\n" + hidden), "", nil, ""},
	"value that adds a field":          {with("x=y\r\ntransfer-encoding: chunked\r\nx-injected: 1"), chunkedHidden, nil, ""},
	"value with a bare LF":             {with("x=y\ntransfer-encoding: chunked"), chunkedHidden, nil, ""},
	"value with a bare CR":             {with("x=y\rtransfer-encoding: chunked"), chunkedHidden, nil, ""},
	"value with a zero":                {with("x=y\x00z"), "", nil, ""},
	"value of a trailer ends lines":    {with("trailer=x"), "body", []string{"x=y\r\n\r\n" + hidden}, brokenOff},
	"name that ends the header":        {with("x: y\r\n\r\n" + hidden + "=z"), "", nil, ""},
	"name that adds a field":           {with("x: y\r\ntransfer-encoding=chunked"), chunkedHidden, nil, ""},
	"name with a colon":                {with("transfer-encoding: chunked\r\nx=y"), chunkedHidden, nil, ""},
	"name with a space":                {with("x y=z"), "", nil, ""},
	"name that is empty":               {with("=z"), "", nil, ""},
	"pseudo-header after a field":      {append([]string{"x=y"}, h2Fields(usual)...), "", nil, ""},
	"pseudo-header unknown":            {with(":host=y"), "", nil, ""},
	"pseudo-header of a response":      {with(":status=200"), "", nil, ""},
	"pseudo-header in a trailer":       {with(), "body", []string{":path=/smuggled"}, brokenOff},
	"method that is a request":         {h2Fields(":method=GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\nPOST|:scheme=http|:authority=x|:path=/a"), "", nil, ""},
	"method with a space":              {h2Fields(":method=GET /smuggled HTTP/1.1|:scheme=http|:authority=x|:path=/a"), "", nil, ""},
	"method twice":                     {with(":method=GET"), "", nil, ""},
	"method missing":                   {h2Fields(":scheme=http|:authority=x|:path=/a"), "", nil, ""},
	"scheme that is a request":         {h2Fields(":method=POST|:scheme=http://x/smuggled HTTP/1.1\r\n\r\n|:authority=x|:path=/a"), "", nil, ""},
	"scheme that is a URL":             {h2Fields(":method=POST|:scheme=http://x/smuggled?|:authority=x|:path=/a"), "", nil, ""},
	"authority that ends the header":   {h2Fields(":method=POST|:scheme=http|:authority=x\r\n\r\n" + hidden + "|:path=/a"), "", nil, ""},
	"authority with a path":            {h2Fields(":method=POST|:scheme=http|:authority=x/smuggled|:path=/a"), "", nil, ""},
	"authority with a space":           {h2Fields(":method=POST|:scheme=http|:authority=x y|:path=/a"), "", nil, ""},
	"authority with a user":            {h2Fields(":method=POST|:scheme=http|:authority=y@x|:path=/a"), "", nil, ""},
	"authority twice":                  {with(":authority=y"), "", nil, ""},
	"authority and another host":       {with("host=y"), "body", nil, noted("/a", "body")},
	"authority missing, host instead":  {h2Fields(":method=POST|:scheme=http|:path=/a|host=x"), "body", nil, noted("/a", "body")},
	"authority missing, two hosts":     {h2Fields(":method=POST|:scheme=http|:path=/a|host=x|host=y"), "body", nil, noted("/a", "body")},
	"path that is a request":           {h2Fields(":method=POST|:scheme=http|:authority=x|:path=/a HTTP/1.1\r\nhost: x\r\n\r\nGET /smuggled"), "", nil, ""},
	"path with a space":                {h2Fields(":method=POST|:scheme=http|:authority=x|:path=/a HTTP/1.1"), "", nil, noted("/a%20HTTP/1.1", "")},
	"path with a line break":           {h2Fields(":method=POST|:scheme=http|:authority=x|:path=/a\r\nx: y"), "", nil, ""},
	"path with a query of line breaks": {h2Fields(":method=POST|:scheme=http|:authority=x|:path=/a?\r\n\r\n" + hidden), "", nil, ""},
	"path that is a URL":               {h2Fields(":method=POST|:scheme=http|:authority=x|:path=http://y/smuggled"), "", nil, ""},
	"path of another host":             {h2Fields(":method=POST|:scheme=http|:authority=x|:path=//y/a"), "", nil, noted("//y/a", "")},
	"path with a fragment":             {h2Fields(":method=POST|:scheme=http|:authority=x|:path=/a#/other"), "", nil, noted("/a%23/other", "")},
	"path without a slash":             {h2Fields(":method=POST|:scheme=http|:authority=x|:path=smuggled"), "", nil, ""},
	"path that is empty":               {h2Fields(":method=POST|:scheme=http|:authority=x|:path="), "", nil, ""},
	"path that is a star":              {h2Fields(":method=POST|:scheme=http|:authority=x|:path=*"), "", nil, ""},
	"path twice":                       {with(":path=/smuggled"), "", nil, ""},
	"path missing":                     {h2Fields(":method=POST|:scheme=http|:authority=x"), "", nil, ""},
	"connect":                          {h2Fields(":method=CONNECT|:authority=x"), hidden, nil, ""},
	"connect to a websocket":           {h2Fields(":method=CONNECT|:protocol=websocket|:scheme=http|:authority=x|:path=/a"), hidden, nil, ""},
	"expect":                           {with("expect=100-continue", "content-length=35"), hidden, nil, noted("/a", hidden)},
}

// sendH2 sends the request over a connection of its own, and waits until it is answered
// or refused.
func sendH2(t *testing.T, r *rig, d downgrade) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	framer := http2.NewFramer(conn, conn)
	framer.AllowIllegalWrites = true
	_, err = io.WriteString(conn, http2.ClientPreface)
	err = errors.Join(err, framer.WriteSettings())
	block := hpackOf(d.fields)
	err = errors.Join(err, framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block, EndHeaders: true, EndStream: d.body == "" && d.trailer == nil}))
	if d.body != "" {
		err = errors.Join(err, framer.WriteData(1, d.trailer == nil, []byte(d.body)))
	}
	if d.trailer != nil {
		err = errors.Join(err, framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: hpackOf(d.trailer), EndHeaders: true, EndStream: true}))
	}
	if err != nil && !isClosed(err) {
		t.Fatal(err)
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			if !isClosed(err) {
				t.Error(err)
			}
			return
		}
		switch f := frame.(type) {
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			return
		case *http2.HeadersFrame:
			if f.StreamEnded() {
				return
			}
		case *http2.DataFrame:
			if f.StreamEnded() {
				return
			}
		}
	}
}

// isClosed reports whether the error is that the other side closed the connection.
func isClosed(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) && !op.Timeout()
}

func hpackOf(fields []string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		_ = e.WriteField(hpack.HeaderField{Name: name, Value: value}) // to memory
	}
	return b.Bytes()
}

// strictOrigin answers requests one after the other and notes each, and what is none:
// a server of net/http would answer that 400 by itself.
func strictOrigin(t *testing.T, seen chan<- string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			wait.Go(func() { // ends with the proxy's connection
				defer conn.Close()
				for in := bufio.NewReader(conn); note(in, seen); {
					if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { ln.Close(); wait.Wait() })
	return "http://" + ln.Addr().String()
}

// note reads a request and notes it; false when another cannot follow.
func note(in *bufio.Reader, seen chan<- string) bool {
	if _, err := in.Peek(1); err != nil {
		return false
	}
	r, err := http.ReadRequest(in)
	if err != nil {
		seen <- fmt.Sprint("no request: ", err)
		return false
	}
	body, err := io.ReadAll(r.Body)
	text := fmt.Sprintf("%s %s %s %d %q", r.Method, r.RequestURI, r.Host, len(body), body)
	for _, name := range []string{"X-Injected", "Transfer_encoding", "Te", "Connection", "Keep-Alive", "Upgrade", "Http2-Settings"} {
		if v := r.Header.Get(name); v != "" {
			text += ", " + name + ": " + v
		}
	}
	for name := range r.Trailer {
		text += ", trailer " + name
	}
	if err != nil {
		text += ", broken off"
	}
	seen <- text
	return err == nil
}

// TestH2Downgrade: what an upstream gets of each class; a request of somebody else
// afterwards is answered as it should be.
func TestH2Downgrade(t *testing.T) {
	seen := make(chan string, 10)
	r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": strictOrigin(t, seen)})
	late := 0 // requests that may break off at the origin, and were not noted yet
	for name, d := range downgrades {
		sendH2(t, r, d)
		if got := r.ask(t, "GET", "/control", ""); got.status != 200 || got.body != "ok" {
			t.Errorf("%s: somebody else's request afterwards: %d %q", name, got.status, got.body)
		}
		if d.want == brokenOff {
			late++ // noted when its connection ends, which is not the one of the control
		}
		var got []string
		for one := <-seen; !strings.HasPrefix(one, "GET /control "); one = <-seen {
			if late > 0 && strings.HasSuffix(one, ", "+brokenOff) {
				late--
				continue
			}
			got = append(got, one)
		}
		switch {
		case len(got) == 0 && (d.want == "" || d.want == brokenOff):
		case len(got) == 1 && d.want == got[0]:
		default:
			t.Errorf("%s: the upstream got %q, want %q", name, got, d.want)
		}
	}
}

// TestH2DowngradeToRealOrigins: no class makes an origin see a second request.
func TestH2DowngradeToRealOrigins(t *testing.T) {
	for _, o := range realOrigins {
		t.Run(o.name, func(t *testing.T) {
			url, seen := startReal(t, o)
			r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": url})
			for name, d := range downgrades {
				sendH2(t, r, d)
				checkControl(t, r, seen, name)
			}
			if n := strings.Count(seen(), " /a\n"); n > len(downgrades) {
				t.Errorf("the origin saw %d requests of %d connections:\n%s", n, len(downgrades), seen())
			}
		})
	}
}
