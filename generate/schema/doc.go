// Package schema writes a contract as protobuf: the .proto text, its Go code and
// the gRPC stubs, without protoc.
//
// The contract becomes a FileDescriptorProto first. That descriptor is the one
// source of the three: protoprint renders the text, which is compiled again to see
// that it says the same; protobuf-go's own generator, which is linked in, writes
// the Go code; the stubs have the names and shapes of protoc-gen-go-grpc, so that a
// team can go over to protoc or buf and change nothing else.
//
// The mapping, one Go type a line:
//
//	bool, string                  bool, string
//	int…, uint…                   int64, uint64; the range is checked when decoding
//	float32, float64              float, double
//	[]byte                        optional bytes: nil and empty stay apart
//	time.Time                     ZonedTime: a timestamp with its location
//	time.Duration                 google.protobuf.Duration
//	error                         ErrorTree: text, identity, causes
//	struct                        message
//	*T                            optional T, a message that may be absent, or a wrapper
//	[]T, [N]T, map[K]V            repeated, map<,>, or repeated entries; of wrappers where
//	                              an element may be nil or is a container itself
//
// A message with slices or maps has the field empty_fields: the numbers of those
// that are empty and not nil.
package schema
