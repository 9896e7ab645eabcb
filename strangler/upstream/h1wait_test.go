package upstream

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// paused is an upstream that answers in parts with a pause, longer than the first look,
// before each; after the last it stays silent. said is sent to before each part.
func paused(t *testing.T, said chan<- int, parts ...string) *url.URL {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() { // ends with the listener
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { // ends with the connection
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 4096))
				for i, p := range parts {
					<-time.After(firstLook * 3 / 2)
					said <- i
					if _, err := io.WriteString(conn, p); err != nil {
						return
					}
				}
				_, _ = io.Copy(io.Discard, conn)
			}()
		}
	}()
	target, err := url.Parse("http://" + ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// TestH1SlowAnswers: an answer that takes its time, in whatever parts, is the same answer.
func TestH1SlowAnswers(t *testing.T) {
	t.Parallel()
	const header = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	for _, tt := range []struct {
		name  string
		parts []string
	}{
		{"late", []string{header + "body"}},
		{"1xx first", []string{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", header + "body"}},
		{"header in halves", []string{header[:20], header[20:] + "body"}},
		{"first line in halves", []string{"H", header[1:] + "body"}},
		{"body later", []string{header, "body"}},
		{"body in halves", []string{header + "bo", "dy"}},
		{"chunks", []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nbody\r\n", "0\r\n\r\n"}},
	} {
		for _, timeout := range []time.Duration{0, time.Minute} {
			t.Run(tt.name+" "+timeout.String(), func(t *testing.T) {
				t.Parallel()
				said := make(chan int, 10)
				c := clients(paused(t, said, tt.parts...), timeout)["h1"]
				if got := outcome(c, httptest.NewRequest("GET", "/", nil)); !strings.HasPrefix(got, `status 200 "body"`) {
					t.Errorf("%s", got)
				}
				c.CloseIdle()
			})
		}
	}
}

// TestH1LeaveOrTimeout: whatever part of an answer is waited for, a client that leaves and
// a timeout end the wait; a body has no timeout.
func TestH1LeaveOrTimeout(t *testing.T) {
	t.Parallel()
	const header = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	for _, tt := range []struct {
		name, part    string
		left, timeout string
	}{
		{"nothing", "", "failure client left", "failure timeout"},
		{"1xx", "HTTP/1.1 103 Early Hints\r\n\r\n", "failure client left", "failure timeout"},
		{"half a header", header[:20], "failure client left", "failure timeout"},
		{"header", header, "status 200, cut off", ""},
		{"half a body", header + "bo", "status 200, cut off", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			said := make(chan int, 10)
			target := paused(t, said, tt.part)
			ctx, leave := context.WithCancel(context.Background())
			defer leave()
			accept := func(*http.Response) error {
				leave()
				return nil
			}
			if tt.timeout != "" { // no answer comes
				go func() { // ends with the part that is sent
					<-said
					leave()
				}()
			}
			if got := outcomeOf(clients(target, patience)["h1"], httptest.NewRequest("GET", "/", nil).WithContext(ctx), accept); got != tt.left {
				t.Errorf("the client left: %s, want %s", got, tt.left)
			}
			if tt.timeout == "" {
				return
			}
			if got := outcome(clients(paused(t, said, tt.part), 3*firstLook)["h1"], httptest.NewRequest("GET", "/", nil)); got != tt.timeout {
				t.Errorf("timeout: %s, want %s", got, tt.timeout)
			}
		})
	}
}
