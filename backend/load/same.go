package load

import (
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"waybill/backend/formula"
	"waybill/backend/model"
)

// Same says whether the target has what was meant to arrive in a field, after the
// differences that mean nothing: line ends, outer blanks, Unicode form, the
// precision of numbers and of times (to the second), the order of tags (P-83).
func Same(f model.Field, want, got any) bool {
	if isEmpty(want) {
		return isEmpty(got)
	}
	switch w := want.(type) {
	case time.Time:
		t, ok := Moment(got)
		return ok && t.Truncate(time.Second).Equal(w.Truncate(time.Second))
	case model.Day:
		s := model.Plain(got)
		return len(s) >= 10 && s[:10] == string(w)
	case []string:
		return sameSet(w, listOf(got))
	case bool:
		switch g := got.(type) {
		case bool:
			return g == w
		case string:
			return strings.EqualFold(g, "true") == w
		}
		return false
	}
	a, b := tidy(model.Plain(want)), tidy(model.Plain(got))
	switch f.Type {
	case model.Number, model.Integer:
		x, ok1 := new(big.Rat).SetString(a)
		y, ok2 := new(big.Rat).SetString(b)
		if ok1 && ok2 {
			return x.Cmp(y) == 0
		}
	case model.Email:
		return strings.EqualFold(a, b)
	}
	return a == b
}

func isEmpty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case []string:
		return len(x) == 0
	case time.Time:
		return x.IsZero()
	case bool:
		return false
	}
	return tidy(model.Plain(v)) == ""
}

// tidy takes away what desks change without changing the meaning.
func tidy(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return norm.NFC.String(strings.TrimSpace(s))
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

func sameSet(a, b []string) bool {
	norm := func(in []string) []string {
		out := make([]string, 0, len(in))
		for _, s := range in {
			if t := tidy(s); t != "" {
				out = append(out, t)
			}
		}
		sort.Strings(out)
		return slices.Compact(out)
	}
	return slices.Equal(norm(a), norm(b))
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
