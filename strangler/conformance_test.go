package strangler

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ficus-dev/ficus/strangler/route"
)

var conformance = flag.Bool("conformance", false, "run Connect's conformance suite through the proxy: downloads its module; takes some minutes")

// conformanceEnv makes the test binary run as a server under test of the suite: the
// reference server, whose path it is, behind a proxy.
const conformanceEnv = "STRANGLER_TEST_CONFORMANCE"

// TestConnectConformance: Connect's conformance suite (Connect, gRPC and gRPC-Web; unary
// and streams; HTTP/1.1 and 2; plain, TLS and mTLS; its reference client and grpc-go's)
// finds no difference between its reference server and a proxy before it, on either arm.
// The suite is a module of its own, so that what it needs is not in ours.
func TestConnectConformance(t *testing.T) {
	if !*conformance {
		t.Skip("without -conformance")
	}
	tools := t.TempDir()
	build := exec.Command("go", "build", "-o", tools, "connectrpc.com/conformance/cmd/connectconformance", "connectrpc.com/conformance/cmd/referenceserver")
	build.Dir = filepath.Join("testdata", "conformance")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the suite: %v\n%s", err, out)
	}
	for _, weight := range []string{"0%", "100%"} {
		t.Run(weight, func(t *testing.T) {
			suite := exec.CommandContext(t.Context(), filepath.Join(tools, "connectconformance"),
				"--mode", "server", "--conf", filepath.Join("testdata", "conformance", "features.yaml"), "-p", "2", "--max-servers", "2", "--", os.Args[0])
			suite.Env = append(os.Environ(), conformanceEnv+"="+weight+" "+filepath.Join(tools, "referenceserver"))
			out, err := suite.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			t.Logf("%s", out[max(0, len(out)-300):])
		})
	}
}

// wanted is what the suite asks of a server, and the request of the reference server:
// the same without TLS, which is the proxy's.
type wanted struct {
	h2, tls             bool
	clientCA, cert, key []byte
	reference           []byte
}

func readWanted(in io.Reader) (w wanted, err error) {
	message, err := readDelimited(in)
	if err != nil {
		return w, err
	}
	err = eachProtoField(message, func(number protowire.Number, whole []byte, n uint64, text []byte) error {
		switch number {
		case 2:
			w.h2 = n == 2
		case 4:
			w.tls = n == 1
			return nil
		case 5:
			w.clientCA = text
			return nil
		case 7:
			return eachProtoField(text, func(number protowire.Number, _ []byte, _ uint64, text []byte) error {
				if number == 1 {
					w.cert = text
				} else {
					w.key = text
				}
				return nil
			})
		}
		w.reference = append(w.reference, whole...)
		return nil
	})
	return w, err
}

// eachProtoField calls f with each field: all of it, and its value as a number or bytes.
func eachProtoField(message []byte, f func(number protowire.Number, whole []byte, n uint64, text []byte) error) error {
	for len(message) > 0 {
		number, kind, tag := protowire.ConsumeTag(message)
		size := protowire.ConsumeFieldValue(number, kind, message[max(0, tag):])
		if tag < 0 || size < 0 {
			return errors.New("read message: no protobuf")
		}
		var n uint64
		var text []byte
		switch value := message[tag:]; kind {
		case protowire.VarintType:
			n, _ = protowire.ConsumeVarint(value)
		case protowire.BytesType:
			text, _ = protowire.ConsumeBytes(value)
		}
		if err := f(number, message[:tag+size], n, text); err != nil {
			return err
		}
		message = message[tag+size:]
	}
	return nil
}

func readDelimited(in io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	message := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(in, message)
	return message, err
}

func writeDelimited(out io.Writer, message []byte) error {
	_, err := out.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...))
	return err
}

// serveConformance runs the reference server and a proxy before it until SIGTERM.
func serveConformance(spec string) error {
	weight, reference, _ := strings.Cut(spec, " ")
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	w, err := readWanted(os.Stdin)
	if err != nil {
		return err
	}
	server := exec.CommandContext(ctx, reference)
	server.Stderr = os.Stderr
	in, err := server.StdinPipe()
	if err != nil {
		return err
	}
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer server.Wait() // killed with ctx
	defer stop()
	if err := writeDelimited(in, w.reference); err != nil {
		return err
	}
	answer, err := readDelimited(out)
	if err != nil {
		return err
	}
	var port uint64
	if err := eachProtoField(answer, func(number protowire.Number, _ []byte, n uint64, _ []byte) error {
		if number == 2 {
			port = n
		}
		return nil
	}); err != nil {
		return err
	}
	return proxyConformance(ctx, w, weight, port)
}

// proxyConformance tells the suite of the proxy and serves it.
func proxyConformance(ctx context.Context, w wanted, weight string, port uint64) error {
	folder, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	scheme, secure := "http", ""
	if w.h2 {
		scheme = "h2c"
	}
	if w.tls {
		secure = "tls: {cert: cert.pem, key: key.pem}\n"
		if len(w.clientCA) > 0 {
			secure = "tls: {cert: cert.pem, key: key.pem, client_ca: ca.pem}\n"
		}
		for name, data := range map[string][]byte{"cert.pem": w.cert, "key.pem": w.key, "ca.pem": w.clientCA} {
			if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
				return err
			}
		}
	}
	url := fmt.Sprintf("%s://127.0.0.1:%d", scheme, port)
	file := filepath.Join(folder, "strangler.yaml")
	text := fmt.Sprintf("version: 1\n%smonolith: {url: \"%s\"}\nservices: {s: {url: \"%s\"}}\nroutes: [{name: all, service: s, weight: %s}]\n", secure, url, url, weight)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	cfg, err := route.Parse(file, []byte(text))
	if err != nil {
		return err
	}
	p, err := New(Options{Config: cfg, ConfigFile: file})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	message := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "127.0.0.1")
	message = protowire.AppendVarint(protowire.AppendTag(message, 2, protowire.VarintType), uint64(ln.Addr().(*net.TCPAddr).Port))
	if w.tls {
		message = protowire.AppendBytes(protowire.AppendTag(message, 3, protowire.BytesType), w.cert)
	}
	if err := writeDelimited(os.Stdout, message); err != nil { // the socket accepts already
		return err
	}
	return p.Run(ctx, ln)
}
