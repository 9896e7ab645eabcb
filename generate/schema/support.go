package schema

import (
	"go/types"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/ficus-dev/ficus/generate/contract"
)

// documented is a field with its comment.
type documented struct {
	field *descriptorpb.FieldDescriptorProto
	doc   string
}

// supportMessage adds a message that every contract has.
func (b *builder) supportMessage(name, doc string, fields []documented) {
	at := int32(len(b.fd.MessageType))
	b.comment([]int32{pathMessage, at}, doc)
	d := &descriptorpb.DescriptorProto{Name: proto.String(name)}
	for i, f := range fields {
		b.comment([]int32{pathMessage, at, pathField, int32(i)}, f.doc)
		d.Field = append(d.Field, f.field)
	}
	b.fd.MessageType = append(b.fd.MessageType, d)
}

func (b *builder) timeMessage() {
	at := scalar("at", 1, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
	at.TypeName = proto.String(".google.protobuf.Timestamp")
	b.supportMessage(contract.TimeMessage, "An instant, and the location in which Go shows it.", []documented{
		{at, "The instant."},
		{scalar("zone", 2, descriptorpb.FieldDescriptorProto_TYPE_STRING), "The name of the location: empty for UTC, else an IANA name or that of a fixed zone."},
		{scalar("offset", 3, descriptorpb.FieldDescriptorProto_TYPE_SINT32), "Seconds east of UTC at the instant."},
	})
}

func (b *builder) errorMessage() {
	causes := repeated(scalar("causes", 5, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE))
	causes.TypeName = b.full(contract.ErrorMessage)
	b.supportMessage(contract.ErrorMessage,
		"An error of the service, in the details of a gRPC status.", []documented{
			{scalar("text", 1, descriptorpb.FieldDescriptorProto_TYPE_STRING), "What Error returns."},
			{scalar("sentinel", 2, descriptorpb.FieldDescriptorProto_TYPE_STRING), "The package variable that the error is: package path, dot, name."},
			{scalar("type", 3, descriptorpb.FieldDescriptorProto_TYPE_STRING), "The Go type of the error, if its fields are in payload; with * for a pointer."},
			{scalar("payload", 4, descriptorpb.FieldDescriptorProto_TYPE_BYTES), "The message of that type."},
			{causes, "What Unwrap returns."},
			{scalar("joined", 6, descriptorpb.FieldDescriptorProto_TYPE_BOOL), "Unwrap returns a list."},
		})
}

// imports lists the files of well-known types; ZonedTime always needs the first.
func (b *builder) imports() {
	duration := false
	for _, m := range b.fd.MessageType {
		for _, d := range append(m.NestedType, m) {
			for _, f := range d.Field {
				duration = duration || f.GetTypeName() == ".google.protobuf.Duration"
			}
		}
	}
	if duration {
		b.fd.Dependency = append(b.fd.Dependency, "google/protobuf/duration.proto")
	}
	b.fd.Dependency = append(b.fd.Dependency, "google/protobuf/timestamp.proto")
}

func goType(s *contract.Shape) string {
	return types.TypeString(s.Type, func(p *types.Package) string { return p.Name() })
}
