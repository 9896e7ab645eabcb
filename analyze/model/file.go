package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
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
	if err := checkVersion(data); err != nil {
		return nil, err
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
	if err := json.Unmarshal(data, &head); err != nil {
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

// ReadFile reads the model in a file.
func ReadFile(path string) (*Model, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("read model: no file %s; write it with: ficus analyze: %w", filepath.ToSlash(path), err)
	}
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	defer f.Close()
	m, err := Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.ToSlash(path), err)
	}
	return m, nil
}

// Write encodes the model as indented JSON. Equal models give equal bytes.
func (m *Model) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(m); err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	return nil
}

// WriteFile writes the model to a file, which holds either the old or the whole
// new model at every moment. Missing folders are made.
func (m *Model) WriteFile(path string) error {
	var buf bytes.Buffer
	if err := m.Write(&buf); err != nil {
		return err
	}
	return WriteFileAtomic(path, buf.Bytes())
}

// WriteFileAtomic replaces a file by renaming a complete one onto it.
func WriteFileAtomic(path string, data []byte) (err error) {
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
	if _, err := tmp.Write(data); err != nil {
		return fmt.Errorf("write %s: %w", filepath.ToSlash(path), err)
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
