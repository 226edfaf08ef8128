package freshdesk

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// sendTicket creates a ticket with its first message, where that is public and the
// requester's own: Freshdesk shows a ticket's text in the requester's name. Otherwise the
// ticket gets a neutral text, and the message is Unsent, to come as a note (invariant 10).
func (c *conn) sendTicket(ctx context.Context, d model.Draft, files connector.Files, o *connector.Outcome) error {
	s, err := c.fieldsOf(ctx, model.Ticket)
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
	parts := make([]connector.Outcome, len(d.Parts))
	for i, part := range d.Parts {
		parts[i] = connector.Outcome{Mark: part.Mark, State: connector.Unsent}
	}
	body, along := noText, false
	if len(d.Parts) > 0 && d.Parts[0].Object == model.Message && canDescribe(d, d.Parts[0]) {
		if s, _ := d.Parts[0].Fields["body"].(string); strings.TrimSpace(s) != "" {
			body = s
		}
		if body != noText || len(d.Parts[0].Parts) > 0 {
			along = true
			p.files = c.carry(d.Parts[0], files, &parts[0])
		}
	}
	if along && body == noText {
		body = "<p>&nbsp;</p>" // it stands for a message that has nothing but files
	}
	p.set("description", body)
	if !validText(body) {
		refuse(o, d, problem.New(connector.CodeInvalid, "The first message holds something that is no readable text.",
			"Freshdesk would refuse it or show other characters.", "Correct the text in the source.").At(problem.Place{Field: "description"}))
		return nil
	}
	a, known, err := c.exchangeFiles(ctx, "tickets", p, files, &parts, o)
	if err != nil || !known {
		return err
	}
	if a.Status >= 400 && outside(failureOf(a).Errors) { // refused, so it may be sent again
		joined, err := c.join(ctx, targetOf(d, "group_id").ID, targetOf(d, "responder_id").ID)
		if err != nil {
			return err
		}
		if joined {
			if a, known, err = c.exchangeFiles(ctx, "tickets", p, files, &parts, o); err != nil || !known {
				return err
			}
		}
	}
	if a.Status != http.StatusCreated && a.Status != http.StatusOK {
		return c.refused(d, a, failureOf(a), s, o)
	}
	if c.take(d, a, o); o.State != connector.Created {
		return nil
	}
	x := a.JSON()
	if along {
		// The ticket is there, and so is its text, whether the answer repeats it or not.
		r, _ := description(x, nil)
		parts[0].State, parts[0].Key, parts[0].Version = connector.Created, model.Key{Object: model.Message, ID: describes + o.Key.ID}, r.Version
		answerFiles(d.Parts[0], x.Get("attachments"), parts[0].Key.ID, &parts[0])
	}
	for i := range parts {
		if parts[i].State == connector.Unsent {
			parts[i].Parts = nil
			parts[i].Err = connector.NotSent(nil, desk)
		}
	}
	o.Parts = parts
	return nil
}

// outside says that a ticket was refused because its agent is no member of its group.
func outside(errs []fieldError) bool {
	return slices.ContainsFunc(errs, func(e fieldError) bool { return e.Field == "responder_id" && strings.Contains(e.Message, "group") })
}

// join makes an agent a member of a group that Waybill made: its members are not known
// before their tickets come. Groups that people made are left as they are.
func (c *conn) join(ctx context.Context, group, agent string) (bool, error) {
	if group == "" || agent == "" || strings.Trim(group+agent, "0123456789") != "" {
		return false, nil
	}
	c.making.Lock()
	defer c.making.Unlock()
	g, err := c.client.one(ctx, "groups/"+group, nil)
	if err != nil || markOf(model.Group, g) == "" {
		return false, err
	}
	members := []json.Number{}
	for _, x := range g.Get("agent_ids").Array() {
		if x.Raw == agent {
			return true, nil // somebody was faster
		}
		members = append(members, json.Number(x.Raw))
	}
	a, err := c.client.change(ctx, http.MethodPut, "groups/"+group, map[string]any{"agent_ids": append(members, json.Number(agent))})
	if a.Status != 0 && c.client.Refuses(a) {
		return false, nil // the ticket's own refusal says what to do
	}
	return err == nil, err
}

