package intercom

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/inbucket/html2text"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// put is what a draft wants to write: values by the names of fields, custom ones apart.
type put struct {
	fields map[string]any
	custom map[string]any
}

// judge looks at a draft's values before anything is sent, and turns them into what
// Intercom takes. A value that it surely refuses is refused here, because a conversation is
// written in several steps.
func judge(shape model.ObjectSchema, d model.Draft, prefix string) (put, *problem.Problem) {
	out := put{fields: map[string]any{}, custom: map[string]any{}}
	for _, name := range model.Names(d.Fields) {
		v := d.Fields[name]
		where := place(string(d.Object), d.Source.ID, name, "")
		f, ok := shape.Field(name)
		if !ok || f.ReadOnly {
			return out, problem.New(connector.CodeUnknownField, fmt.Sprintf("Intercom does not let %q be written.", titleOf(f, name)),
				"The record was not sent.", "Leave the field out in the mapping, or create it in Intercom.").At(where)
		}
		if !valid(v) {
			return out, problem.New(connector.CodeInvalid, fmt.Sprintf("%q holds bytes that are not text.", titleOf(f, name)),
				"Sending it would silently change it, so the record was not sent.", "Repair the characters in Clean, or choose the right encoding of the source.").At(where)
		}
		x, ok := encode(f, v)
		if !ok {
			where.Value = model.Plain(v)
			return out, problem.New(connector.CodeInvalid, fmt.Sprintf("%q does not accept %q.", titleOf(f, name), shortened(model.Plain(v))),
				"The record was not sent.", "Correct the value in the source, or map it to one that Intercom accepts.").At(where)
		}
		if short, custom := strings.CutPrefix(name, prefix); custom {
			out.custom[short] = x
		} else {
			out.fields[name] = x
		}
	}
	return out, nil
}

func shortened(s string) string {
	if utf8.RuneCountInString(s) <= 60 {
		return s
	}
	return string([]rune(s)[:60]) + "…"
}

func titleOf(f model.Field, name string) string {
	if f.Title != "" {
		return f.Title
	}
	return name
}

// encode makes what Intercom takes of a value: times are Unix seconds.
func encode(f model.Field, v any) (any, bool) {
	if v == nil {
		return nil, true
	}
	switch f.Type {
	case model.DateTime, model.Date:
		switch x := v.(type) {
		case time.Time:
			return x.Unix(), x.Unix() >= 0 // P-34: times before 1970 have no Unix seconds that Intercom takes
		case model.Day:
			t, err := time.Parse(time.DateOnly, string(x))
			return t.Unix(), err == nil
		}
		return nil, false
	case model.Integer, model.Number:
		s := model.Plain(v)
		if x, ok := v.(float64); ok {
			s = strconv.FormatFloat(x, 'f', -1, 64)
		}
		return json.Number(s), s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s))
	case model.Bool:
		x, ok := v.(bool)
		return x, ok
	case model.Option:
		s := model.Plain(v)
		return s, len(f.Options) == 0 || slices.ContainsFunc(f.Options, func(c model.Choice) bool { return c.Value == s })
	case model.Tags, model.Options:
		if x, ok := v.([]string); ok {
			return x, true
		}
		return []string{model.Plain(v)}, true
	}
	return model.Plain(v), true
}

// valid tells whether a value survives JSON, which replaces bytes that are no text.
func valid(v any) bool {
	switch x := v.(type) {
	case string:
		return utf8.ValidString(x)
	case []string:
		return !slices.ContainsFunc(x, func(s string) bool { return !utf8.ValidString(s) })
	}
	return true
}

// target finds where a link of a draft leads.
func target(d model.Draft, field string) (model.Key, bool) {
	for _, l := range d.Links {
		if l.Field == field && l.Target.ID != "" {
			return l.Target, true
		}
	}
	return model.Key{}, false
}

// named says whether a draft has a link at all, with or without a target.
func named(d model.Draft, field string) bool {
	return slices.ContainsFunc(d.Links, func(l model.DraftLink) bool { return l.Field == field })
}

// plainText is rich text as customers' messages take it: without mark-up.
func plainText(body string) string {
	if !strings.Contains(body, "<") && !strings.Contains(body, "&") {
		return body
	}
	out, err := html2text.FromString(body, html2text.Options{OmitLinks: false})
	if err != nil { // not readable as rich text: show it as it stands rather than lose it
		return body
	}
	return strings.TrimSpace(out)
}

// bodyOf gives a message's text as it is sent.
func bodyOf(d model.Draft, rich bool) string {
	body := model.Plain(d.Fields["body"])
	if !rich {
		body = plainText(body)
	}
	if strings.TrimSpace(body) == "" {
		body = standIn
	}
	if rich && !strings.HasPrefix(strings.TrimSpace(body), "<") { // as Intercom would write it
		body = "<p>" + body + "</p>"
	}
	return body
}

func seconds(v any) (int64, bool) {
	t, ok := v.(time.Time)
	return t.Unix(), ok
}

// isPrivate says whether a message is an internal note: what is given and is not a plain no.
func isPrivate(d model.Draft) bool {
	switch v := d.Fields["private"].(type) {
	case bool:
		return v
	case string:
		return v != "false"
	}
	_, given := d.Fields["private"]
	return given
}
