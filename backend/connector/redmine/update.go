package redmine

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Update changes issues, notes, customers, time entries and wiki pages one by one, each after
// a look whether people changed it: only wiki pages have conditional changes. It is as quiet
// as creating is: an issue's change mails unless the events are unticked, a note's never.
func (c *conn) Update(ctx context.Context, edits []connector.Edit, _ connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(edits))
	for i, e := range edits {
		out[i] = connector.Outcome{Mark: e.Draft.Mark, Key: e.Key, Version: e.Version, State: connector.Unsent}
	}
	for i, e := range edits {
		if stop := c.change(ctx, e, &out[i]); stop != nil || out[i].State == connector.Unknown {
			return wire.LeftUnsent(out, stop, desk), stop
		}
	}
	return out, nil
}

// settled are fields that Redmine takes when a record is created, and never again; the first
// four are not in its interface, a page's two make its address.
var settled = map[model.Object][]string{
	model.Ticket: {"author"}, model.Message: {"issue", "user"}, model.Article: {"title", "project"},
}

func (c *conn) change(ctx context.Context, e connector.Edit, out *connector.Outcome) error {
	d := e.Draft
	d.Object = e.Key.Object
	if d.Source.ID == "" {
		d.Source = e.Key
	}
	l, err := c.lists(ctx, false)
	if err != nil {
		return err
	}
	if !slices.Contains([]model.Object{model.Ticket, model.Message, model.Contact, model.TimeEntry, model.Article}, d.Object) || d.File != nil {
		return refuse(out, problem.New(connector.CodeRefused, "Redmine lets no program change this kind of record.",
			"It stays as it is.", "Change it in Redmine by hand.").At(where(d, "")))
	}
	if err := changed(d, l); err != nil {
		return refuse(out, err)
	}
	r, there, err := c.current(ctx, e.Key)
	if err != nil {
		return err
	}
	switch {
	case !there:
		return refuse(out, problem.New(connector.CodeNoRecord, "The record that was to be changed is not in Redmine any more.",
			"Somebody deleted it, so the change has nowhere to go.", "Look in Redmine what became of it. If it is to be there, move it again.").At(where(d, "")))
	case e.Version != "" && r.Version != e.Version:
		touched(out, r, d)
		return nil
	}
	path, m := c.edit(d, r, l)
	if path == "" {
		return refuse(out, problem.New(connector.CodeRefused, "The description of an issue is public.",
			"It was left as it is: Redmine cannot hide it.", "Make the whole issue private in Redmine, if need be.").At(where(d, "private_notes")))
	}
	s, stop := c.send(ctx, http.MethodPut, path, m, "", d, out)
	if s.Status == http.StatusConflict { // somebody was faster, since we looked
		if r, there, err = c.current(ctx, e.Key); err == nil && there {
			touched(out, r, d)
		}
		return err
	}
	if s.State != connector.Created {
		if out.State == connector.Refused {
			out.Err.Why = "The record in Redmine stays as it was."
		}
		return stop
	}
	now, there, err := c.current(ctx, e.Key)
	if err != nil || !there {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return ctx.Err()
	}
	out.State, out.Version, out.Err = connector.Updated, now.Version, nil
	if name := untaken(d, now); name != "" {
		out.Version = e.Version
		return refuse(out, problem.New(connector.CodeRefused, fmt.Sprintf("Redmine did not change %q.", name),
			"It answered that all is well, but the record has not the new value: the workflow, the project or a subtask does not allow it.",
			"Allow it in Redmine (Administration, Workflow), or leave this field as it is.").At(where(d, name)))
	}
	return nil
}

func touched(out *connector.Outcome, r model.Record, d model.Draft) {
	out.State, out.Version = connector.Touched, r.Version
	out.Err = problem.New(connector.CodeChanged, "People changed this record in Redmine since it was moved.",
		"It was left as it is.", "Decide which of the two is kept: Redmine's or the source's.").At(where(d, ""))
}

// changed finds what Redmine would not change, or change into something else, without a word.
func changed(d model.Draft, l *lists) error {
	for _, name := range settled[d.Object] {
		_, field := d.Fields[name]
		if field || slices.ContainsFunc(d.Links, func(x model.DraftLink) bool { return x.Field == name }) {
			return problem.New(connector.CodeRefused, fmt.Sprintf("Redmine sets %q once, when a record is created.", name),
				"The record stays as it is.", "Leave this field out of the changes.").At(where(d, name))
		}
	}
	s, _ := l.schema().Object(d.Object)
	for _, name := range model.Names(d.Fields) {
		f, _ := s.Field(name)
		v := d.Fields[name]
		if needed := f.Required || slices.Contains([]string{"mail", "status", "tracker", "priority", "activity"}, name); needed && (v == nil || v == "") {
			return required(d, f)
		}
	}
	for _, x := range d.Links {
		if f, _ := s.Field(x.Field); f.Required && x.Target.ID == "" {
			return required(d, f)
		}
	}
	return fit(d, s)
}

