package intercom

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Update changes records, one after another. After a request without an answer it sends
// nothing more.
func (c *conn) Update(ctx context.Context, edits []connector.Edit, _ connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(edits))
	var stop error
	halted := false
	for i, e := range edits {
		out[i] = connector.Outcome{Mark: e.Draft.Mark, Key: e.Key, Version: e.Version, State: connector.Unsent}
		if stop == nil && !halted {
			stop = ctx.Err()
		}
		if stop == nil && !halted {
			stop = c.change(ctx, e, &out[i])
			halted = out[i].State == connector.Unknown
		}
		if out[i].State == connector.Unsent && out[i].Err == nil {
			out[i].Err = wire.Unsent(stop, desk)
		}
	}
	return out, stop
}

func (c *conn) change(ctx context.Context, e connector.Edit, o *connector.Outcome) error {
	d := e.Draft
	d.Object = e.Key.Object
	say := func(p *problem.Problem) error {
		if p.Where.Object == "" {
			p = p.At(place(string(d.Object), d.Source.ID, p.Where.Field, ""))
		}
		o.State, o.Err = connector.Refused, p
		return nil
	}
	switch d.Object {
	case model.Organization, model.Contact, model.Ticket, model.Category, model.Section, model.Article:
	default:
		return say(problem.New(connector.CodeRefused, "What was written into Intercom as this cannot be changed any more.",
			"It was left as it is.", "Add a note to the conversation by hand, if the difference matters."))
	}
	shape, err := c.shape(ctx, d.Object)
	if err != nil {
		return err
	}
	prefix := customs
	if d.Object == model.Ticket && c.asTickets {
		prefix = "ticket_attributes."
	}
	p, refused := judge(shape, d, prefix)
	if refused != nil {
		return say(refused)
	}
	if err := c.staff(ctx); err != nil {
		return err
	}
	version, _, found, err := c.current(ctx, e.Key)
	switch {
	case err != nil:
		return err
	case !found:
		return say(problem.New(connector.CodeNoRecord, "The record is not in Intercom any more.", "Nothing was changed.",
			"See who deleted it, or move it again."))
	case e.Version != "" && version != e.Version:
		o.State, o.Version = connector.Touched, version
		o.Err = problem.New(connector.CodeChanged, "People changed this record in Intercom since it was looked at.", "It was left as it is.",
			"Decide which of the two counts.").At(place(string(d.Object), d.Source.ID, "", ""))
		return nil
	}
	s := c.sendChange(ctx, e.Key, d, p)
	switch {
	case s.State == connector.Created:
		o.State = connector.Updated
		if o.Version, _, _, err = c.current(ctx, e.Key); err != nil {
			o.State, o.Err = connector.Unknown, connector.NoAnswer(err, desk)
		}
		return nil
	case s.State == connector.Refused && s.Err == nil:
		return say(refusal(s, string(d.Object), d.Source.ID, nil))
	case s.State == connector.Refused:
		return say(s.Err)
	}
	o.State, o.Err = s.State, s.Err
	return s.Stop
}

// sendChange makes the calls of one change. All of them may be repeated by whoever looks first.
func (c *conn) sendChange(ctx context.Context, k model.Key, d model.Draft, p put) wire.Sent {
	path := pathOf(c, k.Object, k.ID)
	if len(p.custom) > 0 && k.Object != model.Ticket {
		p.fields["custom_attributes"] = p.custom
	}
	switch k.Object {
	case model.Ticket:
		if c.asTickets {
			return c.updateTicket(ctx, k.ID, d, p)
		}
		return c.updateConversation(ctx, k.ID, d, p)
	case model.Contact:
		return c.updateContact(ctx, k.ID, d, p)
	case model.Organization:
		if _, ok := p.fields["remote_created_at"]; ok { // only the call that creates takes it, which finds a company by its company_id
			now, found, err := c.fetch(ctx, path)
			if err != nil || !found {
				return wire.Sent{State: connector.Unknown, Err: connector.NoAnswer(err, desk)}
			}
			p.fields["company_id"] = now.Get("company_id").Str
			return c.send(ctx, http.MethodPost, "companies", p.fields, false)
		}
		for _, name := range []string{"name", "plan", "website", "industry"} {
			if v, ok := p.fields[name]; ok && v == nil {
				p.fields[name] = "" // OpenAPI 2.16: not nullable
			}
		}
	case model.Article:
		if a, ok := target(d, "author_id"); ok {
			p.fields["author_id"] = number(a.ID)
		}
		if named(d, "parent_id") {
			parent, _ := target(d, "parent_id")
			p.fields["parent_id"], p.fields["parent_type"] = parent.ID, "collection"
		}
		emptyText(p, "body", "description")
	default:
		if named(d, "parent_id") {
			if parent, ok := target(d, "parent_id"); ok {
				p.fields["parent_id"] = parent.ID
			}
		}
		emptyText(p, "description")
	}
	return c.send(ctx, http.MethodPut, path, p.fields, false)
}

