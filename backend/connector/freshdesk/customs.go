package freshdesk

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/model"
)

// markLabel is the field that Waybill makes for its mark. Freshdesk names fields itself,
// so the field is known by this label.
const markLabel = "Waybill reference"

// types of custom fields (freshdesk.md, Ticket fields).
var types = map[string]model.Type{
	"custom_text": model.Text, "custom_paragraph": model.LongText, "custom_checkbox": model.Bool, "custom_number": model.Integer,
	"custom_decimal": model.Number, "custom_date": model.Date, "custom_dropdown": model.Option, "nested_field": model.Option,
	"custom_phone_number": model.Phone, "custom_url": model.URL, "custom_multi_select_dropdown": model.Options,
	"custom_date_time": model.DateTime,
}

// customFields makes fields of the account's own ones. A dependent field is one field for
// each of its levels.
func customFields(own []gjson.Result, marks map[model.Object]string, o model.Object) []model.Field {
	var out []model.Field
	for _, f := range own {
		if f.Get("default").Bool() || strings.HasPrefix(f.Get("type").Str, "default_") {
			continue
		}
		kind := f.Get("type").Str
		t, ok := types[kind]
		if !ok {
			t = model.Text // a type that is newer than this program still has a text
		}
		x := model.Field{
			Name: "custom_fields." + f.Get("name").Str, Title: f.Get("label").Str, Type: t, Custom: true, Required: f.Get("required_for_agents").Bool(),
		}
		if t == model.Text {
			x.MaxLength = 255
		}
		if f.Get("label").Str == markLabel {
			marks[o] = f.Get("name").Str
			x.ReadOnly, x.Help = true, markHelp
		}
		if kind == "nested_field" {
			out = append(out, nested(x, f)...)
			continue
		}
		if t == model.Option || t == model.Options {
			x.Options = choices(f)
		}
		out = append(out, x)
	}
	return out
}

// choices reads the choices of a field in either of the shapes in which Freshdesk gives
// them: plain texts, or objects with a value.
func choices(f gjson.Result) []model.Choice {
	out := []model.Choice{}
	f.Get("choices").ForEach(func(_, v gjson.Result) bool {
		s := v.String()
		if v.IsObject() {
			s = v.Get("value").String()
		}
		out = append(out, model.Choice{Value: s})
		return true
	})
	return out
}

// nested makes a field for each level of a dependent one, each with all choices that its
// level has anywhere.
func nested(top model.Field, f gjson.Result) []model.Field {
	var levels [3][]model.Choice
	add := func(level int, s string) {
		if level < len(levels) && s != "" && !slices.Contains(levels[level], model.Choice{Value: s}) {
			levels[level] = append(levels[level], model.Choice{Value: s})
		}
	}
	var walk func(x gjson.Result, level int)
	walk = func(x gjson.Result, level int) {
		if level >= len(levels) {
			return
		}
		x.ForEach(func(k, v gjson.Result) bool {
			switch {
			case v.Type == gjson.String:
				add(level, v.Str)
			case x.IsObject(): // names lead to what depends on them
				add(level, k.String())
				walk(v, level+1)
			case v.IsObject(): // the administrator's shape: value and choices
				add(level, v.Get("value").String())
				walk(v.Get("choices"), level+1)
			}
			return true
		})
	}
	walk(f.Get("choices"), 0)
	top.Options = levels[0]
	out := []model.Field{top}
	list := f.Get("nested_ticket_fields")
	if !list.Exists() {
		list = f.Get("dependent_fields")
	}
	list.ForEach(func(_, n gjson.Result) bool {
		level := int(n.Get("level").Int()) - 1
		x := model.Field{Name: "custom_fields." + n.Get("name").Str, Title: n.Get("label").Str, Type: model.Option, Custom: true}
		if level > 0 && level < len(levels) {
			x.Options = levels[level]
		}
		out = append(out, x)
		return true
	})
	return out
}
