package schema

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The descriptors that contracts import.
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"

	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/golang"
)

// Files are <service>.proto, <service>pb/<service>.pb.go and
// <service>pb/<service>_grpc_gen.go below services/<service>, in this order.
func Files(c *contract.Contract) ([]golang.File, error) {
	fd, err := Descriptor(c)
	if err != nil {
		return nil, err
	}
	text, err := protoText(c, fd)
	if err != nil {
		return nil, err
	}
	code, err := protoGo(c, fd)
	if err != nil {
		return nil, err
	}
	stubs, err := grpcGo(c)
	if err != nil {
		return nil, err
	}
	dir := golang.ServiceDir(c)
	pb := dir + "/" + c.PBName + "/"
	return []golang.File{
		{Path: ProtoPath(c), Data: text},
		{Path: pb + fileName(c) + ".pb.go", Data: code},
		{Path: pb + fileName(c) + "_grpc_gen.go", Data: stubs},
	}, nil
}

// ProtoPath is where the contract's text stands, relative to the module; also the
// name under which its descriptor is registered.
func ProtoPath(c *contract.Contract) string {
	return golang.ServiceDir(c) + "/" + fileName(c) + ".proto"
}

func fileName(c *contract.Contract) string { return c.PBName[:len(c.PBName)-len("pb")] }

// Descriptor is the contract as protobuf sees it, linked and validated.
func Descriptor(c *contract.Contract) (protoreflect.FileDescriptor, error) {
	fd, err := protodesc.NewFile(newBuilder(c).file(), protoregistry.GlobalFiles)
	if err != nil {
		return nil, fmt.Errorf("build descriptor of %s: %w", c.Service, err)
	}
	return fd, nil
}
