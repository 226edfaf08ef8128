package pilot

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"waybill/backend/formula"
	"waybill/backend/model"
	"waybill/backend/store"
)

// reader tells what is hard about a record of one object.
type reader struct {
	shape model.ObjectSchema
	now   time.Time
	// status is the field by which options are combined; empty: there is none.
	status string
	// extreme are the oldest, the newest, the longest.
	extreme map[string]store.Weighed
	zones   []*time.Location
	// values of each field that were told apart so far.
	values map[string]map[string]bool
}

// mostValues of one list of options are told apart, mostCombined with each status.
const (
	mostValues   = 200
	mostCombined = 40
)

func newReader(shape model.ObjectSchema, now time.Time) *reader {
	r := &reader{shape: shape, now: now, extreme: map[string]store.Weighed{}, values: map[string]map[string]bool{}}
	for _, f := range shape.Fields {
		if n := strings.ToLower(f.Name); n == "status" || n == "state" {
			r.status = f.Name
		}
	}
	names := []string{"Europe/Berlin", "America/New_York", "Australia/Sydney"}
	for _, f := range shape.Fields {
		if f.Zone != "" {
			names = append(names, f.Zone)
		}
	}
	seen := map[string]bool{}
	for _, n := range names {
		if z, err := time.LoadLocation(n); err == nil && !seen[n] {
			seen[n] = true
			r.zones = append(r.zones, z)
		}
	}
	return r
}

// features lists what is hard about a record, in words: "kind: what".
func (r *reader) features(seq int64, values map[string]any) (out []string) {
	add := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	status := short(model.Plain(values[r.status]))
	closed := status == "closed" || status == "solved" || status == "resolved"
	for _, f := range r.shape.Fields {
		v := values[f.Name]
		text := model.Plain(v)
		if strings.TrimSpace(text) == "" {
			add("empty: %s", f.Name)
			continue
		}
		add("filled: %s", f.Name)
		switch f.Type {
		case model.Option, model.Options, model.Bool, model.Tags:
			r.options(f, v, status, &out)
		case model.DateTime, model.Date:
			r.moment(f, text, seq, closed, &out)
		case model.Text, model.LongText, model.HTML:
			r.text(f, text, seq, &out)
		case model.FileType, model.LinkType, model.JSONType, model.Number, model.Integer, model.Email, model.Phone, model.URL:
			if f.Type == model.Number && strings.HasPrefix(text, "-") {
				add("number: %s below zero", f.Name)
			}
		}
	}
	return out
}

// options are the choices of a field, each with each status.
func (r *reader) options(f model.Field, v any, status string, out *[]string) {
	list, ok := v.([]string)
	if !ok {
		list = []string{model.Plain(v)}
	}
	seen := r.values[f.Name]
	if seen == nil {
		seen = map[string]bool{}
		r.values[f.Name] = seen
	}
	if len(list) > 1 {
		*out = append(*out, "several: "+f.Name)
	}
	for _, s := range list {
		s = short(s)
		if !seen[s] {
			if len(seen) >= mostValues || f.Type == model.Tags && len(seen) >= mostCombined {
				continue
			}
			seen[s] = true
		}
		if n := strings.ToLower(s); n == "suspended" || n == "merged" || n == "spam" || n == "deleted" {
			*out = append(*out, "unusual: "+n)
		}
		*out = append(*out, "option: "+f.Name+" is "+s)
		if status != "" && f.Name != r.status && f.Type != model.Tags && len(seen) <= mostCombined {
			*out = append(*out, "status by option: "+status+" with "+f.Name+" "+s)
		}
	}
}

func short(s string) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 60 {
		return string(r[:60])
	}
	return s
}

// moment looks at when something was: the oldest, the newest, changes of the clock, soon due.
func (r *reader) moment(f model.Field, text string, seq int64, closed bool, out *[]string) {
	t, _, err := formula.ParseDate(text, f.Format, f.Zone)
	if err != nil {
		*out = append(*out, "odd date: "+f.Name)
		return
	}
	t = t.UTC()
	if f.Ordering || strings.HasPrefix(strings.ToLower(f.Name), "created") {
		r.most("oldest: "+f.Name, seq, -t.Unix())
		r.most("newest: "+f.Name, seq, t.Unix())
	}
	for _, z := range r.zones {
		// An hour before and after a change of the clock, an hour is missing or there twice.
		_, before := t.Add(-time.Hour).In(z).Zone()
		_, after := t.Add(time.Hour).In(z).Zone()
		if f.Type == model.DateTime && before != after {
			*out = append(*out, "change of the clock: "+z.String())
		}
	}
	switch {
	case t.After(r.now.Add(24 * time.Hour)):
		*out = append(*out, "future: "+f.Name)
	case t.Before(time.Unix(0, 0)):
		*out = append(*out, "before 1970: "+f.Name)
	}
	if name := strings.ToLower(f.Name); strings.Contains(name, "due") || strings.Contains(name, "sla") {
		switch left := t.Sub(r.now); {
		case closed:
		case left >= 0 && left <= 48*time.Hour:
			*out = append(*out, "nearly due: within two days")
		case left < 0:
			*out = append(*out, "overdue: "+f.Name)
		}
	}
	if t.Month() == time.February && t.Day() == 29 {
		*out = append(*out, "29 February: "+f.Name)
	}
}

// most keeps the record with the largest figure; of equals the first.
func (r *reader) most(name string, seq, n int64) {
	if w, ok := r.extreme[name]; !ok || n > w.N {
		r.extreme[name] = store.Weighed{Seq: seq, N: n}
	}
}

var scripts = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"Arabic", unicode.Arabic},
	{"Hebrew", unicode.Hebrew},
	{"Cyrillic", unicode.Cyrillic},
	{"Greek", unicode.Greek},
	{"Chinese", unicode.Han},
	{"Korean", unicode.Hangul},
	{"Hiragana", unicode.Hiragana},
	{"Katakana", unicode.Katakana},
	{"Thai", unicode.Thai},
	{"Devanagari", unicode.Devanagari},
}

// text looks at letters and length.
func (r *reader) text(f model.Field, s string, seq int64, out *[]string) {
	r.most("longest text: "+f.Name, seq, int64(len(s)))
	if f.Type == model.HTML || strings.Contains(s, "<") {
		for _, x := range [][2]string{{"<img", "a picture in the text"}, {"<table", "a table in the text"}, {"<a ", "a link in the text"}, {"<pre", "preformatted text"}} {
			if strings.Contains(s, x[0]) {
				*out = append(*out, "rich text: "+x[1])
			}
		}
	}
	plain := true
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			plain = false
			break
		}
	}
	if plain {
		return
	}
	found := map[string]bool{}
	note := func(name string) {
		if !found[name] {
			found[name] = true
			*out = append(*out, name)
		}
	}
	for _, c := range s {
		switch {
		case c < 0x80:
		case c == unicode.ReplacementChar:
			note("letters: damaged before the move")
		case c >= 0x1F300 && c <= 0x1FAFF:
			note("letters: emoji")
		case c == 0x200D:
			note("letters: joined emoji")
		case unicode.Is(unicode.Mn, c):
			note("letters: accents as signs of their own")
		case unicode.Is(unicode.Latin, c):
			note("letters: Latin with accents")
		default:
			for _, x := range scripts {
				if unicode.Is(x.table, c) {
					note("letters: " + x.name)
					break
				}
			}
		}
	}
}
