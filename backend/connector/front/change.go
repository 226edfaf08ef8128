package front

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// overlap is how far a reading of changes reaches back behind the last one: Front's feed is
// ordered by time, and what happens at once may be written down in any order.
const overlap = 30.0

// Now is the moment by Front's own clock.
func (c *conn) Now(ctx context.Context, o model.Object) (connector.Cursor, error) {
	if snapshotted(o) {
		seen := map[string]string{}
		if err := c.Pages(ctx, o, "", func(p connector.Page) error {
			for _, r := range p.Records {
				seen[strings.Clone(r.Key.ID)] = r.Version
			}
			return nil
		}); err != nil {
			return "", err
		}
		return cursor{Seen: seen, Done: true}.text(), nil
	}
	a, err := c.client.Get(ctx, "/me", nil)
	if err != nil {
		return "", c.gone(err)
	}
	return cursor{At: float64(clock(a.Header).UnixMilli()) / 1000}.text(), nil
}

// clock reads Front's clock; its header has whole seconds, the earlier one counts.
func clock(h http.Header) time.Time {
	if t, err := http.ParseTime(h.Get("Date")); err == nil {
		return t
	}
	return time.Now()
}

// snapshotted says that an object's records are few, so that changes are found by comparing.
func snapshotted(o model.Object) bool {
	switch o {
	case model.Ticket, model.Message, model.Attachment, model.Contact:
		return false
	}
	return true
}

// Changes reads what changed. Conversations, their messages and files come from the feed of
// events; contacts by the time of their change; everything else by comparing fingerprints.
func (c *conn) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	switch {
	case snapshotted(o):
		return c.compared(ctx, o, at, each)
	case o == model.Contact:
		return c.changedContacts(ctx, at, each)
	}
	return c.followed(ctx, o, at, each)
}

// compared gives what differs from the fingerprints of the cursor, page by page. Where it
// breaks off, the list is read anew without telling again what was told. The cursor of a
// plain walk has no fingerprints: everything is new then.
func (c *conn) compared(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	seen, told := map[string]string{}, map[string]string{}
	maps.Copy(told, at.Seen)
	if err := c.Pages(ctx, o, "", func(p connector.Page) error {
		page := connector.Page{}
		for _, r := range p.Records {
			id := strings.Clone(r.Key.ID)
			if seen[id] = r.Version; told[id] != r.Version {
				told[id] = r.Version
				page.Records = append(page.Records, r)
			}
		}
		if len(page.Records) == 0 {
			return nil
		}
		page.Next = cursor{Seen: told, Done: true}.text()
		return each(page)
	}); err != nil {
		return err
	}
	page := connector.Page{Next: cursor{Seen: seen, Done: true}.text()}
	for id := range at.Seen {
		if _, there := seen[id]; !there {
			page.Gone = append(page.Gone, connector.Gone{ID: id, How: connector.GoneDeleted})
		}
	}
	slices.SortFunc(page.Gone, func(a, b connector.Gone) int { return strings.Compare(a.ID, b.ID) })
	return each(page)
}

func stamp(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) }

// mostTold is how many fingerprints a cursor carries along within one reading.
const mostTold = 10_000

