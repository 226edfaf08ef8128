package freshdesk

import (
	"context"
	"hash/fnv"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// overlap is how many seconds before the last reading a new one begins: what was under
// way then may have an earlier stamp.
const overlap = 120

// spot is where reading stands in one list by time.
type spot struct {
	Since int64    `json:"s"`
	Seen  []string `json:"x,omitempty"`
}

// changeList is a list in which changes show; gone: what is in it left the desk.
type changeList struct {
	query url.Values
	gone  bool
}

// changeLists are the lists in which changes of an object show. What lies in the trash or
// in spam is gone, unless it was chosen to be read.
func (c *conn) changeLists(o model.Object) []changeList {
	deleted := changeList{url.Values{"filter": {"deleted"}}, c.trash != TrashAll}
	spam := changeList{url.Values{"filter": {"spam"}}, !c.spam}
	switch o {
	case model.Ticket:
		return []changeList{{query: url.Values{}}, deleted, spam}
	case model.Message, model.Attachment: // what belongs to a ticket goes when the ticket goes
		return slices.DeleteFunc([]changeList{{query: url.Values{}}, deleted, spam}, func(l changeList) bool { return l.gone })
	}
	return nil
}

// Now is the desk's own clock, or for lists that tell no changes all that is in them now.
func (c *conn) Now(ctx context.Context, o model.Object) (connector.Cursor, error) {
	if c.changeLists(o) != nil || o == model.Contact {
		now, err := c.deskNow(ctx)
		return cursor{Version: 1, Since: now}.text(), err
	}
	at := cursor{Version: 1, Known: map[string]string{}}
	err := c.Pages(ctx, o, "", func(p connector.Page) error {
		for _, r := range p.Records {
			at.Known[r.Key.ID] = stampOf(r)
		}
		return nil
	})
	return at.text(), err
}

// stampOf is a short digest of a record's version.
func stampOf(r model.Record) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r.Version)) // a hash takes everything
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// Changes gives what changed since a cursor of Now, of Pages or of its own. Tickets that
// went to the trash or to spam and contacts that were deleted are gone; a note that was
// deleted leaves no trace. Objects without a list by time are read whole and compared.
func (c *conn) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	switch o {
	case model.Ticket:
		return c.ticketChanges(ctx, o, at, "description,stats", c.ticketPage, each)
	case model.Message:
		return c.ticketChanges(ctx, o, at, "description", c.talkPage, each)
	case model.Attachment:
		return c.ticketChanges(ctx, o, at, "description", c.filePage, each)
	case model.Contact:
		return c.contactChanges(ctx, at, each)
	}
	return c.compare(ctx, o, at, each)
}

// ticketChanges walks each list from a little before where it stood. A cursor has a place
// for each list, so it is good for going on and for the next reading alike; Seen holds what
// the overlap would give again.
func (c *conn) ticketChanges(ctx context.Context, o model.Object, at cursor, include string,
	maker func(func(connector.Page) error) func(context.Context, tally) error, each func(connector.Page) error,
) error {
	lists := c.changeLists(o)
	spots := slices.Clone(at.Spots)
	for len(spots) < len(lists) { // a cursor of Now or of Pages
		spots = append(spots, spot{Since: at.Since})
	}
	for i, list := range lists {
		give := each
		if list.gone {
			give = func(p connector.Page) error {
				out := connector.Page{Next: p.Next, Broken: p.Broken}
				for _, r := range p.Records {
					out.Gone = append(out.Gone, connector.Gone{ID: r.Key.ID, How: connector.GoneDeleted})
				}
				return each(out)
			}
		}
		page := maker(give)
		begin := cursor{Version: 1, Since: max(spots[i].Since-overlap, 0), Seen: spots[i].Seen}
		w := walk{phases: []url.Values{list.query}, include: include, few: o != model.Ticket, overlap: overlap + 1}
		err := c.walkTickets(ctx, begin, w, func(ctx context.Context, t tally) error {
			spots[i] = spot{Since: max(t.next.Since, spots[i].Since), Seen: t.next.Seen}
			t.next = cursor{Version: 1, Spots: slices.Clone(spots)}
			return page(ctx, t)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// contactChanges reads the lists of contacts since the cursor. They are in no order of
// time, so a reading that is interrupted begins again and leaves out what was given.
func (c *conn) contactChanges(ctx context.Context, at cursor, each func(connector.Page) error) error {
	begun, err := c.deskNow(ctx)
	if err != nil {
		return err
	}
	since := max(at.Since-overlap, 0)
	seen := setOf(at.Seen)
	given := slices.Clone(at.Seen)
	var held *connector.Page // the last page carries the cursor of the next reading
	for _, state := range []string{"", "blocked", "deleted"} {
		for page, more := 1, true; more; page++ {
			q := pageQuery(page, c.pageSize)
			q.Set("updated_since", moment(since))
			if state != "" {
				q.Set("state", state)
			}
			items, next, err := c.client.list(ctx, "contacts", q)
			if err != nil {
				return err
			}
			more = next
			out := &connector.Page{}
			for _, x := range items {
				m := markFor(model.Contact, x)
				if seen[m] {
					continue
				}
				seen[m] = true
				given = append(given, m)
				if state == "deleted" {
					out.Gone = append(out.Gone, connector.Gone{ID: text(x.Get("id")), How: connector.GoneDeleted})
					continue
				}
				if x, err = c.entire(ctx, model.Contact, x); err != nil {
					return err
				}
				r, err := record(model.Contact, x)
				if err != nil {
					return err
				}
				out.Records = append(out.Records, r)
			}
			if len(out.Records)+len(out.Gone) == 0 {
				continue
			}
			out.Next = cursor{Version: 1, Since: at.Since, Seen: slices.Clone(given[max(len(given)-seenMost, 0):])}.text()
			if held != nil {
				if err := each(*held); err != nil {
					return err
				}
			}
			held = out
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	if held == nil {
		return nil
	}
	given = slices.DeleteFunc(given, func(m string) bool { return seenAt(m) < begun-overlap })
	held.Next = cursor{Version: 1, Since: begun, Seen: given[max(len(given)-seenMost, 0):]}.text()
	return each(*held)
}

// compare reads a whole list and holds it against what it was.
func (c *conn) compare(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	known := maps.Clone(at.Known)
	if known == nil {
		known = map[string]string{}
	}
	there := map[string]bool{}
	err := c.Pages(ctx, o, "", func(p connector.Page) error {
		out := connector.Page{Broken: p.Broken}
		for _, r := range p.Records {
			there[r.Key.ID] = true
			if stamp := stampOf(r); known[r.Key.ID] != stamp {
				known[r.Key.ID] = stamp
				out.Records = append(out.Records, r)
			}
		}
		if len(out.Records) == 0 {
			return nil
		}
		out.Next = cursor{Version: 1, Known: known}.text()
		return each(out)
	})
	if err != nil {
		return err
	}
	out := connector.Page{}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if !there[id] {
			delete(known, id)
			out.Gone = append(out.Gone, connector.Gone{ID: id, How: connector.GoneDeleted})
		}
	}
	if len(out.Gone) == 0 {
		return nil
	}
	out.Next = cursor{Version: 1, Known: known}.text()
	return each(out)
}
