package truth

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/store"
)

// column reads the values of one field of a source.
type column struct {
	model.Field
	date  *formula.DateFormat
	empty map[string]bool
}

func newColumn(f model.Field) *column {
	c := &column{Field: f, empty: map[string]bool{}}
	for _, e := range f.Empty {
		c.empty[store.Fold(e)] = true
	}
	if f.Type == model.Date || f.Type == model.DateTime || f.Format != "" {
		if d, err := formula.NewDateFormat(f.Format, f.Zone); err == nil {
			c.date = d
		}
	}
	return c
}

// list is a value as several ones, those left out that mean nothing.
func (c *column) list(v any) []string {
	var all []string
	switch x := v.(type) {
	case nil:
		return nil
	case []string:
		all = x
	default:
		if s := model.Plain(v); c.several() && c.Separator != "" {
			all = mapping.SplitCell(s, c.Separator)
		} else {
			all = []string{s}
		}
	}
	out := make([]string, 0, len(all))
	for _, s := range all {
		if s = strings.TrimSpace(s); s != "" && !c.empty[strings.ToLower(s)] {
			out = append(out, s)
		}
	}
	return out
}

func (c *column) several() bool { return c.Type == model.Tags || c.Type == model.Options }

// shown is a value as people see it.
func (c *column) shown(v any) string { return strings.Join(c.list(v), ", ") }

// same is a value in the form in which it is compared; empty: there is none.
func (c *column) same(v any) string {
	all := c.list(v)
	if len(all) == 0 {
		return ""
	}
	if c.several() {
		for i, s := range all {
			all[i] = store.Fold(s)
		}
		slices.Sort(all)
		return strings.Join(slices.Compact(all), "\x1f")
	}
	return c.one(strings.Join(all, "\x1f"))
}

func (c *column) one(s string) string {
	switch c.Type {
	case model.Date, model.DateTime:
		if c.date != nil {
			if t, day, err := c.date.Parse(s); err == nil {
				return moment(t, day)
			}
		}
	case model.Bool:
		if b, ok := mapping.Truth(s); ok {
			return strconv.FormatBool(b)
		}
	case model.Number, model.Integer:
		if f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", "."), 64); err == nil {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
	case model.Phone:
		return digits(s)
	case model.URL:
		return site(s)
	case model.Email, model.Option:
		return store.Fold(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

func moment(t time.Time, day bool) string {
	if day {
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// equal compares two values in that form: a day agrees with every moment of it, and how a
// word is written in capitals is no other word.
func equal(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) == 10 && len(b) == 20 && b[10] == 'T' && strings.HasPrefix(b, a)
}

// digits of a telephone number, without the ways to dial out.
func digits(s string) string {
	s = strings.ReplaceAll(s, "(0)", "")
	var b strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return strings.TrimPrefix(b.String(), "00")
}

// site is the name of a web site.
func site(s string) string {
	s = store.Fold(s)
	if i := strings.Index(s, "://"); i >= 0 {
		s = s[i+3:]
	}
	s = strings.TrimPrefix(s, "www.")
	if i := strings.IndexAny(s, "/?#"); i >= 0 && strings.Trim(s[i:], "/") == "" {
		s = s[:i]
	}
	return s
}

// as writes a value of c as the field to has its values: what a source says becomes what the
// surviving record could have said itself. ok is false where it cannot say it.
func (c *column) as(to *column, v any) (string, bool) {
	all := c.list(v)
	if len(all) == 0 {
		return "", false
	}
	var out any
	switch {
	case to.several() && to.Separator == "":
		out = to.words(c, all)
	case to.several():
		all = to.words(c, all)
		if slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, to.Separator) }) {
			return "", false
		}
		out = strings.Join(all, to.Separator)
	case to.date != nil && c.date != nil:
		t, day, err := c.date.Parse(all[0])
		if err != nil {
			return "", false
		}
		s, ok := write(to, t, day)
		if !ok {
			return "", false
		}
		out = s
	case to.Type == model.Bool && c.Type == model.Bool:
		b, ok := mapping.Truth(all[0])
		if !ok {
			return "", false
		}
		out = strconv.FormatBool(b)
	default:
		out = strings.Join(to.words(c, all), ", ")
	}
	b, err := json.Marshal(out)
	return string(b), err == nil
}

// words finds the options of a picklist by what people see; other values stay as they are.
func (c *column) words(from *column, all []string) []string {
	if len(c.Options) == 0 {
		return all
	}
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = s
		seen := s
		for _, o := range from.Options {
			if o.Value == s && o.Title != "" {
				seen = o.Title
			}
		}
		for _, o := range c.Options {
			if store.Fold(o.Title) == store.Fold(seen) || store.Fold(o.Value) == store.Fold(seen) {
				out[i] = o.Value
			}
		}
	}
	return out
}

// write gives a moment in the way in which a field writes its dates, if it reads back the same.
func write(to *column, t time.Time, day bool) (string, bool) {
	s := moment(t, day)
	if to.Format != "" {
		local := t
		if !day {
			local = t.In(to.date.Zone())
		}
		s = strings.NewReplacer("YYYY", local.Format("2006"), "MM", local.Format("01"), "DD", local.Format("02"), "HH", local.Format("15"),
			"mm", local.Format("04"), "ss", local.Format("05")).Replace(to.Format)
	}
	back, only, err := to.date.Parse(s)
	if err != nil {
		return "", false
	}
	if only || day {
		return s, moment(back, true) == moment(t.In(to.date.Zone()), true) || day && moment(back.In(to.date.Zone()), true) == moment(t, true)
	}
	return s, back.Sub(t).Abs() < time.Minute // what has no place for seconds drops them
}
