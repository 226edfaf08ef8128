package redmine

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"time"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// overlap is how far a reading of changes reaches back.
const overlap = 2 * time.Minute

// Now asks the desk's clock.
func (c *conn) Now(ctx context.Context, o model.Object) (connector.Cursor, error) {
	a, err := c.client.Get(ctx, "issues.json", url.Values{"limit": {"1"}})
	if err != nil {
		return "", err
	}
	at := cursor{Version: 1, Since: clock(a.Header)}
	if slices.Contains(fromIssues, o) {
		return at.text(), nil
	}
	list, err := c.whole(ctx, o)
	if err != nil {
		return "", err
	}
	at.Seen = map[string]string{}
	for _, r := range list {
		at.Seen[r.Key.ID] = r.Version
	}
	return at.text(), nil
}

// Changes gives issues that changed since a moment, and what belongs to them; lists that
// bear no times are read again and compared. Redmine does not tell what was deleted, except
// by its absence from such a list.
func (c *conn) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	if at.Began == "" {
		at.ID = 0 // it was that of a walk through all records
	}
	since, err := time.Parse("2006-01-02T15:04:05Z", at.Since)
	if err != nil {
		since = time.Unix(0, 0)
	}
	seen := maps.Clone(at.Seen)
	if seen == nil {
		seen = map[string]string{}
	}
	w := &walker{c: c, o: o}
	for more := true; more; {
		var page connector.Page
		if page, more, err = w.page(ctx, &at, moment(since.Add(-overlap))); err != nil {
			return err
		}
		kept := page.Records[:0:0]
		for _, r := range page.Records {
			if seen[r.Key.ID] != r.Version {
				kept = append(kept, r)
			}
			seen[r.Key.ID] = r.Version
		}
		page.Records = kept
		if at.Began == "" {
			at.Began = at.Since
		}
		at.Seen = seen
		if !more {
			if w.read {
				page.Gone = missing(w.list, seen)
			} else if began, err := time.Parse("2006-01-02T15:04:05Z", at.Began); err == nil && began.Sub(since) > 2*overlap && len(kept) == 0 {
				seen = map[string]string{} // older than the overlap
			}
			at = cursor{Version: 1, Since: at.Began, Seen: seen}
		}
		if len(page.Records)+len(page.Gone) == 0 && more {
			continue
		}
		page.Next = at.text()
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

// missing tells what was there at the last reading and is not any more.
func missing(list []model.Record, seen map[string]string) []connector.Gone {
	there := map[string]bool{}
	for _, r := range list {
		there[r.Key.ID] = true
	}
	var out []connector.Gone
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		if !there[id] {
			delete(seen, id)
			out = append(out, connector.Gone{ID: id, How: connector.GoneDeleted})
		}
	}
	return out
}
