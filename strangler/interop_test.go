package strangler

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop"
	testgrpc "google.golang.org/grpc/interop/grpc_testing"
)

// interopEnv makes the test binary run one case of gRPC's interop client: address,
// case and file of the authority ("-": no TLS). The cases end the process when they
// fail, so each has one of its own.
const interopEnv = "STRANGLER_TEST_INTEROP"

// interopCases are cases of gRPC's interop-test-descriptions.md, from grpc-go.
var interopCases = map[string]func(context.Context, *grpc.ClientConn){
	"empty_unary":                 onService(interop.DoEmptyUnaryCall),
	"large_unary":                 onService(interop.DoLargeUnaryCall),
	"client_streaming":            onService(interop.DoClientStreaming),
	"server_streaming":            onService(interop.DoServerStreaming),
	"ping_pong":                   onService(interop.DoPingPong),
	"empty_stream":                onService(interop.DoEmptyStream),
	"timeout_on_sleeping_server":  onService(interop.DoTimeoutOnSleepingServer),
	"cancel_after_begin":          onService(interop.DoCancelAfterBegin),
	"cancel_after_first_response": onService(interop.DoCancelAfterFirstResponse),
	"status_code_and_message":     onService(interop.DoStatusCodeAndMessage),
	"special_status_message":      onService(interop.DoSpecialStatusMessage),
	"custom_metadata":             onService(interop.DoCustomMetadata),
	"unimplemented_method":        func(ctx context.Context, c *grpc.ClientConn) { interop.DoUnimplementedMethod(ctx, c) },
	"unimplemented_service": func(ctx context.Context, c *grpc.ClientConn) {
		interop.DoUnimplementedService(ctx, testgrpc.NewUnimplementedServiceClient(c))
	},
}

func onService(do func(context.Context, testgrpc.TestServiceClient, ...grpc.CallOption)) func(context.Context, *grpc.ClientConn) {
	return func(ctx context.Context, c *grpc.ClientConn) { do(ctx, testgrpc.NewTestServiceClient(c)) }
}

// callInterop runs one case; a failure ends the process with an error.
func callInterop(spec string) {
	fields := strings.Fields(spec)
	secure := insecure.NewCredentials()
	if fields[2] != "-" {
		var err error
		if secure, err = credentials.NewClientTLSFromFile(fields[2], ""); err != nil {
			panic(err)
		}
	}
	conn, err := grpc.NewClient(fields[0], grpc.WithTransportCredentials(secure))
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	interopCases[fields[1]](ctx, conn)
	fmt.Println("case", fields[1], "holds")
}

// TestGRPCInterop: grpc-go's interop client talks to its server through the proxy,
// by h2c and by TLS, and notices nothing.
func TestGRPCInterop(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	testgrpc.RegisterTestServiceServer(s, interop.NewTestServer())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(ln) }()
	t.Cleanup(func() { s.Stop(); <-done })
	replace := map[string]string{"OLD": backend(t, "old").URL, "NEW": "h2c://" + ln.Addr().String()}

	a, folder := newAuthority(t), t.TempDir()
	a.write(t, folder, "server", "grpc")
	a.writeCA(t, folder, "ca.pem")
	fronts := map[string]*rig{
		"-":                             start(t, onlyService, replace),
		filepath.Join(folder, "ca.pem"): startFile(t, folder, "tls: {cert: server.pem, key: server.key}"+onlyService, replace),
	}
	for ca, r := range fronts {
		for _, name := range slices.Sorted(maps.Keys(interopCases)) {
			t.Run(filepath.Base(ca)+"/"+name, func(t *testing.T) {
				cmd := exec.CommandContext(t.Context(), os.Args[0])
				cmd.Env = append(os.Environ(), interopEnv+"="+strings.Join([]string{r.addr, name, ca}, " "))
				if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "case "+name+" holds") {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}
