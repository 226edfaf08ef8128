package rt

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// overlap is how far a reading of changes reaches back: what happens is stored a while
// after it got its number.
const overlap = 2 * time.Minute

// follow is where a reading of changes stands.
type follow struct {
	Version int    `json:"v"`
	Since   string `json:"since"`
	// Event is the last transaction before which nothing can come any more.
	Event int64 `json:"event"`
	// Walk is true within a walk; ID is then the transaction, or record, that it has come to,
	// and Began when it began.
	Walk  bool   `json:"walk,omitempty"`
	Began string `json:"began,omitempty"`
	ID    int64  `json:"id,omitempty"`
	// Late are transactions of the overlap by their times: the next reading sees them again.
	// Seen are the records that were given for them, with their versions.
	Late map[string]string `json:"late,omitempty"`
	Seen map[string]string `json:"seen,omitempty"`
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// sinceThen parses what moment writes; anything else is long ago.
func sinceThen(s string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	if err != nil {
		return time.Unix(0, 0)
	}
	return t
}

// here is the desk's time, and the last transaction before which nothing can come.
func (c *conn) here(ctx context.Context) (since string, event int64, err error) {
	a, err := c.list(ctx, "transactions", "id>0", "Created", 1, pageSize, map[string][]string{"order": {"DESC"}})
	if err != nil {
		return "", 0, err
	}
	for _, x := range a.items {
		if event = x.Get("id").Int(); a.at.Sub(sinceThen(x.Get("Created").Str)) > overlap {
			return moment(a.at), event, nil
		}
	}
	return moment(a.at), max(event-1, 0), nil
}

// Now asks the desk's clock and the number of its last transaction.
func (c *conn) Now(ctx context.Context, o model.Object) (connector.Cursor, error) {
	if _, err := collectionOf(o); err != nil {
		return "", err
	}
	since, event, err := c.here(ctx)
	if err != nil {
		return "", err
	}
	return cursor{Version: 1, Since: since, Event: event}.text(), nil
}

// Changes follows the transactions, which RT numbers: times in a search are those of the
// user's own time zone, which it does not tell. What has no transactions is found by the
// time of its last change.
func (c *conn) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	x, err := collectionOf(o)
	if err != nil {
		return err
	}
	if _, err := readCursor(from); err != nil {
		return err
	}
	at := follow{Version: 1}
	if from != "" {
		if err := json.Unmarshal([]byte(from), &at); err != nil {
			return err
		}
	}
	if !at.Walk { // else the number is that of a walk through all records
		at.Walk, at.ID = true, at.Event
		if events[o] == "" {
			at.ID = 0
		}
	}
	if at.Seen == nil {
		at.Seen, at.Late = map[string]string{}, map[string]string{}
	}
	w := c.walker(o, x)
	for more := true; more; {
		var page connector.Page
		if events[o] != "" {
			page, more, err = w.events(ctx, &at)
		} else {
			if at.Began == "" {
				if at.Began, _, err = c.here(ctx); err != nil {
					return err
				}
			}
			page, more, err = w.page(ctx, at.ID, moment(sinceThen(at.Since).Add(-overlap)))
			at.ID = w.last
		}
		if err != nil {
			return err
		}
		kept := page.Records[:0:0]
		for _, r := range page.Records {
			if at.Seen[r.Key.ID] != r.Version {
				kept = append(kept, r)
			}
			at.Seen[r.Key.ID] = r.Version
		}
		if page.Records = kept; len(kept)+len(page.Gone) == 0 && more {
			continue
		}
		next := at
		if !more {
			next = at.end(o)
		}
		page.Next = connector.Cursor(connector.Raw(next))
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

// end is where the next reading begins once a walk is over.
func (at follow) end(o model.Object) follow {
	next := follow{Version: 1, Since: at.Began, Event: at.Event, Seen: at.Seen, Late: map[string]string{}}
	if events[o] == "" {
		return next
	}
	now := sinceThen(at.Began)
	next.Event = max(at.ID, at.Event)
	for id, created := range at.Late {
		n, err := strconv.ParseInt(id, 10, 64)
		if err == nil && now.Sub(sinceThen(created)) <= overlap {
			next.Late[id] = created
			next.Event = min(next.Event, n-1)
		}
	}
	if len(next.Late) == 0 {
		next.Seen = map[string]string{}
	}
	return next
}

// events names what RT calls the objects of transactions.
var events = map[model.Object]string{
	model.Ticket: "RT::Ticket", Relation: "RT::Ticket", model.Message: "RT::Ticket", model.Attachment: "RT::Ticket",
	model.Agent: "RT::User", model.Contact: "RT::User",
}

// events reads the records that the next transactions are about.
func (w *walker) events(ctx context.Context, at *follow) (p connector.Page, more bool, err error) {
	where := "ObjectType='" + events[w.o] + "' AND id>" + strconv.FormatInt(at.ID, 10)
	a, err := w.c.list(ctx, "transactions", where, "Type,Field,OldValue,NewValue,ObjectId,Creator,Created,TimeTaken", 1, w.c.size, nil)
	if err != nil {
		return p, false, err
	}
	if at.Began == "" {
		at.Began = moment(a.at)
	}
	var about []string
	for _, x := range a.items {
		at.ID = x.Get("id").Int()
		at.Late[x.Get("id").String()] = x.Get("Created").Str
		if id := x.Get("ObjectId").String(); !slices.Contains(about, id) {
			about = append(about, id)
		}
	}
	// Only those of the overlap need be remembered.
	maps.DeleteFunc(at.Late, func(_, created string) bool { return a.at.Sub(sinceThen(created)) > overlap })
	switch w.o {
	case model.Message, model.Attachment:
		said := slices.DeleteFunc(slices.Clone(a.items), func(x gjson.Result) bool {
			return !slices.Contains([]string{"Create", "Correspond", "Comment"}, x.Get("Type").Str)
		})
		p.Records, err = w.messages(ctx, said)
	case model.Ticket:
		p.Records, err = w.c.current(ctx, w.o, about)
		p.Gone = goneTickets(a.items, at.Seen)
	case Relation:
		if p.Records, err = w.c.linksOf(ctx, about); err == nil {
			p.Gone, err = w.c.goneLinks(ctx, a.items, at.Seen)
		}
	default:
		for _, id := range about {
			r, ok, err := w.c.user(ctx, w.o, id)
			if err != nil {
				return p, false, err
			}
			if ok {
				p.Records = append(p.Records, r)
			}
		}
	}
	return p, a.more, err
}

// current reads records by their ids, in the order of these.
func (c *conn) current(ctx context.Context, o model.Object, list []string) ([]model.Record, error) {
	got, err := c.Read(ctx, o, list)
	if err != nil {
		return nil, err
	}
	var out []model.Record
	for _, id := range list {
		if r, ok := got[id]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// linksOf reads the links of tickets.
func (c *conn) linksOf(ctx context.Context, list []string) ([]model.Record, error) {
	var out []model.Record
	for some := range slices.Chunk(ids(list), readAtOnce) {
		items, err := c.all(ctx, "tickets", anyID("id", some), "_hyperlinks", nil)
		if err != nil {
			return nil, err
		}
		for _, x := range items {
			out = append(out, relations(x)...)
		}
	}
	return out, nil
}

// goneTickets tells which tickets were deleted or merged.
func goneTickets(items []gjson.Result, seen map[string]string) []connector.Gone {
	var out []connector.Gone
	for _, x := range items {
		id := x.Get("ObjectId").String()
		g := connector.Gone{ID: id, How: connector.GoneDeleted, At: x.Get("Created").Str}
		switch {
		case x.Get("Type").Str == "Status" && x.Get("NewValue").Str == "deleted":
		case x.Get("Type").Str == "AddLink" && x.Get("Field").Str == "MergedInto":
			g.How, g.Into = connector.GoneMerged, path.Base(x.Get("NewValue").Str)
		default:
			continue
		}
		if g.Into != id && seen["gone "+id] == "" {
			seen["gone "+id] = g.How
			out = append(out, g)
		}
	}
	return out
}

// goneLinks tells which links between tickets were taken out, and are not there again.
func (c *conn) goneLinks(ctx context.Context, items []gjson.Result, seen map[string]string) ([]connector.Gone, error) {
	at := map[string]string{}
	var list []string
	for _, x := range items {
		id := x.Get("ObjectId").String() + "-" + x.Get("Field").Str + "-" + path.Base(x.Get("OldValue").Str)
		if x.Get("Type").Str == "DeleteLink" && slices.Contains(slices.Collect(maps.Values(linkKinds)), x.Get("Field").Str) && at[id] == "" {
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