// canDescribe says whether a message may become the ticket's own text.
func canDescribe(ticket, message model.Draft) bool {
	if incoming, ok := message.Fields["incoming"].(bool); private(message) || ok && !incoming {
		return false // Freshdesk would show the desk's words as the customer's (P-43)
	}
	author, requester := targetOf(message, "user_id"), targetOf(ticket, "requester_id")
	return author.ID == "" || author.ID == requester.ID
}

// private says whether a message is a private note. Anything but a plain no is one.
func private(d model.Draft) bool {
	switch v := d.Fields["private"].(type) {
	case bool:
		return v
	case string:
		return v != "false"
	}
	return true // Freshdesk's own choice, too (freshdesk.md, Import fidelity)
}

func targetOf(d model.Draft, field string) model.Key {
	for _, l := range d.Links {
		if l.Field == field {
			return l.Target
		}
	}
	return model.Key{}
}

// sendNote adds a message to a ticket. It is always a note: a reply would be mailed.
func (c *conn) sendNote(ctx context.Context, d model.Draft, files connector.Files, o *connector.Outcome) error {
	ticket := targetOf(d, "ticket_id").ID
	s, err := c.fieldsOf(ctx, model.Message)
	if err != nil {
		return err
	}
	body, _ := d.Fields["body"].(string)
	if !validText(body) {
		refuse(o, d, problem.New(connector.CodeInvalid, "The message holds something that is no readable text.",
			"Freshdesk would refuse it or show other characters.", "Correct the text in the source.").At(problem.Place{Field: "body"}))
		return nil
	}
	for name := range d.Fields {
		if f, ok := s.Field(name); !ok || f.ReadOnly {
			refuse(o, d, refusal([]fieldError{{Field: name, Code: "invalid_field"}}, &s))
			return nil
		}
	}
	if ticket == "" || strings.Trim(ticket, "0123456789") != "" {
		refuse(o, d, refusal([]fieldError{{Field: "ticket_id", Code: "invalid_value", Message: "There is no ticket matching"}}, &s))
		return nil
	}
	if strings.TrimSpace(body) == "" {
		body = noText
	}
	p := &payload{values: map[string]any{"body": body, "private": private(d)}}
	author := targetOf(d, "user_id")
	if author.ID != "" {
		n, bad := encode(model.Draft{Links: []model.DraftLink{{Field: "user_id", Target: author}}}, s, false)
		if bad != nil {
			refuse(o, d, bad)
			return nil
		}
		p.set("user_id", n.values["user_id"])
	}
	// Whose words a public note is decides on which side Freshdesk shows it (P-43).
	incoming := author.Object == model.Contact
	if v, ok := d.Fields["incoming"].(bool); ok {
		incoming = v
	}
	if incoming && !private(d) {
		p.set("incoming", true)
	}
	holder := []connector.Outcome{{Mark: d.Mark}}
	p.files = c.carry(d, files, &holder[0])
	a, known, err := c.exchangeFiles(ctx, "tickets/"+ticket+"/notes", p, files, &holder, o)
	if err != nil || !known {
		return err
	}
	if a.Status == http.StatusNotFound {
		refuse(o, d, refusal([]fieldError{{Field: "ticket_id", Code: "invalid_value", Message: "There is no ticket matching"}}, &s))
		return nil
	}
	if a.Status != http.StatusCreated && a.Status != http.StatusOK {
		return c.refused(d, a, failureOf(a), s, o)
	}
	x := a.JSON()
	if x.Get("private").Exists() && x.Get("private").Bool() != private(d) {
		return c.takeOut(ctx, d, text(x.Get("id")), o)
	}
	if c.take(d, a, o); o.State == connector.Created {
		o.Key.ID = ticket + "-" + o.Key.ID
		answerFiles(d, x.Get("attachments"), o.Key.ID, &holder[0])
		o.Parts = holder[0].Parts
	}
	return nil
}

// takeOut deletes a note that Freshdesk made public, or private, although the other was
// asked for: nobody may rely on it (P-44, invariant 10). It is refused, so that it is not
// sent again and again.
func (c *conn) takeOut(ctx context.Context, d model.Draft, id string, o *connector.Outcome) error {
	next := "It was deleted there again. See why the account does not let notes be private, then retry this one."
	a, known, err := c.exchange(ctx, http.MethodDelete, "conversations/"+id, nil, nil, o)
	if err != nil || !known || !a.OK() && a.Status != http.StatusNotFound {
		next = "It could not be deleted again: look at the ticket now, and delete the note there. Then retry this one."
	}
	refuse(o, d, problem.New(connector.CodeRefused, "Freshdesk did not keep whether this note is private.",
		"A private note must not be shown to the customer.", next).At(problem.Place{Field: "private"}))
	return err
}

