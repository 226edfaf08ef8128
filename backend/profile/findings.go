package profile

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xrash/smetrics"

	"waybill/backend/model"
)

// Severities of a finding.
const (
	Info = "info" // good to know
	Warn = "warn" // will be noticed in the target
	Stop = "stop" // holds records until somebody decides
)

// Finding is something that the lead should know before the move.
type Finding struct {
	Code     string       `json:"code"`
	Object   model.Object `json:"object"`
	Field    string       `json:"field"`
	Severity string       `json:"severity"`
	Count    int64        `json:"count"`
	What     string       `json:"what"`
	Means    string       `json:"means"`
	Fix      string       `json:"fix"`
	// Page of the window where it is put right.
	Page string `json:"page"`
	// Op and Value make the filter that opens its records, with Field.
	Op       string   `json:"op"`
	Value    string   `json:"value"`
	Examples []string `json:"examples"`
}

// oddities are counted value by value.
type oddities struct {
	replacement, mojibake, control, bidi int64
	dayFirst, monthFirst, either         int64
	example                              map[string]string
}

var (
	slashDate = regexp.MustCompile(`^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})\b`)
	// UTF-8 read as Windows-1252 or Mac Roman shows as these pairs.
	mojibakeShape = regexp.MustCompile(`Ã[\x{80}-\x{BF}©¨¤¶¼Ÿ]|â€[™œ“”\x{9d}˜¦]|Â[\x{A0}-\x{BF}]|‚Äö|√[©§¢º¶]`)
)

func (o *oddities) note(kind, v string) {
	if o.example == nil {
		o.example = map[string]string{}
	}
	if _, ok := o.example[kind]; !ok {
		if r := []rune(v); len(r) > 80 {
			v = string(r[:80]) + "…"
		}
		o.example[kind] = v
	}
}

func (o *oddities) see(v string) {
	if m := slashDate.FindStringSubmatch(v); m != nil && len(v) <= 30 {
		a, b := number(m[1]), number(m[2])
		switch {
		case a > 12 && b <= 12:
			o.dayFirst++
			o.note("day", v)
		case b > 12 && a <= 12:
			o.monthFirst++
			o.note("month", v)
		default:
			o.either++
		}
	}
	ascii := true
	for i := 0; i < len(v); i++ {
		if v[i] >= utf8.RuneSelf || v[i] < ' ' {
			ascii = false
			break
		}
	}
	if ascii {
		return
	}
	if strings.ContainsRune(v, '\uFFFD') {
		o.replacement++
		o.note("replacement", v)
	}
	if mojibakeShape.MatchString(v) {
		o.mojibake++
		o.note("mojibake", v)
	}
	for _, r := range v {
		switch {
		case r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
			o.bidi++
			o.note("bidi", v)
			return
		case unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t':
			o.control++
			o.note("control", v)
			return
		}
	}
}

