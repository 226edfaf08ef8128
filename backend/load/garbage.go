package load

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	// garbageRoom is about how much may lie around before it is collected, by what is kept
	// when an object begins.
	garbageRoom = 32 << 20
	// mostPercent of what is kept bounds it too, as what is kept grows.
	mostPercent = 250
)

var garbage struct {
	sync.Mutex
	users, before int
}

// collectLess lets the garbage collector run less often until what it gives is called:
// sending keeps little and drops much, so that a fifth of the processor went into
// collecting. Where much is kept already, nothing changes.
func collectLess() (end func()) {
	garbage.Lock()
	defer garbage.Unlock()
	if garbage.users++; garbage.users == 1 {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		kept := max(live[0].Value.Uint64(), 1<<20)
		garbage.before = debug.SetGCPercent(-1)
		percent := min(int(garbageRoom*100/kept), mostPercent)
		if garbage.before >= 0 { // below 0 somebody has switched it off altogether
			debug.SetGCPercent(max(percent, garbage.before))
		}
	}
	return sync.OnceFunc(func() {
		garbage.Lock()
		defer garbage.Unlock()
		if garbage.users--; garbage.users == 0 {
			debug.SetGCPercent(garbage.before)
		}
	})
}
