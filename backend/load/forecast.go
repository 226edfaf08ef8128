package load

import "math"

// forecast says how many requests the plan needs, and how long they take as a range.
func (j *Job) forecast(s *Summary) {
	caps := j.Target.Kind.Caps
	batch := int64(max(caps.Batch, 1))
	s.Requests = 0
	updates := int64(0)
	for _, o := range s.Objects {
		per := batch
		if j.fileField(o.Target) {
			per = 1
		}
		writes, extras := (o.Create+per-1)/per, o.Extra
		if cost, ok := caps.WriteCost[o.Target]; ok {
			writes, extras = int64(math.Ceil(float64(o.Create)*cost)), int64(math.Ceil(float64(o.Extra)*cost))
		}
		s.Requests += writes + extras + (o.Delete+batch-1)/batch
		updates += (o.Update + batch - 1) / batch
	}
	s.Requests += updates
	if s.Requests > 0 {
		s.Requests += lookingAround(s.Objects)
	}
	if s.Requests == 0 {
		s.LowS, s.HighS = 0, 0
		return
	}
	perMinute := float64(caps.PerMinute)
	if j.PerMinute > 0 {
		perMinute = j.PerMinute
	}
	parallel := float64(max(caps.Parallel, 1))
	// Without a limit the answer time decides: 20 to 300 ms a request, by experience.
	low, high := float64(s.Requests)*0.02/parallel, float64(s.Requests)*0.3/parallel
	if perMinute > 0 {
		limited := float64(s.Requests) * 60 / perMinute
		low, high = math.Max(low, limited), math.Max(high, limited*1.25)
	}
	if caps.UpdatesPerMinute > 0 {
		limited := float64(updates) * 60 / float64(caps.UpdatesPerMinute)
		low, high = math.Max(low, limited), math.Max(high, limited*1.25)
	}
	s.LowS, s.HighS = int64(math.Ceil(low)), int64(math.Ceil(high))
}

// lookingAround is what a run asks besides what it writes: rights, configuration and
// leftovers before it begins, the configuration again before each object, first records read back.
func lookingAround(objects []Object) (n int64) {
	n = 10
	for _, o := range objects {
		if o.Create > 0 {
			n += 5
		}
	}
	return n
}

// Fits says whether a move that takes low to high seconds fits a window of so many
// hours: yes, perhaps or no; empty when no window was stated.
func Fits(lowS, highS int64, hours float64) string {
	window := hours * 3600
	switch {
	case hours <= 0:
		return ""
	case float64(highS) <= window:
		return "yes"
	case float64(lowS) <= window:
		return "perhaps"
	}
	return "no"
}
