package load

import (
	"runtime/debug"
	"testing"
)

func TestCollectLess_isAsBeforeOnceAllRunsAreOver(t *testing.T) {
	get := func() int {
		n := debug.SetGCPercent(100)
		debug.SetGCPercent(n)
		return n
	}
	defer debug.SetGCPercent(debug.SetGCPercent(70))
	one := collectLess()
	two := collectLess()
	if got := get(); got <= 70 || got > 250 {
		t.Errorf("during two runs: %d %%", got)
	}
	one()
	one()
	if got := get(); got <= 70 {
		t.Errorf("during the second run: %d %%", got)
	}
	two()
	if got := get(); got != 70 {
		t.Errorf("afterwards: %d %%, want 70", got)
	}
}
