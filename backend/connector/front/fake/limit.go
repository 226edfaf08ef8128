package fake

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// window counts requests of one stretch of time.
type window struct {
	end  time.Time
	used int
}

func (w *window) take(now time.Time, per time.Duration, allowed int) bool {
	if !now.Before(w.end) {
		w.end, w.used = now.Add(per), 0
	}
	if w.used >= allowed {
		return false
	}
	w.used++
	return true
}

func unescape(s string) string {
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	return s
}

// limit counts a request and sets the headers of Front's limits: for the company, for the
// search (40 % of it), and for changes of one conversation, inbox or channel.
func (s *Server) limit(h http.Header, c *call, now time.Time) *failure {
	tooMany := func(tier string, until time.Time) *failure {
		s.limited++
		wait := until.Sub(now)
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		h.Set("X-Front-Tier", tier)
		return &failure{
			http.StatusTooManyRequests, "Too many requests",
			fmt.Sprintf("Rate limit exceeded for %s route. Please retry in %d milliseconds.", tier, wait.Milliseconds()), nil,
		}
	}
	if s.o.PerMinute > 0 {
		passed := s.window.take(now, time.Minute, s.o.PerMinute)
		h.Set("X-Ratelimit-Limit", strconv.Itoa(s.o.PerMinute))
		h.Set("X-Ratelimit-Remaining", strconv.Itoa(s.o.PerMinute-s.window.used))
		h.Set("X-Ratelimit-Reset", strconv.FormatFloat(seconds(s.window.end), 'f', 3, 64))
		h.Set("X-Ratelimit-Burst-Limit", strconv.Itoa(s.o.PerMinute/2))
		h.Set("X-Ratelimit-Burst-Remaining", strconv.Itoa(s.o.PerMinute/2))
		if !passed {
			return tooMany("global", s.window.end)
		}
		if len(c.parts) > 1 && c.parts[0] == "conversations" && c.parts[1] == "search" && !s.search.take(now, time.Minute, s.o.PerMinute*4/10) {
			return tooMany("search", s.search.end)
		}
	}
	if s.o.PerResource > 0 && c.method != http.MethodGet && len(c.parts) > 1 && strings.Contains("conversations inboxes channels", c.parts[0]) {
		key := c.parts[0] + "/" + c.parts[1]
		w := s.perRes[key]
		if w == nil {
			if len(s.perRes) > 10000 {
				clear(s.perRes)
			}
			w = &window{}
			s.perRes[key] = w
		}
		if !w.take(now, time.Second, s.o.PerResource) {
			return tooMany("tier-2", w.end)
		}
	}
	return nil
}
