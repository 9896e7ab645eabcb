package route

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// grpcMethod is a compiled Match.GRPC: a path, and the content type that makes a
// request a gRPC call.
type grpcMethod struct {
	service string
	method  string // "" for all
}

// parseGRPC reads shop.v1.Orders/Get or shop.v1.Orders.
func parseGRPC(text string) (grpcMethod, error) {
	if strings.HasPrefix(text, "/") {
		return grpcMethod{}, fmt.Errorf("%q begins with a slash; write %s", text, strings.TrimPrefix(text, "/"))
	}
	service, method, named := strings.Cut(text, "/")
	for part := range strings.SplitSeq(service, ".") {
		if !identifier(part) {
			return grpcMethod{}, fmt.Errorf("%q is no gRPC method; write package.Service/Method, or package.Service for all of its methods", text)
		}
	}
	if named && !identifier(method) {
		return grpcMethod{}, fmt.Errorf("method %q of %s is no name; write %[2]s/Method, or %[2]s for all of its methods", method, service)
	}
	return grpcMethod{service, method}, nil
}

// template is the path of the calls, as a Match.Path.
func (g grpcMethod) template() string {
	if g.method == "" {
		return "/" + g.service + "/{method}"
	}
	return "/" + g.service + "/" + g.method
}

// template is the path template of a match: Path, or the one that GRPC stands for.
func (m Match) template() string {
	if g, err := parseGRPC(m.GRPC); m.GRPC != "" && err == nil {
		return g.template()
	}
	return m.Path
}

// isGRPC reports whether the request is a gRPC call: the content type is the protocol's
// own mark (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), gRPC-Web's
// begins with it.
func isGRPC(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

// soapAction is the action of a SOAP request: the SOAPAction header of SOAP 1.1 (6.1.1),
// else the action parameter of the content type, as in SOAP 1.2 (RFC 3902) and MTOM. It
// is false when there is none, or two that contradict each other: servers differ about
// which counts.
func soapAction(r *http.Request) (string, bool) {
	headers := r.Header["Soapaction"]
	if len(headers) > 1 {
		return "", false
	}
	inType, typed := actionParameter(r.Header.Get("Content-Type"))
	if len(headers) == 0 {
		return inType, typed
	}
	action := strings.Trim(headers[0], " \t")
	if n := len(action); n >= 2 && action[0] == '"' && action[n-1] == '"' {
		action = action[1 : n-1]
	}
	return action, !typed || inType == action
}

func actionParameter(contentType string) (string, bool) {
	if !strings.Contains(contentType, ";") {
		return "", false
	}
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/soap+xml" && kind != "multipart/related" {
		return "", false
	}
	action, ok := parameters["action"]
	return action, ok
}

// protocolConditions are the conditions of Match.GRPC and Match.SOAPAction.
func (c *collector) protocolConditions(path string, m Match) (list []condition) {
	if m.GRPC != "" {
		list = append(list, condition{in: inGRPC})
	}
	if m.SOAPAction == "" {
		return list
	}
	if strings.ContainsAny(m.SOAPAction, "\"\r\n\x00") {
		c.errorf(join(path, "soap_action"), "write the action without quotes: %s", strings.Map(dropQuotes, m.SOAPAction))
	}
	return append(list, condition{in: inSOAP, value: m.SOAPAction})
}

func dropQuotes(r rune) rune {
	if r == '"' || r < ' ' {
		return -1
	}
	return r
}

// grpcPath compiles Match.GRPC into the rule's path.
func (c *collector) grpcPath(path string, rule *Rule) {
	m := rule.Match
	for _, field := range []struct {
		name string
		set  bool
	}{{"path", m.Path != ""}, {"path_regex", m.PathRegex != ""}, {"methods", len(m.Methods) > 0}} {
		if field.set {
			c.errorf(join(path, field.name), "grpc is set as well%s, which names path and method; choose one", c.where(join(path, "grpc")))
		}
	}
	method, err := parseGRPC(m.GRPC)
	if err == nil {
		rule.path, err = parsePattern(method.template())
	}
	if err != nil {
		c.errorf(join(path, "grpc"), "%s", err)
	}
}
