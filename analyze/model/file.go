package model

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// ErrVersion is wrapped by Decode when the file is of a format this package does
// not understand.
var ErrVersion = errors.New("unknown model version")

// Decode decodes one model. It refuses other versions before it looks at the rest,
// so that a newer file gives the cure and not a decoding error.
func Decode(r io.Reader) (*Model, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	return decode(data, nil)
}

func decode(data []byte, without []string) (*Model, error) {
	if err := checkVersion(data); err != nil {
		return nil, err
	}
	if m := decodeLines(data, without); m != nil {
		return m, nil
	}
	m := new(Model)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, decodeError(data, err)
	}
	return m, nil
}

func checkVersion(data []byte) error {
	var head struct {
		Version *int `json:"version"`
	}
	if v, ok := firstVersion(data); ok {
		head.Version = &v
	} else if err := json.Unmarshal(data, &head); err != nil {
		return decodeError(data, err)
	}
	switch {
	case head.Version == nil:
		return fmt.Errorf("read model: no \"version\" in it, so it is no model file; write one with: ficus analyze: %w", ErrVersion)
	case *head.Version > Version:
		return fmt.Errorf("read model: version %d is newer than this ficus reads (%d); upgrade ficus, or analyze again: %w", *head.Version, Version, ErrVersion)
	case *head.Version < 1:
		return fmt.Errorf("read model: version %d does not exist; analyze again: %w", *head.Version, ErrVersion)
	}
	return nil
}

// firstVersion reads the version where Write puts it, at the head of the file, so
// that a large one is not read twice.
func firstVersion(data []byte) (v int, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return 0, false
	}
	if key, err := dec.Token(); err != nil || key != "version" {
		return 0, false
	}
	return v, dec.Decode(&v) == nil
}

// decodeError puts line and column to an error of encoding/json.
func decodeError(data []byte, err error) error {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &typ):
		offset = typ.Offset
	}
	if offset < 0 || offset > int64(len(data)) {
		return fmt.Errorf("read model: %w; write it anew with: ficus analyze", err)
	}
	before := data[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	col := max(1, len(before)-bytes.LastIndexByte(before, '\n')-1)
	return fmt.Errorf("read model: line %d, column %d: %w; write it anew with: ficus analyze", line, col, err)
}

// noFileError says what to do without the words of the system, which say the same.
type noFileError struct {
	path string
	err  error
}

func (e *noFileError) Error() string {
	return "read model: no file " + e.path + "; write it with: ficus analyze"
}
func (e *noFileError) Unwrap() error { return e.err }

// ReadFile reads the model in a file. The error wraps fs.ErrNotExist where there is
// none, and ErrVersion where a later ficus wrote it.
func ReadFile(path string) (*Model, error) { return ReadFileWithout(path) }

// ReadFileWithout reads the model in a file for who does not need all of it: lists of
// the model that are named, as in the file, may be left empty, which spares the work of
// decoding them.
func ReadFileWithout(path string, lists ...string) (*Model, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &noFileError{filepath.ToSlash(path), err}
	}
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	m, err := decode(data, lists)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.ToSlash(path), err)
	}
	return m, nil
}

// Write encodes the model as JSON, one item of a list a line: short enough for large
// modules, and a change of the code changes few lines. Equal models give equal bytes.
func (m *Model) Write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	e := &fieldWriter{out: out}
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if options != "omitempty" || !v.Field(i).IsZero() && (v.Field(i).Kind() != reflect.Slice || v.Field(i).Len() > 0) {
			e.field(name, v.Field(i))
		}
	}
	out.WriteString("\n}\n")
	if err := cmp.Or(e.err, out.Flush()); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	return nil
}

// fieldWriter writes the fields of the model.
type fieldWriter struct {
	out    *bufio.Writer
	buf    bytes.Buffer
	fields int
	err    error
}

func (e *fieldWriter) field(name string, v reflect.Value) {
	e.out.WriteString(map[bool]string{true: "{\n ", false: ",\n "}[e.fields == 0])
	e.fields++
	fmt.Fprintf(e.out, "%q: ", name)
	if v.Kind() != reflect.Slice || v.Len() == 0 {
		e.value(v)
		return
	}
	for i := range v.Len() {
		e.out.WriteString(map[bool]string{true: "[\n  ", false: ",\n  "}[i == 0])
		e.value(v.Index(i))
	}
	e.out.WriteString("\n ]")
}

func (e *fieldWriter) value(v reflect.Value) {
	e.buf.Reset()
	enc := json.NewEncoder(&e.buf)
	enc.SetEscapeHTML(false)
	e.err = cmp.Or(e.err, enc.Encode(v.Addr().Interface()))
	e.out.Write(bytes.TrimSuffix(e.buf.Bytes(), []byte("\n")))
}

// WriteFile writes the model to a file, which holds either the old or the whole
// new model at every moment. Missing folders are made.
func (m *Model) WriteFile(path string) error { return writeAtomic(path, m.Write) }

// WriteFileAtomic replaces a file by renaming a complete one onto it.
func WriteFileAtomic(path string, data []byte) error {
	return writeAtomic(path, func(w io.Writer) error {
		if _, err := w.Write(data); err != nil {
			return fmt.Errorf("write %s: %w", filepath.ToSlash(path), err)
		}
		return nil
	})
}

func writeAtomic(path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder of %s: %w; choose another place with --model", filepath.ToSlash(path), err)
	}
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w; choose a folder that can be written", filepath.ToSlash(path), err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if err := write(tmp); err != nil {
		return err
	}
	if err := tmp.Chmod(0o644); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("write %s: %w", filepath.ToSlash(path), err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("write %s: %w", filepath.ToSlash(path), err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", filepath.ToSlash(path), err)
	}
	return nil
}

// Round cuts a figure to four decimals, so that the order of additions does not
// show in the file.
func Round(x float64) float64 { return math.Round(x*1e4) / 1e4 }
