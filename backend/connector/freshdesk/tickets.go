package freshdesk

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// walk says how the list of tickets is read.
type walk struct {
	phases  []url.Values
	include string
	// few: what is made of each ticket needs calls of its own, so few tickets make a page.
	few bool
	// overlap is how far back Seen reaches, in seconds.
	overlap int64
}

// batchOf is how many tickets make a page where each needs calls of its own.
const batchOf = 24

// seenMost is how many repetitions are remembered; more are given twice.
const seenMost = 5000

// tally is a run of tickets, and where reading goes on behind them.
type tally struct {
	tickets []gjson.Result
	broken  []connector.Broken
	next    cursor
	// old: the tickets lie in the archive.
	old bool
}

// path is the call for one of the tickets.
func (t tally) path(x gjson.Result) string {
	if t.old {
		return archived + text(x.Get("id"))
	}
	return "tickets/" + text(x.Get("id"))
}

// walkTickets reads the list of tickets by the time of their change, oldest first. The
// list ends at page 300 and moves while it is read: a ticket that changes goes to its end,
// and all behind it move up. So only first pages are read, each from the last second of
// the one before (P-06, P-07); what comes twice is left out by id and version.
//
// Only where one second holds more tickets than a page are further pages read. Between
// two of them the earlier is read once more: were it another one now, tickets had moved
// up past us, and the second is read anew.
func (c *conn) walkTickets(ctx context.Context, at cursor, w walk, each func(context.Context, tally) error) error {
	for at.Phase < len(w.phases) {
		end, err := c.stretch(ctx, &at, w, each)
		if err != nil {
			return err
		}
		if end {
			at = cursor{Version: 1, Phase: at.Phase + 1}
		}
	}
	return nil
}

// stretch reads one page and moves at behind it; end: there is nothing behind.
func (c *conn) stretch(ctx context.Context, at *cursor, w walk, each func(context.Context, tally) error) (end bool, err error) {
	page := max(at.Page, 1)
	items, more, err := c.ticketList(ctx, at.Since, page, c.pageSize, w.phases[at.Phase], w.include)
	if err != nil {
		return false, err
	}
	full := more || len(items) >= c.pageSize
	next := *at
	stuck := false
	if full {
		last := unix(items[len(items)-1].Get("updated_at"))
		if last-1 > at.Since {
			next.Since, next.Page = last-1, 0
		} else {
			next.Page, stuck = page+1, true
		}
	}
	if stuck || page > 1 {
		moved, err := c.moved(ctx, at, w, page)
		if err != nil {
			return false, err
		}
		if moved {
			at.Page = 0
			return false, nil
		}
	}
	var lost []connector.Broken
	if stuck && page >= pageLast {
		// P-06: said, not looped over and not lost without a word.
		lost = []connector.Broken{broken(fmt.Sprintf("tickets changed at %s, behind page %d", moment(at.Since+1), page),
			fmt.Sprintf("Freshdesk changed more than %d tickets in one second, and shows no more than that.", pageLast*c.pageSize),
			"Those behind cannot be listed, so the reading is not complete.",
			"Change the remaining tickets in Freshdesk in smaller groups (adding a tag is enough), or ask for an account export, then read again.")}
		next.Page = 0
		if next.Since, err = c.behind(ctx, at.Since+1, w.phases[at.Phase]); err != nil {
			return false, err
		}
	}
	if err := c.hand(ctx, at, next, w, items, lost, each); err != nil {
		return false, err
	}
	return !full, ctx.Err()
}

// behind gives what to ask for where nothing of one second may come any more. Whether
// updated_since includes its own second is not documented, so one ticket is asked for.
func (c *conn) behind(ctx context.Context, second int64, phase url.Values) (int64, error) {
	items, _, err := c.ticketList(ctx, second, 1, 1, phase, "")
	if err != nil || len(items) == 0 || unix(items[0].Get("updated_at")) > second {
		return second, err
	}
	return second + 1, nil
}

// moved says whether the page before this one is not what it was: its first ticket left,
// or all of it moved up. The ids of pages are kept only as long as their second is read.
func (c *conn) moved(ctx context.Context, at *cursor, w walk, page int) (bool, error) {
	if page == 1 {
		return false, nil
	}
	items, _, err := c.ticketList(ctx, at.Since, page-1, c.pageSize, w.phases[at.Phase], "")
	if err != nil {
		return false, err
	}
	seen := setOf(at.Seen)
	for _, x := range items {
		if !seen[mark(x)] {
			return true, nil // it was behind us, and is before us now
		}
	}
	return len(items) < c.pageSize, nil
}

func (c *conn) ticketList(ctx context.Context, since int64, page, size int, phase url.Values, include string) ([]gjson.Result, bool, error) {
	q := pageQuery(page, size)
	q.Set("updated_since", moment(since)) // without it only the last thirty days come (P-05)
	q.Set("order_by", "updated_at")
	q.Set("order_type", "asc")
	if include != "" {
		q.Set("include", include)
	}
	for k, v := range phase {
		q[k] = v
	}
	return c.client.list(ctx, "tickets", q)
}

// mark names a state of a ticket: its id, when it changed, and its version.
func mark(x gjson.Result) string { return markFor(model.Ticket, x) }

func markFor(o model.Object, x gjson.Result) string {
	return text(x.Get("id")) + ":" + strconv.FormatInt(unix(x.Get("updated_at")), 36) + ":" + version(o, x)[:6]
}

// hand gives what is new of a page, a few tickets at a time where that is wanted.
func (c *conn) hand(ctx context.Context, at *cursor, next cursor, w walk, items []gjson.Result, lost []connector.Broken,
	each func(context.Context, tally) error,
) error {
	fresh := make([]gjson.Result, 0, len(items))
	seen := setOf(at.Seen)
	next.Seen = slices.Clone(at.Seen)
	for _, x := range items {
		if m := mark(x); !seen[m] {
			fresh = append(fresh, x)
			next.Seen = append(next.Seen, m)
		}
	}
	size := len(fresh)
	if w.few {
		size = batchOf
	}
	for len(fresh) > size {
		for _, x := range fresh[:size] {
			at.Seen = append(at.Seen, mark(x))
		}
		if err := each(ctx, tally{tickets: fresh[:size], next: *at}); err != nil {
			return err
		}
		fresh = fresh[size:]
	}
	// What the next page cannot repeat is forgotten.
	next.Seen = slices.DeleteFunc(next.Seen, func(m string) bool { return seenAt(m) < next.Since-w.overlap })
	if n := len(next.Seen) - seenMost; n > 0 && next.Page == 0 {
		next.Seen = next.Seen[n:]
	}
	*at = next
	if len(fresh) == 0 && len(lost) == 0 {
		return nil
	}
	return each(ctx, tally{tickets: fresh, broken: lost, next: next})
}

func setOf(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, x := range list {
		out[x] = true
	}
	return out
}

// seenAt reads the second out of what mark wrote.
func seenAt(m string) int64 {
	first, last := -1, -1
	for i := range len(m) {
		if m[i] == ':' {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 || first == last {
		return 0
	}
	n, err := strconv.ParseInt(m[first+1:last], 36, 64)
	if err != nil {
		return 0
	}
	return n
}

// ticketPage makes pages of tickets.
func (c *conn) ticketPage(each func(connector.Page) error) func(context.Context, tally) error {
	return func(_ context.Context, t tally) error {
		page := connector.Page{Next: t.next.text(), Broken: t.broken}
		for _, x := range t.tickets {
			r, err := record(model.Ticket, x)
			if err != nil {
				return err
			}
			page.Records = append(page.Records, r)
		}
		return each(page)
	}
}
