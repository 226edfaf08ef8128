package load

import (
	"strconv"
	"strings"
	"time"

	"waybill/backend/formula"
	"waybill/backend/model"
)

// Same says whether the target has what was meant to arrive in a field, after the
// differences that mean nothing (P-83); Compare also says which these were.
func Same(f model.Field, want, got any) bool {
	same, _ := Compare(f, want, got, AllNormals)
	return same
}

// Moment reads a value of the target as a moment.
func Moment(v any) (time.Time, bool) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, false
	}
	if t, ok := epoch(s); ok {
		return t, true
	}
	t, _, err := formula.ParseDate(s, "", "")
	return t.UTC(), err == nil
}

// epoch reads seconds or milliseconds since 1970, as several desks give their times. Years
// before 1973 and after 2286 have other lengths and are no times of a desk.
func epoch(s string) (time.Time, bool) {
	whole, _, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil || n < 0:
		return time.Time{}, false
	case len(whole) == 9 || len(whole) == 10: // from 1973 on
		return time.Unix(n, 0).UTC(), true
	case len(whole) == 12 || len(whole) == 13:
		return time.UnixMilli(n).UTC(), true
	}
	return time.Time{}, false
}

func listOf(v any) []string {
	switch x := v.(type) {
	case []string:
		return x
	case nil:
		return nil
	}
	return []string{model.Plain(v)}
}

// Show is a value as people read it, clipped.
func Show(v any) string {
	s := ""
	switch x := v.(type) {
	case time.Time:
		if !x.IsZero() {
			s = x.UTC().Format("2006-01-02 15:04:05")
		}
	default:
		s = model.Plain(v)
	}
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}
