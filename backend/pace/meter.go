package pace

import (
	"net/http"
	"time"
)

// meterSeconds is how far back the rate line goes.
const meterSeconds = 300

// Stats is what a screen draws of an account's pace, as of the moment it was asked for.
type Stats struct {
	// PerSecond is how many requests left in each full second of the last five
	// minutes, oldest first; shorter when the account was opened later.
	PerSecond []float64
	// Sent counts all requests that left, repetitions included; Refused those of them
	// that the desk refused as too many or asked to wait with.
	Sent, Refused int64
	// Told is the limit per minute that the desk names, Learnt one that its refusals
	// taught us; 0: none known.
	Told, Learnt float64
	// Share of the limit that the schedule gives now, 0 to 1.
	Share float64
	// LimitPerMinute is what is in force now, after headers, share and refusals; 0
	// when no limit is known, or when nothing may leave (see Until).
	LimitPerMinute float64
	// Why the limit in force is what it is, in words; empty without a limit.
	Why string
	// Until nothing leaves, and Reason says why; zero when requests may leave.
	Until  time.Time
	Reason string
	// AtOnce is how many may be under way together, AtOnceWhy the reason in words;
	// UnderWay is how many are.
	AtOnce, UnderWay int
	AtOnceWhy        string
}

// StatsOf gives the pace of a transport that Transport made; false for any other.
func StatsOf(rt http.RoundTripper) (Stats, bool) {
	t, ok := rt.(*transport)
	if !ok {
		return Stats{}, false
	}
	return t.gate.stats(), true
}

// meter counts requests by the second. The gate's lock guards it.
type meter struct {
	begun         time.Time
	sent, refused int64
	ring          [meterSeconds + 1]int // one more: the second that is not over
	second        int64                 // the last one that the ring holds
}

// count notes requests that leave now; 0 only turns the ring.
func (m *meter) count(now time.Time, n int) {
	second := int64(now.Sub(m.begun) / time.Second)
	for from := max(m.second+1, second-meterSeconds); from <= second; from++ {
		m.ring[from%int64(len(m.ring))] = 0
	}
	m.second = max(m.second, second)
	m.ring[m.second%int64(len(m.ring))] += n
	m.sent += int64(n)
}

// line is the full seconds, oldest first.
func (m *meter) line(now time.Time) []float64 {
	m.count(now, 0)
	out := make([]float64, 0, meterSeconds)
	for s := max(0, m.second-meterSeconds); s < m.second; s++ {
		out = append(out, float64(m.ring[s%int64(len(m.ring))]))
	}
	return out
}
