package practice

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// limiter counts requests: in fixed windows of a minute, or in a bucket that
// holds a minute's worth and refills steadily.
type limiter struct {
	prefix    string // of its headers
	perMinute int
	bucket    bool
	date      bool
	refused   atomic.Int64

	mu     sync.Mutex
	start  time.Time
	used   int
	tokens float64
	last   time.Time
}

func newLimiter(o Options, perMinute int, prefix string) *limiter {
	return &limiter{prefix: prefix, perMinute: perMinute, bucket: o.Bucket, date: o.RetryDate, tokens: float64(perMinute)}
}

// take spends one request, and writes the headers. When it says no, the answer is a 429.
func (l *limiter) take(now time.Time, h http.Header) bool {
	if l.perMinute <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var left int
	var reset, again time.Time
	ok := true
	if l.bucket {
		perSecond := float64(l.perMinute) / 60
		if !l.last.IsZero() {
			l.tokens = math.Min(float64(l.perMinute), l.tokens+now.Sub(l.last).Seconds()*perSecond)
		}
		l.last = now
		if l.tokens >= 1 {
			l.tokens--
		} else {
			ok = false
		}
		left = int(l.tokens)
		reset = now.Add(time.Duration((float64(l.perMinute) - l.tokens) / perSecond * float64(time.Second)))
		again = now.Add(time.Duration((1 - l.tokens) / perSecond * float64(time.Second)))
	} else {
		if now.Sub(l.start) >= time.Minute {
			l.start, l.used = now, 0
		}
		if l.used < l.perMinute {
			l.used++
		} else {
			ok = false
		}
		left = l.perMinute - l.used
		reset = l.start.Add(time.Minute)
		again = reset
	}
	h.Set(l.prefix+"Limit", strconv.Itoa(l.perMinute))
	h.Set(l.prefix+"Remaining", strconv.Itoa(left))
	h.Set(l.prefix+"Reset", strconv.FormatInt(ceilSecond(reset).Unix(), 10))
	if !ok {
		l.refused.Add(1)
		retryAfter(h, again, now, l.date)
	}
	return ok
}

func ceilSecond(t time.Time) time.Time {
	if t.Nanosecond() == 0 {
		return t
	}
	return t.Truncate(time.Second).Add(time.Second)
}

func retryAfter(h http.Header, at, now time.Time, date bool) {
	if date {
		h.Set("Retry-After", ceilSecond(at).UTC().Format(http.TimeFormat))
		return
	}
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(at.Sub(now).Seconds()))))
}
