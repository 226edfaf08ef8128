package zendesk

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// Now asks the desk's clock. Lists without a feed are read once, to know later what is gone.
func (c *conn) Now(ctx context.Context, o model.Object) (connector.Cursor, error) {
	start, err := c.now(ctx)
	if err != nil {
		return "", err
	}
	at := cursor{Version: 1, Start: start, Since: start, Feed: true}
	if polled(o) {
		at.Seen = map[string]uint32{}
		if err := c.eachOf(ctx, o, func(items []gjson.Result) error {
			for _, x := range items {
				at.Seen[strings.Clone(x.Get("id").String())] = sum(x.Raw) // not the whole page with it
			}
			return nil
		}); err != nil {
			return "", err
		}
	}
	return at.text(), nil
}

// polled says that an object has no feed of changes, so that its list is read each time.
func polled(o model.Object) bool {
	switch o {
	case model.Ticket, model.Contact, model.Agent, model.Organization, model.Message, model.Attachment, model.SideConversation:
		return false
	}
	return true
}

// Changes reads what changed. The comments of every ticket that changed are read again.
func (c *conn) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	if !at.Feed { // a cursor of Pages over a list: since that walk began
		at = cursor{Version: 1, Start: at.Start, Since: at.Since}
	}
	if at.Since == 0 { // a cursor of a Waybill that did not ask for events yet
		if at.Since = at.Start; at.Since == 0 {
			if at.Since, err = c.now(ctx); err != nil {
				return err
			}
		}
	}
	switch {
	case polled(o):
		return c.compared(ctx, o, at, each)
	case o == model.Organization:
		return c.organizations(ctx, at, each)
	case o == model.Message, o == model.Attachment:
		if err := c.perTicket(ctx, o, at, func(p connector.Page) error {
			last, err := readCursor(p.Next)
			if err != nil {
				return err
			}
			at = last
			return each(p)
		}); err != nil {
			return err
		}
		return c.redacted(ctx, o, at, each)
	case o == model.SideConversation:
		return c.perTicket(ctx, o, at, each)
	}
	return c.exported(ctx, o, at, true, each)
}

