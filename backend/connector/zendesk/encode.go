package zendesk

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// groupsOf are the names under which custom fields lie, as objects.
var nested = []string{"user_fields", "organization_fields"}

// encode makes the body of a draft. Fields that the shape does not have are refused
// (P-64); with nulls an empty value empties its field.
func encode(shape model.ObjectSchema, d model.Draft, nulls bool) (map[string]any, *problem.Problem) {
	out := map[string]any{}
	var custom []map[string]any
	for _, name := range model.Names(d.Fields) {
		v := d.Fields[name]
		if v == nil && !nulls {
			continue
		}
		f, ok := shape.Field(name)
		if !ok || f.ReadOnly {
			return nil, problem.New(connector.CodeUnknownField, fmt.Sprintf("Zendesk does not let %q be written, or has no such field.", name), notThere,
				"Create the field in Zendesk, or leave it out in the mapping.").At(at(d, name))
		}
		x, bad := value(f, d, v)
		if bad != nil {
			return nil, bad
		}
		group, key, dotted := strings.Cut(name, ".")
		switch {
		case dotted && group == "custom_fields":
			id, err := strconv.ParseInt(key, 10, 64)
			if err != nil {
				return nil, problem.New(connector.CodeUnknownField, fmt.Sprintf("Zendesk has no field %q.", name), notThere, "Choose the field in the mapping again.").At(at(d, name))
			}
			custom = append(custom, map[string]any{"id": id, "value": x})
		case dotted && slices.Contains(nested, group):
			m, ok := out[group].(map[string]any)
			if !ok {
				m = map[string]any{}
				out[group] = m
			}
			m[key] = x
		case strings.HasSuffix(name, "_id") && f.Type == model.Option:
			out[name] = number(model.Plain(v))
		default:
			out[name] = x
		}
	}
	if custom != nil {
		out["custom_fields"] = custom
	}
	return out, encodeLinks(shape, d, nulls, out)
}

func encodeLinks(shape model.ObjectSchema, d model.Draft, nulls bool, out map[string]any) *problem.Problem {
	for _, l := range d.Links {
		f, ok := shape.Field(l.Field)
		if !ok || f.ReadOnly {
			return problem.New(connector.CodeUnknownField, fmt.Sprintf("Zendesk has no link %q.", l.Field), notThere, "Leave it out in the mapping.").At(at(d, l.Field))
		}
		if f.Parent {
			continue // it lies in the record that it points to
		}
		several := strings.HasSuffix(l.Field, "_ids")
		switch {
		case l.Target.ID != "" && several:
			list, _ := out[l.Field].([]any)
			out[l.Field] = append(list, number(l.Target.ID))
		case l.Target.ID != "":
			out[l.Field] = number(l.Target.ID)
		case nulls && several:
			out[l.Field] = []any{}
		case nulls:
			out[l.Field] = nil
		}
	}
	return nil
}

// number is an id as Zendesk writes it; what is none stays as it is, to be refused.
func number(id string) any {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		return n
	}
	return id
}

// value makes a value of JSON, as long as it survives that.
func value(f model.Field, d model.Draft, v any) (any, *problem.Problem) {
	switch x := v.(type) {
	case string:
		if !utf8.ValidString(x) {
			return nil, problem.New(connector.CodeInvalid, fmt.Sprintf("%q holds bytes that are not text.", f.Name),
				"Sending it would silently change it, so the record was not sent.",
				"Repair the characters in Clean, or choose the right encoding of the source.").At(at(d, f.Name))
		}
		if f.MaxLength > 0 && len(x) > f.MaxLength && utf8.RuneCountInString(x) > f.MaxLength {
			return nil, problem.New(connector.CodeTooLong, fmt.Sprintf("%q is longer than the %d characters that Zendesk takes.", f.Name, f.MaxLength),
				"Zendesk would cut it without a word, so the record was not sent.", "Shorten it with a formula in the mapping, or choose in the plan what becomes of long texts.").At(at(d, f.Name))
		}
		return x, nil
	case time.Time:
		if x.Unix() < 0 {
			return nil, problem.New(connector.CodeInvalid, fmt.Sprintf("%q is before 1970: %s.", f.Name, x.UTC().Format(time.DateOnly)),
				"Zendesk would make 1 January 1970 of it without a word, so the record was not sent.",
				"Correct the time in Clean, or give it a fixed one in the mapping.").At(at(d, f.Name))
		}
		return x.UTC().Truncate(time.Second).Format(time.RFC3339), nil
	case model.Day:
		return string(x), nil
	case []string:
		if f.Type == model.Tags && f.Name == "tags" {
			return tagged(x), nil
		}
	}
	return v, nil
}

// tagged joins the words of each tag: a blank ends a tag in Zendesk, so "call back" would
// become two.
func tagged(list []string) []string {
	out := make([]string, 0, len(list))
	for _, t := range list {
		if t = strings.Join(strings.Fields(t), "_"); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// Kept says what Zendesk makes of a draft: the words of a tag are joined.
func (c *conn) Kept(d model.Draft) model.Draft {
	list, ok := d.Fields["tags"].([]string)
	if !ok || !slices.ContainsFunc(list, func(t string) bool { return strings.ContainsFunc(t, unicode.IsSpace) }) {
		return d
	}
	d.Fields = maps.Clone(d.Fields)
	d.Fields["tags"] = tagged(list)
	return d
}

// missing refuses a draft that lacks what Zendesk requires.
func missing(shape model.ObjectSchema, d model.Draft) *problem.Problem {
	for _, f := range shape.Fields {
		if !f.Required || f.ReadOnly || f.Parent && d.Object != ArticleAttachment {
			continue
		}
		if f.Type == model.LinkType {
			if !slices.ContainsFunc(d.Links, func(l model.DraftLink) bool { return l.Field == f.Name && l.Target.ID != "" }) {
				return required(f).At(at(d, f.Name))
			}
		} else if strings.TrimSpace(model.Plain(d.Fields[f.Name])) == "" {
			return required(f).At(at(d, f.Name))
		}
	}
	return nil
}

func required(f model.Field) *problem.Problem {
	return problem.New(connector.CodeRequired, fmt.Sprintf("%q is empty, and Zendesk requires it.", f.Title), notThere,
		"Fill it in the source, or give the field a fixed value or an \"otherwise\" in the mapping.")
}
