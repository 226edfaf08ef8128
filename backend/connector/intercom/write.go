package intercom

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// written is what became of one draft; stop is what concerns all that follow.
type written struct {
	connector.Outcome
	stop error
}

// Write creates records, one after another: Intercom has no call for many. After a request
// without an answer it sends nothing more, so that no thread loses its order.
func (c *conn) Write(ctx context.Context, drafts []model.Draft, files connector.Files) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(drafts))
	var stop error
	halted := false
	for i, d := range drafts {
		if stop == nil && !halted {
			stop = ctx.Err()
		}
		if stop != nil || halted {
			out[i] = connector.Outcome{Mark: d.Mark, State: connector.Unsent, Err: wire.Unsent(stop, desk)}
			continue
		}
		w := c.create(ctx, d, files)
		if w.State == connector.Unsent && w.stop == nil && ctx.Err() != nil {
			w.stop = ctx.Err()
		}
		w.Mark = d.Mark
		if w.State == connector.Unsent && w.Err == nil {
			w.Err = wire.Unsent(w.stop, desk)
		}
		out[i], stop = w.Outcome, w.stop
		halted = w.State == connector.Unknown
	}
	return out, stop
}

func (c *conn) create(ctx context.Context, d model.Draft, files connector.Files) written {
	switch d.Object {
	case model.Agent, model.Group:
		return c.match(ctx, d)
	case model.Attachment:
		return refuse(d, problem.New(connector.CodeRefused, "Intercom takes a file only together with the message that it belongs to.",
			"The message is there already, so this file cannot be added.", "Keep the file in the archive, or write it into a new note by hand."))
	case model.Organization, model.Contact, model.Ticket, model.Message, model.Category, model.Section, model.Article:
	default:
		return refuse(d, problem.New(connector.CodeRefused, fmt.Sprintf("Intercom's API creates no %s.", strings.ReplaceAll(string(d.Object), "_", " ")),
			"The record is not in Intercom.", "Keep it in the archive, or write it into a note."))
	}
	shape, err := c.shape(ctx, d.Object)
	if err != nil {
		return written{Outcome: connector.Outcome{State: connector.Unsent}, stop: err}
	}
	prefix := customs
	if d.Object == model.Ticket && c.asTickets {
		prefix = "ticket_attributes."
	}
	p, refused := judge(shape, d, prefix)
	if refused != nil {
		return refuse(d, refused)
	}
	switch d.Object {
	case model.Organization:
		return c.createCompany(ctx, d, p)
	case model.Contact:
		return c.createContact(ctx, d, p)
	case model.Ticket:
		if c.asTickets {
			return c.createTicket(ctx, d, p)
		}
		return c.createConversation(ctx, d, p)
	case model.Message:
		return c.createMessage(ctx, d, files)
	}
	return c.createHelp(ctx, d, p)
}

// refuse is the outcome of a draft that was not taken.
func refuse(d model.Draft, p *problem.Problem) written {
	if p.Where.Object == "" {
		p.Where.Object, p.Where.Record = string(d.Object), d.Source.ID
	}
	return written{Outcome: connector.Outcome{State: connector.Refused, Err: p}}
}

// failed is the outcome of a request that did not succeed.
func failed(d model.Draft, s wire.Sent) written {
	w := written{Outcome: connector.Outcome{State: s.State, Err: s.Err}, stop: s.Stop}
	if s.State == connector.Refused {
		if w.Err == nil {
			w.Err = refusal(s, string(d.Object), d.Source.ID, nil)
		}
		if w.Err.Where.Object == "" {
			w.Err = w.Err.At(place(string(d.Object), d.Source.ID, "", ""))
		}
	}
	return w
}

// shape gives an object's fields, asking once.
func (c *conn) shape(ctx context.Context, o model.Object) (model.ObjectSchema, error) {
	if err := c.attributes(ctx); err != nil {
		return model.ObjectSchema{}, err
	}
	types, err := c.ticketTypes(ctx)
	if err != nil && !c.notOurs(err) {
		return model.ObjectSchema{}, err
	}
	c.mu.Lock()
	k := c.known
	c.mu.Unlock()
	var list []model.ObjectSchema
	switch o {
	case model.Organization, model.Contact:
		list = c.people(k)
	case model.Category, model.Section, model.Article:
		list = helpShapes()
	default:
		list = c.threadShapes(k, types)
	}
	x, _ := model.Schema{Objects: list}.Object(o)
	return x, nil
}