// carry lists the files of a message that can go with it, and refuses those that cannot.
// A ticket takes 20 MB in all.
func (c *conn) carry(d model.Draft, files connector.Files, o *connector.Outcome) []attached {
	o.Parts = make([]connector.Outcome, len(d.Parts))
	var out []attached
	var size int64
	for i, part := range d.Parts {
		o.Parts[i] = connector.Outcome{Mark: part.Mark, State: connector.Unsent}
		f := part.File
		switch {
		case f == nil:
			refuse(&o.Parts[i], part, problem.New(connector.CodeRequired, "The file has no content.",
				"Freshdesk keeps no file without content.", "Leave it out, or name where its content lies.").At(problem.Place{Field: "content"}))
			continue
		case size+f.Size > maxFile:
			refuse(&o.Parts[i], part, tooLarge())
			continue
		}
		if err := wire.Readable(files, f.Hash); err != nil {
			refuse(&o.Parts[i], part, problem.Wrap(err, connector.CodeRequired, "The file's content cannot be read.",
				"It is not where Waybill keeps contents.", "Read the source again, then retry.").At(problem.Place{Field: "content"}))
			continue
		}
		size += f.Size
		out = append(out, attached{name: nameOf(part), kind: kindOf(part), hash: f.Hash, size: f.Size})
	}
	return out
}

func tooLarge() *problem.Problem {
	return refusal([]fieldError{{Field: "content", Code: "invalid_size"}}, nil)
}

func nameOf(d model.Draft) string {
	if n, _ := d.Fields["name"].(string); n != "" {
		return n
	}
	return d.File.Name
}

func kindOf(d model.Draft) string {
	if n, _ := d.Fields["content_type"].(string); n != "" {
		return n
	}
	return d.File.Type
}

// exchangeFiles sends a record with its files. Where Freshdesk refuses because the ticket
// has too many of them, nothing was done: the record is sent without, and each file refused.
func (c *conn) exchangeFiles(ctx context.Context, path string, p *payload, files connector.Files, parts *[]connector.Outcome, o *connector.Outcome) (wire.Answer, bool, error) {
	a, known, err := c.exchange(ctx, http.MethodPost, path, p, files, o)
	if err != nil || !known || len(p.files) == 0 || a.Status < 400 {
		return a, known, err
	}
	if a.Status != http.StatusRequestEntityTooLarge && !about(failureOf(a).Errors, "attachments") {
		return a, known, nil
	}
	p.files = nil
	for i := range *parts {
		for j := range (*parts)[i].Parts {
			if x := &(*parts)[i].Parts[j]; x.State == connector.Unsent {
				x.State, x.Err = connector.Refused, tooLarge()
			}
		}
	}
	return c.exchange(ctx, http.MethodPost, path, p, files, o)
}

// answerFiles tells what became of a message's files by what the answer lists.
func answerFiles(d model.Draft, list gjson.Result, message string, o *connector.Outcome) {
	there := list.Array()
	for i, part := range d.Parts {
		x := &o.Parts[i]
		if x.State == connector.Refused {
			where := x.Err.Where
			where.Object, where.Record = string(part.Object), part.Source.ID
			x.Err = x.Err.At(where)
			continue
		}
		at := slices.IndexFunc(there, func(f gjson.Result) bool {
			return f.Get("name").String() == nameOf(part) && f.Get("size").Int() == part.File.Size
		})
		if at < 0 { // a name that Freshdesk changed: the next one of the same size
			at = slices.IndexFunc(there, func(f gjson.Result) bool { return f.Get("size").Int() == part.File.Size })
		}
		if at < 0 {
			x.State, x.Err = connector.Unknown, connector.NoAnswer(nil, desk)
			continue
		}
		x.State, x.Key, x.Version = connector.Created, model.Key{Object: model.Attachment, ID: message + "-" + text(there[at].Get("id"))}, version(model.Attachment, there[at])
		there = slices.Delete(slices.Clone(there), at, at+1)
	}
}
