package intercom

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/tidwall/gjson"
	"golang.org/x/sync/errgroup"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// filters is how many filters a group of a search takes (OpenAPI 2.16, Nesting & Limitations).
const filters = 15

// Find looks for records by our marks: companies by their company_id, one by one, and
// people, conversations and tickets by searches of fifteen marks at a time.
func (c *conn) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	out := make(map[model.Mark]connector.Found, len(marks))
	if len(marks) == 0 {
		return out, nil
	}
	switch o {
	case model.Organization:
		return out, c.findCompanies(ctx, marks, out)
	case model.Contact:
		return out, c.findBy(ctx, "contacts/search", "data", marks, func(m model.Mark) (string, any) { return "external_id", string(m) },
			func(v gjson.Result) model.Record { return c.contactRecord(v) }, out)
	case model.Ticket:
		if !c.asTickets {
			return out, c.findConversations(ctx, marks, out)
		}
		return out, c.findTickets(ctx, marks, out)
	}
	return out, nil // nobody can create the others, so none of ours is there
}

func (c *conn) findCompanies(ctx context.Context, marks []model.Mark, out map[model.Mark]connector.Found) error {
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, m := range marks {
		g.Go(func() error {
			v, ok, err := c.fetchQuery(ctx, "companies", url.Values{"company_id": {string(m)}})
			if v.Get("type").Str == "list" { // so the description says; in words it is one company
				v = v.Get("data.0")
			}
			if err != nil || !ok || v.Get("company_id").Str != string(m) {
				return err
			}
			r := company(v)
			mu.Lock()
			defer mu.Unlock()
			out[m] = connector.Found{Key: r.Key, Version: r.Version, Copies: 1}
			return nil
		})
	}
	return g.Wait()
}

// findBy searches for a group of marks after another.
func (c *conn) findBy(ctx context.Context, path, name string, marks []model.Mark, filter func(model.Mark) (string, any),
	make func(gjson.Result) model.Record, out map[model.Mark]connector.Found,
) error {
	if err := c.tagNames(ctx); err != nil {
		return err
	}
	for group := range slices.Chunk(marks, filters) {
		var list []any
		for _, m := range group {
			field, value := filter(m)
			list = append(list, map[string]any{"field": field, "operator": "=", "value": value})
		}
		for after := ""; ; {
			q := map[string]any{"query": map[string]any{"operator": "OR", "value": list}, "pagination": map[string]any{"per_page": 150}}
			if after != "" {
				q["pagination"] = map[string]any{"per_page": 150, "starting_after": after}
			}
			v, err := c.ask(ctx, path, nil, q)
			if err != nil {
				return err
			}
			items, err := array(v, name)
			if err != nil {
				return err
			}
			for _, x := range items {
				r := make(x)
				m := c.MarkOf(r)
				if m == "" {
					m = c.unfinished(x, group)
				}
				if slices.Contains(group, m) {
					f := out[m]
					if f.Copies++; f.Copies == 1 || older(r.Key.ID, f.Key.ID) {
						f.Key, f.Version = r.Key, r.Version
					}
					out[m] = f
				}
			}
			if after = v.Get("pages.next.starting_after").String(); after == "" {
				break
			}
		}
	}
	return nil
}

func older(a, b string) bool { return number(a) < number(b) }

// unfinished says which mark a conversation has that was opened, but whose attributes did
// not arrive: by the word in its first message.
func (c *conn) unfinished(v gjson.Result, group []model.Mark) model.Mark {
	body := v.Get("source.body").String()
	for _, m := range group {
		if body != "" && ourWord.FindString(body) != "" && containsWord(body, word(m)) {
			return m
		}
	}
	return ""
}

func containsWord(body, w string) bool {
	return slices.ContainsFunc(ourWord.FindAllString(body, -1), func(s string) bool { return len(s) > len(w) && s[len(s)-len(w)-1:len(s)-1] == w })
}

