package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// form reads the values of a call, and collects what is wrong with them.
type values struct {
	q      *request
	m      map[string]any
	faults []fault
	status int
}

// take begins to read a call's values; each name must be one of known.
func (q *request) take(b *body, known ...string) *values {
	v := &values{q: q, m: b.values, status: http.StatusBadRequest}
	for name := range b.values {
		if !slices.Contains(known, name) {
			v.fault(name, "invalid_field", "Unexpected/invalid field in request")
		}
	}
	return v
}

func (v *values) fault(field, code, message string) {
	v.faults = append(v.faults, fault{Field: field, Code: code, Message: message})
}

// bad answers with what was wrong, if anything was.
func (v *values) bad() bool {
	if len(v.faults) > 0 {
		slices.SortFunc(v.faults, func(a, b fault) int { return strings.Compare(a.Field, b.Field) })
		v.q.refuse(v.status, v.faults...)
	}
	return len(v.faults) > 0
}

func (v *values) has(name string) bool { _, ok := v.m[name]; return ok }

func (v *values) wrong(name, want string) {
	v.fault(name, "datatype_mismatch", fmt.Sprintf("Value set is of type %T. It should be a/an %s", v.m[name], want))
}

func plain(x any) (string, bool) {
	switch y := x.(type) {
	case string:
		return y, true
	case form:
		return string(y), true
	case nil:
		return "", true
	}
	return "", false
}

func (v *values) text(name string, most int) string {
	s, ok := plain(v.m[name])
	if !ok {
		v.wrong(name, "String")
	}
	if most > 0 && len([]rune(s)) > most {
		v.fault(name, "invalid_value", fmt.Sprintf("Has %d characters, it can have maximum of %d characters", len([]rune(s)), most))
	}
	return s
}

func whole(x any) (int64, bool) {
	switch y := x.(type) {
	case json.Number:
		n, err := strconv.ParseInt(y.String(), 10, 64)
		return n, err == nil
	case form:
		n, err := strconv.ParseInt(string(y), 10, 64)
		return n, err == nil
	case nil:
		return 0, true
	}
	return 0, false
}

func (v *values) number(name string) int64 {
	n, ok := whole(v.m[name])
	if !ok {
		v.wrong(name, "Positive Integer")
	}
	return n
}

func truth(x any) (is, ok bool) {
	switch y := x.(type) {
	case bool:
		return y, true
	case form:
		return y == "true", y == "true" || y == "false"
	case nil:
		return false, true
	}
	return false, false
}

func (v *values) truth(name string) bool {
	b, ok := truth(v.m[name])
	if !ok {
		v.wrong(name, "Boolean")
	}
	return b
}

func (v *values) list(name string) []string {
	if !v.has(name) || v.m[name] == nil {
		return nil
	}
	items, ok := v.m[name].([]any)
	if !ok {
		v.wrong(name, "Array")
		return nil
	}
	out := make([]string, 0, len(items))
	for _, x := range items {
		s, ok := plain(x)
		if !ok {
			v.wrong(name, "Array")
		}
		out = append(out, s)
	}
	return out
}

func (v *values) emails(name string) []string {
	list := v.list(name)
	for _, e := range list {
		if !mailLike(e) {
			v.fault(name, "invalid_value", "It should contain elements that are in the 'valid email address' format")
		}
	}
	return list
}

func mailLike(s string) bool {
	at := strings.LastIndexByte(s, '@')
	return at > 0 && strings.Contains(s[at:], ".") && !strings.ContainsAny(s, " <>,;\n")
}

func (v *values) email(name string) string {
	s := v.text(name, 255)
	if s != "" && !mailLike(s) {
		v.fault(name, "invalid_value", "It should be in the 'valid email address' format")
	}
	return s
}

func (v *values) time(name string) string {
	s := v.text(name, 0)
	if s == "" {
		return ""
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		v.fault(name, "datatype_mismatch", "It should be in the 'combined date and time ISO8601' format")
		return ""
	}
	return stamp(t)
}

// custom reads custom fields by the account's own list of them, into the values that are there.
func (v *values) custom(fields string, into map[string]any) map[string]any {
	out := map[string]any{}
	for k, x := range into {
		out[k] = x
	}
	for _, f := range v.q.s.table(fields).list {
		if f.M["default"] != true {
			if name, ok := f.M["name"].(string); ok && out[name] == nil {
				out[name] = nil
			}
		}
	}
	m, ok := v.m["custom_fields"].(map[string]any)
	if !ok {
		if v.m["custom_fields"] != nil {
			v.wrong("custom_fields", "key/value pair")
		}
		return out
	}
	for name, x := range m {
		f := v.q.s.field(fields, name)
		if f == nil {
			v.fault("custom_fields."+name, "invalid_field", "Unexpected/invalid field in request")
			continue
		}
		out[name] = v.customValue(f, name, x)
	}
	return out
}

func (s *Server) field(fields, name string) map[string]any {
	for _, f := range s.table(fields).list {
		if f.M["default"] == true {
			continue
		}
		if f.M["name"] == name {
			return f.M
		}
		if nested, ok := f.M["nested_ticket_fields"].([]any); ok {
			for _, n := range nested {
				if m, ok := n.(map[string]any); ok && m["name"] == name {
					return map[string]any{"name": name, "type": "nested_field"}
				}
			}
		}
	}
	return nil
}

func (v *values) customValue(f map[string]any, name string, x any) any {
	if x == nil {
		return nil
	}
	where := "custom_fields." + name
	mismatch := func(want string) any {
		v.fault(where, "datatype_mismatch", "It should be a/an "+want)
		return nil
	}
	s, isText := plain(x)
	switch f["type"] {
	case "custom_checkbox":
		b, ok := truth(x)
		if !ok {
			return mismatch("Boolean")
		}
		return b
	case "custom_number":
		n, ok := whole(x)
		if !ok {
			return mismatch("Integer")
		}
		return n
	case "custom_decimal":
		if n, ok := x.(json.Number); ok {
			return n
		}
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return mismatch("Number")
		}
		return json.Number(s)
	case "custom_date":
		if _, err := time.Parse("2006-01-02", s); !isText || err != nil {
			return mismatch("date in the format yyyy-mm-dd")
		}
		return s
	case "custom_dropdown":
		if !isText {
			return mismatch("String")
		}
		if !slices.Contains(choiceTexts(f["choices"]), s) {
			v.fault(where, "invalid_value", "It should be one of these values: '"+strings.Join(choiceTexts(f["choices"]), ",")+"'")
		}
		return s
	case "custom_text":
		if !isText {
			return mismatch("String")
		}
		if len([]rune(s)) > 255 {
			v.fault(where, "invalid_value", fmt.Sprintf("Has %d characters, it can have maximum of 255 characters", len([]rune(s))))
		}
		return s
	default:
		if !isText {
			return mismatch("String")
		}
		return s
	}
}

func choiceTexts(x any) []string {
	var out []string
	list, _ := x.([]any)
	for _, c := range list {
		switch y := c.(type) {
		case string:
			out = append(out, y)
		case map[string]any:
			if s, ok := y["value"].(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}