// emptyText empties texts that Intercom takes no null for.
func emptyText(p put, names ...string) {
	for _, name := range names {
		if v, ok := p.fields[name]; ok && v == nil {
			p.fields[name] = ""
		}
	}
}

func (c *conn) updateContact(ctx context.Context, id string, d model.Draft, p put) wire.Sent {
	if named(d, "owner_id") {
		p.fields["owner_id"] = nil
		if k, ok := target(d, "owner_id"); ok {
			p.fields["owner_id"] = k.ID
		}
	}
	s := wire.Sent{State: connector.Created}
	if len(p.fields) > 0 {
		if s = c.send(ctx, http.MethodPut, "contacts/"+id, p.fields, false); s.State != connector.Created {
			return s
		}
	}
	if named(d, "company_id") {
		now, found, err := c.fetch(ctx, "contacts/"+id)
		if err != nil || !found {
			return wire.Sent{State: connector.Unknown, Err: connector.NoAnswer(err, desk)}
		}
		want, ok := target(d, "company_id")
		if old := now.Get("companies.data.0.id").String(); old != "" && old != want.ID {
			if s = c.send(ctx, http.MethodDelete, "contacts/"+id+"/companies/"+old, nil, true); s.State != connector.Created {
				return s
			}
		}
		if ok {
			if s = c.send(ctx, http.MethodPost, "contacts/"+id+"/companies", map[string]any{"id": want.ID}, true); s.State != connector.Created {
				return s
			}
		}
	}
	return s
}

func (c *conn) updateConversation(ctx context.Context, id string, d model.Draft, p put) wire.Sent {
	if err := c.ready(ctx); err != nil {
		return wire.Sent{State: connector.Unsent, Err: wire.Unsent(err, desk), Stop: err}
	}
	now, found, err := c.fetch(ctx, "conversations/"+url.PathEscape(id))
	if err != nil || !found {
		return wire.Sent{State: connector.Unsent, Err: wire.Unsent(err, desk), Stop: err}
	}
	if at, ok := p.fields["created_at"]; ok && at != now.Get("created_at").Int() {
		return wire.Sent{State: connector.Refused, Err: problem.New(connector.CodeUnknownField, "The time at which a conversation began cannot be changed.",
			"It was left as it is.", "Leave the time out of the change.").At(place(string(d.Object), d.Source.ID, "created_at", ""))}
	}
	if v, ok := p.fields["tag_names"]; ok {
		if s := c.retag(ctx, id, now, v); s.State != connector.Created {
			return s
		}
	}
	for _, x := range []struct{ field, kind string }{{"admin_assignee_id", "admin"}, {"team_assignee_id", "team"}} {
		if !named(d, x.field) {
			continue
		}
		to := "0"
		if k, ok := target(d, x.field); ok {
			to = k.ID
		}
		if s := c.assign(ctx, id, x.kind, to); s.State != connector.Created {
			return s
		}
	}
	if state := p.fields["state"]; state == "open" {
		if s := c.send(ctx, http.MethodPost, "conversations/"+id+"/parts", map[string]any{"message_type": "open", "admin_id": c.me()}, false); s.State != connector.Created {
			return s
		}
	} else if s := c.setState(ctx, id, state, p.fields["snoozed_until"]); s.State != connector.Created {
		return s
	}
	last := map[string]any{}
	for _, name := range []string{"title", "read"} {
		if v, ok := p.fields[name]; ok {
			last[name] = v
			if v == nil && name == "title" {
				last[name] = ""
			}
		}
	}
	if d.Mark != "" && c.MarkOf(c.conversationRecord(now)) == "" {
		p.custom[markAttribute] = string(d.Mark) // it was left half made
	}
	if len(p.custom) > 0 {
		last["custom_attributes"] = p.custom
	}
	if named(d, "company_id") {
		last["company_id"] = nil
		if k, ok := target(d, "company_id"); ok {
			last["company_id"] = k.ID
		}
	}
	if len(last) == 0 {
		return wire.Sent{State: connector.Created}
	}
	return c.send(ctx, http.MethodPut, "conversations/"+id, last, false)
}

// retag gives a conversation just these tags.
func (c *conn) retag(ctx context.Context, id string, now gjson.Result, v any) wire.Sent {
	want, _ := v.([]string)
	s := wire.Sent{State: connector.Created}
	for _, x := range now.Get("tags.tags").Array() {
		if slices.ContainsFunc(want, func(w string) bool { return strings.EqualFold(w, x.Get("name").Str) }) {
			continue
		}
		// A body with a deletion is what the description asks for: who takes the tag off.
		if s = c.send(ctx, http.MethodDelete, "conversations/"+id+"/tags/"+x.Get("id").String(), map[string]any{"admin_id": c.me()}, true); s.State != connector.Created {
			return s
		}
	}
	for _, name := range want {
		if s = c.tagWith(ctx, "conversations/"+id+"/tags", name); s.State != connector.Created {
			return s
		}
	}
	return s
}
