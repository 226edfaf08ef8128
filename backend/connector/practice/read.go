package practice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

var paths = map[model.Object]string{
	model.Organization: "organizations", model.Group: "groups", model.Agent: "agents", model.Contact: "contacts",
	model.Ticket: "tickets", model.Message: "messages", model.Attachment: "attachments",
}

func pathOf(o model.Object) (string, error) {
	p, ok := paths[o]
	if !ok {
		return "", fmt.Errorf("the practice desk has no object %q", o)
	}
	return p, nil
}

// Check asks who we are.
func (c *conn) Check(ctx context.Context) (connector.Account, error) {
	var me struct {
		Account string   `json:"account"`
		User    string   `json:"user"`
		Plan    string   `json:"plan"`
		Zone    string   `json:"zone"`
		Rights  []string `json:"rights"`
		Missing []string `json:"missing"`
		Rate    int      `json:"rate_per_minute"`
		Updates int      `json:"updates_per_minute"`
	}
	if err := c.client.get(ctx, "me", nil, &me); err != nil {
		return connector.Account{}, err
	}
	if me.Account == "" {
		return connector.Account{}, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	return connector.Account{
		Name: me.Account, As: me.User, Plan: me.Plan, Zone: me.Zone, PerMinute: me.Rate, UpdatesPerMinute: me.Updates,
		Rights: inWords(me.Rights), Missing: inWords(me.Missing),
	}, nil
}

var rights = map[string]string{
	"read": "read everything", "write": "create and change records", "import": "import silently, with times of the past",
	"delete": "delete records", "shape": "add fields and options",
}

func inWords(names []string) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		if w, ok := rights[n]; ok {
			n = w
		}
		out = append(out, n)
	}
	return out
}

// Schema asks for objects and fields. The external id is where our mark goes, so
// no mapping may write it.
func (c *conn) Schema(ctx context.Context) (model.Schema, error) {
	var s model.Schema
	if err := c.client.get(ctx, "fields", nil, &s); err != nil {
		return s, err
	}
	for _, o := range s.Objects {
		for i := range o.Fields {
			if o.Fields[i].Name == "external_id" {
				o.Fields[i].ReadOnly = true
				o.Fields[i].Help = "Waybill writes its mark here, to find the record again."
			}
		}
	}
	c.shape.keep(s)
	return s, nil
}

// shape remembers the types of fields, which decide how a value is written.
type shape struct {
	mu     sync.Mutex
	schema *model.Schema
}

func (s *shape) keep(x model.Schema) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schema = &x
}

func (s *shape) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schema = nil
}

// fieldsOf gives an object's fields, asking once.
func (c *conn) fieldsOf(ctx context.Context, o model.Object) (model.ObjectSchema, error) {
	c.shape.mu.Lock()
	known := c.shape.schema
	c.shape.mu.Unlock()
	if known == nil {
		s, err := c.Schema(ctx)
		if err != nil {
			return model.ObjectSchema{}, err
		}
		known = &s
	}
	x, _ := known.Object(o)
	return x, nil
}

// list is one page of records.
type list struct {
	items    []model.Record
	gone     []connector.Gone
	more     bool
	position string
	changes  string
	total    int64
}

// list reads a page of an object's records.
func (c *conn) list(ctx context.Context, o model.Object, q url.Values) (list, error) {
	path, err := pathOf(o)
	if err != nil {
		return list{}, err
	}
	var l list
	err = c.client.Read(ctx, path, q, func(body []byte) error {
		if !gjson.ValidBytes(body) {
			return io.ErrUnexpectedEOF
		}
		l = list{}
		return l.read(o, body)
	})
	return l, err
}

// read picks a page out of valid JSON. The records' own text stays where it is.
func (l *list) read(o model.Object, body []byte) (err error) {
	whole := gjson.ParseBytes(body)
	whole.ForEach(func(name, v gjson.Result) bool {
		switch name.Str {
		case "items":
			if !v.IsArray() {
				return true // told below
			}
			l.items = make([]model.Record, 0, pageSize)
			v.ForEach(func(_, x gjson.Result) bool {
				raw := json.RawMessage(x.Raw)
				if to := x.Index + len(x.Raw); x.Index > 0 && to <= len(body) {
					raw = body[x.Index:to:to]
				}
				var r model.Record
				if r, err = record(o, raw, x); err == nil {
					l.items = append(l.items, r)
				}
				return err == nil
			})
		case "gone":
			v.ForEach(func(_, x gjson.Result) bool {
				l.gone = append(l.gone, connector.Gone{
					ID: x.Get("id").String(), How: x.Get("how").String(), Into: x.Get("into").String(), At: x.Get("at").String(),
				})
				return true
			})
		case "next":
			l.more = v.Type == gjson.String
		case "position":
			l.position = v.Str
		case "changes":
			l.changes = v.Str
		case "total":
			l.total = v.Int()
		}
		return err == nil
	})
	if err == nil && l.items == nil {
		err = wire.ErrNotJSON // it is, but no list
	}
	return err
}

// Count is exact: the desk counts for every list.
func (c *conn) Count(ctx context.Context, o model.Object) (int64, bool, error) {
	l, err := c.list(ctx, o, url.Values{"limit": {"1"}})
	if err != nil {
		return 0, false, err
	}
	return l.total, true, nil
}

// cursor is what Cursor holds: the desk's own position in a walk by id, and where
// reading by change begins so that nothing since the walk's first page is missed.
type cursor struct {
	Version  int    `json:"v"`
	Position string `json:"p,omitempty"`
	Changes  string `json:"c,omitempty"`
}

func readCursor(from connector.Cursor) (cursor, error) {
	x := cursor{Version: 1}
	err := wire.ReadCursor(from, &x)
	return x, err
}

