package front

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Rules lists what Front tells of its configuration: rules by name and actions, message
// templates, views and shifts.
func (c *conn) Rules(ctx context.Context) (rules []connector.Rule, missing []string, err error) {
	s, err := c.prepared(ctx)
	if err != nil {
		return nil, nil, c.gone(err)
	}
	names := map[string]string{}
	for _, x := range s.inboxes {
		names[x.Get("id").String()] = x.Get("name").String()
	}
	for _, x := range s.teammates {
		names[x.Get("id").String()] = fullName(x)
	}
	tags, err := c.optional(ctx, "/company/tags?limit=100")
	if err != nil {
		return nil, nil, err
	}
	for _, x := range tags {
		names[x.Get("id").String()] = x.Get("name").String()
	}
	for _, part := range []struct {
		at, lacking string
		make        func(x gjson.Result) connector.Rule
	}{
		{"/company/rules", "rules", ruleOf},
		{"/message_templates?sort_by=created_at&sort_order=asc", "message templates", macroOf},
		{"/views?limit=100", "views", func(x gjson.Result) connector.Rule { return viewOf(x, names) }},
		{"/shifts", "shifts", shiftOf},
	} {
		list, err := c.rows(ctx, part.at)
		if errors.Is(err, errGone) || problem.Is(err, connector.CodeForbidden) {
			missing = append(missing, "The token may not read "+part.lacking+".")
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		for _, x := range list {
			rules = append(rules, part.make(x))
		}
	}
	missing = append(missing, "Front does not say when its rules apply: look at each rule in its settings.",
		"Service levels, routing, and what applications do are not told from outside.")
	return rules, missing, nil
}

func ruleOf(x gjson.Result) connector.Rule {
	return connector.Rule{
		ID: x.Get("id").String(), Kind: connector.RuleAutomation, Name: x.Get("name").String(), Active: true,
		Does: texts(x.Get("actions")), Uses: -1, Raw: raw(nil, x.Raw),
	}
}

func macroOf(x gjson.Result) connector.Rule {
	r := connector.Rule{
		ID: x.Get("id").String(), Kind: connector.RuleMacro, Name: x.Get("name").String(), Active: true, Text: x.Get("body").String(), HTML: true,
		Uses: -1, Raw: raw(nil, x.Raw),
	}
	if s := x.Get("subject").String(); s != "" {
		r.Does = append(r.Does, fmt.Sprintf("Set the subject to %q", s))
	}
	return r
}

func viewOf(x gjson.Result, names map[string]string) connector.Rule {
	r := connector.Rule{ID: x.Get("id").String(), Kind: connector.RuleView, Name: x.Get("name").String(), Active: true, Uses: -1, Raw: raw(nil, x.Raw)}
	for _, w := range []struct{ field, words string }{
		{"inbox_ids", "Inbox is "},
		{"tag_ids", "Tag is "},
		{"not_tag_ids", "Tag is not "},
		{"assignee_ids", "Assignee is "},
		{"not_assignee_ids", "Assignee is not "},
	} {
		var list []string
		for _, id := range texts(x.Get(w.field)) {
			if n := names[id]; n != "" {
				id = n
			}
			list = append(list, id)
		}
		if len(list) > 0 {
			r.When = append(r.When, w.words+strings.Join(list, " or "))
		}
	}
	if x.Get("no_tags").Bool() {
		r.When = append(r.When, "It has no tags")
	}
	return r
}

func shiftOf(x gjson.Result) connector.Rule {
	r := connector.Rule{ID: x.Get("id").String(), Kind: connector.RuleHours, Name: x.Get("name").String(), Active: true, Uses: -1, Raw: raw(nil, x.Raw)}
	r.Description = "Times in " + x.Get("timezone").String()
	for _, d := range []struct{ key, day string }{
		{"mon", "Monday"}, {"tue", "Tuesday"}, {"wed", "Wednesday"}, {"thu", "Thursday"}, {"fri", "Friday"}, {"sat", "Saturday"}, {"sun", "Sunday"},
	} {
		if t := x.Get("times." + d.key); t.Exists() {
			r.When = append(r.When, fmt.Sprintf("%s from %s to %s", d.day, t.Get("start").String(), t.Get("end").String()))
		}
	}
	return r
}

// outgoing are words by which an action tells that it sends something.
var outgoing = []string{"send", "reply", "respond", "forward", "webhook", "notify", "autoreply", "auto-reply"}

// Fires lists Front's rules. Imports skip them; a private note, which is a comment, and the
// change that gives a conversation its mark may set them off, and Front does not say when a
// rule applies. So those that send something are told as not silenced.
func (c *conn) Fires(ctx context.Context) ([]connector.Fire, error) {
	list, err := c.optional(ctx, "/company/rules")
	if err != nil {
		return nil, err
	}
	out := make([]connector.Fire, 0, len(list))
	for _, x := range list {
		does := strings.Join(texts(x.Get("actions")), "; ")
		sends := false
		for _, w := range outgoing {
			sends = sends || strings.Contains(strings.ToLower(does), w)
		}
		if does == "" {
			does = "does something that Front does not tell"
		}
		f := connector.Fire{
			ID: x.Get("id").String(), Kind: connector.FireAutomation, Name: x.Get("name").String(), On: []model.Object{model.Ticket, model.Message},
			Does: does, Active: true, Silenced: !sends,
		}
		if sends {
			f.Does += " (imports skip it; pause it if it applies to comments or to changed fields)"
		}
		out = append(out, f)
	}
	return out, nil
}

// Fired: Front does not count what it sent.
func (c *conn) Fired(context.Context) (int64, bool, error) { return 0, false, nil }

// pages are where people open records: app.frontapp.com/open/cnv_1.
var pages = []struct {
	prefix string
	object model.Object
}{{"cnv_", model.Ticket}, {"msg_", model.Message}, {"com_", model.Message}, {"crd_", model.Contact}}

// KeyOf says which record an address of Front's app leads to.
func (c *conn) KeyOf(address string) (model.Key, bool) {
	_, rest, ok := strings.Cut(address, "app.frontapp.com/open/")
	if !ok {
		return model.Key{}, false
	}
	id := strings.FieldsFunc(rest+"/", func(r rune) bool { return r == '/' || r == '?' || r == '#' })
	for _, p := range pages {
		if len(id) > 0 && strings.HasPrefix(id[0], p.prefix) {
			return model.Key{Object: p.object, ID: id[0]}, true
		}
	}
	return model.Key{}, false
}

// AddressOf gives the address by which people open a conversation, a message or a contact.
func (c *conn) AddressOf(k model.Key) string {
	for _, p := range pages {
		if p.object == k.Object && strings.HasPrefix(k.ID, p.prefix) {
			return "https://app.frontapp.com/open/" + k.ID
		}
	}
	return ""
}
