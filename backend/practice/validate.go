package practice

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// FieldError says what is wrong with one field of one item.
type FieldError struct {
	Field string `json:"field"`
	// Code is "required", "unknown", "invalid", "too_long", "taken", "no_such_record",
	// "read_only", "import_only" or "too_large".
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Value  string `json:"value,omitempty"`
}

// item is one record of a request, checked. A field that is to be emptied is null.
type item struct {
	shape *shape
	imp   bool
	// archive: the ticket is created in the archive; only an import may do so.
	archive bool
	values
	unique string
	errs   []FieldError
}

func newItem(s *shape, fields []model.Field, imp bool) *item {
	return &item{shape: s, imp: imp, values: newValues(fields)}
}

func (it *item) bad(field, code, reason, value string) {
	if utf8.RuneCountInString(value) > 100 {
		value = string([]rune(value)[:100]) + "..."
	}
	it.errs = append(it.errs, FieldError{Field: field, Code: code, Reason: reason, Value: value})
}

// read reads an item, which is valid JSON, and checks everything that needs no other
// record. creating asks for required fields too. files holds the parts of a multipart
// request.
func (it *item) read(raw string, creating bool, files map[string]upload) {
	whole := gjson.Parse(raw)
	if !whole.IsObject() {
		it.bad("", "invalid", "an item is a JSON object", "")
		return
	}
	var unknown []string
	whole.ForEach(func(name, v gjson.Result) bool {
		switch n := name.Str; n {
		case "import":
			it.imp = it.imp || v.Type == gjson.True
		case "archive":
			switch {
			case it.at("archived") < 0 || !creating:
				it.bad(n, "unknown", "only a ticket can be created in the archive", "")
			case v.Type == gjson.True:
				it.archive = true
			}
		case "fields":
			if !v.IsObject() {
				it.bad(n, "invalid", "custom fields are a JSON object", v.Raw)
				return true
			}
			v.ForEach(func(name, v gjson.Result) bool {
				if i := it.within(name.Str); i >= 0 {
					it.json[i] = v.Raw
				} else {
					unknown = append(unknown, customPrefix+name.Str)
				}
				return true
			})
		default:
			if i := it.at(n); i >= 0 {
				it.json[i] = v.Raw
			} else {
				unknown = append(unknown, n)
			}
		}
		return true
	})
	var content *upload
	for i := range it.fields {
		f, v := &it.fields[i], it.json[i]
		it.json[i] = ""
		switch {
		case v != "":
			if up := it.field(f, i, v, creating, files); up != nil {
				content = up
			}
		case creating && f.Required:
			it.bad(f.Name, "required", "this field is required", "")
		}
	}
	if it.archive {
		if !it.imp {
			it.bad("archive", "import_only", "only an import creates tickets in the archive", "")
		}
		it.put("archived", "true")
	}
	if content != nil {
		it.put("size", strconv.FormatInt(content.size, 10))
		it.put("sha256", quote(content.hash))
	}
	slices.Sort(unknown)
	for _, name := range slices.Compact(unknown) {
		it.bad(name, "unknown", "there is no such field", "")
	}
}

// importOnly are the times that only an import may set.
var importOnly = []string{"created_at", "updated_at", "solved_at"}

// field checks one value and keeps it, in its normal form, at place i. It gives the
// content that the value names.
func (it *item) field(f *model.Field, i int, v string, creating bool, files map[string]upload) *upload {
	if f.ReadOnly {
		it.bad(f.Name, "read_only", "this field cannot be written", v)
		return nil
	}
	if v == null || v == `""` || v == "[]" {
		if f.Required {
			it.bad(f.Name, "required", "this field is required", "")
		} else if !creating {
			it.json[i] = null
		}
		return nil
	}
	if !it.imp && slices.Contains(importOnly, f.Name) {
		it.bad(f.Name, "import_only", "only an import may set this time", v)
		return nil
	}
	norm, content, code, reason := it.value(f, v, files)
	if code != "" {
		it.bad(f.Name, code, reason, plain(v))
		return nil
	}
	it.json[i] = norm
	return content
}

