package strangler

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const onlyService = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW"}}
routes: [{name: all, service: s, weight: 100%}]
`

func TestWebSocket(t *testing.T) {
	for _, weight := range []string{"0%", "100%"} {
		s := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) { io.Copy(c, c) }))
		defer s.Close()
		r := start(t, strings.Replace(onlyService, "100%", weight, 1), map[string]string{"OLD": s.URL, "NEW": s.URL})
		c, err := websocket.Dial("ws"+strings.TrimPrefix(r.url, "http")+"/echo", "", r.url)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			want := []byte(strings.Repeat("x", 10000*i) + ".")
			got := make([]byte, len(want))
			if _, err := c.Write(want); err != nil {
				t.Fatal(err)
			}
			if n, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("echo of %d bytes: %d bytes, %v", len(want), n, err)
			}
		}
		c.Close()
		r.access.await(t, `"status":101`)
	}
}

// TestStopCutsUpgraded: the stop waits for an upgraded connection up to its limit.
func TestStopCutsUpgraded(t *testing.T) {
	s := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) { io.Copy(c, c) }))
	defer s.Close()
	r := start(t, onlyService, map[string]string{"OLD": s.URL, "NEW": s.URL}, func(o *Options) { o.ShutdownTimeout = 50 * time.Millisecond })
	c, err := websocket.Dial("ws"+strings.TrimPrefix(r.url, "http")+"/echo", "", r.url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := r.stop(); err == nil || !strings.Contains(err.Error(), "1 requests were cut off") {
		t.Errorf("err = %v", err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

// TestStopWaits: a request under way ends, and none is accepted after.
func TestStopWaits(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		fmt.Fprint(w, "late")
	})
	r := start(t, onlyService, map[string]string{"OLD": s.URL, "NEW": s.URL})
	got := make(chan answer, 1)
	go func() { got <- r.ask(t, "GET", "/", "") }()
	<-arrived
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for { // until the listener is closed
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			break
		}
		conn.Close()
	}
	close(release)
	if a := <-got; a.body != "late" {
		t.Errorf("answer %+v", a)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestServerSentEvents(t *testing.T) {
	seen := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: 1\n\n")
		http.NewResponseController(w).Flush()
		<-seen
		fmt.Fprint(w, "data: 2\n\n")
	})
	r := start(t, onlyService, map[string]string{"OLD": s.URL, "NEW": s.URL})
	res, err := http.Get(r.url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	events := bufio.NewReader(res.Body)
	if line, err := events.ReadString('\n'); line != "data: 1\n" {
		t.Fatalf("first event %q, %v", line, err)
	}
	close(seen) // the second is sent only after the first was read
	if rest, _ := io.ReadAll(events); string(rest) != "\ndata: 2\n\n" {
		t.Errorf("rest %q", rest)
	}
}

// grpcServer is a health service with server streaming (Watch).
func grpcServer(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
		_ = grpc.SetTrailer(ctx, metadata.Pairs("x-trailer", "value"))
		return h(ctx, req)
	}))
	h := health.NewServer()
	h.SetServingStatus("shop", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(s, h)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(ln) }()
	t.Cleanup(func() { s.Stop(); <-done })
	return "h2c://" + ln.Addr().String()
}

func TestGRPC(t *testing.T) {
	r := start(t, onlyService, map[string]string{"OLD": backend(t, "old").URL, "NEW": grpcServer(t)})
	conn, err := grpc.NewClient(r.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := healthpb.NewHealthClient(conn)
	var trailer metadata.MD
	res, err := client.Check(ctx, &healthpb.HealthCheckRequest{Service: "shop"}, grpc.Trailer(&trailer))
	if err != nil || res.Status != healthpb.HealthCheckResponse_SERVING || len(trailer["x-trailer"]) != 1 {
		t.Fatalf("Check: %v, %v, trailer %v", res, err, trailer)
	}
	_, err = client.Check(ctx, &healthpb.HealthCheckRequest{Service: "none"})
	if status.Code(err) != codes.NotFound || status.Convert(err).Message() != "unknown service" {
		t.Errorf("an error with trailers only: %v", err)
	}
	if err := conn.Invoke(ctx, "/no.Such/Method", &healthpb.HealthCheckRequest{}, &healthpb.HealthCheckResponse{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("unknown method: %v", err)
	}
	stream, err := client.Watch(ctx, &healthpb.HealthCheckRequest{Service: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := stream.Recv(); err != nil || m.Status != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("Watch: %v, %v", m, err)
	}
}

// TestGRPCFailures: status codes of the server count as failures, and a side that
// cannot be reached is Unavailable to the client.
func TestGRPCFailures(t *testing.T) {
	r := start(t, onlyService, map[string]string{"OLD": closedPort(t), "NEW": closedPort(t)})
	conn, err := grpc.NewClient(r.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err = healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
	if status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("err = %v", err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if !r.fake.last(t).Failed {
		t.Error("not counted as a failure")
	}
}

func TestTrailers(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Trailer", "X-Sum")
		fmt.Fprint(w, "body")
		w.Header().Set("X-Sum", "got "+r.Trailer.Get("X-Request-Sum"))
		w.Header().Set(http.TrailerPrefix+"X-Late", "unannounced")
	})
	r := start(t, onlyService, map[string]string{"OLD": s.URL, "NEW": s.URL})
	req, _ := http.NewRequest("POST", r.url, io.MultiReader(strings.NewReader("data"))) // chunked
	req.Trailer = http.Header{"X-Request-Sum": {"42"}}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	if res.Trailer.Get("X-Sum") != "got 42" || res.Trailer.Get("X-Late") != "unannounced" {
		t.Errorf("trailers %v", res.Trailer)
	}
}

func TestEarlyHintsAndContinue(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	r := start(t, onlyService, map[string]string{"OLD": s.URL, "NEW": s.URL})
	var hints []string
	continued := false
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			hints = append(hints, fmt.Sprint(code, h.Get("Link")))
			return nil
		},
		Got100Continue: func() { continued = true },
	})
	req, _ := http.NewRequestWithContext(ctx, "POST", r.url, strings.NewReader("data"))
	req.Header.Set("Expect", "100-continue")
	client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: patience}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if string(body) != "data" || !continued || !strings.Contains(fmt.Sprint(hints), "103</style.css>; rel=preload") {
		t.Errorf("body %q, continued %v, hints %v", body, continued, hints)
	}
}

// TestBodiesPass: large bodies pass both ways at the same time, also without a length.
func TestBodiesPass(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		io.Copy(w, r.Body)
	})
	r := start(t, onlyService, map[string]string{"OLD": s.URL, "NEW": s.URL})
	want := bytes.Repeat([]byte("0123456789abcdef"), 4<<20/16)
	for _, body := range []io.Reader{bytes.NewReader(want), io.MultiReader(bytes.NewReader(want))} {
		res, err := http.Post(r.url, "", body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes of %d came back, %v", len(got), len(want), err)
		}
	}
}

// TestCutOffBody: an answer that ends in the middle is an error for the client too,
// and the upstream's failure.
func TestCutOffBody(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	r := start(t, onlyService, map[string]string{"OLD": s.URL, "NEW": s.URL})
	res, err := http.Get(r.url)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if err == nil {
		t.Error("the client takes half an answer for a whole one")
	}
	r.access.await(t, `"cut_off":true`)
	if !r.fake.last(t).Failed {
		t.Error("not counted as a failure")
	}
}

// TestEarlyAnswerH2: an answer by HTTP/2 that ends before the request does reaches the
// client as a whole, trailers too, and a refused one is answered by the monolith, while the
// client still sends.
func TestEarlyAnswerH2(t *testing.T) {
	both := &http.Protocols{}
	both.SetHTTP1(true)
	both.SetUnencryptedHTTP2(true)
	side := func(name string, status int) string {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadFull(r.Body, make([]byte, 4)) // more will not come before the answer
			w.Header().Set("Trailer", "X-Sum")
			w.WriteHeader(status)
			fmt.Fprint(w, name)
			w.Header().Set("X-Sum", "early")
		}))
		s.Config.Protocols = both
		s.Start()
		t.Cleanup(s.Close)
		return "h2c" + strings.TrimPrefix(s.URL, "http")
	}
	old := side("old", 200)
	h2c := &http.Protocols{}
	h2c.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: h2c}}
	defer client.CloseIdleConnections()
	for _, tt := range []struct{ service, weight, want string }{{side("new", 200), "100%", "new"}, {side("new", 503), "100%", "old"}, {old, "0%", "old"}} {
		r := start(t, strings.Replace(onlyService, "weight: 100%", "safe: always, weight: "+tt.weight, 1), map[string]string{"OLD": old, "NEW": tt.service})
		body, more := io.Pipe()
		go func() { _, _ = io.WriteString(more, "some") }()
		res, err := client.Post(r.url, "", body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || string(got) != tt.want || res.Trailer.Get("X-Sum") != "early" {
			t.Errorf("%d %q, trailers %v, %v; want %q", res.StatusCode, got, res.Trailer, err, tt.want)
		}
		res.Body.Close()
		more.Close()
	}
}