// current reads one record as it is now.
func (c *conn) current(ctx context.Context, k model.Key) (r model.Record, there bool, err error) {
	if k.Object == model.Contact {
		return c.customer(ctx, k.ID)
	}
	got, err := c.Read(ctx, k.Object, []string{k.ID})
	if err != nil {
		return r, false, err
	}
	r, there = got[k.ID]
	return r, there, nil
}

// customer reads one user by number.
func (c *conn) customer(ctx context.Context, id string) (r model.Record, there bool, err error) {
	if !isID(id) {
		return r, false, nil
	}
	a, err := c.client.Get(ctx, "users/"+id+".json", nil)
	if a.Status == http.StatusNotFound {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	x := gjson.GetBytes(a.Body, "user")
	return userRecord(x, model.Contact, x.Get("status").Int() != 1), true, nil
}

// edit makes the request of a change; nothing empties a field.
func (c *conn) edit(d model.Draft, now model.Record, l *lists) (path string, body map[string]any) {
	m := map[string]any{}
	for name, v := range d.Fields {
		switch {
		case strings.HasPrefix(name, "cf_"):
		case v == nil:
			m[name] = ""
		default:
			m[name] = value(v)
		}
	}
	if custom := customFields(d, true); len(custom) > 0 {
		m["custom_fields"] = custom
	}
	id := now.Key.ID
	switch d.Object {
	case model.Contact:
		if _, ok := m["name"]; ok {
			m["firstname"], m["lastname"] = names(d)
			delete(m, "name")
		}
		return "users/" + id + ".json", map[string]any{"user": m}
	case model.Message:
		issue, own, _ := strings.Cut(id, "-")
		if _, ok := m["notes"]; ok {
			m["notes"] = textOf(d)
		}
		if !strings.HasSuffix(id, described) {
			return "journals/" + own + ".json", map[string]any{"journal": m}
		}
		if isPrivate(d) {
			return "", nil
		}
		text := textOf(d)
		if _, ok := m["notes"]; !ok {
			text = gjson.GetBytes(now.Raw, "notes").Str
		}
		if mark := gjson.GetBytes(now.Raw, "mark").Str; mark != "" {
			text += signature + mark + signed
		}
		return "issues/" + issue + ".json", map[string]any{"issue": map[string]any{"description": text}}
	case model.Article:
		if _, ok := m["text"]; !ok {
			m["text"] = gjson.GetBytes(now.Raw, "text").Str // a page is always written as a whole
		}
		if v, ok := m["parent"]; ok {
			m["parent_title"] = v
			delete(m, "parent")
		}
		m["version"] = gjson.GetBytes(now.Raw, "version").Int()
		return pageOf(id), map[string]any{"wiki_page": m}
	case model.TimeEntry:
		c.listed(d, l, m)
		return "time_entries/" + id + ".json", map[string]any{"time_entry": m}
	}
	c.listed(d, l, m)
	return "issues/" + id + ".json", map[string]any{"issue": m}
}

// listed puts what Redmine takes by number: its own lists, and links.
func (c *conn) listed(d model.Draft, l *lists, m map[string]any) {
	for name, list := range map[string][]named{"tracker": l.trackers, "priority": l.priorities, "status": l.statuses, "activity": l.activities} {
		if s, ok := d.Fields[name].(string); ok {
			delete(m, name)
			m[name+"_id"] = idOf(list, s)
		}
	}
	for _, x := range d.Links {
		m[x.Field+"_id"] = x.Target.ID
	}
}

// untaken names a field that has not the value that was asked for; empty: all have.
func untaken(d model.Draft, r model.Record) string {
	x := gjson.ParseBytes(r.Raw)
	for _, name := range model.Names(d.Fields) {
		want := d.Fields[name]
		if d.Object == model.Message && name == "notes" {
			want = textOf(d)
		}
		if !sameValue(want, x.Get(gjson.Escape(name))) {
			return name
		}
	}
	for _, y := range d.Links {
		have := ""
		for _, z := range r.Links {
			if z.Role == y.Field && len(z.To) > 0 {
				have = z.To[0].Value
			}
		}
		if have != y.Target.ID {
			return y.Field
		}
	}
	return ""
}

// sameValue compares what was asked for with what a record has. Redmine ends lines, and
// takes blanks off, in its own way.
func sameValue(want any, have gjson.Result) bool {
	switch w := want.(type) {
	case nil:
		return have.String() == "" || have.String() == "0"
	case bool:
		return have.Bool() == w || have.String() == fmt.Sprint(value(w))
	case []string:
		list := texts(have)
		slices.Sort(list)
		return slices.Equal(slices.Sorted(slices.Values(w)), list)
	}
	a, b := fmt.Sprint(value(want)), have.String()
	if x, ok := new(big.Rat).SetString(a); ok {
		if y, ok := new(big.Rat).SetString(b); ok {
			return x.Cmp(y) == 0
		}
	}
	return slices.Equal(strings.Fields(a), strings.Fields(b))
}