func (x cursor) text() connector.Cursor { return wire.CursorOf(x) }

// Pages walks by id, which new records cannot disturb: they come last.
func (c *conn) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	return c.walk(ctx, o, each, func(l *list, q url.Values) (connector.Cursor, bool) {
		if l == nil {
			if at.Position != "" {
				q.Set("cursor", at.Position)
			}
			return "", true
		}
		if at.Changes == "" {
			at.Changes = l.changes
		}
		at.Position = l.position
		return at.text(), l.more
	})
}

// Changes walks by change. It continues a cursor of its own, or one of Pages: then
// it gives what changed since that walk began.
func (c *conn) Changes(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	return c.walk(ctx, o, each, func(l *list, q url.Values) (connector.Cursor, bool) {
		if l == nil {
			q.Set("changed_after", at.Changes)
			return "", true
		}
		at.Changes = l.changes
		l.total = 0 // the desk counts records, not changes
		return at.text(), l.more
	})
}

// walk reads page after page. step sets the query (l is nil), or takes the page's
// position and says whether there are more.
func (c *conn) walk(ctx context.Context, o model.Object, each func(connector.Page) error,
	step func(l *list, q url.Values) (connector.Cursor, bool),
) error {
	for more := true; more; {
		q := url.Values{"limit": {strconv.Itoa(c.pageSize)}}
		step(nil, q)
		l, err := c.list(ctx, o, q)
		if err != nil {
			return foreign(err)
		}
		page := connector.Page{Records: l.items, Gone: l.gone}
		page.Next, more = step(&l, nil)
		page.Total = l.total
		if err := each(page); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// foreign explains a place to continue that the desk does not know.
func foreign(err error) error {
	if p := problem.From(err); p != nil && p.Where.Field == "cursor" {
		return wire.BadCursor(err)
	}
	return err
}

// links of each object: the field, and what it points to. A message's author is
// named by author_type.
var links = map[model.Object][]struct {
	field string
	to    model.Object
}{
	model.Contact: {{"organization", model.Organization}},
	model.Ticket: {
		{"requester", model.Contact},
		{"assignee", model.Agent},
		{"group", model.Group},
		{"organization", model.Organization},
		{"follows", model.Ticket},
	},
	model.Message:    {{"ticket", model.Ticket}, {"author", model.Contact}},
	model.Attachment: {{"message", model.Message}},
}

// record makes a record of the desk's JSON, whose text is raw and parsed is x.
func record(o model.Object, raw json.RawMessage, x gjson.Result) (model.Record, error) {
	r := model.Record{Key: model.Key{Object: o}, Raw: raw}
	list := links[o]
	var ids [8]string // links has no more of any object
	author := model.Contact
	x.ForEach(func(name, v gjson.Result) bool {
		switch name.Str {
		case "id":
			r.Key.ID = text(v)
		case "version":
			r.Version = text(v)
		case "author_type":
			if v.Str == string(model.Agent) {
				author = model.Agent
			}
		default:
			for i := range list {
				if list[i].field == name.Str {
					ids[i] = text(v)
				}
			}
		}
		return true
	})
	if r.Key.ID == "" {
		return r, fmt.Errorf("a %s without an id: %w", o, io.ErrUnexpectedEOF)
	}
	for i, l := range list {
		if ids[i] == "" {
			continue
		}
		to := l.to
		if l.field == "author" {
			to = author
		}
		if r.Links == nil {
			r.Links = make([]model.Link, 0, len(list))
		}
		r.Links = append(r.Links, model.Link{Role: l.field, To: []model.Ref{{Object: to, Value: ids[i]}}})
	}
	return r, nil
}

// text reads a JSON text or number, apart from the page that it stood in; anything
// else is empty.
func text(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return strings.Clone(v.Str)
	case gjson.Number:
		return strings.Clone(v.Raw)
	}
	return ""
}

// Now asks where the desk's feed of changes stands. The desk counts its changes, so
// there is no clock that could be wrong.
func (c *conn) Now(ctx context.Context, o model.Object) (connector.Cursor, error) {
	l, err := c.list(ctx, o, url.Values{"limit": {"1"}})
	if err != nil {
		return "", err
	}
	if l.changes == "" {
		return "", connector.Failing(errors.New("the list does not say where its changes stand"), desk)
	}
	return cursor{Version: 1, Changes: l.changes}.text(), nil
}

// MarkOf reads the external id.
func (c *conn) MarkOf(r model.Record) model.Mark {
	var x struct {
		ExternalID string `json:"external_id"`
	}
	if json.Unmarshal(r.Raw, &x) != nil {
		return ""
	}
	return model.Mark(x.ExternalID)
}

// VersionOf is the record's own version.
func (c *conn) VersionOf(r model.Record) string { return r.Version }

// FileRef names an attachment's content by its address.
func (c *conn) FileRef(r model.Record) (ref, name, contentType string) {
	if r.Key.Object != model.Attachment {
		return "", "", ""
	}
	var x struct {
		Content string `json:"content"`
		Name    string `json:"name"`
		Type    string `json:"content_type"`
	}
	if json.Unmarshal(r.Raw, &x) != nil {
		return "", "", ""
	}
	return x.Content, x.Name, x.Type
}

// Open reads an attachment's content. An answer that breaks off is an error of the
// reader, never an early end.
func (c *conn) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	path, ok := strings.CutPrefix(ref, c.client.Base.Path)
	parts := strings.Split(path, "/")
	if !ok || len(parts) != 3 || slices.Contains(parts, "..") {
		return nil, fmt.Errorf("not an attachment's address: %q", ref)
	}
	return c.client.Client.Open(ctx, path)
}
