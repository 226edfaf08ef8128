package likeness

import (
	"math/rand/v2"
	"testing"

	"github.com/xrash/smetrics"
)

// The quick way says to the last bit what the library says.
func TestJaroWinkler_sameAsTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same texts each time
	text := func(n int) string {
		out := make([]byte, n)
		for i := range out {
			out[i] = "abcdeeeess t@1"[r.IntN(14)]
		}
		return string(out)
	}
	for range 200_000 {
		a := text(r.IntN(20))
		if r.IntN(20) == 0 {
			a = text(60 + r.IntN(10))
		}
		b := []byte(a)
		for range r.IntN(4) {
			if len(b) > 1 {
				i := r.IntN(len(b) - 1)
				switch r.IntN(3) {
				case 0:
					b[i], b[i+1] = b[i+1], b[i]
				case 1:
					b = append(b[:i], b[i+1:]...)
				default:
					b[i] = 'x'
				}
			}
		}
		if r.IntN(4) == 0 {
			b = []byte(text(r.IntN(20)))
		}
		if got, want := jaroWinkler(a, string(b)), smetrics.JaroWinkler(a, string(b), 0.7, 4); got != want {
			t.Fatalf("%q and %q: %v, want %v", a, b, got, want)
		}
	}
}
