package check

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"waybill/backend/load"
	"waybill/backend/model"
	"waybill/backend/store"
)

// differs says what kind of difference it is, and tells it in words.
func (c *checker) differs(codes []string, f model.Field, want, got any) (code, words string) {
	a, b := model.Plain(want), model.Plain(got)
	plain := fmt.Sprintf("%s should be %q and is %q", f.Name, clip(load.Show(want)), clip(load.Show(got)))
	main := codes[len(codes)-1]
	empty := strings.TrimSpace(b) == ""
	switch {
	case main == Privacy:
		return Privacy, privacyWords(f, want, got)
	case empty && f.Required:
		return Required, f.Name + " is empty, and must not be"
	case main == Times || main == Due:
		return main, plain + offBy(want, got)
	case main == Tags || main == Copies:
		return main, plain + missingWords(f, want, got)
	case main == Options:
		return Options, plain + strangeOption(f, b)
	case slices.Contains(codes, Formats) && !empty && !readable(f, b):
		return Formats, plain + ", which cannot be read as " + formatWord(f.Type)
	case slices.Contains(codes, Encoding) && !empty:
		if what := damaged(a, b); what != "" {
			return Encoding, fmt.Sprintf("%s: %s; it should be %q and is %q", f.Name, what, clip(near(a, b)), clip(near(b, a)))
		}
		if n, cut := cutOff(a, b); cut {
			return WholeText, fmt.Sprintf("%s ends after %d of %d characters", f.Name, n, utf8.RuneCountInString(a))
		}
	}
	if slices.Contains(codes, Encoding) && !empty && load.Show(want) == load.Show(got) {
		return main, fmt.Sprintf("%s differs: …%s… became …%s…", f.Name, clip(near(a, b)), clip(near(b, a)))
	}
	return main, plain
}

func privacyWords(f model.Field, want, got any) string {
	hidden := f.PrivateValue
	if hidden == "" {
		hidden = "true"
	}
	if model.Plain(want) == hidden {
		return "it was meant to be private and is public: customers may see it"
	}
	if model.Plain(got) == hidden {
		return "it was meant to be public and is private: the customer does not see it"
	}
	return fmt.Sprintf("%s should be %q and is %q", f.Name, model.Plain(want), model.Plain(got))
}

// offBy says how far two moments are apart: a whole number of hours means a zone.
func offBy(want, got any) string {
	w, ok := want.(time.Time)
	g, read := load.Moment(got)
	if !ok || !read {
		return ""
	}
	d := g.Sub(w).Truncate(time.Second)
	switch {
	case d != 0 && d%time.Hour == 0 && d.Abs() <= 14*time.Hour:
		return fmt.Sprintf(" (%+d hours: a time zone)", d/time.Hour)
	case d != 0 && d%(24*time.Hour) == 0:
		return fmt.Sprintf(" (%+d days)", d/(24*time.Hour))
	}
	return " (" + d.String() + ")"
}

func missingWords(f model.Field, want, got any) string {
	list := func(v any) []string {
		if l, ok := v.([]string); ok {
			return l
		}
		if s := model.Plain(v); s != "" {
			return strings.Split(s, ", ")
		}
		return nil
	}
	var words []string
	for _, s := range list(want) {
		if !slices.Contains(list(got), s) {
			words = append(words, clip(s)+" is missing")
		}
	}
	for _, s := range list(got) {
		if !slices.Contains(list(want), s) {
			words = append(words, clip(s)+" was not meant to be there")
		}
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words[:min(len(words), 3)], ", ")
}

// strangeOption says that a value is not one of the list, or says nothing.
func strangeOption(f model.Field, got string) string {
	switch strings.ToLower(strings.TrimSpace(got)) {
	case "unknown", "other", "n/a", "none", "-", "?":
		return ", which says nothing"
	case "":
		return ""
	}
	for _, o := range f.Options {
		if o.Value == got || o.Title == got {
			return ""
		}
	}
	if len(f.Options) > 0 {
		return ", which is not one of the list"
	}
	return ""
}

func formatWord(t model.Type) string {
	return map[model.Type]string{
		model.Email: "an e-mail address", model.URL: "a web address", model.Phone: "a telephone number", model.Number: "a number", model.Integer: "a whole number", model.Date: "a date",
	}[t]
}

