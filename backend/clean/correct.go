package clean

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/biter777/countries"
	"github.com/inbucket/html2text"
	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"waybill/backend/formula"
	"waybill/backend/mapping"
	"waybill/backend/model"
	"waybill/backend/problem"
	"waybill/backend/profile"
	"waybill/backend/store"
	"waybill/backend/transform"
)

// Ways to correct the values of a field.
const (
	HowTrim     = "trim"
	HowCase     = "case"
	HowPlain    = "plain"
	HowMojibake = "mojibake"
	HowPhone    = "phone"
	HowEmail    = "email"
	HowCountry  = "country"
	HowDate     = "date"
	HowTags     = "tags"
	HowReplace  = "replace"
	// HowPrefix tells the numbers of one source from those of another; it is offered where
	// numbers collide.
	HowPrefix = "prefix"
)

// Ways lists how values can be corrected, in the order in which people meet them.
func Ways() []string {
	return []string{HowTrim, HowCase, HowPlain, HowMojibake, HowPhone, HowEmail, HowCountry, HowDate, HowTags, HowReplace}
}

// Settings of the ways, with what is used when nothing is said.
func Settings(how string) map[string]string {
	switch how {
	case HowCase:
		return map[string]string{"to": "title"} // title, lower, upper
	case HowPhone:
		return map[string]string{"country": "", "format": "e164"} // or international
	case HowCountry:
		return map[string]string{"to": "code"} // or name
	case HowDate:
		return map[string]string{"format": ""} // several parted by |
	case HowReplace:
		return map[string]string{"values": "{}"} // JSON: from -> to
	case HowPrefix:
		return map[string]string{"prefix": ""}
	case HowTags:
		return map[string]string{"blank": "_", "values": "{}"}
	}
	return map[string]string{}
}

// fixer makes the function that corrects one value; a problem says which setting is wrong.
func fixer(f model.Field, how string, settings map[string]string) (func(string) string, *problem.Problem) {
	wrong := func(field, what, next string) *problem.Problem {
		return problem.New("clean.setting", what, "The correction cannot be made like this.", next).At(problem.Place{Field: field, Value: settings[field]})
	}
	switch how {
	case HowTrim:
		return trim, nil
	case HowPlain:
		return plainText, nil
	case HowMojibake:
		return func(s string) string {
			if r, ok := profile.Repair(s); ok {
				return r
			}
			return s
		}, nil
	case HowEmail:
		return tidyEmail, nil
	case HowPrefix:
		prefix := strings.TrimSpace(settings["prefix"])
		if prefix == "" || len(prefix) > 20 {
			return nil, wrong("prefix", "It is not said what stands before the numbers.", "Write a short word, such as CRM-.")
		}
		return func(s string) string {
			if strings.TrimSpace(s) == "" || strings.HasPrefix(s, prefix) {
				return s
			}
			return prefix + s
		}, nil
	case HowCase:
		switch settings["to"] {
		case "lower":
			return strings.ToLower, nil
		case "upper":
			return strings.ToUpper, nil
		case "title":
			return titleCase, nil
		}
		return nil, wrong("to", "It is not said how the letters should be.", "Choose title, lower or upper.")
	case HowPhone:
		country := strings.ToUpper(strings.TrimSpace(settings["country"]))
		if country != "" && phonenumbers.GetCountryCodeForRegion(country) == 0 {
			return nil, wrong("country", "This is not the code of a country with telephone numbers.", "Write two letters, such as DE or US; or leave it empty, then only numbers with their country's code are changed.")
		}
		format := phonenumbers.E164
		if settings["format"] == "international" {
			format = phonenumbers.INTERNATIONAL
		}
		return func(s string) string { return tidyPhone(s, country, format) }, nil
	case HowCountry:
		name := settings["to"] == "name"
		return func(s string) string { return tidyCountry(s, name) }, nil
	case HowDate:
		return dateFixer(f, settings, wrong)
	case HowReplace, HowTags:
		return valueFixer(how, settings, wrong)
	}
	return nil, problem.New("clean.how", "There is no such correction.", "", "Choose one of the list.").At(problem.Place{Value: how})
}

