package freshdesk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// paths of the lists of each object that has one list for all of its records.
var paths = map[model.Object]string{
	model.Organization: "companies", model.Group: "groups", model.Agent: "agents", model.Contact: "contacts", model.Ticket: "tickets",
	model.TimeEntry: "time_entries", model.Rating: "surveys/satisfaction_ratings", model.Category: "solutions/categories",
}

// beginning is asked for where a list gives only the last thirty days by itself.
const beginning = "1970-01-01T00:00:00Z"

// phases are the lists that make up an object: a list of contacts hides those who are
// blocked or deleted (freshdesk.md, Contact).
func (c *conn) phases(o model.Object) []url.Values {
	switch o {
	case model.Contact:
		out := []url.Values{{}, {"state": {"blocked"}}}
		if c.trash != TrashNone {
			out = append(out, url.Values{"state": {"deleted"}})
		}
		return out
	case model.Ticket, model.Message, model.Attachment:
		out := []url.Values{{}}
		if c.spam {
			out = append(out, url.Values{"filter": {"spam"}})
		}
		if c.trash == TrashAll {
			out = append(out, url.Values{"filter": {"deleted"}})
		}
		return out
	case model.Rating:
		return []url.Values{{"created_since": {beginning}}}
	}
	return []url.Values{{}}
}

// Pages reads an object from just after a cursor.
func (c *conn) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	switch o {
	case model.Ticket:
		return c.allTickets(ctx, at, walk{phases: c.phases(o), include: "description,stats"}, c.ticketPage(each))
	case model.Message:
		return c.allTickets(ctx, at, walk{phases: c.phases(o), include: "description", few: true}, c.talkPage(each))
	case model.Attachment:
		return c.allTickets(ctx, at, walk{phases: c.phases(o), include: "description", few: true}, c.filePage(each))
	case model.Section, model.Article, model.Translation, model.Macro:
		return c.nestedPages(ctx, o, at, each)
	}
	if _, ok := paths[o]; !ok {
		return fmt.Errorf("freshdesk has no object %q", o)
	}
	return c.listPages(ctx, o, at, each)
}

