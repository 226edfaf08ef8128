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

// item is one record of a request, checked.
type item struct {
	shape  *shape
	imp    bool
	set    map[string]json.RawMessage // by field name; nil clears
	links  map[string]string
	unique string
	errs   []FieldError
}

func (it *item) bad(field, code, reason, value string) {
	if utf8.RuneCountInString(value) > 100 {
		value = string([]rune(value)[:100]) + "..."
	}
	it.errs = append(it.errs, FieldError{Field: field, Code: code, Reason: reason, Value: value})
}

// check reads an item, which is valid JSON, and checks everything that needs no other record. creating
// asks for required fields too. files holds the parts of a multipart request.
func (d *Desk) check(s *shape, fields []model.Field, raw json.RawMessage, imp, creating bool, files map[string]upload) *item {
	it := &item{shape: s, imp: imp, set: map[string]json.RawMessage{}, links: map[string]string{}}
	whole := gjson.ParseBytes(raw)
	if !whole.IsObject() {
		it.bad("", "invalid", "an item is a JSON object", "")
		return it
	}
	in := map[string]json.RawMessage{}
	whole.ForEach(func(name, v gjson.Result) bool {
		switch n := name.String(); n {
		case "import":
			it.imp = it.imp || v.Type == gjson.True
		case "fields":
			if !v.IsObject() {
				it.bad(n, "invalid", "custom fields are a JSON object", v.Raw)
			}
			v.ForEach(func(name, v gjson.Result) bool {
				in[customPrefix+name.String()] = json.RawMessage(v.Raw)
				return v.Raw != ""
			})
		default:
			in[n] = json.RawMessage(v.Raw)
		}
		return true
	})
	for _, f := range fields {
		v, given := in[f.Name]
		delete(in, f.Name)
		if !given {
			if creating && f.Required {
				it.bad(f.Name, "required", "this field is required", "")
			}
			continue
		}
		it.field(f, v, creating, files)
	}
	for _, name := range sortedKeys(in) {
		it.bad(name, "unknown", "there is no such field", "")
	}
	return it
}

func sortedKeys(m map[string]json.RawMessage) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// importOnly are the times that only an import may set.
var importOnly = []string{"created_at", "updated_at", "solved_at"}

// field checks one value and keeps it in its normal form.
func (it *item) field(f model.Field, v json.RawMessage, creating bool, files map[string]upload) {
	v = bytes.TrimSpace(v)
	if f.ReadOnly {
		it.bad(f.Name, "read_only", "this field cannot be written", string(v))
		return
	}
	if bytes.Equal(v, []byte("null")) || bytes.Equal(v, []byte(`""`)) || bytes.Equal(v, []byte("[]")) {
		if f.Required {
			it.bad(f.Name, "required", "this field is required", "")
			return
		}
		if !creating {
			it.set[f.Name] = nil
		}
		return
	}
	if slices.Contains(importOnly, f.Name) && !it.imp {
		it.bad(f.Name, "import_only", "only an import may set this time", string(v))
		return
	}
	norm, code, reason := it.value(f, v, files)
	if code != "" {
		it.bad(f.Name, code, reason, plain(v))
		return
	}
	it.set[f.Name] = norm
}