// match finds somebody of the staff, by e-mail and then by name.
func (c *conn) match(ctx context.Context, d model.Draft) written {
	mail, name := model.Plain(d.Fields["email"]), strings.TrimSpace(model.Plain(d.Fields["name"]))
	for range 2 {
		if err := c.staff(ctx); err != nil {
			return written{Outcome: connector.Outcome{State: connector.Unsent}, stop: err}
		}
		if id := c.somebody(d.Object, mail, name); id != "" {
			return written{Outcome: connector.Outcome{State: connector.Existed, Key: model.Key{Object: d.Object, ID: id}}}
		}
		c.forget("staff") // somebody may have been invited since we asked
	}
	if d.Object == model.Group {
		return refuse(d, problem.New(connector.CodeNoRecord, fmt.Sprintf("Intercom has no team %q.", shortened(name)),
			"Teams cannot be created through Intercom's API.", "Create the team in Intercom's settings under this name, or choose another one in the mapping."))
	}
	return refuse(d, problem.New(connector.CodeNoRecord, "Intercom has no teammate with that e-mail address or name.",
		"Teammates cannot be created through Intercom's API.", "Invite them in Intercom's settings, or choose a stand-in in the mapping."))
}

// somebody finds a teammate or a team among those that are known.
func (c *conn) somebody(o model.Object, mail, name string) (id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.known.admins
	if o == model.Group {
		list = c.known.teams
	}
	for _, p := range list {
		if mail != "" && strings.EqualFold(p.email, mail) {
			return p.id
		}
		if id == "" && name != "" && strings.EqualFold(p.name, name) {
			id = p.id
		}
	}
	return id
}

// createCompany writes a company. The call finds one with the same company_id, so it may be repeated.
func (c *conn) createCompany(ctx context.Context, d model.Draft, p put) written {
	p.fields["company_id"] = string(d.Mark)
	if len(p.custom) > 0 {
		p.fields["custom_attributes"] = p.custom
	}
	s := c.send(ctx, http.MethodPost, "companies", p.fields, false)
	if s.State != connector.Created {
		return failed(d, s)
	}
	return made(company(gjson.ParseBytes(s.Body)))
}

// made is the outcome of a record that was created.
func made(r model.Record) written {
	if r.Key.ID == "" {
		return written{Outcome: connector.Outcome{State: connector.Unknown, Err: connector.NoAnswer(errNoID, desk)}}
	}
	return written{Outcome: connector.Outcome{State: connector.Created, Key: r.Key, Version: r.Version}}
}

var errNoID = fmt.Errorf("the answer names no record")

var twinID = regexp.MustCompile(`id=([0-9a-f]+)`)

// createContact writes a person, and attaches the company. Somebody with the same e-mail
// address is there already: users cannot be there twice.
func (c *conn) createContact(ctx context.Context, d model.Draft, p put) written {
	if err := c.tagNames(ctx); err != nil {
		return written{Outcome: connector.Outcome{State: connector.Unsent}, stop: err}
	}
	p.fields["external_id"], p.fields["role"] = string(d.Mark), "user"
	if len(p.custom) > 0 {
		p.fields["custom_attributes"] = p.custom
	}
	if owner, ok := target(d, "owner_id"); ok {
		p.fields["owner_id"] = owner.ID
	}
	if p.fields["email"] == "" {
		delete(p.fields, "email")
	}
	s := c.send(ctx, http.MethodPost, "contacts", p.fields, false)
	if s.State == connector.Refused && s.Status == http.StatusConflict {
		if m := twinID.FindStringSubmatch(said(s.Body)); m != nil && !strings.Contains(strings.ToLower(said(s.Body)), "archived") {
			r, found, err := c.readOne(ctx, model.Contact, m[1])
			if err == nil && found {
				return written{Outcome: connector.Outcome{State: connector.Existed, Key: r.Key, Version: r.Version}}
			}
		}
	}
	if s.State != connector.Created {
		return failed(d, s)
	}
	w := made(c.contactRecord(gjson.ParseBytes(s.Body)))
	if w.State != connector.Created {
		return w
	}
	if k, ok := target(d, "company_id"); ok {
		// Attaching twice is the same as once, so it may be repeated.
		if s := c.send(ctx, http.MethodPost, "contacts/"+w.Key.ID+"/companies", map[string]any{"id": k.ID}, true); s.State != connector.Created {
			return c.takeBack(ctx, d, w.Key, s, "company_id")
		}
	}
	return w
}

