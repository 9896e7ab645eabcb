package route

import (
	"encoding/binary"
	"math/bits"
)

// Primes of xxHash (Yann Collet, xxHash specification 0.1.1, 2018).
const (
	p32a, p32b, p32c, p32d, p32e = 2654435761, 2246822519, 3266489917, 668265263, 374761393

	p64a, p64b, p64c, p64d, p64e = 11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579, 2870177450012600261
)

// xxh32 is XXH32 with seed 0, as HAProxy's converter of that name.
func xxh32(s string) uint32 {
	text, h := []byte(s), uint32(p32e)
	if len(text) >= 16 {
		one, two := uint32(p32a), uint32(p32b)
		lanes := [4]uint32{one + two, two, 0, -one}
		for ; len(text) >= 16; text = text[16:] {
			for i := range lanes {
				lanes[i] = bits.RotateLeft32(lanes[i]+binary.LittleEndian.Uint32(text[4*i:])*p32b, 13) * p32a
			}
		}
		h = bits.RotateLeft32(lanes[0], 1) + bits.RotateLeft32(lanes[1], 7) + bits.RotateLeft32(lanes[2], 12) + bits.RotateLeft32(lanes[3], 18)
	}
	h += uint32(len(s))
	for ; len(text) >= 4; text = text[4:] {
		h = bits.RotateLeft32(h+binary.LittleEndian.Uint32(text)*p32c, 17) * p32d
	}
	for _, c := range text {
		h = bits.RotateLeft32(h+uint32(c)*p32e, 11) * p32a
	}
	h = (h ^ h>>15) * p32b
	h = (h ^ h>>13) * p32c
	return h ^ h>>16
}

// xxh64 is XXH64 with seed 0.
func xxh64(s string) uint64 {
	text, h := []byte(s), uint64(p64e)
	if len(text) >= 32 {
		one, two := uint64(p64a), uint64(p64b)
		lanes := [4]uint64{one + two, two, 0, -one}
		for ; len(text) >= 32; text = text[32:] {
			for i := range lanes {
				lanes[i] = round64(lanes[i], binary.LittleEndian.Uint64(text[8*i:]))
			}
		}
		h = bits.RotateLeft64(lanes[0], 1) + bits.RotateLeft64(lanes[1], 7) + bits.RotateLeft64(lanes[2], 12) + bits.RotateLeft64(lanes[3], 18)
		for _, lane := range lanes {
			h = (h^round64(0, lane))*p64a + p64d
		}
	}
	h += uint64(len(s))
	for ; len(text) >= 8; text = text[8:] {
		h = bits.RotateLeft64(h^round64(0, binary.LittleEndian.Uint64(text)), 27)*p64a + p64d
	}
	if len(text) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(text))*p64a, 23)*p64b + p64c
		text = text[4:]
	}
	for _, c := range text {
		h = bits.RotateLeft64(h^uint64(c)*p64e, 11) * p64a
	}
	h = (h ^ h>>33) * p64b
	h = (h ^ h>>29) * p64c
	return h ^ h>>32
}

func round64(lane, input uint64) uint64 {
	return bits.RotateLeft64(lane+input*p64b, 31) * p64a
}
