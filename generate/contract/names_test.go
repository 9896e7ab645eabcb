package contract

import "testing"

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{
		"ID": "id", "SKU": "sku", "UserID": "user_id", "HTTPServer": "http_server", "MaxPerOrder": "max_per_order",
		"IDs": "ids", "UserIDs": "user_ids", "URLs": "urls", "x": "x", "x1": "x1", "X_1": "x_1", "a_b": "a_b",
		"Größe": "gru00f6u00dfe", "_": "f", "_x": "x", "Ids": "ids", "OAuth2Token": "o_auth2_token", "日本": "u65e5u672c",
	} {
		if got := snake(in); got != want {
			t.Errorf("snake(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCamel(t *testing.T) {
	for in, want := range map[string]string{
		"product": "Product", "Foo_bar": "FooBar", "SKU": "SKU", "_": "X", "größe": "GrU00f6U00dfe",
	} {
		if got := camel(in); got != want {
			t.Errorf("camel(%q) = %q, want %q", in, got, want)
		}
	}
}

// Names that meet after protobuf or Go has changed them are told apart.
func TestFieldNamesAreDistinct(t *testing.T) {
	m := &Message{}
	for _, name := range []string{"ID", "Id", "X1", "X_1", "GetID", "Reset", "EmptyFields", "Name", "GetName"} {
		m.Fields = append(m.Fields, &Field{GoName: name})
	}
	fieldNames(m)
	want := []string{"id", "id_value", "x1", "x_1_value", "get_id_value_3", "reset_value", "empty_fields_value", "name", "get_name_value"}
	for i, f := range m.Fields {
		if f.ProtoName != want[i] {
			t.Errorf("%s: got %s, want %s", f.GoName, f.ProtoName, want[i])
		}
	}
}

func TestStatusCode(t *testing.T) {
	for name, want := range map[string]string{
		"ErrNotFound": "NotFound", "ErrNoRows": "NotFound", "ErrDuplicate": "AlreadyExists", "DeadlineExceeded": "DeadlineExceeded",
		"ErrInvalidSKU": "InvalidArgument", "ErrForbidden": "PermissionDenied", "ErrBoom": "Unknown", "OutOfStockError": "FailedPrecondition",
		"ErrUnexpectedEOF": "Unknown",
	} {
		if got := statusCode(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestImportable(t *testing.T) {
	for path, want := range map[string]bool{
		"m/internal/a": true, "m/a/internal/b": false, "m/services/x/internal/b": true, "m/a": true, "other/internal/x": false, "internal/x": false,
	} {
		if got := importable("m/services/x", path); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}

func TestProtoName(t *testing.T) {
	for in, want := range map[string]string{"catalogue": "catalogue", "Order-Mgmt": "ordermgmt", "2fa": "s2fa", "a/b.c_d": "abcd", "日本": "s"} {
		if got := protoName(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
