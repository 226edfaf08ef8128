package mapping

import (
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

// Visibility finds the field that says whether a message is a private note.
// privateWhen is the truth, or the meaning, that stands for private.
func Visibility(o model.ObjectSchema) (f model.Field, privateWhen bool, ok bool) {
	for _, f := range o.Fields {
		if f.Private {
			return f, true, true
		}
	}
	for _, want := range []string{"public", "private", "visibility"} {
		for _, f := range o.Fields {
			if f.Type != model.Bool && f.Type != model.Option && f.Type != model.Text && f.Type != model.Integer {
				continue
			}
			if concept(f) == want {
				return f, want != "public", true
			}
		}
	}
	return model.Field{}, false, false
}

// ReadPrivate says whether a value of a visibility field, as Visibility found it,
// means a private note. ok is false when that cannot be told.
func ReadPrivate(value string, privateWhen bool) (private, ok bool) {
	switch publicWords.sure[plain(value)] {
	case "public":
		return false, true
	case "private":
		return true, true
	}
	if v, ok := Truth(value); ok {
		return v == privateWhen, true
	}
	return false, false
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
