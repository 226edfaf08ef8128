package load

import (
	"math/big"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"waybill/backend/model"
)

// Normal is a difference in how a value is written that changes nothing of what it means.
// Each has a name, is counted where it was needed, and can be switched off by who leads
// the move: then it is a difference like any other (P-83).
type Normal uint16

// The normalisations, in the order in which they are told.
const (
	LineEnds Normal = 1 << iota
	OuterBlanks
	UnicodeForm
	HTMLForm
	NumberForm
	TimePrecision
	TimeZone
	LetterCase
	TagOrder
	BoolForm
	LinkForm
)

// AllNormals is what is used as long as nobody switched any off.
const AllNormals = LineEnds | OuterBlanks | UnicodeForm | HTMLForm | NumberForm | TimePrecision | TimeZone | LetterCase | TagOrder | BoolForm | LinkForm

// NormalInfo says what a normalisation is.
type NormalInfo struct {
	Normal Normal
	// Code is its steady name, Title what stands behind "412 texts equal after:".
	Code, Title, Why string
}

var normals = []NormalInfo{
	{LineEnds, "line_ends", "line ends", "Systems end a line in three ways; people see the same line."},
	{OuterBlanks, "outer_blanks", "blanks at the beginning or end", "Desks trim what is typed; nobody sees the blanks."},
	{UnicodeForm, "unicode_form", "Unicode form", "One letter can be written as one sign or as two; it looks and reads the same."},
	{HTMLForm, "html_form", "HTML wrapping", "A desk puts a rich text into its own frame and writes the same signs in another way; it shows the same."},
	{NumberForm, "number_form", "number format", "1.50 and 1.5 are the same number. Nothing is rounded."},
	{TimePrecision, "time_precision", "parts of a second", "Most desks keep whole seconds."},
	{TimeZone, "time_zone", "time zone", "The same moment, told in another zone."},
	{LetterCase, "letter_case", "letter case of an e-mail address", "Mail arrives at the same address."},
	{TagOrder, "tag_order", "order of tags", "Tags have no order, and one counts once."},
	{BoolForm, "bool_form", "how yes and no are written", "Some desks give them as words."},
	{LinkForm, "link_form", "web addresses that lead to the same page", "Desks lower the case of a host name, add a closing slash, or lead over a page of their own."},
}

// Normals lists the normalisations.
func Normals() []NormalInfo { return slices.Clone(normals) }

// NormalsOf reads codes; unknown ones are left out.
func NormalsOf(codes []string) (out Normal) {
	for _, n := range normals {
		if slices.Contains(codes, n.Code) {
			out |= n.Normal
		}
	}
	return out
}

// Compare says whether the target has what was meant to arrive in a field, with the
// normalisations that may be used, and which of them were needed for that: 0 when the two
// are just the same, or are not the same at all.
func Compare(f model.Field, want, got any, may Normal) (same bool, needed Normal) {
	if equal(f, want, got, 0) {
		return true, 0
	}
	if may == 0 || !equal(f, want, got, may) {
		return false, 0
	}
	for _, n := range normals { // one is enough for most
		if may&n.Normal != 0 && equal(f, want, got, n.Normal) {
			return true, n.Normal
		}
	}
	needed = may
	for _, n := range normals { // what can be done without was not needed
		if needed&n.Normal != 0 && equal(f, want, got, needed&^n.Normal) {
			needed &^= n.Normal
		}
	}
	return true, needed
}

// equal compares with just these normalisations.
func equal(f model.Field, want, got any, with Normal) bool {
	if blank(want, with) {
		return blank(got, with)
	}
	switch w := want.(type) {
	case time.Time:
		return sameMoment(w, got, with)
	case model.Day:
		s := model.Plain(got)
		return s == string(w) || with&TimePrecision != 0 && len(s) >= 10 && s[:10] == string(w)
	case []string:
		return sameList(w, listOf(got), with)
	case bool:
		switch g := got.(type) {
		case bool:
			return g == w
		case string:
			return with&BoolForm != 0 && strings.EqualFold(g, "true") == w
		}
		return false
	}
	a, b := model.Plain(want), model.Plain(got)
	if a == b {
		return true
	}
	return with != 0 && sameText(f, a, b, with)
}