// takeBack deletes a record of which a later step was refused, so that it is refused as a whole.
func (c *conn) takeBack(ctx context.Context, d model.Draft, k model.Key, s wire.Sent, field string) written {
	if s.State != connector.Refused {
		w := written{Outcome: connector.Outcome{State: connector.Unknown, Err: s.Err}, stop: s.Stop}
		if w.Err == nil || s.State == connector.Unsent {
			w.Err = connector.NoAnswer(s.Stop, desk)
		}
		return w
	}
	gone := c.send(ctx, http.MethodDelete, pathOf(c, k.Object, k.ID), nil, true)
	if gone.State == connector.Created || gone.Status == http.StatusNotFound {
		w := failed(d, s)
		if w.Err.Where.Field == "" {
			at := w.Err.Where
			at.Field = field
			w.Err = w.Err.At(at)
		}
		return w
	}
	return written{Outcome: connector.Outcome{State: connector.Unknown, Err: connector.NoAnswer(gone.Stop, desk)}, stop: gone.Stop}
}

// tagWith puts a tag on something, and makes it first where there is none of that name.
func (c *conn) tagWith(ctx context.Context, path, name string) wire.Sent {
	c.mu.Lock()
	id, me := c.known.tags[strings.ToLower(name)], c.known.me
	c.mu.Unlock()
	if id == "" {
		s := c.send(ctx, http.MethodPost, "tags", map[string]any{"name": name}, true)
		if s.State != connector.Created {
			return s
		}
		id = gjson.GetBytes(s.Body, "id").String()
		c.mu.Lock()
		c.known.tags[strings.ToLower(name)] = id
		c.known.tags["#"+id] = gjson.GetBytes(s.Body, "name").String()
		c.mu.Unlock()
	}
	return c.send(ctx, http.MethodPost, path, map[string]any{"id": id, "admin_id": me}, true)
}

// createHelp writes a collection or an article of the help centre.
func (c *conn) createHelp(ctx context.Context, d model.Draft, p put) written {
	path := "help_center/collections"
	parent, hasParent := target(d, "parent_id")
	if d.Object == model.Article {
		path = "articles"
		author, ok := target(d, "author_id")
		if !ok {
			return refuse(d, problem.New(connector.CodeRequired, "The article has no author, and Intercom requires one.",
				"The article is not in Intercom.", "Choose a stand-in for authors in the mapping.").At(place(string(d.Object), d.Source.ID, "author_id", "")))
		}
		p.fields["author_id"] = number(author.ID)
		if hasParent {
			p.fields["parent_id"], p.fields["parent_type"] = number(parent.ID), "collection"
		}
	} else if hasParent {
		p.fields["parent_id"] = parent.ID
	}
	if d.Object == model.Section && !hasParent {
		return refuse(d, problem.New(connector.CodeRequired, "The section is in no collection.", "Intercom would show it as a collection of its own.",
			"See why its collection did not arrive, or move it as a collection.").At(place(string(d.Object), d.Source.ID, "parent_id", "")))
	}
	s := c.send(ctx, http.MethodPost, path, p.fields, false)
	if s.State != connector.Created {
		return failed(d, s)
	}
	return made(c.helpRecord(d.Object, gjson.ParseBytes(s.Body)))
}

func (c *conn) helpRecord(o model.Object, v gjson.Result) model.Record {
	if o == model.Article {
		return c.article(v)
	}
	r := record(o, v)
	r.Version = helpVersion(v)
	return r
}
