package freshdesk

import (
	"context"
	"net/http"
	"slices"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Update changes records one by one, each after a look whether people changed it: the API
// has no conditional changes. It cannot be silent: a change may set off the account's rules
// and mails (Caps.QuietUpdates).
func (c *conn) Update(ctx context.Context, edits []connector.Edit, _ connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(edits))
	for i, e := range edits {
		out[i] = connector.Outcome{Mark: e.Draft.Mark, Key: e.Key, Version: e.Version, State: connector.Unsent}
	}
	for i, e := range edits {
		err := c.change(ctx, e, &out[i])
		if err != nil || out[i].State == connector.Unknown {
			if err == nil {
				err = ctx.Err()
			}
			return wire.LeftUnsent(out, err, desk), err
		}
	}
	return out, nil
}

// changeable are objects whose records can be changed.
var changeable = []model.Object{
	model.Organization, model.Group, model.Contact, model.Ticket, model.Message, model.Category, model.Section, model.Article,
}

func (c *conn) change(ctx context.Context, e connector.Edit, o *connector.Outcome) error {
	where := problem.Place{Object: string(e.Key.Object), Record: e.Key.ID}
	if e.Draft.Source.ID != "" {
		where.Record = e.Draft.Source.ID
	}
	path := items[e.Key.Object]
	if e.Key.Object == model.Message {
		path = "conversations/"
	}
	if path == "" || !slices.Contains(changeable, e.Key.Object) || e.Draft.File != nil {
		o.State = connector.Refused
		o.Err = problem.New(connector.CodeRefused, "Freshdesk lets no program change this kind of record.", "It stays as it is.",
			"Change it in Freshdesk by hand.").At(where)
		return nil
	}
	s, err := c.fieldsOf(ctx, e.Key.Object)
	if err != nil {
		return err
	}
	d := e.Draft
	d.Object = e.Key.Object
	r, there, err := c.readOne(ctx, e.Key.Object, e.Key.ID)
	if err != nil {
		return err
	}
	switch {
	case !there:
		o.State = connector.Refused
		o.Err = problem.New(connector.CodeNoRecord, "The record that was to be changed is not in Freshdesk any more.",
			"Somebody deleted it or merged it into another one, so the change has nowhere to go.",
			"Look in Freshdesk what became of it. If it is to be there, move it again.").At(where)
		return nil
	case e.Version != "" && r.Version != e.Version:
		o.State, o.Version = connector.Touched, r.Version
		o.Err = problem.New(connector.CodeChanged, "People changed this record in Freshdesk since it was moved.",
			"It was left as it is.", "Decide which of the two is kept: Freshdesk's or the source's.").At(where)
		return nil
	}
	p, bad := encode(d, s, true)
	if bad != nil {
		o.State, o.Err = connector.Refused, bad.At(problem.Place{Object: where.Object, Record: where.Record, Field: bad.Where.Field})
		return nil
	}
	id := e.Key.ID
	if e.Key.Object == model.Message {
		if p, path, id = c.messageChange(e, p); p == nil {
			o.State = connector.Refused
			o.Err = problem.New(connector.CodeRefused, "Freshdesk lets only the text of a note be changed.", "The note stays as it is.",
				"Change it in Freshdesk by hand.").At(where)
			return nil
		}
	}
	a, known, err := c.exchange(ctx, http.MethodPut, path+id, p, nil, o)
	if err != nil || !known {
		return err
	}
	if a.Status != http.StatusOK {
		err := c.refused(d, a, failureOf(a), s, o)
		if o.Err != nil {
			w := o.Err.Where
			w.Object, w.Record = where.Object, where.Record
			o.Err = o.Err.At(w)
			o.Err.Why = "The record in Freshdesk stays as it was."
		}
		return err
	}
	x := a.JSON()
	o.State, o.Version = connector.Updated, version(e.Key.Object, x)
	if e.Key.Object == model.Message && path == "tickets/" {
		if r, ok := description(x, nil); ok {
			o.Version = r.Version
		}
	}
	return nil
}

// messageChange makes the request for a message: only the text can be changed, of a note
// or of the ticket itself. nil: something else was to be changed.
func (c *conn) messageChange(e connector.Edit, p *payload) (out *payload, path, id string) {
	ticket, own, ok := split(e.Key.ID)
	for name := range p.values {
		ok = ok && name == "body"
	}
	if !ok {
		return nil, "", ""
	}
	body := p.values["body"]
	if body == nil || body == "" {
		body = noText
	}
	if own == "" {
		return &payload{values: map[string]any{"description": body}}, "tickets/", ticket
	}
	return &payload{values: map[string]any{"body": body}}, "conversations/", own
}
