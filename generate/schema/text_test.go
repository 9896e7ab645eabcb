package schema

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/durationpb"
)

// The check of the printed text must be able to fail.
func TestSameMeaning(t *testing.T) {
	fd := (&durationpb.Duration{}).ProtoReflect().Descriptor().ParentFile()
	head := `syntax = "proto3"; package google.protobuf; option cc_enable_arenas = true; option go_package = "google.golang.org/protobuf/types/known/durationpb"; option java_package = "com.google.protobuf"; option java_outer_classname = "DurationProto"; option java_multiple_files = true; option objc_class_prefix = "GPB"; option csharp_namespace = "Google.Protobuf.WellKnownTypes";`
	if err := sameMeaning(fd, []byte(head+"message Duration { int64 seconds = 1; int32 nanos = 2; }")); err != nil {
		t.Error(err)
	}
	for want, text := range map[string]string{
		"does not mean": head + "message Duration { int64 seconds = 1; int32 nanos = 3; }",
		"syntax error":  head + "message Duration { int64 }",
	} {
		if err := sameMeaning(fd, []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
