package rt

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

const ticketFields = "Type,EffectiveId,Queue,Subject,Status,Owner,Requestor,Cc,AdminCc,Creator,Created,LastUpdated,LastUpdatedBy," +
	"Started,Starts,Resolved,Due,Told,TimeWorked,TimeLeft,TimeEstimated,Priority,InitialPriority,FinalPriority,CustomFields,_hyperlinks"

const userFields = "id,Gecos,Name,RealName,EmailAddress,Organization,NickName,WorkPhone,HomePhone,MobilePhone,Address1,Address2,City,State,Zip," +
	"Country,Lang,Timezone,Comments,FreeformContactInfo,Created,LastUpdated,CustomFields"

// people asks for the addresses of people in place of their names alone.
var people = url.Values{"fields[Requestor]": {"EmailAddress,Name"}, "fields[Cc]": {"EmailAddress,Name"}, "fields[AdminCc]": {"EmailAddress,Name"}}

// disabled lists disabled records as well.
var disabled = url.Values{"find_disabled_rows": {"1"}}

const messageTypes = "ObjectType='RT::Ticket' AND (Type='Create' OR Type='Correspond' OR Type='Comment')"

// collection is how an object is listed.
type collection struct {
	path, fields string
	// sql: the collection is searched in TicketSQL, else in JSON.
	sql bool
	// where is added to every search.
	where string
	more  url.Values
	// changed is the column by which changes are found; empty: it has none.
	changed string
}

var collections = map[model.Object]collection{
	model.Ticket:     {path: "tickets", fields: ticketFields, sql: true, more: people, changed: "LastUpdated"},
	Relation:         {path: "tickets", fields: "_hyperlinks,LastUpdated", sql: true, changed: "LastUpdated"},
	model.Message:    {path: "transactions", fields: "Type,ObjectId,Creator,Created,TimeTaken", sql: true, where: messageTypes, changed: "Created"},
	model.Attachment: {path: "transactions", fields: "Type,ObjectId,Creator,Created,TimeTaken", sql: true, where: messageTypes, changed: "Created"},
	model.Agent:      {path: "users", fields: userFields, more: disabled, changed: "LastUpdated"},
	model.Contact:    {path: "users", fields: userFields, more: disabled, changed: "LastUpdated"},
	model.Group: {
		path: "queues", fields: "Name,Description,Lifecycle,CorrespondAddress,CommentAddress,Disabled,SubjectTag,Created,LastUpdated",
		more: disabled, changed: "LastUpdated",
	},
	UserGroup:     {path: "groups", fields: "Name,Description,Disabled,Created,LastUpdated", more: disabled, changed: "LastUpdated"},
	model.Article: {path: "articles", fields: "Name,Summary,Class,SortOrder,CustomFields,Created,LastUpdated", changed: "LastUpdated"},
	Catalog:       {path: "catalogs", fields: "Name,Description,Lifecycle,Disabled,Created,LastUpdated", more: disabled, changed: "LastUpdated"},
	Asset:         {path: "assets", fields: "Name,Description,Status,Catalog,Owner,HeldBy,Contact,CustomFields,Created,LastUpdated", changed: "LastUpdated"},
}

// filter is the search for records above an id that changed since a moment ("": any).
func (x collection) filter(o model.Object, above int64, since string) string {
	if x.sql {
		parts := []string{"id>" + strconv.FormatInt(above, 10)}
		if x.where != "" {
			parts = append(parts, x.where)
		}
		if since != "" {
			parts = append(parts, x.changed+">='"+since+"'")
		}
		return strings.Join(parts, " AND ")
	}
	list := []condition{{Field: "id", Operator: ">", Value: above}}
	if o == UserGroup {
		list = append(list, condition{Field: "Domain", Operator: "=", Value: "UserDefined"})
	}
	if since != "" {
		list = append(list, condition{Field: x.changed, Operator: ">=", Value: strings.NewReplacer("T", " ", "Z", "").Replace(since)})
	}
	return search(list...)
}

func collectionOf(o model.Object) (collection, error) {
	x, ok := collections[o]
	if !ok {
		return x, fmt.Errorf("request tracker has no object %q", o)
	}
	return x, nil
}

