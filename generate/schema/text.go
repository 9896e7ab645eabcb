package schema

import (
	"bytes"
	"context"
	"fmt"

	"github.com/bufbuild/protocompile"
	"github.com/jhump/protoreflect/v2/protoprint"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/ficus-dev/ficus/generate/contract"
)

// protoText renders the descriptor and compiles the text again: what is written must
// mean what was decided.
func protoText(c *contract.Contract, fd protoreflect.FileDescriptor) ([]byte, error) {
	var buf bytes.Buffer
	printer := protoprint.Printer{Compact: false, OmitComments: protoprint.CommentsTrailing}
	if err := printer.PrintProtoFile(fd, &buf); err != nil {
		return nil, fmt.Errorf("print %s: %w", ProtoPath(c), err)
	}
	if err := sameMeaning(fd, buf.Bytes()); err != nil {
		return nil, fmt.Errorf("check %s: %w", ProtoPath(c), err)
	}
	return buf.Bytes(), nil
}

// sameMeaning compiles .proto text and compares it with a descriptor, comments and
// order of nested entries aside.
func sameMeaning(fd protoreflect.FileDescriptor, text []byte) error {
	path := fd.Path()
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			Accessor: protocompile.SourceAccessorFromMap(map[string]string{path: string(text)}),
		}),
	}
	files, err := compiler.Compile(context.Background(), path)
	if err != nil {
		return err
	}
	want, got := protodesc.ToFileDescriptorProto(fd), protodesc.ToFileDescriptorProto(files[0])
	want.SourceCodeInfo, got.SourceCodeInfo = nil, nil
	want, got = normal(want), normal(got)
	if !proto.Equal(want, got) {
		return fmt.Errorf("the text does not mean what the descriptor says: this is a fault of ficus, please report it with the file:\n%s\n%s", want, got)
	}
	return nil
}

// normal drops what protocompile writes out and protodesc does not.
func normal(fd *descriptorpb.FileDescriptorProto) *descriptorpb.FileDescriptorProto {
	var messages func([]*descriptorpb.DescriptorProto)
	messages = func(list []*descriptorpb.DescriptorProto) {
		for _, m := range list {
			for _, f := range m.Field {
				f.JsonName = nil
			}
			messages(m.NestedType)
		}
	}
	messages(fd.MessageType)
	return fd
}