// listPages reads lists page by page. Such a list moves up when a record before the place
// of reading goes, and one would be missed (P-07): see shifted and departed.
func (c *conn) listPages(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	phases := c.phases(o)
	for at.Phase < len(phases) {
		if o == model.Contact && at.Phase == 0 && at.Since == 0 {
			now, err := c.deskNow(ctx)
			if err != nil {
				return err
			}
			at.Since = now
		}
		items, more, err := c.client.list(ctx, paths[o], c.phaseQuery(phases[at.Phase], max(at.Page, 1)))
		if err != nil {
			return err
		}
		shifted, err := c.shifted(ctx, o, at, phases[at.Phase])
		if err != nil {
			return err
		}
		if shifted {
			at.Page, at.Last = 0, ""
			continue
		}
		page := connector.Page{}
		for _, x := range items {
			if x, err = c.entire(ctx, o, x); err != nil {
				return err
			}
			r, err := record(o, x)
			if err != nil {
				return err
			}
			page.Records = append(page.Records, r)
			at.Last = text(x.Get("id"))
		}
		at.Page = max(at.Page, 1) + 1
		if !more {
			again, err := c.departed(ctx, o, at)
			if err != nil {
				return err
			}
			if again {
				at = cursor{Version: 1, Round: at.Round + 1}
			} else {
				at = cursor{Version: 1, Phase: at.Phase + 1}
			}
		}
		page.Next = at.text()
		if len(items) > 0 {
			if err := each(page); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) phaseQuery(phase url.Values, page int) url.Values {
	q := pageQuery(page, c.pageSize)
	for k, v := range phase {
		q[k] = v
	}
	return q
}

// shifted reads the page before once more: where it ends with another record now, those
// behind have moved up, past us. Contacts are too many for that.
func (c *conn) shifted(ctx context.Context, o model.Object, at cursor, phase url.Values) (bool, error) {
	if o == model.Contact || at.Page <= 1 || at.Last == "" {
		return false, nil
	}
	items, _, err := c.client.list(ctx, paths[o], c.phaseQuery(phase, at.Page-1))
	if err != nil {
		return false, err
	}
	return len(items) == 0 || text(items[len(items)-1].Get("id")) != at.Last, nil
}

// rounds is how often the contacts are read again because some went meanwhile.
const rounds = 3

// departed says whether contacts left the list while it was read: deleted, merged or
// blocked since the reading began. Then it is read again.
func (c *conn) departed(ctx context.Context, o model.Object, at cursor) (bool, error) {
	if o != model.Contact || at.Phase != 0 || at.Page <= 2 || at.Round >= rounds {
		return false, nil
	}
	for _, state := range []string{"deleted", "blocked"} {
		q := pageQuery(1, 1)
		q.Set("state", state)
		q.Set("updated_since", moment(at.Since))
		items, _, err := c.client.list(ctx, "contacts", q)
		if err != nil || len(items) > 0 {
			return len(items) > 0, err
		}
	}
	return false, nil
}

// entire asks for a contact by itself where the list leaves out tags or further addresses
// (P-27): the documentation's samples of the two differ.
func (c *conn) entire(ctx context.Context, o model.Object, x gjson.Result) (gjson.Result, error) {
	if o != model.Contact || x.Get("other_emails").Exists() && x.Get("tags").Exists() {
		return x, nil
	}
	whole, err := c.client.one(ctx, "contacts/"+text(x.Get("id")), nil)
	if errors.Is(err, errAbsent) {
		return x, nil // deleted meanwhile: what the list says is all that there is
	}
	return whole, err
}

// Count is exact for nothing: Freshdesk counts only in its search, which lags behind and
// leaves out what is archived. 0: nobody knows.
func (c *conn) Count(ctx context.Context, o model.Object) (int64, bool, error) {
	switch o {
	case model.Ticket, model.Contact, model.Organization:
		x, err := c.client.one(ctx, "search/"+paths[o], url.Values{"query": {`"created_at:>'1970-01-01'"`}})
		if err != nil {
			return 0, false, err
		}
		return x.Get("total").Int(), false, nil
	case model.Group, model.Agent, model.Category:
		all, err := c.ownFields(ctx, paths[o])
		return int64(len(all)), false, err
	}
	return 0, false, nil
}

// Read reads records by their ids, one call each; messages, files and time entries have no
// call of their own and are read through their ticket.
func (c *conn) Read(ctx context.Context, o model.Object, ids []string) (map[string]model.Record, error) {
	out := make(map[string]model.Record, len(ids))
	tried := make(map[string]bool, len(ids))
	for _, id := range ids {
		if tried[id] || id == "" {
			continue
		}
		tried[id] = true
		r, ok, err := c.readOne(ctx, o, id)
		if err != nil {
			return nil, err
		}
		if ok {
			out[id] = r
		}
	}
	return out, nil
}

// items are the calls for one record of an object.
var items = map[model.Object]string{
	model.Organization: "companies/", model.Group: "groups/", model.Agent: "agents/", model.Contact: "contacts/", model.Ticket: "tickets/",
	model.Category: "solutions/categories/", model.Section: "solutions/folders/", model.Article: "solutions/articles/", model.Macro: "canned_responses/",
}

// readOne reads one record; what lies in the trash counts as absent.
func (c *conn) readOne(ctx context.Context, o model.Object, id string) (model.Record, bool, error) {
	switch o {
	case model.Message:
		return c.readMessage(ctx, id)
	case model.Attachment:
		return c.readFile(ctx, id)
	case model.TimeEntry:
		return c.readEntry(ctx, id)
	case model.Translation:
		return c.readTranslation(ctx, id)
	}
	path, ok := items[o]
	if !ok || strings.Trim(id, "0123456789") != "" {
		return model.Record{}, false, nil
	}
	var q url.Values
	if o == model.Ticket {
		q = url.Values{"include": {"stats"}}
	}
	x, err := c.client.one(ctx, path+id, q)
	if o == model.Ticket && errors.Is(err, errAbsent) { // what is archived is there all the same
		if x, err = c.client.one(ctx, archived+id, q); codeOf(err) == connector.CodeForbidden {
			return model.Record{}, false, nil // this account has no archive
		}
	}
	if errors.Is(err, errAbsent) || err == nil && x.Get("deleted").Bool() && (o == model.Ticket || o == model.Contact) {
		return model.Record{}, false, nil
	}
	if err != nil {
		return model.Record{}, false, err
	}
	r, err := record(o, x)
	return r, err == nil, err
}

// deskNow is the desk's own clock, in Unix seconds.
func (c *conn) deskNow(ctx context.Context) (int64, error) {
	a, err := c.client.Get(ctx, "agents/me", nil)
	if err != nil {
		return 0, err
	}
	t, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		t = time.Now() // a desk that names no time: ours is the best there is
	}
	return t.Unix(), nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// unix reads a time of the desk in Unix seconds; 0: none.
func unix(x gjson.Result) int64 {
	t, err := time.Parse(time.RFC3339, x.String())
	if err != nil {
		return 0
	}
	return t.Unix()
}

// rawRecord is a record that is put together here, of a ticket's own values.
func rawRecord(o model.Object, id string, fields ...string) model.Record {
	var b strings.Builder
	b.WriteString(`{"id":` + strconv.Quote(id))
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i+1] != "" {
			b.WriteString(`,"` + fields[i] + `":` + fields[i+1])
		}
	}
	b.WriteByte('}')
	raw := b.String()
	return model.Record{Key: model.Key{Object: o, ID: id}, Raw: json.RawMessage(raw), Version: version(o, gjson.Parse(raw))}
}

// broken is a place at which records could not be read.
func broken(place, what, why, next string) connector.Broken {
	return connector.Broken{Place: place, Raw: json.RawMessage(`{}`), Why: problem.New(connector.CodeBroken, what, why, next)}
}
