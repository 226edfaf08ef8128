package rt

import (
	"context"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// overlap is how far a reading of changes reaches back: a change may be stored a while
// after the moment that it bears.
const overlap = 2 * time.Minute

// follow is where a reading of changes stands. Seen are the records of the overlap that
// were given already, with their versions.
type follow struct {
	Version int    `json:"v"`
	Since   string `json:"since"`
	// Began is when the walk that is under way began; empty: none is.
	Began string            `json:"began,omitempty"`
	ID    int64             `json:"id,omitempty"`
	Told  bool              `json:"told,omitempty"` // what is gone was told in this walk
	Seen  map[string]string `json:"seen,omitempty"`
}

// Now asks the desk's clock.
func (c *conn) Now(ctx context.Context, o model.Object) (connector.Cursor, error) {
	if _, err := collectionOf(o); err != nil {
		return "", err
	}
	a, err := c.list(ctx, "queues/all", "", "", 1, 1, nil)
	if err != nil {
		return "", err
	}
	return cursor{Version: 1, Since: moment(a.at)}.text(), nil
}

// Changes gives what changed since a moment, by the times that RT itself stamps; a message
// never changes, so of those it gives the new ones. What is gone is told of tickets.
func (c *conn) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	x, err := collectionOf(o)
	if err != nil {
		return err
	}
	if _, err := readCursor(from); err != nil {
		return err
	}
	at := follow{Version: 1}
	if err := readFollow(from, &at); err != nil {
		return err
	}
	since, err := time.Parse("2006-01-02T15:04:05Z", at.Since)
	if err != nil {
		since = time.Unix(0, 0)
	}
	if at.Seen == nil {
		at.Seen = map[string]string{}
	}
	w := c.walker(o, x)
	fresh := map[string]string{}
	maps.Copy(fresh, at.Seen)
	for more := true; more; {
		page, now, goOn, err := w.page(ctx, at.ID, moment(since.Add(-overlap)))
		if err != nil {
			return err
		}
		if at.Began == "" {
			at.Began = moment(now)
		}
		kept := page.Records[:0:0]
		for _, r := range page.Records {
			if fresh[r.Key.ID] != r.Version {
				kept = append(kept, r)
			}
			fresh[r.Key.ID] = r.Version
		}
		page.Records = kept
		if gone := tellers[o]; gone != nil && !at.Told {
			if page.Gone, err = gone(c, ctx, moment(since.Add(-overlap)), fresh); err != nil {
				return err
			}
			at.Told = true
		}
		at.ID, at.Seen, more = w.last, fresh, goOn
		if !more {
			// The next reading reaches back two minutes, so what is older need not be remembered.
			began, err := time.Parse("2006-01-02T15:04:05Z", at.Began)
			if err == nil && began.Sub(since) > 2*overlap && len(kept) == 0 {
				fresh = map[string]string{}
			}
			at = follow{Version: 1, Since: at.Began, Seen: fresh}
		}
		if len(page.Records)+len(page.Gone) == 0 && more {
			continue
		}
		page.Next = connector.Cursor(connector.Raw(at))
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

// tellers say what is gone of an object.
var tellers = map[model.Object]func(*conn, context.Context, string, map[string]string) ([]connector.Gone, error){
	model.Ticket: (*conn).gone, Relation: (*conn).goneLinks,
}

func readFollow(from connector.Cursor, at *follow) error {
	x := gjson.Parse(string(from))
	at.Since, at.Began, at.Told = x.Get("since").Str, x.Get("began").Str, x.Get("told").Bool()
	if at.Began != "" { // else the number is that of a walk through all records
		at.ID = x.Get("id").Int()
	}
	at.Seen = map[string]string{}
	for k, v := range x.Get("seen").Map() {
		at.Seen[k] = v.Str
	}
	return nil
}

// gone tells which tickets were deleted or merged since a moment.
func (c *conn) gone(ctx context.Context, since string, seen map[string]string) ([]connector.Gone, error) {
	items, err := c.all(ctx, "transactions", "ObjectType='RT::Ticket' AND Created>='"+since+
		"' AND ((Type='Status' AND NewValue='deleted') OR (Type='AddLink' AND Field='MergedInto'))", "Type,Field,ObjectId,NewValue,Created", nil)
	if err != nil {
		return nil, err
	}
	var out []connector.Gone
	for _, x := range items {
		id := x.Get("ObjectId").String()
		g := connector.Gone{ID: id, How: connector.GoneDeleted, At: x.Get("Created").Str}
		if x.Get("Type").Str == "AddLink" {
			g.How, g.Into = connector.GoneMerged, path.Base(x.Get("NewValue").Str)
		}
		if g.Into == id || seen["gone "+id] != "" {
			continue
		}
		seen["gone "+id] = g.How
		out = append(out, g)
	}
	return out, nil
}

// goneLinks tells which links between tickets were taken out since a moment, and are not
// there again.
func (c *conn) goneLinks(ctx context.Context, since string, seen map[string]string) ([]connector.Gone, error) {
	items, err := c.all(ctx, "transactions", "ObjectType='RT::Ticket' AND Created>='"+since+"' AND Type='DeleteLink'", "Field,ObjectId,OldValue,Created", nil)
	if err != nil {
		return nil, err
	}
	at := map[string]string{}
	var list []string
	for _, x := range items {
		id := x.Get("ObjectId").String() + "-" + x.Get("Field").Str + "-" + path.Base(x.Get("OldValue").Str)
		if slices.Contains(slices.Collect(maps.Values(linkKinds)), x.Get("Field").Str) && at[id] == "" {
			at[id] = x.Get("Created").Str
			list = append(list, id)
		}
	}
	there, err := c.Read(ctx, Relation, list)
	if err != nil {
		return nil, err
	}
	var out []connector.Gone
	for _, id := range list {
		if _, ok := there[id]; ok || seen["gone "+id] == at[id] {
			continue
		}
		seen["gone "+id] = at[id]
		out = append(out, connector.Gone{ID: id, How: connector.GoneDeleted, At: at[id]})
	}
	return out, nil
}