func (c *conn) findConversations(ctx context.Context, marks []model.Mark, out map[model.Mark]connector.Found) error {
	return c.findBy(ctx, "conversations/search", "conversations", marks, func(m model.Mark) (string, any) { return "source.body", word(m) },
		c.conversationRecord, out)
}

// findTickets searches by the attribute, which each ticket type has under a number of its own.
func (c *conn) findTickets(ctx context.Context, marks []model.Mark, out map[model.Mark]connector.Found) error {
	t, err := c.typeForNew(ctx)
	if err != nil {
		return err
	}
	for _, a := range t.attrs {
		if a.name == markAttribute {
			return c.findBy(ctx, "tickets/search", "tickets", marks, func(m model.Mark) (string, any) { return "ticket_attribute." + a.id, string(m) },
				c.ticketRecord, out)
		}
	}
	return nil // no ticket was ever written
}

// Delete deletes records for good, one after another. A deletion may be repeated.
func (c *conn) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(what))
	var stop error
	for i, w := range what {
		out[i] = connector.Outcome{Key: w.Key, Version: w.Version, State: connector.Unsent}
		if stop == nil {
			stop = ctx.Err()
		}
		if stop == nil {
			stop = c.erase(ctx, w, &out[i])
		}
		if out[i].State == connector.Unsent && out[i].Err == nil {
			out[i].Err = connector.NotSent(stop, desk)
		}
	}
	return out, stop
}

func (c *conn) erase(ctx context.Context, w connector.Doomed, o *connector.Outcome) error {
	where := place(string(w.Key.Object), w.Key.ID, "", "")
	switch w.Key.Object {
	case model.Organization, model.Contact, model.Ticket, model.Category, model.Section, model.Article:
	default:
		o.State = connector.Refused
		o.Err = problem.New(connector.CodeRefused, "Intercom's API deletes no such record by itself.", "It goes with what it belongs to.",
			"Delete the conversation that it is in, or delete it in Intercom by hand.").At(where)
		return nil
	}
	if w.Version != "" {
		version, foreign, found, err := c.current(ctx, w.Key)
		switch {
		case err != nil:
			return err
		case !found:
			o.State = connector.Deleted
			return nil
		case version != w.Version || foreign:
			o.State, o.Version = connector.Touched, version
			o.Err = problem.New(connector.CodeChanged, "People changed this record in Intercom since it was moved.",
				"It was left as it is.", "Look at it in Intercom, and delete it there if nobody needs it.").At(where)
			return nil
		}
	}
	s := c.send(ctx, http.MethodDelete, pathOf(c, w.Key.Object, w.Key.ID), nil, false)
	switch {
	case s.State == connector.Created, s.Status == http.StatusNotFound && s.State == connector.Refused:
		o.State = connector.Deleted
	case s.State == connector.Refused:
		o.State, o.Err = connector.Refused, refusal(s, string(w.Key.Object), w.Key.ID, nil)
	default:
		o.State, o.Err = s.State, s.Err
		return s.Stop
	}
	return nil
}

// current tells a record's stamp, and whether people wrote into a conversation: what was
// written through the API names an app, what people write does not (OpenAPI 2.16,
// conversation_part.app_package_code).
func (c *conn) current(ctx context.Context, k model.Key) (version string, foreign, found bool, err error) {
	if err := c.tagNames(ctx); err != nil {
		return "", false, false, err
	}
	if k.Object != model.Ticket {
		r, ok, err := c.readOne(ctx, k.Object, k.ID)
		return r.Version, false, ok, err
	}
	t, ok, err := c.thread(ctx, c.asTickets, k.ID)
	if err != nil || !ok {
		return "", false, ok, err
	}
	version = conversationVersion(t.v)
	if c.asTickets {
		version = ticketVersion(t.v)
	}
	for _, p := range t.pieces() {
		if p.part != sourcePart && p.part != descriptionPart && gjson.Get(p.raw, "app_package_code").String() == "" {
			foreign = true
		}
	}
	return version, foreign, true, nil
}
