package mapping

import (
	"strconv"
	"strings"

	"waybill/backend/model"
)

// title is what people call a field.
func title(f model.Field) string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}

// objectTitle is what people call an object: "Tickets".
func objectTitle(s model.Schema, o model.Object) string {
	if x, ok := s.Object(o); ok && x.Title != "" {
		return x.Title
	}
	return string(o)
}

// names gives the folded name and title of a field, without the dotted parents.
func names(f model.Field) []string {
	out := []string{plain(f.Name)}
	if i := strings.LastIndexByte(f.Name, '.'); i >= 0 {
		out = append(out, plain(f.Name[i+1:]))
	}
	if t := plain(f.Title); t != "" && t != out[0] {
		out = append(out, t)
	}
	return out
}

// concept is what a field means among those that help desks have, or "".
func concept(f model.Field) string {
	for _, n := range names(f) {
		if c := fieldWords[n]; c != "" {
			return c
		}
		// Prefixes such as "u_", "ticket_", "cf_" and a vendor's "sys_".
		if _, rest, ok := strings.Cut(n, " "); ok {
			switch first, _, _ := strings.Cut(n, " "); first {
			case "u", "cf", "ticket", "sys", "custom", "field", "contact", "customer", "agent", "message", "case", "incident":
				if c := fieldWords[rest]; c != "" {
					return c
				}
			}
		}
	}
	return ""
}

// Private is the field that says whether a message is a private note (invariant 10).
type Private struct {
	Field model.Field
	// when is the truth that stands for private, where the values are yes and no.
	when bool
	// words: the values are words such as "internal", and "yes" says nothing.
	words bool
}

// Visibility finds the field that tells private notes from public messages: the one
// that the desk declares, else the one that its name gives away.
func Visibility(o model.ObjectSchema) (Private, bool) {
	for _, f := range o.Fields {
		if !f.Private {
			continue
		}
		when, truth := Truth(f.PrivateValue)
		return Private{
			Field: f, when: when || f.PrivateValue == "",
			words: f.PrivateValue != "" && (f.Type == model.Option || !truth),
		}, true
	}
	for _, want := range []string{"public", "private", "visibility"} {
		for _, f := range o.Fields {
			if f.Type != model.Bool && f.Type != model.Option && f.Type != model.Text && f.Type != model.Integer {
				continue
			}
			if concept(f) == want {
				return Private{Field: f, when: want != "public", words: want == "visibility"}, true
			}
		}
	}
	return Private{}, false
}

// ByWords is a field whose values say in words what is private: "internal", "public reply".
func ByWords(f model.Field) Private { return Private{Field: f, when: true, words: true} }

// For is another field with the same meaning of yes and no.
func (p Private) For(f model.Field) Private { return Private{Field: f, when: p.when} }

// Read says whether a value of the field means a private note. ok is false when that cannot be told.
func (p Private) Read(value string) (private, ok bool) {
	if v, ok := Truth(value); ok && !p.words {
		return v == p.when, true
	}
	if p.words && p.Field.PrivateValue != "" {
		if plain(value) == plain(p.Field.PrivateValue) {
			return true, true
		}
		for _, o := range p.Field.Options { // one value of the list is private, so the others are not
			if o.Value == value {
				return false, true
			}
		}
	}
	switch publicWords.sure[plain(value)] {
	case "public":
		return false, true
	case "private":
		return true, true
	}
	return false, false
}

// Value writes "private" or "public" in the words of the field; empty if it has no word for it.
func (p Private) Value(private bool) string {
	if p.Field.Type == model.Bool || len(p.Field.Options) == 0 {
		if private && p.Field.PrivateValue != "" {
			return p.Field.PrivateValue
		}
		return strconv.FormatBool(private == p.when)
	}
	for _, o := range p.Field.Options {
		if is, ok := p.Read(o.Value); ok && is == private {
			return o.Value
		}
	}
	for _, o := range p.Field.Options {
		if is, ok := p.Read(o.Title); ok && is == private {
			return o.Value
		}
	}
	return ""
}

// isKey tells whether a field is the record's own number: "id", "ticket id", "Kundennummer".
func isKey(o model.Object, f model.Field) bool {
	if concept(f) == "id" {
		return true
	}
	n := plain(f.Name)
	for _, end := range []string{" id", " nr", " no", " number", " key", " nummer", "nummer"} {
		if stem, ok := strings.CutSuffix(n, end); ok && objectWords[stem] == string(o) {
			return true
		}
	}
	return false
}

// isMark tells whether a target field is where Waybill writes its own mark.
func isMark(f model.Field) bool { return !f.Custom && concept(f) == "external id" }