// plain shows a JSON value to people.
func plain(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// value checks by type; an empty code is good.
func (it *item) value(f model.Field, v json.RawMessage, files map[string]upload) (norm json.RawMessage, code, reason string) {
	if !utf8.Valid(v) {
		return nil, "invalid", "this is not valid UTF-8"
	}
	switch f.Type {
	case model.Number, model.Integer:
		if _, err := strconv.ParseFloat(string(v), 64); err != nil || v[0] == '"' {
			return nil, "invalid", "this must be a number"
		}
		return v, "", ""
	case model.Bool:
		if string(v) != "true" && string(v) != "false" {
			return nil, "invalid", "this must be true or false"
		}
		return v, "", ""
	case model.Options, model.Tags:
		return list(f, v)
	}
	given := gjson.ParseBytes(v)
	if given.Type != gjson.String {
		return nil, "invalid", "this must be text"
	}
	s := given.Str
	if f.Required && strings.TrimSpace(s) == "" {
		return nil, "required", "this field is required"
	}
	if f.MaxLength > 0 && len(s) > f.MaxLength && utf8.RuneCountInString(s) > f.MaxLength {
		return nil, "too_long", fmt.Sprintf("at most %d characters are allowed, these are %d", f.MaxLength, utf8.RuneCountInString(s))
	}
	if f.Unique {
		it.unique = fold(s)
	}
	switch f.Type {
	case model.Email:
		if !emailLike(s) {
			return nil, "invalid", "this is not an e-mail address"
		}
	case model.Date:
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return nil, "invalid", "this is not a date such as 2026-01-31"
		}
	case model.DateTime:
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || t.Year() < 1900 || t.Year() > 2999 {
			return nil, "invalid", "this is not a time such as 2026-01-31T10:00:00Z"
		}
		return quote(model.Stamp(t)), "", ""
	case model.Option:
		if !slices.ContainsFunc(f.Options, func(c model.Choice) bool { return c.Value == s }) {
			return nil, "invalid", "this is not one of the options"
		}
	case model.LinkType:
		it.links[f.Name] = s
	case model.FileType:
		up, ok := files[s]
		if !ok {
			return nil, "invalid", "name the part of the multipart/form-data request that holds the content"
		}
		if up.tooLarge {
			return nil, "too_large", "the content is larger than this desk allows"
		}
		it.set["size"] = json.RawMessage(strconv.FormatInt(up.size, 10))
		it.set["sha256"] = quote(up.hash)
	}
	return v, "", ""
}

func list(f model.Field, v json.RawMessage) (json.RawMessage, string, string) {
	var values []string
	if json.Unmarshal(v, &values) != nil {
		return nil, "invalid", "this must be a list of texts"
	}
	for _, s := range values {
		if f.Type == model.Options && !slices.ContainsFunc(f.Options, func(c model.Choice) bool { return c.Value == s }) {
			return nil, "invalid", fmt.Sprintf("%q is not one of the options", s)
		}
		if n := utf8.RuneCountInString(s); n == 0 || n > 100 {
			return nil, "invalid", "a tag has 1 to 100 characters"
		}
	}
	if len(values) > 200 {
		return nil, "too_long", "at most 200 values are allowed"
	}
	var b bytes.Buffer
	if json.Compact(&b, v) != nil {
		return nil, "invalid", "this must be a list of texts"
	}
	return b.Bytes(), "", ""
}

func emailLike(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && !strings.ContainsAny(s, " \t\r\n<>,;\"") && !strings.Contains(domain, "@") &&
		strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

func quote(s string) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return json.RawMessage(`""`)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// settle checks against the other records, and fills in what the desk sets by
// itself; d.mu is held. self is the record itself when it is changed, or 0.
func (d *Desk) settle(it *item, self uint32) {
	s := it.shape
	for _, f := range s.Fields {
		id, ok := it.links[f.Name]
		if !ok {
			continue
		}
		n, ok := d.live(nil, id)
		if ok {
			to := d.shape[d.recs[n-1].obj].Object
			ok = slices.Contains(f.To, to)
			if f.Name == "author" {
				it.set["author_type"] = quote(string(to))
			}
		}
		if !ok {
			it.bad(f.Name, "no_such_record", "there is no such record", id)
		}
	}
	if it.unique != "" {
		if other, ok := s.taken[it.unique]; ok && other != self {
			it.bad(s.unique, "taken", "another "+string(s.Object)+" (id "+idText(other)+") has this value", plain(it.set[s.unique]))
		}
	}
	if self != 0 || len(it.errs) > 0 {
		return
	}
	for _, f := range s.Fields {
		if _, ok := it.set[f.Name]; ok || f.Default == "" {
			continue
		}
		if f.Type == model.Bool {
			it.set[f.Name] = json.RawMessage(f.Default)
		} else {
			it.set[f.Name] = quote(f.Default)
		}
	}
	if _, ok := s.Field("created_at"); ok && it.set["created_at"] == nil {
		it.set["created_at"] = quote(d.stamp())
	}
	if _, ok := s.Field("updated_at"); ok && it.set["updated_at"] == nil {
		it.set["updated_at"] = it.set["created_at"]
	}
}
