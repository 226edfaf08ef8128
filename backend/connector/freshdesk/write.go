package freshdesk

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Write creates records, one request each. After a request without an answer it sends
// nothing more, so that no thread loses its order.
func (c *conn) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(drafts))
	for i, d := range drafts {
		out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent}
	}
	for i, d := range drafts {
		err := c.send(ctx, d, files, &out[i])
		if err != nil || out[i].State == connector.Unknown {
			if err == nil {
				err = ctx.Err()
			}
			return wire.LeftUnsent(out, err, desk), err
		}
	}
	return out, nil
}

// send creates one record. An error is for the whole run.
func (c *conn) send(ctx context.Context, d model.Draft, files connector.Files, o *connector.Outcome) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch d.Object {
	case model.Agent:
		return c.match(ctx, d, o)
	case model.Attachment:
		refuse(o, d, problem.New(connector.CodeRefused, "Freshdesk takes a file only together with its message.",
			"The message is there already, so the file has nothing to come with.",
			"Attach the file in Freshdesk by hand, or delete the message there and move it again."))
		return nil
	case model.Ticket:
		return c.sendTicket(ctx, d, files, o)
	case model.Message:
		return c.sendNote(ctx, d, files, o)
	case model.TimeEntry, model.Category, model.Section, model.Article, model.Translation, model.Macro:
		return c.sendBelow(ctx, d, o)
	}
	path, ok := creates[d.Object]
	if !ok {
		refuse(o, d, problem.New(connector.CodeRefused, "Freshdesk lets no program create this kind of record.",
			"It stays behind.", "Leave it out in the plan, or build it again by hand."))
		return nil
	}
	s, err := c.fieldsOf(ctx, d.Object)
	if err != nil {
		return err
	}
	p, bad := encode(d, s, false)
	if bad != nil {
		refuse(o, d, bad)
		return nil
	}
	if err := c.putMark(ctx, d, p); err != nil {
		return err
	}
	return c.post(ctx, d, path, p, files, s, o)
}

// creates are the calls that create records of an object by themselves.
var creates = map[model.Object]string{
	model.Organization: "companies", model.Group: "groups", model.Contact: "contacts",
}

// refuse fills an outcome with a problem and its place.
func refuse(o *connector.Outcome, d model.Draft, p *problem.Problem) {
	where := p.Where
	where.Object, where.Record = string(d.Object), d.Source.ID
	o.State, o.Err = connector.Refused, p.At(where)
}

// putMark writes the mark where Find will look for it.
func (c *conn) putMark(ctx context.Context, d model.Draft, p *payload) error {
	if d.Mark == "" {
		return nil
	}
	switch d.Object {
	case model.Contact:
		p.set("unique_external_id", string(d.Mark))
	case model.Group:
		p.set("description", "["+string(d.Mark)+"]")
	case model.Ticket, model.Organization:
		name, err := c.markField(ctx, d.Object)
		if err != nil {
			return err
		}
		p.set("custom_fields."+name, string(d.Mark))
	}
	return nil
}

// post sends a new record and fills its outcome.
func (c *conn) post(ctx context.Context, d model.Draft, path string, p *payload, files connector.Files, s model.ObjectSchema, o *connector.Outcome) error {
	a, known, err := c.exchange(ctx, http.MethodPost, path, p, files, o)
	if err != nil || !known {
		return err
	}
	if a.Status == http.StatusCreated || a.Status == http.StatusOK {
		c.take(d, a, o)
		return nil
	}
	f := failureOf(a)
	if a.Status == http.StatusConflict {
		if done, err := c.existing(ctx, d, f, o); done || err != nil {
			return err
		}
	}
	return c.refused(d, a, f, s, o)
}

// exchange sends one request. Without an answer the outcome is Unknown and known is false.
func (c *conn) exchange(ctx context.Context, method, path string, p *payload, files connector.Files, o *connector.Outcome) (a wire.Answer, known bool, err error) {
	var body *wire.Body
	if p != nil {
		if body, err = p.content(files); err != nil {
			return a, false, err
		}
	}
	s := c.client.Write(ctx, method, path, body, nil)
	switch {
	case s.State == connector.Created && s.Status != http.StatusNoContent && len(s.Body) == 0:
		o.State, o.Err = connector.Unknown, connector.NoAnswer(wire.ErrNotJSON, desk)
		return s.Answer, false, ctx.Err()
	case s.State == connector.Created, s.State == connector.Refused:
		return s.Answer, true, nil
	case s.State == connector.Unknown:
		o.State, o.Err = connector.Unknown, s.Err
	}
	return s.Answer, false, s.Stop
}

// take reads a created record out of the answer.
func (c *conn) take(d model.Draft, a wire.Answer, o *connector.Outcome) {
	x := a.JSON()
	id := text(x.Get("id"))
	if id == "" {
		o.State, o.Err = connector.Unknown, connector.NoAnswer(wire.ErrNotJSON, desk)
		return
	}
	o.State, o.Key, o.Version = connector.Created, model.Key{Object: d.Object, ID: id}, version(d.Object, x)
}