func number(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

func find(o Object, shape model.ObjectSchema, held int64, meters map[string]*meter) []Finding {
	out := []Finding{}
	things := plural(o.Object)
	add := func(f Finding) {
		f.Object = o.Object
		if f.Examples == nil {
			f.Examples = []string{}
		}
		out = append(out, f)
	}
	if held > 0 {
		add(Finding{
			Code: "rows.held", Severity: Stop, Count: held, What: fmt.Sprintf("%s that could not be read as they are", things),
			Means: "A broken row or a number used twice. They are held, so that nothing is lost.", Fix: "Repair the export and read it again, or leave them out.", Page: "clean",
		})
	}
	if o.DuplicateKeys > 0 {
		add(Finding{
			Code: "keys.repeated", Severity: Warn, Count: o.DuplicateKeys, Op: "repeated_key", What: fmt.Sprintf("%s share their number with another one", things),
			Means: "Identical ones live on in the first. Different ones are held, because links could mean either.", Fix: "Choose another column as the number, or leave the repeated ones out.", Page: "source",
		})
	}
	for _, l := range o.Orphans {
		if l.Count > 0 {
			add(Finding{
				Code: "links.broken", Field: l.Field, Severity: Stop, Count: l.Count, Op: "broken_link",
				What:  fmt.Sprintf("%s point by %q to a %s that is not there", things, l.Field, strings.ReplaceAll(l.To, ", ", " or ")),
				Means: "In the target they would hang on nothing, so they are held.", Fix: "Choose in the mapping what to use instead, or leave them out.", Page: "clean",
			})
		}
	}
	for _, f := range o.Fields {
		m := meters[f.Name]
		rows := f.Filled + f.Blank + f.Empty
		switch {
		case rows > 0 && f.Filled == 0:
			add(Finding{
				Code: "field.empty", Field: f.Name, Severity: Info, Count: rows, Op: "empty", What: fmt.Sprintf("%q is empty everywhere", f.Name),
				Means: "It carries nothing.", Fix: "Leave it out of the mapping.", Page: "mapping",
			})
		case rows >= 200 && f.Filled*100 < rows:
			add(Finding{
				Code: "field.unused", Field: f.Name, Severity: Info, Count: f.Filled, Op: "filled", What: fmt.Sprintf("%q is filled in under 1 %% of the %s", f.Name, strings.ToLower(things)),
				Means: "Probably nobody uses it any more.", Fix: "Ask its owner whether it may stay behind.", Page: "mapping",
			})
		}
		if f.Blank > 0 {
			add(Finding{
				Code: "field.blank", Field: f.Name, Severity: Info, Count: f.Blank, Op: "blank", What: fmt.Sprintf("%q holds nothing but blanks", f.Name),
				Means: "They look filled and are not. Waybill treats them as empty.", Fix: "Nothing to do, unless the blanks mean something.", Page: "inventory",
			})
		}
		if d := m.odd; d.dayFirst > 0 && d.monthFirst > 0 {
			add(Finding{
				Code: "dates.two_orders", Field: f.Name, Severity: Stop, Count: d.dayFirst + d.monthFirst + d.either, Op: "filled",
				What:  fmt.Sprintf("%q holds dates in two orders: %d day first, %d month first, %d could be either", f.Name, d.dayFirst, d.monthFirst, d.either),
				Means: "Read as one order, some would become another day.", Fix: "Keep it as text, or decide the order record by record in the source.", Page: "mapping",
				Examples: []string{d.example["day"], d.example["month"]},
			})
		}
		for _, t := range []struct {
			code, kind, what, means, fix string
			n                            int64
		}{
			{"text.mojibake", "mojibake", "%q holds text that was garbled by an earlier move", "Letters such as é show as two odd ones.", "It moves as it is; correct it in the source if people will see it.", m.odd.mojibake},
			{"text.lost", "replacement", "%q holds characters that were lost before", "A mark stands where a letter was.", "It moves as it is: the letter cannot be found again.", m.odd.replacement},
			{"text.control", "control", "%q holds invisible control characters", "Some desks refuse or drop them.", "Look at the examples.", m.odd.control},
			{"text.bidi", "bidi", "%q holds marks that change the direction of text", "They can make a text read differently from what it says.", "Look at the examples.", m.odd.bidi},
		} {
			if t.n > 0 {
				add(Finding{Code: t.code, Field: f.Name, Severity: Warn, Count: t.n, Op: "filled", What: fmt.Sprintf(t.what, f.Name), Means: t.means, Fix: t.fix, Page: "records", Examples: []string{m.odd.example[t.kind]}})
			}
		}
		if twins := nearTwins(f); len(twins) > 0 {
			n := int64(0)
			for _, t := range twins {
				n += t.count
			}
			ex := []string{}
			for _, t := range twins[:min(len(twins), 5)] {
				ex = append(ex, fmt.Sprintf("%q looks like %q", t.value, t.like))
			}
			add(Finding{
				Code: "values.near_twins", Field: f.Name, Severity: Warn, Count: n, Op: "filled", What: fmt.Sprintf("%q has values that look like the same word written differently", f.Name),
				Means: "Each would become an option of its own, or be unknown to the target.", Fix: "Bring them together in the value list of the mapping.", Page: "mapping", Examples: ex,
			})
		}
		if same := m.repeats; same > 0 && (o.Object == model.Contact || o.Object == model.Agent) {
			add(Finding{
				Code: "people.same_address", Field: f.Name, Severity: Warn, Count: same, Op: "filled", What: fmt.Sprintf("%s share their address in %q with another one", things, f.Name),
				Means: "The same person twice: the target would refuse the second, or split their history.", Fix: "Merge them under Clean.", Page: "clean",
			})
		}
	}
	return out
}

// Suspects gives the test by which the records of a finding are found again: their
// values are to be given in staging order. It is nil when the finding's own filter
// says it all.
func Suspects(code string, f Field) func(value string) bool {
	odd := func(count func(oddities) int64) func(string) bool {
		return func(v string) bool {
			if strings.Trim(v, Blanks) == "" {
				return false
			}
			var o oddities
			o.see(v)
			return count(o) > 0
		}
	}
	switch code {
	case "text.mojibake":
		return odd(func(o oddities) int64 { return o.mojibake })
	case "text.lost":
		return odd(func(o oddities) int64 { return o.replacement })
	case "text.control":
		return odd(func(o oddities) int64 { return o.control })
	case "text.bidi":
		return odd(func(o oddities) int64 { return o.bidi })
	case "dates.two_orders":
		return odd(func(o oddities) int64 { return o.dayFirst + o.monthFirst + o.either })
	case "values.near_twins":
		set := map[string]bool{}
		for _, t := range nearTwins(f) {
			set[t.value] = true
		}
		return func(v string) bool { return set[v] }
	case "people.same_address":
		seen := map[string]bool{}
		return func(v string) bool {
			v = strings.ToLower(strings.Trim(v, Blanks))
			again := v != "" && seen[v]
			seen[v] = true
			return again
		}
	}
	return nil
}

// holdsAddresses says whether people are told apart by a field.
func holdsAddresses(name string, t model.Type) bool {
	return t == model.Email || strings.Contains(strings.ToLower(name), "mail")
}

type twin struct {
	value, like string
	count       int64
}

// nearTwins finds values of a list that look like a commoner one: other case, blanks
// around it, or a letter lost.
func nearTwins(f Field) []twin {
	if f.Distinct < 2 || f.Distinct > 200 || int64(len(f.Top)) != f.Distinct || f.Longest > 60 || f.Filled < f.Distinct*3 {
		return nil
	}
	out := []twin{}
	for i, v := range f.Top {
		a := strings.ToLower(strings.Trim(v.Value, Blanks))
		for _, w := range f.Top[:i] {
			b := strings.ToLower(strings.Trim(w.Value, Blanks))
			alike := a == b
			if !alike && len(a) > 4 && len(b) > 4 && letters(a) && letters(b) && v.Count*3 <= w.Count {
				alike = smetrics.JaroWinkler(a, b, 0.7, 4) > 0.94 && smetrics.WagnerFischer(a, b, 1, 1, 1) <= 2
			}
			if alike {
				out = append(out, twin{v.Value, w.Value, v.Count})
				break
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].count > out[j].count })
	return out
}

// letters says that a word has no digits: "Level 1" and "Level 2" are no twins.
func letters(s string) bool { return !strings.ContainsAny(s, "0123456789") }

func plural(o model.Object) string {
	switch o {
	case model.Contact:
		return "Customers"
	case model.Organization:
		return "Companies"
	case model.Article:
		return "Help articles"
	}
	s := strings.ReplaceAll(string(o), "_", " ")
	return strings.ToUpper(s[:1]) + s[1:] + "s"
}
