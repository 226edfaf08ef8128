package intercom

import (
	"context"
	"fmt"
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

// typeForNew is the type that new tickets get.
func (c *conn) typeForNew(ctx context.Context) (ticketType, error) {
	types, err := c.ticketTypes(ctx)
	if err != nil {
		return ticketType{}, err
	}
	for _, t := range types {
		if c.typeName == "" && t.category == "Customer" || c.typeName != "" && strings.EqualFold(t.name, c.typeName) {
			return t, nil
		}
	}
	return ticketType{}, problem.New(connector.CodeSetting, "Intercom has no ticket type that new tickets could get.",
		"Every Intercom ticket has a type, so none was written.",
		"Create a type of the category Customer in Intercom, or give the name of one in the connection's settings.").At(problem.Place{Field: SettingTicketType})
}

// ticketReady makes the attribute for marks in the type of new tickets.
func (c *conn) ticketReady(ctx context.Context) (ticketType, error) {
	if err := c.ready(ctx); err != nil {
		return ticketType{}, err
	}
	marked := func(t ticketType) bool {
		return slices.ContainsFunc(t.attrs, func(a attribute) bool { return a.name == markAttribute })
	}
	t, err := c.typeForNew(ctx)
	if err != nil || marked(t) {
		return t, err
	}
	c.making.Lock()
	defer c.making.Unlock()
	c.forget("types")
	if t, err = c.typeForNew(ctx); err != nil || marked(t) {
		return t, err
	}
	s := c.send(ctx, http.MethodPost, "ticket_types/"+t.id+"/attributes", map[string]any{
		"name": markAttribute, "data_type": "string", "description": "Where this ticket came from, with its old number. Waybill finds it by this.",
		"visible_to_contacts": false, "visible_on_create": false,
	}, false)
	c.forget("types")
	if s.State == connector.Created {
		return c.typeForNew(ctx)
	}
	if s.Stop != nil {
		return t, s.Stop
	}
	return t, problem.Wrap(fmt.Errorf("status %d: %s", s.Status, said(s.Body)), connector.CodeRefused,
		"Waybill could not create the ticket attribute \""+markAttribute+"\" in Intercom.", "Without it no ticket can be marked, so none was written.",
		"Continue the run to try again, or create a text attribute of that name in the ticket type.")
}

// createTicket writes an Intercom ticket, silently and with its mark, in one request; its
// state and closing follow. Its messages are all sent by themselves: a ticket has no first
// message that somebody wrote.
func (c *conn) createTicket(ctx context.Context, d model.Draft, p put) written {
	contact, ok := target(d, "contact_id")
	if !ok {
		return refuse(d, problem.New(connector.CodeRequired, "The ticket has no customer, and Intercom requires one.",
			"The ticket is not in Intercom, and neither are its messages.", "Choose a stand-in for missing customers in the mapping.").
			At(place(string(d.Object), d.Source.ID, "contact_id", "")))
	}
	t, err := c.ticketReady(ctx)
	if err != nil {
		return written{Outcome: connector.Outcome{State: connector.Unsent}, stop: err}
	}
	attrs := map[string]any{markAttribute: string(d.Mark)}
	for name, v := range p.custom {
		if v == nil || v == "" {
			continue
		}
		x, refused := ticketValue(t, name, v)
		if refused != nil {
			return refuse(d, refused.At(place(string(d.Object), d.Source.ID, "ticket_attributes."+name, model.Plain(v))))
		}
		attrs[name] = x
	}
	body := map[string]any{
		"ticket_type_id": t.id, "contacts": []any{map[string]any{"id": contact.ID}}, "ticket_attributes": attrs, "skip_notifications": true,
	}
	if at := p.fields["created_at"]; at != nil {
		body["created_at"] = at
	}
	assignment := map[string]any{}
	for _, name := range []string{"admin_assignee_id", "team_assignee_id"} {
		if k, ok := target(d, name); ok {
			assignment[name] = k.ID
		}
	}
	if len(assignment) > 0 {
		body["assignment"] = assignment
	}
	s := c.send(ctx, http.MethodPost, "tickets", body, false)
	if s.State != connector.Created {
		w := failed(d, s)
		if s.State == connector.Refused && s.Status == http.StatusNotFound {
			at := w.Err.Where
			at.Field = "contact_id"
			w.Err = w.Err.At(at)
		}
		return w
	}
	r := c.ticketRecord(gjson.ParseBytes(s.Body))
	w := made(r)
	if w.State != connector.Created {
		return w
	}
	last := map[string]any{"skip_notifications": true, "admin_id": number(c.me())}
	if state := p.fields["ticket_state.id"]; state != nil {
		last["ticket_state_id"] = state
	}
	if p.fields["open"] == false {
		last["open"] = false
	}
	if len(last) > 2 {
		if s = c.send(ctx, http.MethodPut, "tickets/"+r.Key.ID, last, true); s.State != connector.Created {
			return c.takeBack(ctx, d, r.Key, s, "ticket_state.id")
		}
		w = made(c.ticketRecord(gjson.ParseBytes(s.Body)))
	}
	w.Parts = c.partsOf(d, r.Key, false, nil)
	return w
}

// ticketValue makes what a ticket's attribute takes: of a list, the id of the item.
func ticketValue(t ticketType, name string, v any) (any, *problem.Problem) {
	for _, a := range t.attrs {
		if a.name != name {
			continue
		}
		if a.kind != "list" {
			return v, nil
		}
		if id := a.ids[model.Plain(v)]; id != "" {
			return id, nil
		}
		return nil, problem.New(connector.CodeInvalid, fmt.Sprintf("%q does not accept %q.", name, shortened(model.Plain(v))),
			"The record was not sent.", "Map the value to one that Intercom has, or add the option.")
	}
	return nil, problem.New(connector.CodeUnknownField, fmt.Sprintf("The ticket type %q has no attribute %q.", t.name, name),
		"The record was not sent.", "Create the attribute in Intercom, or leave it out in the mapping.")
}

// updateTicket changes a ticket, silently.
func (c *conn) updateTicket(ctx context.Context, id string, d model.Draft, p put) wire.Sent {
	t, err := c.ticketReady(ctx)
	if err != nil {
		return wire.Sent{State: connector.Unsent, Err: wire.Unsent(err, desk), Stop: err}
	}
	body := map[string]any{"skip_notifications": true, "admin_id": number(c.me())}
	attrs := map[string]any{}
	for name, v := range p.custom {
		if v == nil {
			attrs[name] = nil
			continue
		}
		x, refused := ticketValue(t, name, v)
		if refused != nil {
			return wire.Sent{State: connector.Refused, Err: refused.At(place(string(d.Object), d.Source.ID, "ticket_attributes."+name, model.Plain(v)))}
		}
		attrs[name] = x
	}
	if len(attrs) > 0 {
		body["ticket_attributes"] = attrs
	}
	if state, ok := p.fields["ticket_state.id"]; ok && state != nil {
		body["ticket_state_id"] = state
	}
	if open, ok := p.fields["open"]; ok && open != nil {
		body["open"] = open
	}
	s := wire.Sent{State: connector.Created}
	to, err := c.assignees(ctx, id, d)
	if err != nil {
		return wire.Sent{State: connector.Unsent, Err: wire.Unsent(err, desk), Stop: err}
	}
	for _, x := range to {
		body["assignee_id"] = x
		if s = c.send(ctx, http.MethodPut, "tickets/"+id, body, false); s.State != connector.Created {
			return s
		}
		body = map[string]any{"skip_notifications": true, "admin_id": number(c.me())}
	}
	if len(body) > 2 || s.Body == nil {
		s = c.send(ctx, http.MethodPut, "tickets/"+id, body, false)
	}
	return s
}

// assignees lists whom a change assigns a ticket to, one request each. Assigning to nobody
// (0) takes teammate and team away together, so the one that stays is given again.
func (c *conn) assignees(ctx context.Context, id string, d model.Draft) (to []string, err error) {
	names := []string{"admin_assignee_id", "team_assignee_id"}
	for i, name := range names {
		k, ok := target(d, name)
		switch {
		case !named(d, name):
		case ok:
			to = append(to, k.ID)
		default:
			to = append([]string{"0"}, to...)
			other := names[1-i]
			if named(d, other) {
				continue
			}
			v, _, err := c.fetch(ctx, "tickets/"+url.PathEscape(id))
			if err != nil {
				return nil, err
			}
			if stays := v.Get(other).String(); stays != "" && stays != "0" {
				to = append(to, stays)
			}
		}
	}
	return to, nil
}
