package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// request records the hosts that HTTP requests go to, and the targets that gRPC
// connections are made to.
func (f *resourceFinder) request(c outsideCall) {
	name := c.fn.Name()
	var url ssa.Value
	switch {
	case c.is("net/http", "Get", "Head", "Post", "PostForm") && !isHeaderMethod(c.fn):
		url = c.text()
	case c.is("net/http", "NewRequest") && len(c.args) == 3:
		url = c.args[1]
	case c.is("net/http", "NewRequestWithContext") && len(c.args) == 4:
		url = c.args[2]
	case c.is("github.com/go-resty/resty", "Get", "Post", "Put", "Patch", "Delete", "Head", "SetBaseURL", "SetHostURL") && c.fn.Signature().Recv() != nil:
		url = c.text()
	case c.is("google.golang.org/grpc", "Dial", "DialContext", "NewClient"):
		if c.text() != nil {
			f.use(c.call, model.ResourceGRPC, model.Request, "grpc", name, c.text())
		}
		return
	}
	if url != nil && isString(url.Type()) {
		f.use(c.call, model.ResourceHTTP, model.Request, "net/http", name, url)
	}
}

// isHeaderMethod: http.Header has a Get too.
func isHeaderMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && bareTypePath(recv.Type()) != "net/http.Client"
}

// client records the clients of generated code, by the service that they call:
// NewOrdersClient(conn) of protoc-gen-go-grpc, NewOrdersClient(http, url, ...) of
// connect.
func (f *resourceFinder) client(call ssa.CallInstruction, fn *types.Func, args []ssa.Value) {
	service, ok := strings.CutPrefix(fn.Name(), "New")
	if !ok || fn.Signature().Recv() != nil || !strings.HasSuffix(service, "Client") || len(args) == 0 {
		return
	}
	service = strings.TrimSuffix(service, "Client")
	switch bareTypePath(fn.Signature().Params().At(0).Type()) {
	case "google.golang.org/grpc.ClientConnInterface", "google.golang.org/grpc.ClientConn", "connectrpc.com/connect.HTTPClient":
	default:
		return
	}
	if service != "" {
		f.add(resourceSite{chain: []ssa.Instruction{call}, kind: model.ResourceGRPC, access: model.Request, via: "grpc", detail: fn.Name()}, service)
	}
}
