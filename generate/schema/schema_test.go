package schema_test

import (
	"bytes"
	"context"
	"flag"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/schema"
)

var update = flag.Bool("update", false, "rewrite want.proto")

const fixture = "testdata/orders.txtar"

func load(t *testing.T) (*txtar.Archive, *contract.Contract) {
	t.Helper()
	a, err := txtar.ParseFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	m := &model.Model{}
	for _, f := range a.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		if f.Name == "services.txt" {
			for line := range strings.Lines(string(f.Data)) {
				pkg, service, _ := strings.Cut(strings.TrimSpace(line), " ")
				m.Units = append(m.Units, model.Unit{ID: pkg, Package: pkg, Service: service})
				m.Services = append(m.Services, model.Service{Name: service})
			}
		}
	}
	prog, err := source.Load(context.Background(), source.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c, refusals, err := contract.Build(context.Background(), prog, m, nil, "orders", contract.Options{})
	if err != nil || len(refusals) > 0 {
		t.Fatal(err, refusals)
	}
	return a, c
}

func TestFiles(t *testing.T) {
	a, c := load(t)
	files, err := schema.Files(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := schema.Files(c)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"services/orders/orders.proto", "services/orders/orderspb/orders.pb.go", "services/orders/orderspb/orders_grpc_gen.go"} {
		if files[i].Path != want {
			t.Errorf("file %d is %s, want %s", i, files[i].Path, want)
		}
		if !bytes.Equal(files[i].Data, again[i].Data) {
			t.Errorf("%s: two runs differ", want)
		}
		if strings.HasSuffix(want, ".go") {
			if _, err := parser.ParseFile(token.NewFileSet(), want, files[i].Data, parser.AllErrors); err != nil {
				t.Error(err)
			}
			if !strings.Contains(string(files[i].Data), "DO NOT EDIT") {
				t.Errorf("%s does not say that it is generated", want)
			}
		}
	}
	golden(t, a, files[0].Data)
}

func golden(t *testing.T, a *txtar.Archive, got []byte) {
	t.Helper()
	for i := range a.Files {
		if a.Files[i].Name != "want.proto" {
			continue
		}
		if *update {
			a.Files[i].Data = got
			if err := os.WriteFile(fixture, txtar.Format(a), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(a.Files[i].Data, got) {
			t.Errorf("got\n%s\nwant\n%s", got, a.Files[i].Data)
		}
	}
}

// The lock's reserved fields must be in the text, which Files compiles again.
func TestReservedFields(t *testing.T) {
	_, c := load(t)
	for _, m := range c.Messages {
		if m.Name == "Line" {
			m.ReservedNumbers, m.ReservedNames = []int32{5, 9}, []string{"gone", "old_price"}
		}
	}
	files, err := schema.Files(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"reserved 5", "9", `"gone"`, `"old_price"`} {
		if !strings.Contains(string(files[0].Data), want) {
			t.Errorf("no %s in\n%s", want, files[0].Data)
		}
	}
}

// A contract that protobuf does not allow is an error and no file.
func TestInvalidContract(t *testing.T) {
	_, c := load(t)
	c.Messages[0].Fields[0].Number = 0
	if files, err := schema.Files(c); err == nil || files != nil {
		t.Errorf("got %v, %v", files, err)
	}
}

// Oracle: protogen, which names the fields of generated structs.
func TestGoFieldNames(t *testing.T) {
	names := []string{"id", "max_per_order", "x1", "x_1", "a1b", "o_auth2_token", "u65e5", "f", "ids", "get_id_value", "a_b_c", "v2_api", "n_2d", "x1_y2"}
	msg := &descriptorpb.DescriptorProto{Name: proto.String("M")}
	for i, n := range names {
		msg.Field = append(msg.Field, &descriptorpb.FieldDescriptorProto{Name: proto.String(n), Number: proto.Int32(int32(i + 1)),
			Type: descriptorpb.FieldDescriptorProto_TYPE_BOOL.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum()})
	}
	fd, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{Name: proto.String("m.proto"), Syntax: proto.String("proto3"),
		Options: &descriptorpb.FileOptions{GoPackage: proto.String("m/m")}, MessageType: []*descriptorpb.DescriptorProto{msg}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := protogen.Options{}.New(&pluginpb.CodeGeneratorRequest{FileToGenerate: []string{"m.proto"},
		ProtoFile: []*descriptorpb.FileDescriptorProto{protodesc.ToFileDescriptorProto(fd)}})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range plugin.FilesByPath["m.proto"].Messages[0].Fields {
		if got := contract.GoField(names[i]); got != f.GoName {
			t.Errorf("%s: got %s, protogen says %s", names[i], got, f.GoName)
		}
	}
}
