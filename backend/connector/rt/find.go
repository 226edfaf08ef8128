package rt

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Find looks for tickets by the link that is their mark, and for customers by the free
// text of contacts. Of a ticket that was never made, what was made on the way is taken back.
func (c *conn) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	found := map[model.Mark]connector.Found{}
	for some := range slices.Chunk(marks, findAtOnce) {
		var err error
		switch o {
		case model.Ticket:
			err = c.findTickets(ctx, some, found)
		case model.Contact:
			err = c.findUsers(ctx, some, found)
		default:
			_, err = collectionOf(o)
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// findAtOnce is how many marks fit the address of one request.
const findAtOnce = 20

func add(found map[model.Mark]connector.Found, m model.Mark, r model.Record) {
	f := found[m]
	if f.Copies++; f.Copies == 1 { // the oldest comes first
		f.Key, f.Version = r.Key, r.Version
	}
	found[m] = f
}

// refersTo is the TicketSQL of tickets that carry one of several links.
func refersTo(links []string) string {
	parts := make([]string, len(links))
	for i, l := range links {
		parts[i] = "RefersTo=" + quote(l)
	}
	return strings.Join(parts, " OR ")
}

func (c *conn) findTickets(ctx context.Context, marks []model.Mark, found map[model.Mark]connector.Found) error {
	var links []string
	wanted := map[string]model.Mark{}
	for _, m := range marks {
		l := linkOf(m)
		wanted[l] = m
		links = append(links, l, l+partsSuffix)
	}
	items, err := c.all(ctx, "tickets", refersTo(links), ticketFields, people)
	if err != nil {
		return err
	}
	me, err := c.self(ctx)
	if err != nil {
		return err
	}
	second := map[model.Mark]string{}
	for _, x := range items {
		own := false
		for _, l := range marksOf(x) {
			if m, ok := wanted[l]; ok {
				add(found, m, c.ticketRecord(x, me))
				own = true
			}
		}
		for _, l := range marksOf(x) {
			if m, ok := wanted[strings.TrimSuffix(l, partsSuffix)]; ok && !own && strings.HasSuffix(l, partsSuffix) {
				second[m] = x.Get("id").String()
			}
		}
	}
	for m, id := range second {
		if _, ok := found[m]; !ok {
			if err := c.forget(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// shortMark is a mark in the sixteen letters of a field of users that can be searched; the
// whole mark stands in the free text of contacts, which cannot.
func shortMark(m model.Mark) string {
	sum := sha256.Sum256([]byte(m))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

func (c *conn) findUsers(ctx context.Context, marks []model.Mark, found map[model.Mark]connector.Found) error {
	wanted := map[string]model.Mark{}
	var ask []string
	for _, m := range marks {
		wanted[linkOf(m)] = m
		ask = append(ask, shortMark(m))
	}
	items, err := c.all(ctx, "users", anyOf("Gecos", ask), "id,Name,FreeformContactInfo", disabled)
	if err != nil {
		return err
	}
	for _, x := range items {
		m, ok := wanted[x.Get("FreeformContactInfo").Str]
		if !ok {
			continue
		}
		r, there, err := c.user(ctx, model.Contact, x.Get("Name").Str)
		if err != nil {
			return err
		}
		if there {
			add(found, m, r)
		}
	}
	return nil
}

// FindParts looks in a ticket for messages by their text, in a message for files by name
// and size, and at a ticket for its links. Messages that are still in a second ticket are
// brought home first.
func (c *conn) FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	switch owner.Object {
	case model.Ticket:
		return c.partsOfTicket(ctx, owner, parts)
	case model.Message:
		there, err := c.parts(ctx, ids([]string{owner.ID}))
		if err != nil {
			return nil, err
		}
		_, files := sortParts(there[owner.ID])
		found := map[model.Mark]connector.Found{}
		for _, d := range parts {
			if n := fileAt(files, d); n >= 0 {
				found[d.Mark] = connector.Found{Key: model.Key{Object: model.Attachment, ID: files[n].id}, Version: unchanging, Copies: 1}
				files = slices.Delete(files, n, n+1)
			}
		}
		return found, nil
	}
	return map[model.Mark]connector.Found{}, nil
}

func (c *conn) partsOfTicket(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	found := map[model.Mark]connector.Found{}
	if !isID(owner.ID) {
		return found, nil
	}
	if err := c.bringHome(ctx, owner.ID, parts); err != nil {
		return nil, err
	}
	a, err := c.list(ctx, "tickets", "id="+owner.ID, ticketFields, 1, 1, people)
	if err != nil || len(a.items) == 0 {
		return found, err
	}
	links := relations(a.items[0])
	messages, err := c.messagesOf(ctx, owner.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range parts {
		switch d.Object {
		case Relation:
			kind, _ := d.Fields["Type"].(string)
			id := owner.ID + "-" + kind + "-" + target(d, "To")
			for _, r := range links {
				if r.Key.ID == id {
					found[d.Mark] = connector.Found{Key: r.Key, Version: r.Version, Copies: 1}
				}
			}
		case model.Message:
			n := slices.IndexFunc(messages, func(r model.Record) bool { return sameMessage(r, d) })
			if n >= 0 {
				found[d.Mark] = connector.Found{Key: messages[n].Key, Version: unchanging, Copies: 1}
				messages = slices.Delete(messages, n, n+1)
			}
		}
	}
	return found, nil
}

// sameMessage compares what was sent with what is there; RT trims the end of a text.
func sameMessage(r model.Record, d model.Draft) bool {
	x := gjson.ParseBytes(r.Raw)
	text, _ := d.Fields["Content"].(string)
	private, _ := d.Fields["Private"].(bool)
	if text == "" {
		text = "<br>"
	}
	return x.Get("Private").Bool() == private && strings.Join(strings.Fields(x.Get("Content").Str), " ") == strings.Join(strings.Fields(text), " ")
}

// messagesOf reads the messages of a ticket in their order, those of merged tickets too.
func (c *conn) messagesOf(ctx context.Context, ticket string) ([]model.Record, error) {
	items, err := c.all(ctx, "ticket/"+ticket+"/history", "", "Type,ObjectId,Creator,Created,TimeTaken", nil)
	if err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(items, func(x gjson.Result) bool {
		return !slices.Contains([]string{"Create", "Correspond", "Comment"}, x.Get("Type").Str)
	})
	slices.SortFunc(items, func(a, b gjson.Result) int { return int(a.Get("id").Int() - b.Get("id").Int()) })
	w := c.walker(model.Message, collections[model.Message])
	return w.messages(ctx, items)
}

// bringHome merges second tickets of a ticket, and of messages that came to it later, into
// it; one that holds nothing is taken back.
func (c *conn) bringHome(ctx context.Context, ticket string, parts []model.Draft) error {
	a, err := c.list(ctx, "tickets", "id="+ticket, "_hyperlinks", 1, 1, nil)
	if err != nil || len(a.items) == 0 {
		return err
	}
	var links []string
	have := marksOf(a.items[0])
	for _, l := range have {
		if !strings.HasSuffix(l, partsSuffix) && !slices.Contains(have, l+partsSuffix) {
			links = append(links, l+partsSuffix)
		}
	}
	for _, d := range parts {
		if l := linkOf(d.Mark) + partsSuffix; d.Object == model.Message && !slices.Contains(have, l) {
			links = append(links, l)
		}
	}
	for some := range slices.Chunk(links, findAtOnce) {
		items, err := c.all(ctx, "tickets", refersTo(some), "_hyperlinks", nil)
		if err != nil {
			return err
		}
		for _, x := range items {
			id := x.Get("id").String()
			if id == ticket {
				continue
			}
			messages, err := c.messagesOf(ctx, id)
			if err != nil {
				return err
			}
			if len(messages) == 0 {
				if err := c.forget(ctx, id); err != nil {
					return err
				}
				continue
			}
			b, err := wire.JSON(map[string]any{"MergeInto": ticket})
			if err != nil {
				return err
			}
			if s := c.client.Write(ctx, http.MethodPut, "ticket/"+id, b, nil, refusals...); s.State != connector.Created {
				if s.Stop != nil {
					return s.Stop
				}
				return c.client.Verdict(s.Answer)
			}
		}
	}
	return nil
}

// Delete deletes tickets, which RT then keeps as deleted, and links.
func (c *conn) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(what))
	for i, w := range what {
		out[i] = connector.Outcome{Key: w.Key, Version: w.Version, State: connector.Unsent}
	}
	var stop error
	for i, w := range what {
		if stop = c.erase(ctx, w, &out[i]); stop != nil {
			break
		}
	}
	for i := range out {
		if out[i].State == connector.Unsent && out[i].Err == nil {
			out[i].Err = wire.Unsent(stop, desk)
		}
	}
	return out, stop
}

func (c *conn) erase(ctx context.Context, w connector.Doomed, out *connector.Outcome) error {
	at := problem.Place{Object: string(w.Key.Object), Record: w.Key.ID}
	if w.Key.Object != model.Ticket && w.Key.Object != Relation {
		out.State = connector.Refused
		out.Err = problem.New(connector.CodeRefused, "Request Tracker deletes no "+string(w.Key.Object)+" by itself.",
			"A message or file goes when its ticket goes; a user or queue can only be disabled.",
			"Disable or correct it in Request Tracker, if need be.").At(at)
		return nil
	}
	got, err := c.Read(ctx, w.Key.Object, []string{w.Key.ID})
	if err != nil {
		return err
	}
	r, ok := got[w.Key.ID]
	if !ok {
		out.State = connector.Deleted
		return nil
	}
	if w.Version != "" && r.Version != w.Version {
		out.State, out.Version = connector.Touched, r.Version
		out.Err = problem.New(connector.CodeChanged, "People changed this record in the desk since it was moved.",
			"It was left as it is.", "Look at it in the desk, and delete it there if nobody needs it.").At(at)
		return nil
	}
	d := model.Draft{Object: w.Key.Object, Source: w.Key}
	var s wire.Sent
	var stop error
	if w.Key.Object == Relation {
		x := gjson.ParseBytes(r.Raw)
		s, stop = c.send(ctx, http.MethodPut, "ticket/"+x.Get("Ticket").Str, map[string]any{"Delete" + x.Get("Type").Str: []string{x.Get("To").Str}}, d, out)
	} else {
		s, stop = c.sendBody(ctx, http.MethodDelete, "ticket/"+w.Key.ID, nil, d, out)
	}
	if s.State == connector.Created || s.Status == http.StatusNotFound {
		out.State, out.Err = connector.Deleted, nil
	}
	if out.State == connector.Unknown {
		out.Err = connector.NoAnswer(fmt.Errorf("status %d", s.Status), desk).At(at)
	}
	return stop
}