// Count asks for the length of the list. It is not exact where records of a list turn out
// to be of another object, or several: users, messages, attachments, relations.
func (c *conn) Count(ctx context.Context, o model.Object) (int64, bool, error) {
	x, err := collectionOf(o)
	if err != nil {
		return 0, false, err
	}
	a, err := c.list(ctx, x.path, x.filter(o, 0, ""), "", 1, 1, x.more)
	return a.total, false, err
}

// Pages walks by id, which new records cannot disturb: they come last.
func (c *conn) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	x, err := collectionOf(o)
	if err != nil {
		return err
	}
	if at.Since == "" {
		if at.Since, at.Event, err = c.here(ctx); err != nil {
			return err
		}
	}
	w := c.walker(o, x)
	for more := true; more; {
		var page connector.Page
		if page, more, err = w.page(ctx, at.ID, ""); err != nil {
			return err
		}
		at.ID = w.last
		if len(page.Records) == 0 && more {
			continue // of this page nothing was ours
		}
		page.Next = at.text()
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

// walker reads one object page by page.
type walker struct {
	c    *conn
	o    model.Object
	x    collection
	last int64 // number, or place, of the last record that was read
	// enabled are the numbers of the users who are not disabled; nil: not asked yet.
	enabled map[string]bool
	home    tickets
}

func (c *conn) walker(o model.Object, x collection) *walker {
	return &walker{c: c, o: o, x: x, home: tickets{c: c, of: map[string]string{}}}
}

// page reads the records above an id. Users cannot be searched by their numbers; they are
// never deleted, so their place among all users, in the order of their numbers, will do.
func (w *walker) page(ctx context.Context, above int64, since string) (p connector.Page, more bool, err error) {
	w.last = above
	where, n := w.x.filter(w.o, above, since), 1
	if w.x.path == "users" {
		where, n = w.x.filter(w.o, 0, ""), int(above)/w.c.size+1
	}
	a, err := w.c.list(ctx, w.x.path, where, w.x.fields, n, w.c.size, w.x.more)
	if err != nil {
		return p, false, err
	}
	for _, x := range a.items {
		if id := x.Get("id").Int(); id > w.last {
			w.last = id
		}
	}
	if w.x.path == "users" {
		w.last = int64((n-1)*w.c.size + len(a.items))
		a.items = a.items[min(int(above)%w.c.size, len(a.items)):]
	}
	if p.Records, err = w.records(ctx, a.items); err != nil {
		return p, false, err
	}
	return p, a.more && w.last > above, nil
}

// records makes records of the items of a list.
func (w *walker) records(ctx context.Context, items []gjson.Result) ([]model.Record, error) {
	out := make([]model.Record, 0, len(items))
	switch w.o {
	case model.Ticket:
		me, err := w.c.self(ctx)
		if err != nil {
			return nil, err
		}
		for _, x := range items {
			out = append(out, w.c.ticketRecord(x, me))
		}
	case Relation:
		for _, x := range items {
			out = append(out, relations(x)...)
		}
	case model.Message, model.Attachment:
		return w.messages(ctx, items)
	case model.Agent, model.Contact:
		return w.users(ctx, items)
	default:
		for _, x := range items {
			out = append(out, plainRecord(x, w.o, "Catalog"))
		}
	}
	return out, nil
}

// users makes records of those that are of the staff, or of those that are not. A list
// says neither who is privileged nor who is disabled: the first are the members of a group
// of RT's own, the second are those whom a list without disabled users leaves out.
func (w *walker) users(ctx context.Context, items []gjson.Result) ([]model.Record, error) {
	staff, err := w.c.staff(ctx)
	if err != nil {
		return nil, err
	}
	if w.enabled == nil {
		list, err := w.c.all(ctx, "users", w.x.filter(w.o, 0, ""), "id", nil)
		if err != nil {
			return nil, err
		}
		w.enabled = map[string]bool{}
		for _, x := range list {
			w.enabled[x.Get("id").String()] = true
		}
	}
	var out []model.Record
	for _, x := range items {
		id := x.Get("id").String()
		if staff[id] == (w.o == model.Agent) && x.Get("Name").Str != nobody {
			out = append(out, userRecord(x, w.o, !w.enabled[id]))
		}
	}
	return out, nil
}

// user reads one user by name or number; nothing where there is none of that object.
func (c *conn) user(ctx context.Context, o model.Object, name string) (r model.Record, ok bool, err error) {
	a, err := c.client.Get(ctx, "user/"+name, nil)
	if gone(err) || a.Status == http.StatusNotFound {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	x := gjson.ParseBytes(a.Body)
	staff := x.Get("Privileged").String() == "1" || x.Get("Privileged").Bool() || x.Get("id").Int() == 1
	if staff != (o == model.Agent) || x.Get("Name").Str == nobody {
		return r, false, nil
	}
	return userRecord(x, o, x.Get("Disabled").String() == "1"), true, nil
}

// staff are the numbers of the privileged users, and of RT itself; asked once.
func (c *conn) staff(ctx context.Context) (map[string]bool, error) {
	c.mu.Lock()
	known := c.privileged
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	groups, err := c.all(ctx, "groups", search(
		condition{Field: "Domain", Operator: "=", Value: "SystemInternal"}, condition{Field: "Name", Operator: "=", Value: "Privileged"}), "Name", nil)
	if err != nil {
		return nil, err
	}
	known = map[string]bool{"1": true} // RT_System
	for _, g := range groups {
		if g.Get("Name").Str != "Privileged" {
			continue
		}
		for _, path := range []string{"group/" + g.Get("id").String() + "/members"} {
			members, err := c.all(ctx, path, "", "", url.Values{"find_disabled_rows": {"1"}})
			if err != nil {
				return nil, err
			}
			for _, m := range members {
				known[m.Get("id").String()] = true
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.privileged = known
	return known, nil
}

// Read reads records by their ids, fifty at a time.
func (c *conn) Read(ctx context.Context, o model.Object, wanted []string) (map[string]model.Record, error) {
	x, err := collectionOf(o)
	if err != nil {
		return nil, err
	}
	out := map[string]model.Record{}
	w := c.walker(o, x)
	if o == model.Agent || o == model.Contact {
		for _, name := range wanted {
			if _, done := out[name]; done || name == "" {
				continue
			}
			r, ok, err := c.user(ctx, o, name)
			if err != nil {
				return nil, err
			}
			if ok && r.Key.ID == name {
				out[name] = r
			}
		}
		return out, nil
	}
	asked := wanted
	if o == Relation {
		asked = nil
		for _, id := range wanted {
			asked = append(asked, strings.SplitN(id, "-", 2)[0])
		}
	}
	if o != model.Attachment {
		asked = ids(asked)
	}
	if o == model.Attachment {
		return c.readAttachments(ctx, wanted)
	}
	for len(asked) > 0 {
		n := min(len(asked), readAtOnce)
		where := anyOf("id", asked[:n])
		if x.sql {
			where = anyID("id", asked[:n])
			if x.where != "" {
				where = x.where + " AND " + where
			}
		}
		asked = asked[n:]
		items, err := c.all(ctx, x.path, where, x.fields, x.more)
		if err != nil {
			return nil, err
		}
		records, err := w.records(ctx, items)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			out[r.Key.ID] = r
		}
	}
	if o == Relation { // those of the same ticket that nobody asked for
		kept := map[string]model.Record{}
		for _, id := range wanted {
			if r, ok := out[id]; ok {
				kept[id] = r
			}
		}
		out = kept
	}
	return out, nil
}

// readAtOnce is how many ids fit the address of one request.
const readAtOnce = 50

// MarkOf reads our mark: of a ticket a link, of a person the free text of contacts.
func (c *conn) MarkOf(r model.Record) model.Mark {
	switch r.Key.Object {
	case model.Ticket:
		return markOf(gjson.GetBytes(r.Raw, "Mark").Str)
	case model.Contact:
		return markOf(gjson.GetBytes(r.Raw, "FreeformContactInfo").Str)
	}
	return ""
}

// VersionOf is a sum over the record, and the time of its last change if others made it.
func (c *conn) VersionOf(r model.Record) string { return r.Version }
