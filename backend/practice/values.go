package practice

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// null is the JSON of a value that empties its field.
const null = "null"

// values are the fields of a record as JSON, each at the place of its field; "" is
// no value.
type values struct {
	fields []model.Field // of when the values were read; later ones come behind them
	json   []string
}

func newValues(fields []model.Field) values {
	return values{fields, make([]string, len(fields))}
}

// at is the place of a field, or -1.
func (v values) at(name string) int {
	for i := range v.fields {
		if v.fields[i].Name == name {
			return i
		}
	}
	return -1
}

func (v values) get(name string) string {
	if i := v.at(name); i >= 0 {
		return v.json[i]
	}
	return ""
}

// text is a field's value as people read it.
func (v values) text(name string) string { return plain(v.get(name)) }

// put sets a field that the shape has; others are nowhere.
func (v values) put(name, value string) {
	if i := v.at(name); i >= 0 {
		v.json[i] = value
	}
}

// within finds the place of a custom field by the name that it has in JSON.
func (v values) within(name string) int {
	for i := range v.fields {
		if f := v.fields[i].Name; len(f) == len(customPrefix)+len(name) && f[len(customPrefix):] == name && f[:len(customPrefix)] == customPrefix {
			return i
		}
	}
	return -1
}

// decode reads a record as it is stored, without id and version.
func decode(s *shape, raw []byte) values {
	v := newValues(s.Fields)
	gjson.Parse(string(raw)).ForEach(func(name, x gjson.Result) bool {
		switch n := name.Str; n {
		case "id", "version":
		case "fields":
			x.ForEach(func(name, x gjson.Result) bool {
				if i := v.within(name.Str); i >= 0 {
					v.json[i] = x.Raw
				}
				return true
			})
		default:
			v.put(n, x.Raw)
		}
		return true
	})
	return v
}

// encode appends a record: id, version, the fields in the order of the shape, the
// custom ones together under "fields". Fields without a value are left out.
func encode(b []byte, id, version uint32, v values) []byte {
	b = strconv.AppendUint(append(b, `{"id":"`...), uint64(id), 10)
	b = strconv.AppendUint(append(b, `","version":`...), uint64(version), 10)
	custom := false
	for i, x := range v.json {
		name := v.fields[i].Name
		if x == "" || x == null || name == "id" || name == "version" {
			continue
		}
		if v.fields[i].Custom {
			name = name[len(customPrefix):]
			if !custom {
				custom = true
				b = append(b, `,"fields":{"`...)
			} else {
				b = append(b, `,"`...)
			}
		} else {
			b = append(b, `,"`...)
		}
		b = append(append(append(b, name...), `":`...), x...)
	}
	if custom {
		b = append(b, '}')
	}
	return append(b, '}')
}

// keys are the parts of a record that the indexes hold.
type keys struct {
	external, unique string
	links            [8]uint32 // as many as an object may have; 0: none
	parent           uint32
	hash             string
}

// keys reads them; their texts hold nothing else of the record in memory.
func (v values) keys(s *shape) keys {
	var k keys
	n := 0
	for i, x := range v.json {
		if x == "" || x == null {
			continue
		}
		switch f := &v.fields[i]; {
		case f.Name == "external_id":
			k.external = strings.Clone(plain(x))
		case f.Name == "sha256":
			k.hash = strings.Clone(plain(x))
		case f.Name == s.unique:
			k.unique = strings.Clone(fold(plain(x)))
		case f.Type == model.LinkType && n < len(k.links):
			id, err := strconv.ParseUint(plain(x), 10, 32)
			if err != nil || id == 0 || x[0] != '"' {
				continue // not a link that this desk wrote
			}
			k.links[n] = uint32(id)
			n++
			if f.Parent {
				k.parent = uint32(id)
			}
		}
	}
	return k
}

// fold makes values that differ only in case equal.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// plain shows a JSON value to people.
func plain(v string) string {
	if len(v) > 1 && v[0] == '"' {
		return gjson.Parse(v).Str
	}
	if v == null {
		return ""
	}
	return v
}

// quote writes a text as JSON.
func quote(s string) string {
	simple := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			simple = false
			break
		}
	}
	if simple {
		return `"` + s + `"`
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return `""` // a text can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}
