package pace

import (
	"math"
	"math/bits"
	"net/http"
	"time"
)

const (
	startAtOnce = 4                      // requests at once, until answers teach more
	slower      = 2.0                    // times the usual: no more are added
	muchSlower  = 3.0                    // times the usual: so many are too many
	slack       = 100 * time.Millisecond // below this nobody calls an answer slow
)

// width decides how many requests may be under way at once: more while the limit
// goes unused because answers take long, fewer when the desk fails or slows down.
// The gate's lock guards it.
type width struct {
	most   int       // what Limits allow
	now    float64   // allowed at once
	held   time.Time // when a request last left late because of the width
	cutYet bool      // it was cut once: it grows slowly from now on
	kinds  map[string]*took
	slow   float64   // recent answers against the usual ones, smoothed; 1 is as usual
	answer float64   // seconds of a recent answer, smoothed
	cut    time.Time // last time it was cut
	why    string
}

// took is how long requests of one kind take, in seconds.
type took struct {
	lately float64 // smoothed
	usual  float64 // the least that lately was
}

func newWidth(most int) *width {
	return &width{
		most: most, now: float64(min(most, startAtOnce)), kinds: map[string]*took{}, slow: 1,
		why: "a careful start",
	}
}

// limit is how many may be under way at once.
func (w *width) limit() int { return max(1, int(w.now)) }

// answered takes in an answer and after what time it came.
func (w *width) answered(req *http.Request, after time.Duration, now time.Time) {
	s := math.Max(after.Seconds(), 1e-6)
	w.answer += 0.1 * (s - w.answer)
	// Answers are compared with their like: an upload is slower than a look.
	like := req.Method + string(rune('0'+bits.Len64(uint64(max(req.ContentLength, 0)))/4))
	k := w.kinds[like]
	if k == nil {
		k = &took{lately: s, usual: s}
		w.kinds[like] = k
	}
	k.lately += 0.05 * (s - k.lately)
	k.usual = math.Min(k.usual, k.lately)
	if w.limit() <= startAtOnce {
		k.usual += 0.02 * (k.lately - k.usual) // so few cannot be what makes it slow
	}
	ratio := 1.0
	if k.lately > slack.Seconds() {
		ratio = k.lately / k.usual
	}
	w.slow += 0.1 * (ratio - w.slow)
	switch {
	case w.slow > muchSlower:
		w.shrink(0.8, now, "answers take much longer than usual, so fewer are asked for at once")
	case now.Sub(w.held) < 2*w.round() && w.slow < slower && w.limit() < w.most:
		if w.cutYet {
			w.now += 1 / w.now
		} else {
			w.now++
		}
		w.now = math.Min(w.now, float64(w.most))
		w.why = "the limit is not used up, so more are asked for at once"
	}
}

// failed takes in an answer that says the desk has trouble, or that never came.
func (w *width) failed(now time.Time) {
	w.shrink(0.7, now, "the desk has trouble, so fewer are asked for at once")
}

// shrink cuts at most once per round of answers: those under way tell the same story.
func (w *width) shrink(by float64, now time.Time, why string) {
	if now.Sub(w.cut) < w.round() {
		return
	}
	w.cut, w.cutYet, w.why = now, true, why
	w.now = math.Max(1, w.now*by)
}

// round is about how long it takes until all that is under way was answered.
func (w *width) round() time.Duration {
	return time.Duration(math.Max(w.answer, 0.1) * float64(time.Second))
}
