package schema

import (
	"fmt"

	"google.golang.org/protobuf/cmd/protoc-gen-go/internal_gengo"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/ficus-dev/ficus/generate/contract"
)

// protoGo runs protobuf-go's generator in process, as protoc would.
func protoGo(c *contract.Contract, fd protoreflect.FileDescriptor) ([]byte, error) {
	var files []*descriptorpb.FileDescriptorProto
	for i := range fd.Imports().Len() {
		files = append(files, protodesc.ToFileDescriptorProto(fd.Imports().Get(i)))
	}
	files = append(files, protodesc.ToFileDescriptorProto(fd))
	plugin, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{fd.Path()}, ProtoFile: files, Parameter: proto.String("paths=source_relative"),
	})
	if err != nil {
		return nil, fmt.Errorf("generate Go code of %s: %w", fd.Path(), err)
	}
	internal_gengo.GenerateFile(plugin, plugin.FilesByPath[fd.Path()])
	res := plugin.Response()
	if res.Error != nil {
		return nil, fmt.Errorf("generate Go code of %s: %s", fd.Path(), res.GetError())
	}
	if len(res.File) != 1 {
		return nil, fmt.Errorf("generate Go code of %s: got %d files, want one", fd.Path(), len(res.File))
	}
	return []byte(res.File[0].GetContent()), nil
}