// refused explains an answer that says no to one record.
func (c *conn) refused(d model.Draft, a wire.Answer, f failure, s model.ObjectSchema, o *connector.Outcome) error {
	if len(f.Errors) > 0 {
		refuse(o, d, refusal(f.Errors, &s))
		for _, e := range f.Errors {
			if e.Code == "invalid_field" {
				c.forget() // somebody changed the fields
			}
		}
		return nil
	}
	err := c.client.Verdict(a)
	var p *problem.Problem
	if !errors.As(err, &p) || p.Code == connector.CodeOther {
		return err
	}
	refuse(o, d, p)
	return nil
}

// existing finds the record that is there already and cannot be there twice: somebody
// with that address, a company or group of that name.
func (c *conn) existing(ctx context.Context, d model.Draft, f failure, o *connector.Outcome) (done bool, err error) {
	if len(f.Errors) == 0 || f.Errors[0].Code != "duplicate_value" {
		return false, nil
	}
	id := ""
	switch d.Object {
	case model.Contact:
		id, err = c.contactThere(ctx, d, f.Errors[0], o)
	case model.Organization:
		id, err = c.companyThere(ctx, d)
	case model.Group:
		id, err = c.groupThere(ctx, d)
	}
	if err != nil || id == "" {
		return o.State == connector.Refused, err
	}
	r, ok, err := c.readOne(ctx, d.Object, id)
	if err != nil {
		return false, err
	}
	o.State, o.Key = connector.Existed, model.Key{Object: d.Object, ID: id}
	if ok {
		o.Version = r.Version
	}
	return true, nil
}

// contactThere finds who has the address or the mark. The answer names them; where it
// does not, they are looked up. Somebody in the trash keeps the address.
func (c *conn) contactThere(ctx context.Context, d model.Draft, e fieldError, o *connector.Outcome) (string, error) {
	id := e.Info.User.String()
	if mail, _ := d.Fields["email"].(string); id == "" && mail != "" {
		list, _, err := c.client.list(ctx, "contacts", map[string][]string{"email": {mail}})
		if err != nil {
			return "", err
		}
		if len(list) == 1 {
			id = text(list[0].Get("id"))
		}
	}
	if id == "" {
		return "", nil
	}
	x, err := c.client.one(ctx, "contacts/"+id, nil)
	if errors.Is(err, errAbsent) {
		return id, nil // an agent: agents can be requesters, too
	}
	if err == nil && x.Get("deleted").Bool() {
		refuse(o, d, problem.New(connector.CodeTaken, "Somebody with this address lies in Freshdesk's trash.",
			"The address belongs to them, so nobody else can have it, and tickets cannot be theirs.",
			"Restore the contact in Freshdesk, or delete it there for good, then retry this one.").At(problem.Place{Field: e.Field}))
		return "", nil
	}
	return id, err
}

func (c *conn) companyThere(ctx context.Context, d model.Draft) (string, error) {
	name, _ := d.Fields["name"].(string)
	x, err := c.client.one(ctx, "companies/autocomplete", map[string][]string{"name": {name}})
	if err != nil {
		return "", err
	}
	for _, k := range x.Get("companies").Array() {
		if strings.EqualFold(k.Get("name").String(), name) {
			return text(k.Get("id")), nil
		}
	}
	return "", nil
}

func (c *conn) groupThere(ctx context.Context, d model.Draft) (string, error) {
	name, _ := d.Fields["name"].(string)
	list, err := c.ownFields(ctx, "groups")
	for _, g := range list {
		if strings.EqualFold(g.Get("name").String(), name) {
			return text(g.Get("id")), nil
		}
	}
	return "", err
}

// staffer is one of the account's agents.
type staffer struct{ id, mail, name, version string }

// match finds an agent by address, then by exact name; agents are never created.
func (c *conn) match(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	c.mu.Lock()
	known := c.staff
	c.mu.Unlock()
	if known == nil {
		list, err := c.ownFields(ctx, "agents")
		if err != nil {
			return err
		}
		known = make([]staffer, 0, len(list))
		for _, x := range list {
			known = append(known, staffer{text(x.Get("id")), x.Get("contact.email").String(), x.Get("contact.name").String(), version(model.Agent, x)})
		}
		c.mu.Lock()
		c.staff = known
		c.mu.Unlock()
	}
	mail, _ := d.Fields["contact.email"].(string)
	name, _ := d.Fields["contact.name"].(string)
	for _, by := range []func(staffer) bool{
		func(s staffer) bool { return mail != "" && strings.EqualFold(s.mail, strings.TrimSpace(mail)) },
		func(s staffer) bool { return mail == "" && name != "" && s.name == name },
	} {
		for _, s := range known {
			if by(s) {
				o.State, o.Key, o.Version = connector.Existed, model.Key{Object: model.Agent, ID: s.id}, s.version
				return nil
			}
		}
	}
	c.mu.Lock()
	c.staff = nil // somebody may invite them meanwhile
	c.mu.Unlock()
	refuse(o, d, problem.New(connector.CodeNoRecord, "Nobody in Freshdesk's staff has this address.",
		"An agent takes a seat, so Waybill invites nobody by itself.",
		"Invite them in Freshdesk (Admin > Agents), or choose a stand-in in the mapping, then retry.").At(problem.Place{Field: "contact.email"}))
	return nil
}
