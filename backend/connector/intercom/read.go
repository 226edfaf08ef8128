package intercom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// cursor is what Cursor holds: the stage of a walk and the place in it.
type cursor struct {
	Version int `json:"v"`
	// Stage of a walk that has several; "end" is behind the last page.
	Stage string `json:"s,omitempty"`
	// After is Intercom's own place in a list; Page the number of a page, from 1.
	After string `json:"a,omitempty"`
	Page  int    `json:"p,omitempty"`
	// Began is the moment by Intercom's clock at which the walk, or its stage, began.
	Began int64 `json:"b,omitempty"`
	// Last is the id of the last record that was given.
	Last string `json:"l,omitempty"`
	// Since is where reading of changes begins, Told what the reading before told of that time.
	Since int64    `json:"c,omitempty"`
	Told  []string `json:"t,omitempty"`
}

const end = "end"

func readCursor(from connector.Cursor) (cursor, error) {
	x := cursor{Version: 1}
	err := wire.ReadCursor(from, &x)
	return x, err
}

func (x cursor) text() connector.Cursor { return wire.CursorOf(x) }

// walker reads an object from a cursor.
type walker func(ctx context.Context, at cursor, each func(connector.Page) error) error

// Pages reads an object from just after the cursor.
func (c *conn) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if at.Stage == end {
		return nil
	}
	w := c.walkerOf(o)
	if w == nil {
		return fmt.Errorf("Intercom has no object %q", o)
	}
	if from == "" {
		if at.Since, err = c.moment(ctx); err != nil {
			return err
		}
	}
	since := at.Since
	return w(ctx, at, func(p connector.Page) error {
		next, err := readCursor(p.Next)
		if err != nil {
			return err
		}
		next.Since = since // from where changes are to be read afterwards
		p.Next = next.text()
		if err := each(p); err != nil {
			return err
		}
		return ctx.Err()
	})
}

func (c *conn) walkerOf(o model.Object) walker {
	switch o {
	case model.Organization:
		return c.companies
	case model.Group:
		return c.list("teams", "teams", o, nil)
	case model.Agent:
		return c.agents
	case model.Contact:
		return c.contacts
	case model.Tag:
		return c.list("tags", "data", o, nil)
	case Segment:
		return c.list("segments", "segments", o, nil)
	case ContactNote:
		return c.contactNotes
	case c.conversationObject():
		return c.conversations(one(c.conversationRecords))
	case c.ticketObject():
		return c.tickets(one(c.ticketRecords))
	case model.Message:
		return c.inThreads(c.messages, nil)
	case model.Attachment:
		return c.inThreads(c.attachments, c.withoutFiles)
	case model.Rating:
		return c.conversations(one(c.ratings))
	case model.SideConversation:
		return c.conversations(one(c.sideConversations))
	case model.Category, model.Section:
		return c.paged("help_center/collections", o, one(c.shelfRecords(o)))
	case model.Article:
		return c.paged("articles", o, one(c.articleRecords))
	case model.Translation:
		return c.paged("articles", o, one(c.translations))
	case InternalArticle:
		return c.paged("internal_articles", o, one(c.internalRecords))
	case model.Macro:
		return c.macros
	}
	return nil
}

// compose puts names before Intercom's own text of a record, which stays as it is.
// names come in pairs of a name and a JSON value.
func compose(raw string, names ...string) json.RawMessage {
	b := make([]byte, 0, len(raw)+64*len(names))
	b = append(b, '{')
	for i := 0; i+1 < len(names); i += 2 {
		b = strconv.AppendQuote(b, names[i])
		b = append(append(append(b, ':'), names[i+1]...), ',')
	}
	rest := strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(raw, " \t\r\n"), "{"), " \t\r\n")
	if strings.HasPrefix(rest, "}") {
		b = b[:max(len(b)-1, 1)]
	}
	return append(b, rest...)
}

// quote writes a JSON text.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // a string can always be written
	}
	return string(b)
}

func quoteAll(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		return "[]" // strings can always be written
	}
	return string(b)
}

// ref is a link; none where the id is empty or 0.
func ref(role, id string, to ...model.Object) []model.Link {
	if id == "" || id == "0" {
		return nil
	}
	l := model.Link{Role: role}
	for _, o := range to {
		l.To = append(l.To, model.Ref{Object: o, Value: strings.Clone(id)})
	}
	return []model.Link{l}
}

// record makes a record of an answer's part. The text is copied out of the page.
func record(o model.Object, v gjson.Result) model.Record {
	return model.Record{
		Key: model.Key{Object: o, ID: strings.Clone(v.Get("id").String())}, Raw: json.RawMessage(strings.Clone(v.Raw)),
		Version: strings.Clone(v.Get("updated_at").String()),
	}
}

