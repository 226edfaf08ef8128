package profile

import (
	"encoding/binary"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// hashOf tells values apart. It is the same in every run: estimates are made of it. Short
// values, which most are, are hashed in place as wyhash does
// (https://github.com/wangyi-fudan/wyhash, version 4), long ones by xxHash.
func hashOf(v []byte) uint64 {
	var a, b uint64
	seed := salts[2]
	switch n := len(v); {
	case n > 48:
		return xxhash.Sum64(v)
	case n > 16:
		for i := 0; i+16 < n; i += 16 {
			x, y := binary.LittleEndian.Uint64(v[i:])^salts[1], binary.LittleEndian.Uint64(v[i+8:])^seed
			high, low := bits.Mul64(x, y)
			seed = high ^ low ^ x ^ bits.RotateLeft64(y, 32)
		}
		a, b = binary.LittleEndian.Uint64(v[n-16:]), binary.LittleEndian.Uint64(v[n-8:])
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(v), binary.LittleEndian.Uint64(v[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(v)), uint64(binary.LittleEndian.Uint32(v[n-4:]))
	case n > 0:
		a = uint64(v[0])<<16 | uint64(v[n>>1])<<8 | uint64(v[n-1])
	}
	a ^= salts[1]
	b ^= seed
	high, low := bits.Mul64(a, b)
	// What was multiplied is mixed in again, so that a value which makes a zero is no worse than others.
	high, low = bits.Mul64(low^a^salts[0]^uint64(len(v)), high^b^salts[1])
	return high ^ low
}

// salts are odd numbers with as many ones as zeros, and four ones of each byte.
var salts = [3]uint64{0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3}