var blanks = regexp.MustCompile(`[^\S\n]{2,}`)

// trim takes outer blanks away, also those that nobody sees, and makes one of several inside.
func trim(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u2060' })
	return blanks.ReplaceAllString(s, " ")
}

var markup = regexp.MustCompile(`(?i)</?(p|div|br|span|a|b|i|strong|em|ul|ol|li|table|tr|td|img|html|body|h[1-6]|blockquote|pre|font)\b[^<>]*>|&(amp|lt|gt|nbsp|quot|#\d+);`)

func plainText(s string) string {
	if !markup.MatchString(s) {
		return s
	}
	out, err := html2text.FromString(s, html2text.Options{})
	if err != nil { // shown as it stands rather than lost
		return s
	}
	return strings.TrimSpace(out)
}

// titleCase writes a name that is all small or all capital letters as names are written;
// "McDonald" stays.
func titleCase(s string) string {
	if s != strings.ToLower(s) && s != strings.ToUpper(s) {
		return s
	}
	return cases.Title(language.Und).String(strings.ToLower(s))
}

var inBrackets = regexp.MustCompile(`<([^<>\s]+@[^<>\s]+)>`)

// tidyEmail takes the address out of "Anna <ANNA@X.COM>", without what is not part of it.
func tidyEmail(s string) string {
	out := strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' })
	if m := inBrackets.FindStringSubmatch(out); m != nil {
		out = m[1]
	}
	if len(out) > 7 && strings.EqualFold(out[:7], "mailto:") {
		out = out[7:]
	}
	out = strings.Trim(out, "<>\"';,. ")
	if strings.Count(out, "@") != 1 {
		return s
	}
	return strings.ToLower(out)
}

func tidyPhone(s, country string, format phonenumbers.PhoneNumberFormat) string {
	n, err := phonenumbers.Parse(s, country)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return s
	}
	return phonenumbers.Format(n, format)
}

func tidyCountry(s string, name bool) string {
	c := countries.ByName(strings.TrimSpace(s))
	if c == countries.Unknown || !c.IsValid() {
		return s
	}
	if name {
		return c.String()
	}
	return c.Alpha2()
}

func dateFixer(f model.Field, settings map[string]string, wrong func(field, what, next string) *problem.Problem) (func(string) string, *problem.Problem) {
	formats := []*formula.DateFormat{}
	own, err := formula.NewDateFormat(f.Format, f.Zone)
	if err == nil {
		formats = append(formats, own)
	}
	for _, x := range strings.Split(settings["format"], "|") {
		if x = strings.TrimSpace(x); x == "" {
			continue
		}
		d, err := formula.NewDateFormat(x, f.Zone)
		if err != nil {
			return nil, wrong("format", problem.From(err).What, "Use tokens such as DD.MM.YYYY, and | between several ways.")
		}
		formats = append(formats, d)
	}
	if len(formats) == 0 {
		return nil, wrong("format", "It is not said how the dates are written.", "Use tokens such as DD.MM.YYYY.")
	}
	return func(s string) string {
		for _, d := range formats {
			t, day, err := d.Parse(s)
			switch {
			case err != nil:
			case day:
				return t.Format("2006-01-02")
			default:
				return model.Stamp(t)
			}
		}
		return s
	}, nil
}

// valueFixer replaces values by others, compared without case and outer blanks.
func valueFixer(how string, settings map[string]string, wrong func(field, what, next string) *problem.Problem) (func(string) string, *problem.Problem) {
	given := map[string]string{}
	if s := settings["values"]; s != "" {
		if err := json.Unmarshal([]byte(s), &given); err != nil {
			return nil, wrong("values", "The list of values cannot be read.", "Write each value with what it becomes.")
		}
	}
	if how == HowReplace && len(given) == 0 {
		return nil, wrong("values", "There is no value to replace.", "Write at least one value with what it becomes.")
	}
	to := make(map[string]string, len(given))
	for from, x := range given {
		to[store.Fold(from)] = x
	}
	return func(s string) string {
		if x, ok := to[store.Fold(s)]; ok {
			return x
		}
		if how == HowTags {
			s = strings.ToLower(strings.TrimSpace(s))
			if b := settings["blank"]; b != " " {
				s = strings.Join(strings.Fields(s), b)
			}
			if x, ok := to[s]; ok {
				return x
			}
		}
		return s
	}, nil
}

