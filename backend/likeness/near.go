package likeness

import (
	"math/bits"

	"github.com/xrash/smetrics"
)

// near says how alike two values are that are not the same: 0 when they are not nearly
// the same, else above least.
func (fc *facet) near(v, w uint32, least float64) float64 {
	a, b := &fc.about[v], &fc.about[w]
	short, long := min(a.size, b.size), max(a.size, b.size)
	if short < 3 || long > short*2 || bits.OnesCount64(a.letters^b.letters) > 2+int(long)/3 {
		return 0
	}
	if s := jaroWinkler(fc.words[v], fc.words[w]); s >= least {
		return s
	}
	return 0
}

// jaroWinkler is how alike two texts are, as smetrics.JaroWinkler(a, b, 0.7, 4) says, without
// using memory: the letters that were met are bits. Long texts are left to that.
func jaroWinkler(a, b string) float64 {
	if len(a) > 64 || len(b) > 64 || a == "" || b == "" {
		return smetrics.JaroWinkler(a, b, 0.7, 4)
	}
	reach := max(max(len(a), len(b))/2-1, 0)
	var metA, metB uint64
	for i := range len(a) {
		c := a[i]
		for j := max(i-reach, 0); j <= min(i+reach, len(b)-1); j++ {
			if b[j] == c && metB&(1<<j) == 0 {
				metA, metB = metA|1<<i, metB|1<<j
				break
			}
		}
	}
	if metA == 0 {
		return 0
	}
	matches := float64(bits.OnesCount64(metA))
	unaligned := 0
	for metA != 0 {
		if a[bits.TrailingZeros64(metA)] != b[bits.TrailingZeros64(metB)] {
			unaligned++
		}
		metA, metB = metA&(metA-1), metB&(metB-1)
	}
	jaro := (matches/float64(len(a)) + matches/float64(len(b)) + (matches-float64(unaligned/2))/matches) / 3
	if jaro <= 0.7 {
		return jaro
	}
	start := 0
	for start < min(len(a), len(b), 4) && a[start] == b[start] {
		start++
	}
	return jaro + 0.1*float64(start)*(1-jaro)
}
