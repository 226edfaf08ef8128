package freshdesk

import (
	"context"
	"errors"
	"net/url"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// archived is the call for one archived ticket, its number behind.
const archived = "tickets/archived/"

// allTickets reads the lists of tickets, and then the archive.
func (c *conn) allTickets(ctx context.Context, at cursor, w walk, each func(context.Context, tally) error) error {
	if err := c.walkTickets(ctx, at, w, each); err != nil || !c.archive {
		return err
	}
	from := int64(1)
	if at.Phase >= len(w.phases) {
		from = max(int64(at.Page), 1)
	}
	return c.walkArchive(ctx, from, len(w.phases), each)
}

// tries is how many numbers in a row, behind all that lists show, must be absent before
// the archive counts as read: in a desk that nobody uses any more the newest are archived.
const tries = 60

// walkArchive reads archived tickets. Freshdesk archives what was closed and not touched
// for 120 days; such tickets are in no list and in no search (freshdesk.md, Import fidelity),
// and are had by number only. Tickets are numbered from 1, so each number that no list
// shows is tried (P-01).
func (c *conn) walkArchive(ctx context.Context, from int64, phase int, each func(context.Context, tally) error) error {
	shown, last, err := c.shown(ctx)
	if err != nil {
		return err
	}
	for id, missed := from, 0; id <= last || missed < tries; {
		var ask []int64
		for ; len(ask) < batchOf && (id <= last || missed < tries); id++ {
			if !shown[id] && !c.isAbsent(id) {
				ask = append(ask, id)
			}
			if id > last {
				missed++
			}
		}
		found, err := together(ctx, ask, c.archivedTicket)
		if codeOf(err) == connector.CodeForbidden {
			return nil // Check tells that this account has no archive, or this key none of it
		}
		if err != nil {
			return err
		}
		t := tally{old: true, next: cursor{Version: 1, Phase: phase, Page: int(id)}}
		for _, x := range found {
			if !x.Exists() {
				continue
			}
			if x.Get("id").Int() > last {
				missed = int(id - 1 - x.Get("id").Int())
			}
			t.tickets = append(t.tickets, x)
		}
		if len(t.tickets) > 0 {
			if err := each(ctx, t); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// shown lists the numbers of all tickets that are in any list, and the highest of them.
func (c *conn) shown(ctx context.Context) (map[int64]bool, int64, error) {
	all, last := map[int64]bool{}, int64(0)
	var lists []url.Values
	for _, l := range c.changeLists(model.Ticket) {
		lists = append(lists, l.query)
	}
	err := c.walkTickets(ctx, cursor{Version: 1}, walk{phases: lists}, func(_ context.Context, t tally) error {
		for _, x := range t.tickets {
			id := x.Get("id").Int()
			all[id] = true
			last = max(last, id)
		}
		return nil
	})
	return all, last, err
}

// archivedTicket asks for one archived ticket; nothing where there is none.
func (c *conn) archivedTicket(ctx context.Context, id int64) (gjson.Result, error) {
	x, err := c.client.one(ctx, archived+decimal(id), nil)
	if errors.Is(err, errAbsent) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.absent) < bareMost {
			c.absent[id] = true
		}
		return gjson.Result{}, nil
	}
	return x, err
}

func (c *conn) isAbsent(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.absent[id]
}