func sameText(f model.Field, a, b string, with Normal) bool {
	if a, b = tidyBy(a, with), tidyBy(b, with); a == b {
		return true
	}
	switch f.Type {
	case model.Number, model.Integer:
		if with&NumberForm == 0 {
			return false
		}
		x, ok1 := number(a)
		y, ok2 := number(b)
		return ok1 && ok2 && x.Cmp(y) == 0
	case model.Email:
		return with&LetterCase != 0 && strings.EqualFold(a, b)
	case model.URL:
		return with&LinkForm != 0 && sameAddress(a, b)
	case model.HTML:
		return with&HTMLForm != 0 && sameHTML(a, b, with)
	}
	return false
}

// number reads a decimal exactly. Exponents that would fill the memory are no numbers.
func number(s string) (*big.Rat, bool) {
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(s)-i > 5 || len(s) > 400 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// sameMoment compares moments to the second, and to the millisecond without TimePrecision.
func sameMoment(w time.Time, got any, with Normal) bool {
	t, ok := Moment(got)
	if !ok {
		return false
	}
	if with&TimeZone == 0 {
		if s, isText := got.(string); isText && elsewhere(s) {
			return false
		}
	}
	if with&TimePrecision == 0 {
		return t.Truncate(time.Millisecond).Equal(w.Truncate(time.Millisecond))
	}
	return t.Truncate(time.Second).Equal(w.Truncate(time.Second))
}

// elsewhere says whether a moment is told with an offset from UTC.
func elsewhere(s string) bool {
	n := len(s)
	return n > 6 && (s[n-6] == '+' || s[n-6] == '-') && s[n-3] == ':' && s[n-6:] != "+00:00" && s[n-6:] != "-00:00"
}

func sameList(a, b []string, with Normal) bool {
	if slices.Equal(a, b) {
		return true
	}
	if with == 0 {
		return false
	}
	list := func(in []string) []string {
		out := make([]string, 0, len(in))
		for _, s := range in {
			if t := tidyBy(s, with); t != "" {
				out = append(out, t)
			}
		}
		if with&TagOrder != 0 {
			sort.Strings(out)
			out = slices.Compact(out)
		}
		return out
	}
	return slices.Equal(list(a), list(b))
}

// blank says whether there is nothing: null, an empty text and an empty list are one.
func blank(v any, with Normal) bool {
	switch x := v.(type) {
	case nil:
		return true
	case []string:
		return len(x) == 0
	case time.Time:
		return x.IsZero()
	case bool:
		return false
	case string:
		return x == "" || with&OuterBlanks != 0 && strings.TrimSpace(x) == ""
	}
	s := model.Plain(v)
	return s == "" || with&OuterBlanks != 0 && strings.TrimSpace(s) == ""
}

// tidyBy takes away what desks change without changing the meaning.
func tidyBy(s string, with Normal) string {
	if with&LineEnds != 0 && strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if with&OuterBlanks != 0 {
		s = strings.TrimSpace(s)
	}
	if with&UnicodeForm != 0 && !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	return s
}

// sameAddress says whether two web addresses lead to the same page: case of the host, its
// usual port, a closing slash after it, and a page of the desk that leads on.
func sameAddress(a, b string) bool {
	return a == b || plainAddress(a) == plainAddress(b) || leadsOn(b) != "" && plainAddress(leadsOn(b)) == plainAddress(a)
}

func plainAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return s
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		u.Host = u.Hostname()
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}

// leadsOn is where a page that only leads on leads to; empty: it is no such page.
func leadsOn(s string) string {
	if !strings.Contains(s, "=http") {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return ""
	}
	q := u.Query()
	for _, name := range []string{"url", "u", "target", "q", "to"} {
		if to := q.Get(name); strings.HasPrefix(to, "http://") || strings.HasPrefix(to, "https://") {
			return to
		}
	}
	return ""
}