// organizations walks the export by time, whose pages overlap by the second at which one
// ends (P-03): what was given of that second is remembered.
func (c *conn) organizations(ctx context.Context, at cursor, each func(connector.Page) error) error {
	at.Feed = true
	waiting, told := c.patience(), false
	for {
		q := url.Values{"start_time": {strconv.FormatInt(at.Start, 10)}, "per_page": {strconv.Itoa(c.exportSize)}}
		v, _, err := c.client.get(ctx, "incremental/organizations", q)
		if err != nil {
			return err
		}
		items := v.Get("organizations")
		if !items.IsArray() {
			return connector.OtherThing(nil, desk, c.client.Base.Host)
		}
		var p connector.Page
		end := v.Get("end_time").Int()
		seen := map[string]uint32{}
		if end == at.Start {
			maps.Copy(seen, at.Seen)
		}
		for _, x := range items.Array() {
			id, s := x.Get("id").String(), sum(x.Raw)
			old, known := at.Seen[id]
			if stampOf(x) == end {
				seen[id] = s
			}
			if known && old == s {
				continue
			}
			if x.Get("deleted_at").Type == gjson.String {
				gone, err := c.dissolved(ctx, x)
				if err != nil {
					return err
				}
				p.Gone = append(p.Gone, gone)
				continue
			}
			r, err := record(model.Organization, x)
			if err != nil {
				return c.client.Explain(ctx, err)
			}
			p.Records = append(p.Records, r)
		}
		more := v.Get("end_of_stream").Type == gjson.False
		if more && end <= at.Start {
			// More records share this second than fit a page: the export would give the same
			// page for ever. The plain list has the rest of them.
			if err := c.ofSecond(ctx, at, &p); err != nil {
				return err
			}
			end, seen = at.Start+1, nil
		}
		at.Start, at.Seen = max(end, at.Start), seen
		p.Next = at.text()
		if len(p.Records)+len(p.Gone) > 0 {
			if err := each(p); err != nil {
				return err
			}
			told = true
		}
		if !more {
			again, err := waiting.again(ctx)
			if err != nil {
				return err
			}
			if !again {
				if !told {
					return each(connector.Page{Next: at.text()})
				}
				return nil
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// ofSecond adds the organizations that changed in the second in which reading goes on.
func (c *conn) ofSecond(ctx context.Context, at cursor, p *connector.Page) error {
	items, err := c.wholeOf(ctx, "organizations", "organizations", nil)
	if err != nil {
		return err
	}
	for _, x := range items {
		if old, known := at.Seen[x.Get("id").String()]; stampOf(x) != at.Start || known && old == sum(x.Raw) {
			continue
		}
		r, err := record(model.Organization, x)
		if err != nil {
			return c.client.Explain(ctx, err)
		}
		p.Records = append(p.Records, r)
	}
	return nil
}

// compared reads a whole list, page by page, and holds it against what it was: only ids and
// sums of texts are kept. Where it breaks off, the list is read anew without telling again
// what was told.
func (c *conn) compared(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	now, told := map[string]uint32{}, map[string]uint32{}
	maps.Copy(told, at.Seen)
	if err := c.eachOf(ctx, o, func(items []gjson.Result) error {
		var p connector.Page
		for _, x := range items {
			id := strings.Clone(x.Get("id").String())
			now[id] = sum(x.Raw)
			if old, known := told[id]; known && old == now[id] || at.Seen == nil && stampOf(x) < at.Start {
				continue
			}
			told[id] = now[id]
			r, err := record(o, x)
			if err != nil {
				return c.client.Explain(ctx, err)
			}
			p.Records = append(p.Records, r)
		}
		if len(p.Records) == 0 {
			return nil
		}
		half := at
		half.Seen = told
		p.Next = half.text()
		return each(p)
	}); err != nil {
		return err
	}
	var p connector.Page
	for _, id := range slices.Sorted(maps.Keys(at.Seen)) {
		if _, there := now[id]; !there {
			p.Gone = append(p.Gone, connector.Gone{ID: id, How: connector.GoneDeleted})
		}
	}
	at.Seen, at.Feed = now, true
	p.Next = at.text()
	return each(p)
}

// eachOf reads a list without a feed, page by page.
func (c *conn) eachOf(ctx context.Context, o model.Object, each func([]gjson.Result) error) error {
	if l, ok := lists[o]; ok {
		var theirs error
		err := c.pagesOf(ctx, l.path, l.name, l.query, func(items []gjson.Result) error {
			theirs = each(slices.DeleteFunc(items, func(x gjson.Result) bool { return !shown(o, x) }))
			return theirs
		})
		if theirs != nil {
			return theirs
		}
		return onPlan(o, err)
	}
	if o != model.Translation && o != ArticleAttachment {
		return fmt.Errorf("Zendesk has no object %q", o)
	}
	return c.perArticle(ctx, o, cursor{Version: 1}, func(p connector.Page) error {
		items := make([]gjson.Result, len(p.Records))
		for i, r := range p.Records {
			items[i] = gjson.ParseBytes(r.Raw)
		}
		return each(items)
	})
}

// allOf reads a short list without a feed to its end.
func (c *conn) allOf(ctx context.Context, o model.Object) (out []gjson.Result, err error) {
	err = c.eachOf(ctx, o, func(items []gjson.Result) error {
		out = append(out, items...)
		return nil
	})
	return out, err
}

// Read reads records by their ids, a hundred at a time.
func (c *conn) Read(ctx context.Context, o model.Object, ids []string) (map[string]model.Record, error) {
	out := make(map[string]model.Record, len(ids))
	many := map[model.Object]string{model.Ticket: "tickets", model.Contact: "users", model.Agent: "users", model.Organization: "organizations"}
	name, ok := many[o]
	if !ok {
		return out, c.readEach(ctx, o, ids, out)
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { n, err := strconv.ParseInt(id, 10, 64); return err != nil || n <= 0 })
	for part := range slices.Chunk(ids, batch) {
		v, _, err := c.client.get(ctx, name+"/show_many", url.Values{"ids": {joined(part)}})
		if err != nil {
			return nil, err
		}
		for _, x := range v.Get(name).Array() {
			r, _, ok, err := take(o, x, false)
			if err != nil {
				return nil, c.client.Explain(ctx, err)
			}
			if ok {
				out[r.Key.ID] = r
			}
		}
	}
	return out, nil
}

// readEach reads records of objects that the desk does not give by many ids.
func (c *conn) readEach(ctx context.Context, o model.Object, ids []string, out map[string]model.Record) error {
	if len(ids) == 0 {
		return nil
	}
	want := map[string]bool{}
	for _, id := range ids {
		want[id] = true
	}
	if o == model.Message || o == model.Attachment {
		return c.readComments(ctx, o, want, out)
	}
	return c.eachOf(ctx, o, func(items []gjson.Result) error {
		for _, x := range items {
			if !want[x.Get("id").String()] {
				continue
			}
			r, err := record(o, x)
			if err != nil {
				return c.client.Explain(ctx, err)
			}
			out[r.Key.ID] = r
		}
		return nil
	})
}

// readComments reads messages through their tickets. A file alone does not say where it is.
func (c *conn) readComments(ctx context.Context, o model.Object, want map[string]bool, out map[string]model.Record) error {
	if o == model.Attachment {
		return nil
	}
	asked := map[string]bool{}
	for id := range want {
		ticket, _, ok := place(id)
		if !ok || asked[ticket] {
			continue
		}
		asked[ticket] = true
		list, err := c.commentsOf(ctx, ticket)
		if err != nil {
			return err
		}
		records, err := comments(o, ticket, list)
		if err != nil {
			return c.client.Explain(ctx, err)
		}
		for _, r := range records {
			if want[r.Key.ID] {
				out[r.Key.ID] = r
			}
		}
	}
	return nil
}
