package intercom

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// toldMost is how many records a cursor remembers to have told.
const toldMost = 3000

// Now asks for the moment by Intercom's clock.
func (c *conn) Now(ctx context.Context, _ model.Object) (connector.Cursor, error) {
	now, err := c.moment(ctx)
	if err != nil {
		return "", err
	}
	return cursor{Version: 1, Since: now}.text(), nil
}

// Changes reads what changed since the cursor, and a few minutes before: searches lag. What
// was told by the reading before in the same state is left out. Deletions are only told of
// conversations; Intercom keeps no list of other deleted records.
func (c *conn) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	if c.walkerOf(o) == nil {
		return fmt.Errorf("Intercom has no object %q", o)
	}
	if at.Stage != changing {
		at = cursor{Version: 1, Stage: changing, Since: at.Since, Told: at.Told}
	}
	if at.Began == 0 {
		if at.Began, err = c.moment(ctx); err != nil {
			return err
		}
	}
	f := &feed{conn: c, object: o, at: at, since: back(at.Since), each: each, told: map[string]bool{}}
	for _, t := range at.Told {
		f.told[t] = true
	}
	if err := f.read(ctx); err != nil {
		return err
	}
	done := cursor{Version: 1, Since: at.Began, Told: f.fresh}
	if len(f.gone) == 0 && !f.moved {
		return nil // nothing happened; the cursor stays good
	}
	return each(connector.Page{Gone: f.gone, Next: done.text()})
}

const changing = "changes"

// feed is one reading of changes.
type feed struct {
	*conn
	object model.Object
	at     cursor
	since  int64
	each   func(connector.Page) error
	told   map[string]bool
	fresh  []string // what the next reading need not tell again
	gone   []connector.Gone
	moved  bool
}

func toldKey(r model.Record) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.Key.ID + " " + r.Version + " ")) // a hash takes everything
	_, _ = h.Write(r.Raw)
	return strconv.FormatUint(h.Sum64(), 36)
}

// give passes records on, but for those that were told before.
func (f *feed) give(records []model.Record, after string, broken ...connector.Broken) error {
	p := connector.Page{Broken: broken}
	for _, r := range records {
		key := toldKey(r)
		if len(f.fresh) < toldMost && !slices.Contains(f.fresh, key) {
			f.fresh = append(f.fresh, key)
		}
		if f.told[key] {
			continue
		}
		f.moved = true
		p.Records = append(p.Records, r)
	}
	if len(p.Records)+len(p.Broken) == 0 {
		return nil
	}
	f.moved = true
	at := f.at
	at.After = after
	p.Next = at.text()
	return f.each(p)
}

// read reads the changes of the object.
func (f *feed) read(ctx context.Context) error {
	if err := f.tagNames(ctx); err != nil {
		return err
	}
	switch f.object {
	case f.conversationObject():
		if err := f.threads(ctx, false, one(f.conversationRecords)); err != nil {
			return err
		}
		return f.deletions(ctx)
	case f.ticketObject():
		return f.threads(ctx, true, one(f.ticketRecords))
	case model.Rating:
		return f.threads(ctx, false, one(f.ratings))
	case model.SideConversation:
		return f.threads(ctx, false, one(f.sideConversations))
	case model.Message:
		return f.inBoth(ctx, f.messages)
	case model.Attachment:
		return f.inBoth(ctx, f.attachments)
	case model.Contact:
		return f.people(ctx)
	}
	// Everything else is short, or has no search: all of it is read and what is older left out.
	return f.walkerOf(f.object)(ctx, cursor{Version: 1}, func(p connector.Page) error {
		records := slices.DeleteFunc(p.Records, func(r model.Record) bool { return f.older(r) })
		return f.give(records, "", p.Broken...)
	})
}

