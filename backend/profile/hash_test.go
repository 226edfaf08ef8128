package profile_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/axiomhq/hyperloglog"

	"waybill/backend/profile"
)

func TestHash_tellsValuesOfAllLengthsApart(t *testing.T) {
	seen := map[uint64]string{}
	try := func(v string) {
		h := profile.Hash([]byte(v))
		if was, ok := seen[h]; ok && was != v {
			t.Fatalf("%q and %q have one hash", was, v)
		}
		seen[h] = v
	}
	for i := range 100_000 {
		try(fmt.Sprint(i))
		try(fmt.Sprintf("%d@example.test", i))
		try(fmt.Sprintf("2024-01-01T%08d", i))
	}
	for n := range 40 {
		try(strings.Repeat("a", n))
		try(strings.Repeat("\x00", n))
	}
}

func TestDoubled_findsTwoBlanksWhereverTheyStand(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		v := make([]byte, r.IntN(30))
		for i := range v {
			v[i] = " ab\xA0\x21\x1F"[r.IntN(6)]
		}
		if got, want := profile.Doubled(v), bytes.Contains(v, []byte("  ")); got != want {
			t.Fatalf("%q: %v", v, got)
		}
	}
}

// What is skipped because it changes nothing really changes nothing.
func TestDistinct_estimatesAsTheSketchAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	want, all := hyperloglog.New14(), make([]uint64, 400_000)
	for i := range all {
		all[i] = profile.Hash(fmt.Append(nil, r.IntN(300_000)))
		want.InsertHash(all[i])
	}
	if n, exact := profile.Distinct(all); exact || n != int64(want.Estimate()) {
		t.Errorf("%d (exact: %v), the sketch says %d", n, exact, want.Estimate())
	}
}
