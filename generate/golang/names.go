package golang

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

// ServiceDir is the folder of a service's generated packages, relative to the module:
// services/catalogue.
func ServiceDir(c *contract.Contract) string { return "services/" + c.Service }

// WireImport is the import path of the generated package wire.
func WireImport(c *contract.Contract) string {
	return c.Module + "/" + ServiceDir(c) + "/wire"
}

// RPCName is the name of a method that is unique across the contract:
// CatalogueServiceGet. The request message is this with Request appended, the
// response message with Response.
func RPCName(r *contract.Receiver, m *contract.Method) string { return r.ProtoService + m.RPC }

// FullMethod is the gRPC path of a method: /catalogue.v1.CatalogueService/Get.
func FullMethod(c *contract.Contract, r *contract.Receiver, m *contract.Method) string {
	return "/" + c.ProtoPackage + "." + r.ProtoService + "/" + m.RPC
}

// Names are the functions of a generated wire package.
//
//	EncodeRequest(params without the context…) (*pb.XRequest, error)
//	DecodeRequest(*pb.XRequest) (params…, error)
//	EncodeResponse(results without the error…) (*pb.XResponse, error)
//	DecodeResponse(*pb.XResponse) (results…, error)
//	EncodeError(error) error                 // to a gRPC status, nil for nil
//	DecodeError(method string, error) error  // back; method is named by a RemoteError
//
// Encoding fails on strings that are not UTF-8, on values nested too deep and on
// marshalers that fail; decoding on values that do not fit the Go type.
type Names struct{ Prefix string }

// EncodeRequest is the name of the function that encodes a method's parameters.
func (n Names) EncodeRequest(r *contract.Receiver, m *contract.Method) string {
	return n.Of("Encode" + RPCName(r, m) + "Request")
}

// DecodeRequest is the name of the function that decodes a method's parameters.
func (n Names) DecodeRequest(r *contract.Receiver, m *contract.Method) string {
	return n.Of("Decode" + RPCName(r, m) + "Request")
}

// EncodeResponse is the name of the function that encodes a method's results.
func (n Names) EncodeResponse(r *contract.Receiver, m *contract.Method) string {
	return n.Of("Encode" + RPCName(r, m) + "Response")
}

// DecodeResponse is the name of the function that decodes a method's results.
func (n Names) DecodeResponse(r *contract.Receiver, m *contract.Method) string {
	return n.Of("Decode" + RPCName(r, m) + "Response")
}

// EncodeError is the name of the function that turns an error into a status.
func (n Names) EncodeError() string { return n.Of("EncodeError") }

// DecodeError is the name of the function that turns a status into an error.
func (n Names) DecodeError() string { return n.Of("DecodeError") }

// RemoteError is the name of the type of transport failures.
func (n Names) RemoteError() string { return n.Of("RemoteError") }

// Of is any name of the wire package: with a prefix it is unexported when the
// prefix is.
func (n Names) Of(name string) string {
	if n.Prefix == "" {
		return name
	}
	return n.Prefix + strings.ToUpper(name[:1]) + name[1:]
}

// PB is a name of the generated protobuf package, qualified.
func PB(c *contract.Contract, name string) *jen.Statement { return jen.Qual(c.PBImport, name) }