// anyValue corrects a value as a record has it: one text, or several.
func anyValue(f model.Field, how string, fix func(string) string) func(any) any {
	several := f.Type == model.Tags || f.Type == model.Options
	return func(v any) any {
		switch x := v.(type) {
		case string:
			if several && f.Separator != "" {
				return eachOf(mapping.SplitCell(x, f.Separator), fix)
			}
			return fix(x)
		case []string:
			return eachOf(x, fix)
		}
		return v // numbers and yes or no have nothing to correct
	}
}

func eachOf(list []string, fix func(string) string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s = fix(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// Install gives a program the corrections that are in force, and what was decided about
// single records: drafts are then made from corrected values, while the records stay as the
// source gave them.
func Install(tx *store.Tx, src model.Schema, prog *transform.Program) error {
	all, err := tx.Corrections()
	if err != nil {
		return err
	}
	for _, d := range all {
		s, err := SpecOf(d)
		if err != nil {
			return err
		}
		if s.How == HowOwner {
			continue // kept record by record
		}
		shape, _ := src.Object(s.Object)
		f, ok := shape.Field(s.Field)
		if !ok {
			continue // the source no longer has it
		}
		fix, p := fixer(f, s.How, s.Settings)
		if p != nil {
			return p
		}
		if s.How == HowDate {
			prog.ReadISO(s.Object, s.Field)
		}
		label, err := json.Marshal(s)
		if err != nil {
			return err
		}
		prog.Correct(s.Object, s.Field, string(label), anyValue(f, s.How, fix))
	}
	return installFixes(tx, prog)
}

func installFixes(tx *store.Tx, prog *transform.Program) error {
	fixes, err := tx.Fixes()
	if err != nil {
		return err
	}
	by := map[model.Key]*transform.Fix{}
	for _, x := range fixes {
		f := by[x.Key]
		if f == nil {
			f = &transform.Fix{Values: map[string]any{}, Links: map[string][]model.Ref{}}
			by[x.Key] = f
		}
		if err := addFix(f, x); err != nil {
			return err
		}
	}
	for k, f := range by {
		prog.Fix(k, *f)
	}
	return nil
}

// FixOf puts together what decisions give one record.
func FixOf(fixes []store.Fix) (transform.Fix, error) {
	f := transform.Fix{Values: map[string]any{}, Links: map[string][]model.Ref{}}
	for _, x := range fixes {
		if err := addFix(&f, x); err != nil {
			return f, err
		}
	}
	return f, nil
}

func addFix(f *transform.Fix, x store.Fix) error {
	switch x.How {
	case store.FixLink:
		var to []model.Ref
		if err := json.Unmarshal([]byte(x.Value), &to); err != nil {
			return fmt.Errorf("decision %d: %w", x.Decision, err)
		}
		f.Links[x.Field] = to
	case store.FixAddresses:
		var more []string
		if err := json.Unmarshal([]byte(x.Value), &more); err != nil {
			return fmt.Errorf("decision %d: %w", x.Decision, err)
		}
		f.Addresses = append(f.Addresses, more...)
	default:
		v, err := valueOf(x.Value)
		if err != nil {
			return fmt.Errorf("decision %d: %w", x.Decision, err)
		}
		f.Values[x.Field] = v
	}
	return nil
}

// valueOf reads a value that was kept for a field: a text or a list of texts, as a record has it.
func valueOf(s string) (any, error) {
	var list []string
	if json.Unmarshal([]byte(s), &list) == nil {
		return list, nil
	}
	var v any
	err := json.Unmarshal([]byte(s), &v)
	return v, err
}