// changedContacts lists contacts by the time of their change. Front does not say when a
// contact was changed, so the next reading begins where this one began.
func (c *conn) changedContacts(ctx context.Context, at cursor, each func(connector.Page) error) error {
	a, err := c.client.Get(ctx, "/me", nil)
	if err != nil {
		return c.gone(err)
	}
	began := float64(clock(a.Header).UnixMilli()) / 1000
	if at.Next == "" {
		at.Next = "/contacts?limit=" + strconv.Itoa(c.pageSize) + "&sort_by=updated_at&sort_order=asc&q%5Bupdated_after%5D=" + stamp(max(at.At-overlap, 1))
	}
	rows, err := c.maker(ctx, model.Contact)
	if err != nil {
		return err
	}
	seen := maps.Clone(at.Seen)
	if seen == nil {
		seen = map[string]string{}
	}
	half := cursor{At: at.At}.text()
	page := connector.Page{}
	for at.Next != "" {
		x, err := c.client.get(ctx, at.Next)
		if err != nil {
			return c.gone(err)
		}
		if len(page.Records) > 0 { // where it breaks off it begins anew, as far as it is known what was told
			if len(seen) <= mostTold {
				half = cursor{At: at.At, Seen: seen}.text()
			}
			page.Next = half
			if err := each(page); err != nil {
				return err
			}
			page = connector.Page{}
		}
		for _, row := range x.Get("_results").Array() {
			list, err := rows(ctx, row)
			if err != nil {
				return err
			}
			for _, r := range list {
				// The overlap tells again what was told; a fingerprint says whether it is the same.
				mark := r.Version + fmt.Sprint(r.Links)
				if seen[r.Key.ID] != mark {
					page.Records = append(page.Records, r)
				}
				seen[r.Key.ID] = mark
			}
		}
		at.Next = nextOf(x)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if len(seen) > 2000 {
		seen = nil // telling some again costs less than carrying them along
	}
	page.Next = cursor{At: began, Seen: seen}.text()
	return each(page)
}

// followed reads the feed of events, the oldest first, and gives the conversations that they
// are about as they are now, or what was said in them.
func (c *conn) followed(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	if at.Next == "" {
		at.Next = "/events?limit=15&sort_by=created_at&sort_order=asc&q%5Bafter%5D=" + stamp(max(at.At-overlap, 1))
	}
	told := map[string]bool{}
	for _, t := range at.Told {
		id, _, _ := strings.Cut(t, "@")
		told[id] = true
	}
	for at.Next != "" {
		x, err := c.client.get(ctx, at.Next)
		if err != nil {
			return c.gone(err)
		}
		page := connector.Page{}
		done := map[string]bool{}
		for _, e := range x.Get("_results").Array() {
			id, when := e.Get("id").String(), e.Get("emitted_at").Float()
			at.At = max(at.At, when)
			if told[id] {
				continue
			}
			told[id] = true
			at.Told = append(at.Told, id+"@"+stamp(when))
			for _, conversation := range append(merged(e), e.Get("conversation.id").String()) {
				if conversation == "" || done[conversation] {
					continue
				}
				done[conversation] = true
				if err := c.tell(ctx, o, conversation, &page); err != nil {
					return err
				}
			}
		}
		at.Next = nextOf(x)
		next := at
		next.Told = recent(at.Told, at.At-2*overlap)
		page.Next = next.text()
		if err := each(page); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// merged lists the conversations that went into another one with an event.
func merged(e gjson.Result) (out []string) {
	if e.Get("target._meta.type").String() != "deleted_conversation_ids" {
		return nil
	}
	for _, x := range e.Get("target.data").Array() {
		id := x.String()
		if x.IsObject() {
			id = x.Get("id").String()
		}
		out = append(out, id)
	}
	return out
}

// recent keeps the events that the next reading may see again.
func recent(told []string, after float64) []string {
	out := []string{}
	for _, t := range told {
		_, at, _ := strings.Cut(t, "@")
		if when, err := strconv.ParseFloat(at, 64); err == nil && when >= after {
			out = append(out, t)
		}
	}
	return out
}

// tell adds a conversation, or what was said in it, to a page of changes.
func (c *conn) tell(ctx context.Context, o model.Object, conversation string, page *connector.Page) error {
	if o != model.Ticket {
		list, err := c.talkOf(ctx, o, conversation)
		var to movedTo
		if errors.As(err, &to) { // its messages lie in the other one now
			list, err = c.talkOf(ctx, o, to.id)
		}
		if errors.Is(err, errGone) {
			return nil
		}
		page.Records = append(page.Records, list...)
		return err
	}
	list, err := c.readOne(ctx, o, conversation)
	var to movedTo
	switch {
	case errors.As(err, &to):
		page.Gone = append(page.Gone, connector.Gone{ID: conversation, How: connector.GoneMerged, Into: to.id})
		return nil
	case errors.Is(err, errGone):
		page.Gone = append(page.Gone, connector.Gone{ID: conversation, How: connector.GoneDeleted})
		return nil
	}
	page.Records = append(page.Records, list...)
	return err
}
