package intercom

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// ready asks what writing threads needs, and makes the attribute for marks.
func (c *conn) ready(ctx context.Context) error {
	if err := c.staff(ctx); err != nil {
		return err
	}
	if err := c.tagNames(ctx); err != nil {
		return err
	}
	if c.asTickets {
		return nil
	}
	c.mu.Lock()
	there := c.known.mark
	c.mu.Unlock()
	if there {
		return nil
	}
	c.making.Lock()
	defer c.making.Unlock()
	c.forget("attributes")
	if err := c.attributes(ctx); err != nil { // somebody else may have made it
		return err
	}
	c.mu.Lock()
	there = c.known.mark
	c.mu.Unlock()
	if there {
		return nil
	}
	s := c.send(ctx, http.MethodPost, "conversations/attributes", map[string]any{
		"name": markAttribute, "data_type": "string", "description": "Where this conversation came from, with its old number. Waybill finds it by this.",
	}, false)
	c.forget("attributes")
	if s.State == connector.Created {
		return c.attributes(ctx)
	}
	if s.Stop != nil {
		return s.Stop
	}
	return problem.Wrap(fmt.Errorf("status %d: %s", s.Status, said(s.Body)), connector.CodeRefused,
		"Waybill could not create the conversation attribute \""+markAttribute+"\" in Intercom.", "Without it no conversation can be marked, so none was written.",
		"Continue the run to try again, or create a text attribute of that name under Settings > Data > Conversations.")
}

// createConversation opens a conversation as its customer, and then does what can only be
// done afterwards: tags, assignment, state, title and attributes, the mark in full last.
// Each of these may be repeated, so a lost answer to one of them loses nothing.
func (c *conn) createConversation(ctx context.Context, d model.Draft, p put) written {
	contact, ok := target(d, "contact_id")
	if !ok {
		return refuse(d, problem.New(connector.CodeRequired, "The ticket has no customer, and in Intercom only a customer can open a conversation.",
			"The ticket is not in Intercom, and neither are its messages.", "Choose a stand-in for missing customers in the mapping.").
			At(place(string(d.Object), d.Source.ID, "contact_id", "")))
	}
	if p.fields["state"] == "snoozed" && p.fields["snoozed_until"] == nil {
		return refuse(d, problem.New(connector.CodeRequired, "The ticket is snoozed, and nothing says until when.", "Intercom requires the time.",
			"Map \"Snoozed until\", or another state.").At(place(string(d.Object), d.Source.ID, "snoozed_until", "")))
	}
	if err := c.ready(ctx); err != nil {
		return written{Outcome: connector.Outcome{State: connector.Unsent}, stop: err}
	}
	body, along := c.opening(d, contact)
	open := map[string]any{"from": map[string]any{"type": "contact", "id": contact.ID}, "body": withWord(body, d.Mark)}
	if at, ok := p.fields["created_at"]; ok && at != nil {
		open["created_at"] = at
	} else if along {
		if at, ok := seconds(d.Parts[0].Fields["created_at"]); ok {
			open["created_at"] = at
		}
	}
	s := c.send(ctx, http.MethodPost, "conversations", open, false)
	if s.State != connector.Created {
		w := failed(d, s)
		if s.State == connector.Refused && s.Status == http.StatusNotFound {
			at := w.Err.Where
			at.Field = "contact_id"
			w.Err = w.Err.At(at)
		}
		return w
	}
	key := model.Key{Object: d.Object, ID: gjson.GetBytes(s.Body, "conversation_id").String()}
	if key.ID == "" {
		return written{Outcome: connector.Outcome{State: connector.Unknown, Err: connector.NoAnswer(errNoID, desk)}}
	}
	last, field := c.finish(ctx, key.ID, d, p)
	if last.State != connector.Created {
		return c.takeBack(ctx, d, key, last, field)
	}
	w := written{Outcome: connector.Outcome{State: connector.Created, Key: key, Version: conversationVersion(gjson.ParseBytes(last.Body))}}
	w.Parts = c.partsOf(d, key, along, open["created_at"])
	return w
}