// value checks by type; an empty code is good.
func (it *item) value(f *model.Field, v string, files map[string]upload) (norm string, content *upload, code, reason string) {
	if !utf8.ValidString(v) {
		return "", nil, "invalid", "this is not valid UTF-8"
	}
	switch f.Type {
	case model.Number, model.Integer:
		if _, err := strconv.ParseFloat(v, 64); err != nil || v[0] == '"' {
			return "", nil, "invalid", "this must be a number"
		}
		return v, nil, "", ""
	case model.Bool:
		if v != "true" && v != "false" {
			return "", nil, "invalid", "this must be true or false"
		}
		return v, nil, "", ""
	case model.Options, model.Tags:
		norm, code, reason = list(f, v)
		return norm, nil, code, reason
	}
	if v[0] != '"' {
		return "", nil, "invalid", "this must be text"
	}
	s := gjson.Parse(v).Str
	if f.Required && strings.TrimSpace(s) == "" {
		return "", nil, "required", "this field is required"
	}
	if f.MaxLength > 0 && len(s) > f.MaxLength && utf8.RuneCountInString(s) > f.MaxLength {
		return "", nil, "too_long", fmt.Sprintf("at most %d characters are allowed, these are %d", f.MaxLength, utf8.RuneCountInString(s))
	}
	if f.Unique {
		it.unique = fold(s)
	}
	switch f.Type {
	case model.Email:
		if !emailLike(s) {
			return "", nil, "invalid", "this is not an e-mail address"
		}
	case model.Date:
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return "", nil, "invalid", "this is not a date such as 2026-01-31"
		}
	case model.DateTime:
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || t.Year() < 1900 || t.Year() > 2999 {
			return "", nil, "invalid", "this is not a time such as 2026-01-31T10:00:00Z"
		}
		return moment(t, v), nil, "", ""
	case model.Option:
		if !offers(f, s) {
			return "", nil, "invalid", "this is not one of the options"
		}
	case model.FileType:
		up, ok := files[s]
		if !ok {
			return "", nil, "invalid", "name the part of the multipart/form-data request that holds the content"
		}
		if up.tooLarge {
			return "", nil, "too_large", "the content is larger than this desk allows"
		}
		return v, &up, "", ""
	}
	return v, nil, "", ""
}

func offers(f *model.Field, s string) bool {
	for i := range f.Options {
		if f.Options[i].Value == s {
			return true
		}
	}
	return false
}

// moment is a time's stamp as JSON; v is how it came, which often is just that.
func moment(t time.Time, v string) string {
	var room [32]byte
	if stamp := t.UTC().AppendFormat(room[:0], `"2006-01-02T15:04:05.000Z"`); string(stamp) == v {
		return v
	}
	return quote(model.Stamp(t))
}

func list(f *model.Field, v string) (norm, code, reason string) {
	given := gjson.Parse(v)
	if !given.IsArray() {
		return "", "invalid", "this must be a list of texts"
	}
	n := 0
	given.ForEach(func(_, x gjson.Result) bool {
		n++
		switch {
		case x.Type != gjson.String:
			code, reason = "invalid", "this must be a list of texts"
		case f.Type == model.Options && !offers(f, x.Str):
			code, reason = "invalid", fmt.Sprintf("%q is not one of the options", x.Str)
		case x.Str == "" || len(x.Str) > 100 && utf8.RuneCountInString(x.Str) > 100:
			code, reason = "invalid", "a tag has 1 to 100 characters"
		case n > 200:
			code, reason = "too_long", "at most 200 values are allowed"
		}
		return code == ""
	})
	if code != "" {
		return "", code, reason
	}
	if !strings.ContainsAny(v, " \t\r\n") {
		return v, "", ""
	}
	var b bytes.Buffer
	if json.Compact(&b, []byte(v)) != nil {
		return "", "invalid", "this must be a list of texts"
	}
	return b.String(), "", ""
}

func emailLike(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && !strings.ContainsAny(s, " \t\r\n<>,;\"") && !strings.Contains(domain, "@") &&
		strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

// settle checks against the other records, and fills in what the desk sets by
// itself; d.mu is held. self is the record itself when it is changed, or 0.
func (d *Desk) settle(it *item, self uint32) {
	s := it.shape
	for i := range it.fields {
		f := &it.fields[i]
		if f.Type != model.LinkType || it.json[i] == "" || it.json[i] == null {
			continue
		}
		id := plain(it.json[i])
		n, ok := d.live(nil, id)
		if ok {
			to := d.shape[d.recs[n-1].obj].Object
			ok = slices.Contains(f.To, to)
			if f.Name == "author" {
				it.put("author_type", quote(string(to)))
			}
		}
		switch {
		case !ok:
			it.bad(f.Name, "no_such_record", "there is no such record", id)
		case n == self:
			it.bad(f.Name, "invalid", "a record cannot point to itself", id)
		}
	}
	if it.unique != "" {
		if other, ok := s.taken[it.unique]; ok && other != self {
			it.bad(s.unique, "taken", "another "+string(s.Object)+" (id "+idText(other)+") has this value", it.text(s.unique))
		}
	}
	if self != 0 || len(it.errs) > 0 {
		return
	}
	for i := range it.fields {
		f := &it.fields[i]
		if it.json[i] != "" || f.Default == "" {
			continue
		}
		if f.Type == model.Bool {
			it.json[i] = f.Default
		} else {
			it.json[i] = quote(f.Default)
		}
	}
	created := it.get("created_at")
	if created == "" {
		created = quote(d.stamp())
		it.put("created_at", created)
	}
	if it.get("updated_at") == "" {
		it.put("updated_at", created)
	}
}
