package evidence

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/encoding/protowire"
)

// sample is one stack of a profile, the leaf first.
type sample struct {
	value int64
	stack []string
}

// maxProfile bounds an unpacked profile; those of production are a hundredth of it.
const maxProfile = 256 << 20

var errNoProfile = errors.New("is no profile in pprof's format; write one with: go test -cpuprofile, or from /debug/pprof/profile")

func readProfile(path string) ([]sample, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxProfile+1))
	if err != nil {
		return nil, err
	}
	samples, err := parseProfile(data)
	if err != nil {
		return nil, fmt.Errorf("%s %w", showName(path), err)
	}
	return samples, nil
}

// parseProfile reads profile.proto, packed by gzip or not.
func parseProfile(data []byte) ([]sample, error) {
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		unpacked, err := gunzip(data)
		if err != nil {
			return nil, err
		}
		data = unpacked
	}
	if len(data) == 0 || len(data) > maxProfile || bytes.HasPrefix(data, []byte("GO PREPROFILE")) {
		return nil, errNoProfile
	}
	p := &profile{functions: map[uint64]uint64{}, locations: map[uint64][]uint64{}}
	if err := fields(data, p.field); err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoProfile, err)
	}
	return p.resolve()
}

func gunzip(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoProfile, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoProfile, err)
	}
	return out, nil
}

// profile is profile.proto as far as it is needed: names are indexes into text.
type profile struct {
	types     []uint64 // of the sample's values
	raw       []rawSample
	locations map[uint64][]uint64 // location → functions, innermost of inlined ones first
	functions map[uint64]uint64   // function → name
	text      []string
}

type rawSample struct {
	locations []uint64
	values    []int64
}

// fields calls do for each field of a message.
func fields(data []byte, do func(n protowire.Number, v uint64, b []byte) error) error {
	for len(data) > 0 {
		num, typ, n := protowire.ConsumeTag(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		var v uint64
		var b []byte
		switch typ {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(data)
		case protowire.BytesType:
			b, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(num, typ, data)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		if err := do(num, v, b); err != nil {
			return err
		}
	}
	return nil
}

// field reads the fields of message Profile.
func (p *profile) field(n protowire.Number, _ uint64, b []byte) error {
	switch n {
	case 1: // sample_type
		typ := uint64(0)
		err := fields(b, func(n protowire.Number, v uint64, _ []byte) error {
			if n == 1 {
				typ = v
			}
			return nil
		})
		p.types = append(p.types, typ)
		return err
	case 2:
		return p.sample(b)
	case 4:
		return p.location(b)
	case 5:
		var id, name uint64
		err := fields(b, func(n protowire.Number, v uint64, _ []byte) error {
			switch n {
			case 1:
				id = v
			case 2:
				name = v
			}
			return nil
		})
		p.functions[id] = name
		return err
	case 6:
		p.text = append(p.text, string(b))
	}
	return nil
}

func (p *profile) sample(b []byte) error {
	var s rawSample
	err := fields(b, func(n protowire.Number, v uint64, b []byte) error {
		switch n {
		case 1:
			return repeated(v, b, func(v uint64) { s.locations = append(s.locations, v) })
		case 2:
			return repeated(v, b, func(v uint64) { s.values = append(s.values, int64(v)) })
		}
		return nil
	})
	p.raw = append(p.raw, s)
	return err
}

// repeated reads a repeated number, packed or not.
func repeated(v uint64, b []byte, add func(uint64)) error {
	if b == nil {
		add(v)
		return nil
	}
	for len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		add(v)
		b = b[n:]
	}
	return nil
}

func (p *profile) location(b []byte) error {
	var id uint64
	var functions []uint64
	err := fields(b, func(n protowire.Number, v uint64, b []byte) error {
		switch n {
		case 1:
			id = v
		case 4: // line
			return fields(b, func(n protowire.Number, v uint64, _ []byte) error {
				if n == 1 {
					functions = append(functions, v)
				}
				return nil
			})
		}
		return nil
	})
	p.locations[id] = functions
	return err
}

// resolve names the functions of each sample. Of several values the processor's time
// counts, else the last, as pprof does.
func (p *profile) resolve() ([]sample, error) {
	if len(p.types) == 0 || len(p.text) == 0 {
		return nil, errNoProfile
	}
	at := len(p.types) - 1
	for i, t := range p.types {
		if p.name(t) == "cpu" {
			at = i
		}
	}
	out := make([]sample, 0, len(p.raw))
	for _, raw := range p.raw {
		if at >= len(raw.values) || raw.values[at] <= 0 {
			continue
		}
		s := sample{value: raw.values[at]}
		for _, loc := range raw.locations {
			for _, fn := range p.locations[loc] {
				s.stack = append(s.stack, p.name(p.functions[fn]))
			}
		}
		out = append(out, s)
	}
	return out, nil
}

func (p *profile) name(i uint64) string {
	if i >= uint64(len(p.text)) {
		return ""
	}
	return p.text[i]
}