// opening chooses the text that opens a conversation: the first message where it is the
// customer's own, public, of the conversation's time and without files, else a stand-in.
func (c *conn) opening(d model.Draft, contact model.Key) (body string, along bool) {
	if len(d.Parts) == 0 {
		return standIn, false
	}
	m := d.Parts[0]
	author, ok := target(m, "author_id")
	if !ok || author != contact || isPrivate(m) || len(m.Parts) > 0 || !valid(m.Fields["body"]) {
		return standIn, false
	}
	at, has := seconds(m.Fields["created_at"])
	if own, ok := seconds(d.Fields["created_at"]); ok && has && own != at || has && at < 0 {
		return standIn, false
	}
	text := bodyOf(m, false)
	return text, text != standIn
}

// partsOf tells what became of the messages that came with a ticket.
func (c *conn) partsOf(d model.Draft, key model.Key, along bool, at any) []connector.Outcome {
	if len(d.Parts) == 0 {
		return nil
	}
	out := make([]connector.Outcome, len(d.Parts))
	for i, m := range d.Parts {
		out[i] = connector.Outcome{Mark: m.Mark, State: connector.Unsent, Err: problem.New(connector.CodeNotSent,
			"The first message could not open the conversation, so it is sent by itself.", "Only a customer's public message without files can open one.",
			"Continue the run to send it.")}
	}
	if along {
		when := time.Now().Unix()
		if x, ok := at.(int64); ok {
			when = x
		}
		out[0] = connector.Outcome{
			Mark: d.Parts[0].Mark, State: connector.Created, Version: fmt.Sprintf("%d.f", when),
			Key: model.Key{Object: model.Message, ID: messageID(false, key.ID, sourcePart)},
		}
	}
	return out
}

// finish does what follows the opening of a conversation. It gives the answer to the last
// step, or to the one that failed with the field that it was about.
func (c *conn) finish(ctx context.Context, id string, d model.Draft, p put) (wire.Sent, string) {
	path := "conversations/" + id
	tags, _ := p.fields["tag_names"].([]string)
	for _, name := range tags {
		if s := c.tagWith(ctx, path+"/tags", name); s.State != connector.Created {
			return s, "tag_names"
		}
	}
	for _, x := range []struct{ field, kind string }{{"admin_assignee_id", "admin"}, {"team_assignee_id", "team"}} {
		if k, ok := target(d, x.field); ok {
			if s := c.assign(ctx, id, x.kind, k.ID); s.State != connector.Created {
				return s, x.field
			}
		}
	}
	if s := c.setState(ctx, id, p.fields["state"], p.fields["snoozed_until"]); s.State != connector.Created {
		return s, "state"
	}
	custom := map[string]any{markAttribute: string(d.Mark)}
	for name, v := range p.custom {
		if v != nil && v != "" {
			custom[name] = v
		}
	}
	last := map[string]any{"custom_attributes": custom}
	for _, name := range []string{"title", "read"} {
		if v := p.fields[name]; v != nil {
			last[name] = v
		}
	}
	if k, ok := target(d, "company_id"); ok {
		last["company_id"] = k.ID
	}
	return c.send(ctx, http.MethodPut, path, last, true), "custom_attributes"
}

func (c *conn) assign(ctx context.Context, id, kind, to string) wire.Sent {
	return c.send(ctx, http.MethodPost, "conversations/"+id+"/parts", map[string]any{
		"message_type": "assignment", "type": kind, "admin_id": c.me(), "assignee_id": to,
	}, true)
}

func (c *conn) me() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known.me
}

// setState closes, snoozes or opens a conversation; nothing leaves it as it is.
func (c *conn) setState(ctx context.Context, id string, state, until any) wire.Sent {
	body := map[string]any{"admin_id": c.me(), "type": "admin"}
	switch state {
	case "closed":
		body["message_type"] = "close"
	case "snoozed":
		at, ok := until.(int64)
		if !ok || at <= time.Now().Unix() { // it would be open again by now
			return wire.Sent{State: connector.Created}
		}
		delete(body, "type")
		body["message_type"], body["snoozed_until"] = "snoozed", at
		c.mu.Lock()
		if c.known.snoozed == nil {
			c.known.snoozed = map[string]int64{}
		}
		c.known.snoozed[id] = at
		c.mu.Unlock()
	default:
		return wire.Sent{State: connector.Created}
	}
	return c.send(ctx, http.MethodPost, "conversations/"+id+"/parts", body, true)
}
