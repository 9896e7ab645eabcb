package contract

// ProtoType is the field's type as .proto text has it: optional int64, repeated
// Product, map<string, Price>. Messages must have their names.
func (f *Field) ProtoType() string {
	s := f.Shape
	switch s.Kind {
	case Bytes:
		return "optional bytes"
	case Pointer:
		if s.Elem.IsScalar() {
			return "optional " + s.Elem.elementType()
		}
		return s.Elem.elementType()
	case Slice:
		return "repeated " + s.Elem.elementType()
	case Map:
		if s.Entry != nil {
			return "repeated " + s.Entry.Name
		}
		return "map<" + s.Key.elementType() + ", " + s.Elem.elementType() + ">"
	case Array:
		if !s.IsByteArray() {
			return "repeated " + s.Elem.elementType()
		}
	}
	return s.elementType()
}

// elementType is the type of an element or a singular field.
func (s *Shape) elementType() string {
	if s.Wrapper != nil {
		return s.Wrapper.Name
	}
	switch s.Kind {
	case Bool:
		return "bool"
	case Int:
		return "int64"
	case Uint:
		return "uint64"
	case Float32:
		return "float"
	case Float64:
		return "double"
	case String, Text:
		return "string"
	case Bytes, Binary, Array:
		return "bytes"
	case Time:
		return TimeMessage
	case Duration:
		return "google.protobuf.Duration"
	case Error:
		return ErrorMessage
	}
	return s.Message.Name
}

// IsRepeated reports whether a field of the shape is a list or a map, which protobuf
// cannot tell from an empty one when nil.
func (s *Shape) IsRepeated() bool { return s.Kind == Slice || s.Kind == Map }
