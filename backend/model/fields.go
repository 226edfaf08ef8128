package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
)

// Values decodes raw JSON into values by field name: nested objects become
// dotted names, lists of plain values become []string, other lists stay JSON
// text. Numbers keep their digits as text, so that long ids survive. A list of fields by
// id and value gives each of them, too: "custom_fields.27642".
func Values(raw json.RawMessage) (map[string]any, error) {
	if out, ok := quickValues(raw); ok {
		return out, nil
	}
	return slowValues(raw)
}

func slowValues(raw json.RawMessage) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode record: %w", err)
	}
	out := make(map[string]any, 16)
	if m, ok := v.(map[string]any); ok {
		flatten(out, "", m)
		return out, nil
	}
	out["value"] = scalar(v)
	return out, nil
}

// flatten goes in the order of the names, so that the same of two equal long names is kept
// each time (invariant 12).
func flatten(out map[string]any, prefix string, m map[string]any) {
	for _, k := range Names(m) {
		v, name := m[k], k
		if prefix != "" {
			name = prefix + "." + k
		}
		if sub, ok := v.(map[string]any); ok && len(sub) > 0 {
			flatten(out, name, sub)
			continue
		}
		out[name] = scalar(v)
		for k, x := range pairs(name, v) {
			out[k] = x
		}
	}
}

// pairs gives the values of a list of fields that several desks keep so,
// [{"id": 27642, "value": "745"}], by the list's name and theirs: "custom_fields.27642".
func pairs(name string, v any) map[string]any {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil
	}
	out := make(map[string]any, len(list))
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return nil
		}
		value, ok := m["value"]
		if !ok {
			return nil
		}
		switch id := m["id"].(type) {
		case string:
			out[name+"."+id] = scalar(value)
		case json.Number:
			out[name+"."+id.String()] = scalar(value)
		default:
			return nil
		}
	}
	return out
}

// scalar turns a decoded JSON value into string, bool, []string or nil.
func scalar(v any) any {
	switch x := v.(type) {
	case nil:
		return nil
	case string, bool:
		return x
	case json.Number:
		return x.String()
	case []any:
		list := make([]string, 0, len(x))
		for _, e := range x {
			switch y := e.(type) {
			case string:
				list = append(list, y)
			case json.Number:
				list = append(list, y.String())
			case bool:
				list = append(list, strconv.FormatBool(y))
			case nil:
			default:
				return compact(v)
			}
		}
		return list
	default:
		return compact(v)
	}
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// Plain shows a value as one text, lists joined by a comma.
func Plain(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case []string:
		b := bytes.Buffer{}
		for i, s := range x {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(s)
		}
		return b.String()
	default:
		return fmt.Sprint(x)
	}
}

// Names lists the names of a record's values in a stable order.
func Names(values map[string]any) []string {
	names := make([]string, 0, len(values))
	for n := range values {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
