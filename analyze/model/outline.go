package model

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
)

// ReadOutline reads of the model in a file Version, Module and Units alone: enough to
// tell which units moved. Of a file as Write makes it nothing else is decoded, a tenth
// of the work; any other is read as ReadFile does.
func ReadOutline(path string) (*Model, error) {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		if m, err := outline(bufio.NewReaderSize(f, 1<<16)); err == nil {
			return m, nil
		}
	}
	return ReadFile(path)
}

// errOutline says that a file is not as Write makes it.
var errOutline = errors.New("no outline")

// outline reads the fields by their lines: those of the model itself, and no others,
// are indented by one space.
func outline(in *bufio.Reader) (*Model, error) {
	m := &Model{}
	if line, err := in.ReadString('\n'); err != nil || line != "{\n" {
		return nil, errOutline
	}
	for m.Units == nil {
		line, err := shortLine(in)
		if err != nil {
			return nil, err
		}
		name, value, _ := strings.Cut(line, ": ")
		value = strings.TrimSuffix(value, ",")
		switch name {
		case ` "version"`:
			err = json.Unmarshal([]byte(value), &m.Version)
		case ` "module"`:
			err = json.Unmarshal([]byte(value), &m.Module)
		case ` "units"`:
			if value == "[" {
				value, err = items(in)
			}
			if err == nil {
				err = json.Unmarshal([]byte(value), &m.Units)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if m.Version < 1 || m.Version > Version || m.Module.Path == "" {
		return nil, errOutline
	}
	return m, nil
}

// shortLine gives the next line without its end if it may be one of the model's own
// fields; of any other, which may be long, a part.
func shortLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadSlice('\n')
	text := ""
	if len(line) > 2 && line[0] == ' ' && line[1] == '"' {
		text = string(bytes.TrimSuffix(line, []byte("\n")))
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	return text, err
}

// items reads the lines of a list to its end.
func items(in *bufio.Reader) (string, error) {
	var list strings.Builder
	list.WriteByte('[')
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", errors.Join(err, io.ErrUnexpectedEOF)
		}
		list.WriteString(line)
		if line == " ]\n" || line == " ],\n" {
			return strings.TrimSuffix(strings.TrimSpace(list.String()), ","), nil
		}
	}
}