// list reads what comes in one answer.
func (c *conn) list(path, name string, o model.Object, finish func(model.Record, gjson.Result) model.Record) walker {
	return func(ctx context.Context, _ cursor, each func(connector.Page) error) error {
		v, err := c.get(ctx, path, nil)
		if err != nil {
			return err
		}
		items, err := array(v, name)
		if err != nil {
			return err
		}
		p := connector.Page{Total: int64(len(items)), Next: cursor{Version: 1, Stage: end}.text()}
		for _, x := range items {
			r := record(o, x)
			if finish != nil {
				r = finish(r, x)
			}
			p.Records = append(p.Records, r)
		}
		return each(p)
	}
}

var errNoList = errors.New("the answer has no list")

// array takes a list out of an answer; anything else is not this desk's answer.
func array(v gjson.Result, name string) ([]gjson.Result, error) {
	x := v.Get(name)
	if !x.IsArray() {
		return nil, connector.OtherThing(errNoList, desk, "its address")
	}
	return x.Array(), nil
}

// paged reads a list by the numbers of its pages. These lists are sorted by their last
// change, so what changes meanwhile moves: pages are read until their ids are whole.
func (c *conn) paged(path string, o model.Object, make maker) walker {
	return func(ctx context.Context, at cursor, each func(connector.Page) error) error {
		if at.Page == 0 {
			at.Page = 1
		}
		for {
			v, err := c.get(ctx, path, url.Values{"page": {strconv.Itoa(at.Page)}, "per_page": {strconv.Itoa(min(c.size, 60))}})
			if err != nil {
				return err
			}
			items, err := array(v, "data")
			if err != nil {
				return err
			}
			p := connector.Page{}
			if p.Records, p.Broken, err = make(ctx, items); err != nil {
				return err
			}
			if o == model.Article || o == InternalArticle {
				p.Total = v.Get("total_count").Int()
			}
			more := int64(at.Page) < v.Get("pages.total_pages").Int()
			at.Page++
			if !more {
				at.Stage = end
			}
			p.Next = at.text()
			if len(p.Records) == 0 && more {
				continue // an empty page is the last one
			}
			if err := each(p); err != nil || !more {
				return err
			}
		}
	}
}

// notOurs says that a plan or a right does not give something (P-10).
func (c *conn) notOurs(err error) bool {
	p := problem.From(err)
	return p != nil && p.Code == connector.CodeForbidden
}

// Count asks for the number that lists carry.
func (c *conn) Count(ctx context.Context, o model.Object) (int64, bool, error) {
	one := url.Values{"per_page": {"1"}}
	total := func(v gjson.Result, err error) (int64, bool, error) { return v.Get("total_count").Int(), false, err }
	length := func(path, name string) (int64, bool, error) {
		v, err := c.get(ctx, path, nil)
		return int64(len(v.Get(name).Array())), false, err
	}
	switch o {
	case model.Organization:
		return total(c.ask(ctx, "companies/list", one, map[string]any{}))
	case model.Contact:
		return total(c.get(ctx, "contacts", one))
	case c.conversationObject(), model.SideConversation, model.Rating:
		if o != c.conversationObject() {
			return 0, false, ctx.Err() // only known once they are read
		}
		return total(c.get(ctx, "conversations", one))
	case c.ticketObject():
		return total(c.ask(ctx, "tickets/search", nil, all(1, "")))
	case model.Article:
		return total(c.get(ctx, "articles", one))
	case InternalArticle:
		return total(c.get(ctx, "internal_articles", one))
	case model.Category, model.Section:
		return total(c.get(ctx, "help_center/collections", one))
	case model.Group:
		return length("teams", "teams")
	case model.Agent:
		return length("admins", "admins")
	case model.Tag:
		return length("tags", "data")
	case Segment:
		return length("segments", "segments")
	case model.Macro:
		return length("macros", "data")
	}
	return 0, false, ctx.Err() // only known once they are read
}

// all is the search for everything.
func all(size int, after string) map[string]any { return since("created_at", 0, size, after) }

// since is the search for what has a time of at least so many seconds: for conversations
// and tickets ">" means "greater or equal" (OpenAPI 2.16, searchConversations).
func since(field string, seconds int64, size int, after string) map[string]any {
	page := map[string]any{"per_page": size}
	if after != "" {
		page["starting_after"] = after
	}
	return map[string]any{
		"query":      map[string]any{"operator": "AND", "value": []any{map[string]any{"field": field, "operator": ">", "value": seconds}}},
		"pagination": page,
	}
}
