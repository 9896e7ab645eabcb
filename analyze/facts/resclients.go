package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// httpClients are libraries whose methods are named after HTTP's and are given a URL
// first, and their functions that are given it elsewhere.
var httpClients = map[string]bool{"github.com/go-resty/resty": true, "resty.dev": true, "github.com/imroc/req": true,
	"github.com/parnurzeal/gorequest": true, "github.com/dghubble/sling": true, "github.com/gojek/heimdall/httpclient": true,
	"github.com/hashicorp/go-retryablehttp": true}

// request records the hosts that HTTP requests go to, and the targets that gRPC
// connections are made to.
func (f *resourceFinder) request(c outsideCall) {
	name := c.fn.Name()
	if c.is("google.golang.org/grpc", "Dial", "DialContext", "NewClient") {
		if c.text() != nil {
			f.use(c.call, model.ResourceGRPC, model.Request, "grpc", name, c.text())
		}
		return
	}
	if c.is("github.com/go-kit/kit/transport/grpc", "NewClient") && len(c.args) > 2 {
		for _, service := range f.e.resolver(nil).texts(c.args[1], nil) {
			if service = service[strings.LastIndexByte(service, '.')+1:]; !containsHole(service) {
				f.add(resourceSite{chain: []ssa.Instruction{c.call}, kind: model.ResourceGRPC, access: model.Request, via: "grpc", detail: name}, service)
			}
		}
		return
	}
	if url := c.url(); url != nil && isString(url.Type()) {
		f.use(c.call, model.ResourceHTTP, model.Request, "net/http", name, url)
	}
}

// url gives the argument that says where a request goes.
func (c outsideCall) url() ssa.Value {
	name, method := c.fn.Name(), c.fn.Signature().Recv() != nil
	switch {
	case c.is("net/http", "Get", "Head", "Post", "PostForm") && !isHeaderMethod(c.fn):
		return c.text()
	case (c.path == "net/http" || c.path == "github.com/hashicorp/go-retryablehttp") && !method && strings.HasPrefix(name, "NewRequest"):
		return c.second()
	case httpClients[c.path] && (httpMethods[strings.ToUpper(name)] || name == "SetBaseURL" || name == "SetHostURL" || name == "Base"):
		return c.text()
	case httpClients[c.path] && method && (name == "Execute" || name == "Send"):
		return c.second()
	case c.path == "github.com/valyala/fasthttp" && name == "SetRequestURI":
		return c.text()
	case (c.path == "github.com/gorilla/websocket" || c.path == "github.com/coder/websocket" || c.path == "nhooyr.io/websocket") &&
		(name == "Dial" || name == "DialContext"):
		return c.text()
	}
	return nil
}

// second gives the second argument that is a string: the URL after the method.
func (c outsideCall) second() ssa.Value {
	var before bool
	for _, a := range c.args {
		if !isString(a.Type()) {
			continue
		}
		if before {
			return a
		}
		before = true
	}
	return nil
}

// isHeaderMethod: http.Header has a Get too.
func isHeaderMethod(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && bareTypePath(recv.Type()) != "net/http.Client"
}

// targetOf takes of a target what a resolver is asked for: scheme://authority/endpoint.
// A socket of this machine is nobody else's.
func targetOf(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || strings.HasPrefix(scheme, "http") {
		if strings.HasPrefix(text, "unix:") {
			return ""
		}
		return text
	}
	if scheme == "unix" {
		return ""
	}
	if _, endpoint, ok := strings.Cut(rest, "/"); ok && endpoint != "" {
		return "//" + endpoint
	}
	return text
}

// client records the clients of generated code, by the service that they call:
// NewOrdersClient(conn) of protoc-gen-go-grpc, NewOrdersClient(http, url, ...) of
// connect.
func (f *resourceFinder) client(call ssa.CallInstruction, fn *types.Func, args []ssa.Value) {
	if f.kitexClient(call, fn) || f.twirpClient(call, fn) {
		return
	}
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

// kitexClient records a client that kitex generates, by the service that its package is
// for: the one whose server is made beside it.
func (f *resourceFinder) kitexClient(call ssa.CallInstruction, fn *types.Func) bool {
	for _, client := range append([]types.Object{fn}, functionsGiven(call)...) {
		if client.Name() != "NewClient" && client.Name() != "MustNewClient" || client.Pkg() == nil {
			continue
		}
		server, ok := client.Pkg().Scope().Lookup("NewServer").(*types.Func)
		if !ok || client.Type().(*types.Signature).Recv() != nil || server.Signature().Params().Len() == 0 ||
			server.Signature().Results().Len() != 1 || bareTypePath(server.Signature().Results().At(0).Type()) != kitexServer {
			continue
		}
		if n := namedOf(server.Signature().Params().At(0).Type()); n != nil {
			f.add(resourceSite{chain: []ssa.Instruction{call}, kind: model.ResourceGRPC, access: model.Request, via: "kitex", detail: client.Name()}, n.Obj().Name())
			return true
		}
	}
	return false
}

// functionsGiven are the functions that a call is given by name.
func functionsGiven(call ssa.CallInstruction) []types.Object {
	var out []types.Object
	for _, a := range call.Common().Args {
		if fn, ok := a.(*ssa.Function); ok && fn.Object() != nil {
			out = append(out, fn.Object())
		}
	}
	return out
}

// twirpClient records a client that twirp generates: NewOrdersProtobufClient(url, http,
// ...), NewOrdersJSONClient.
func (f *resourceFinder) twirpClient(call ssa.CallInstruction, fn *types.Func) bool {
	service, ok := strings.CutPrefix(fn.Name(), "New")
	if !ok || fn.Signature().Recv() != nil || fn.Signature().Params().Len() < 2 {
		return false
	}
	for _, end := range []string{"ProtobufClient", "JSONClient"} {
		client := namedOf(fn.Signature().Params().At(1).Type())
		if name, ok := strings.CutSuffix(service, end); ok && name != "" && client != nil && client.Obj().Name() == "HTTPClient" && client.Obj().Pkg() == fn.Pkg() {
			f.add(resourceSite{chain: []ssa.Instruction{call}, kind: model.ResourceGRPC, access: model.Request, via: "twirp", detail: fn.Name()}, name)
			return true
		}
	}
	return false
}