// readable says whether a value can be read as what its field holds.
func readable(f model.Field, s string) bool {
	s = strings.TrimSpace(s)
	switch f.Type {
	case model.Email:
		a, err := mail.ParseAddress(s)
		return err == nil && a.Address == s
	case model.URL:
		u, err := url.Parse(s)
		return err == nil && u.Host != ""
	case model.Phone:
		digits := 0
		for _, r := range s {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		return digits >= 3
	case model.Number:
		_, err := strconv.ParseFloat(s, 64)
		return err == nil
	case model.Integer:
		_, err := strconv.ParseInt(strings.TrimSuffix(s, ".0"), 10, 64)
		return err == nil
	case model.Date:
		_, err := time.Parse(time.DateOnly, s[:min(len(s), 10)])
		return err == nil
	}
	return true
}

// damaged says how the letters of a text were damaged; empty: they were not. Only what the
// move did counts: what was odd in the source is odd in both.
func damaged(want, got string) string {
	switch {
	case strings.Count(got, "\uFFFD") > strings.Count(want, "\uFFFD"):
		return "letters became “�”"
	case mojibake(want, charmap.Windows1252) == got || mojibake(want, charmap.ISO8859_1) == got || moji(want, got):
		return "its letters were read in the wrong encoding"
	case unescaped(got) == want && got != want:
		return "signs became codes such as &amp;amp;"
	case lost(want, got, '?'):
		return "letters became question marks"
	case stripped(want) == got && want != got:
		return "accents were lost"
	case lost(want, got, 0):
		return "letters or emoji are missing"
	case unmarked(want) == unmarked(got) && want != got:
		return "signs that nobody sees, such as those of the direction of writing, were lost"
	}
	return ""
}

// mojibake is a text whose bytes were read as another encoding.
func mojibake(s string, enc *charmap.Charmap) string {
	out, err := enc.NewDecoder().String(s)
	if err != nil {
		return ""
	}
	return out
}

// moji recognises it also where only a part of a text was read so.
func moji(want, got string) bool {
	for _, pair := range []string{"Ã", "â€", "Â", "Ð", "ðŸ"} {
		if strings.Count(got, pair) > strings.Count(want, pair) {
			return true
		}
	}
	return false
}

func unescaped(s string) string {
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'").Replace(s)
}

// lost says whether got is want without signs beyond ASCII, each replaced by a sign; 0: by nothing.
func lost(want, got string, by rune) bool {
	if isASCII(want) {
		return false
	}
	g := []rune(got)
	at, missing, put := 0, 0, 0
	for _, r := range want {
		if at < len(g) && g[at] == r {
			at++
			continue
		}
		if r < utf8.RuneSelf {
			return false
		}
		missing++
		if by != 0 && at < len(g) && g[at] == by {
			at++
			put++
		}
	}
	return missing > 0 && at == len(g) && (by == 0 || put > 0)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// stripped is a text without its accents.
func stripped(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// unmarked is a text without signs that nobody sees.
func unmarked(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, s)
}

// cutOff says whether got is the beginning of want, and how long it is. Ends of elements and
// signs of omission are no text.
func cutOff(want, got string) (n int, cut bool) {
	head := strings.TrimSpace(got)
	for {
		before := head
		head = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(head, "…"), "..."))
		if i := strings.LastIndex(head, "</"); i >= 0 && strings.HasSuffix(head, ">") && !strings.ContainsAny(head[i+2:len(head)-1], "<> ") {
			head = strings.TrimSpace(head[:i])
		}
		if head == before {
			break
		}
	}
	whole := strings.TrimSpace(want)
	if head == "" || len(head) >= len(whole) || !strings.HasPrefix(whole, head) {
		return 0, false
	}
	if !strings.ContainsFunc(tagged.ReplaceAllString(whole[len(head):], ""), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return 0, false // a picture, or the end of an element: no text is missing
	}
	return utf8.RuneCountInString(head), true
}

var tagged = regexp.MustCompile(`<[^>]*>`)

// near shows a text around the first place at which it differs from another one.
func near(s, other string) string {
	a, b := []rune(s), []rune(other)
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-15)
	return string(a[from:min(len(a), i+35)])
}

// flips notes an open ticket that is overdue in the target and was not meant to be.
func (c *checker) flips(o model.Object, x pair, want, got any, values map[string]any) {
	w, ok := want.(time.Time)
	g, read := load.Moment(got)
	if !ok || !read || closed(values) || !w.After(c.now) || !g.Before(c.now) || len(c.Breached) >= 1000 {
		return
	}
	c.Breached = append(c.Breached, fmt.Sprintf("%s: due %s, meant to be %s", label(o, x), load.Show(g), load.Show(w)))
}

func closed(values map[string]any) bool {
	switch store.Fold(model.Plain(values["status"])) {
	case "closed", "solved", "resolved":
		return true
	}
	return false
}