// older says that a record did not change since; one without a stamp may have.
func (f *feed) older(r model.Record) bool {
	v := gjson.ParseBytes(r.Raw)
	at := v.Get("updated_at").Int()
	if at == 0 {
		at = v.Get("created_at").Int()
	}
	return at != 0 && at < f.since
}

// threads reads conversations or tickets that changed.
func (f *feed) threads(ctx context.Context, ticket bool, make maker) error {
	path, name := "conversations/search", "conversations"
	if ticket {
		path, name = "tickets/search", "tickets"
	}
	for after := ""; ; {
		v, err := f.ask(ctx, path, nil, since("updated_at", f.since, min(f.size, threadPage), after))
		if err != nil {
			return err
		}
		items, err := array(v, name)
		if err != nil {
			return err
		}
		records, broken, err := make(ctx, items)
		if err != nil {
			return err
		}
		after = v.Get("pages.next.starting_after").String()
		if err := f.give(records, after, broken...); err != nil {
			return err
		}
		for _, r := range records {
			f.redacted(r)
		}
		if after == "" {
			return nil
		}
	}
}

// redacted tells of a message whose content was taken out.
func (f *feed) redacted(r model.Record) {
	v := gjson.ParseBytes(r.Raw)
	if r.Key.Object == model.Message && v.Get("redacted").Bool() && v.Get("updated_at").Int() >= f.since && !f.told[toldKey(r)] {
		f.gone = append(f.gone, connector.Gone{ID: r.Key.ID, How: connector.GoneRedacted, At: v.Get("updated_at").String()})
	}
}

func (f *feed) inBoth(ctx context.Context, make func(thread) ([]model.Record, []connector.Broken)) error {
	if err := f.threads(ctx, false, f.whole(false, make, nil)); err != nil {
		return err
	}
	if err := f.threads(ctx, true, f.whole(true, make, nil)); err != nil && !f.notOurs(err) {
		return err
	}
	return nil
}

// day is how far a search of contacts reaches back: it cuts times to days in the
// workspace's zone and begins with the next one (OpenAPI 2.16, SearchContacts), and no
// zone is further than 14 hours from ours.
const day = 24 * 60 * 60

// people reads contacts that changed; what is older within the days is left out here.
func (f *feed) people(ctx context.Context) error {
	if err := f.staff(ctx); err != nil {
		return err
	}
	for after := ""; ; {
		q := since("updated_at", max(f.since-2*day, 0), f.size, after)
		q["sort"] = map[string]any{"field": "updated_at", "order": "ascending"}
		v, err := f.ask(ctx, "contacts/search", nil, q)
		if err != nil {
			return err
		}
		items, err := array(v, "data")
		if err != nil {
			return err
		}
		var records []model.Record
		for _, x := range items {
			if x.Get("updated_at").Int() >= f.since {
				records = append(records, f.contactRecord(x))
			}
		}
		after = v.Get("pages.next.starting_after").String()
		if err := f.give(records, after); err != nil || after == "" {
			return err
		}
	}
}

// deletions reads which conversations were deleted, the latest first.
func (f *feed) deletions(ctx context.Context) error {
	for page := 1; ; page++ {
		v, err := f.get(ctx, "conversations/deleted", url.Values{"page": {strconv.Itoa(page)}, "per_page": {"60"}, "order": {"desc"}})
		if err != nil {
			if p := problem.From(err); p != nil && p.Code == connector.CodeRefused {
				return nil // not in this workspace's version of the API
			}
			return err
		}
		for _, x := range v.Get("conversations").Array() {
			at := x.Get("deleted_at").Int()
			if at < f.since {
				return nil
			}
			key := "gone " + x.Get("id").String()
			f.fresh = append(f.fresh, key)
			if !f.told[key] {
				f.gone = append(f.gone, connector.Gone{ID: x.Get("id").String(), How: connector.GoneDeleted, At: x.Get("deleted_at").String()})
			}
		}
		if int64(page) >= v.Get("pages.total_pages").Int() {
			return nil
		}
	}
}
