package front

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// cursor is where a walk stopped.
type cursor struct {
	Version int `json:"v"`
	// Next page's address, for a walk that is not over.
	Next string `json:"n,omitempty"`
	// Base is the knowledge base that is read, by its place.
	Base int  `json:"b,omitempty"`
	Done bool `json:"d,omitempty"`
	// At is the time up to which changes were told, and Told the events since then.
	At   float64  `json:"t,omitempty"`
	Told []string `json:"e,omitempty"`
	// Seen are fingerprints of the records of a short list.
	Seen map[string]string `json:"s,omitempty"`
}

func readCursor(from connector.Cursor) (cursor, error) {
	x := cursor{Version: 1}
	if from == "" {
		return x, nil
	}
	if err := json.Unmarshal([]byte(from), &x); err != nil || x.Version != 1 || x.Next != "" && !strings.HasPrefix(x.Next, "/") {
		return x, problem.Wrap(err, connector.CodeCursor, "The place where reading stopped cannot be understood.",
			"It was written by another version of Waybill, or for another desk.", "Read this desk again from the beginning.")
	}
	return x, nil
}

func (x cursor) text() connector.Cursor {
	x.Version = 1
	b, err := json.Marshal(x)
	if err != nil {
		return "" // plain fields: cannot happen
	}
	return connector.Cursor(b)
}

// lists are where the records of an object are listed, with Front's order that new records
// do not disturb.
func (c *conn) listOf(o model.Object) (string, bool) {
	limit := "?limit=" + strconv.Itoa(c.pageSize)
	switch o {
	case model.Tag:
		return "/company/tags" + limit + "&sort_by=id&sort_order=asc", true
	case model.Organization:
		return "/accounts" + limit + "&sort_by=created_at&sort_order=asc", true
	case model.Contact:
		return "/contacts" + limit + "&sort_by=created_at&sort_order=asc", true
	case model.Group:
		return "/inboxes", true
	case objTeam:
		return "/teams", true
	case model.Agent:
		return "/teammates", true
	case objList:
		return "/contact_lists", true
	case objLink:
		return "/links" + limit + "&sort_by=id&sort_order=asc", true
	case model.Macro:
		return "/message_templates?sort_by=created_at&sort_order=asc", true
	case objBase:
		return "/knowledge_bases", true
	case model.Ticket, model.Message, model.Attachment:
		// What changes meanwhile moves to the end, where the walk comes by again (P-07).
		return "/conversations" + limit + "&" + alive + "&sort_by=date&sort_order=asc", true
	}
	return "", false
}

// alive leaves out what lies in the trash.
const alive = "q%5Bstatuses%5D%5B%5D=assigned&q%5Bstatuses%5D%5B%5D=unassigned&q%5Bstatuses%5D%5B%5D=archived"

// Count asks the search how many conversations there are, and counts short lists; of the
// rest Front does not say how many it has.
func (c *conn) Count(ctx context.Context, o model.Object) (int64, bool, error) {
	switch o {
	case model.Ticket:
		x, err := c.client.get(ctx, path("conversations", "search", "before:"+seconds(1<<33))+"?limit=1")
		if err != nil {
			return 0, false, c.gone(err)
		}
		return x.Get("_total").Int(), false, nil
	case model.Group, objTeam, model.Agent, objList, objBase:
		list, _ := c.listOf(o)
		rows, err := c.rows(ctx, list)
		return int64(len(rows)), false, c.gone(err)
	}
	return 0, false, nil
}

// Pages walks an object's records, from just after the cursor.
func (c *conn) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil || at.Done {
		return err
	}
	switch o {
	case model.Category, model.Article, model.Translation:
		return c.knowledgePages(ctx, o, at, each)
	}
	if at.Next == "" {
		list, ok := c.listOf(o)
		if !ok {
			return fmt.Errorf("front has no object %q", o)
		}
		at.Next = list
	}
	records, err := c.maker(ctx, o)
	if err != nil {
		return err
	}
	for at.Next != "" {
		x, err := c.client.get(ctx, at.Next)
		if err != nil {
			return c.lost(err, from)
		}
		list := x.Get("_results")
		if !list.IsArray() {
			return connector.OtherThing(wire.ErrNotJSON, desk, c.client.Base.Host)
		}
		page := connector.Page{}
		for _, row := range list.Array() {
			made, err := records(ctx, row)
			if err != nil {
				return err
			}
			page.Records = append(page.Records, made...)
		}
		at.Next = nextOf(x)
		at.Done = at.Next == ""
		page.Next = at.text()
		if err := each(page); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// lost explains a page that Front does not know any more.
func (c *conn) lost(err error, from connector.Cursor) error {
	if from != "" && problem.Is(err, connector.CodeRefused) {
		return problem.Wrap(err, connector.CodeCursor, "The place where reading stopped is not known to Front any more.",
			"Such places do not live for ever.", "Read this desk again from the beginning.")
	}
	return c.gone(err)
}

// membersLive is how long the accounts of contacts need not be read again to read some contacts.
const membersLive = 5 * time.Minute

// maker gives what makes records of one row of an object's list.
func (c *conn) maker(ctx context.Context, o model.Object) (func(context.Context, gjson.Result) ([]model.Record, error), error) {
	one := func(x gjson.Result, more func(*derived)) ([]model.Record, error) {
		r, err := record(o, x, more)
		if err != nil {
			return nil, failing(err)
		}
		return []model.Record{r}, nil
	}
	switch o {
	case model.Ticket:
		inboxes, err := c.inboxOf(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, x gjson.Result) ([]model.Record, error) {
			inbox, known := inboxes[x.Get("id").String()]
			if !known {
				var err error
				if inbox, err = c.askInbox(ctx, x.Get("id").String()); err != nil {
					return nil, err
				}
			}
			return one(x, func(d *derived) { d.link("inbox_id", inbox, model.Group) })
		}, nil
	case model.Message, model.Attachment:
		return func(ctx context.Context, x gjson.Result) ([]model.Record, error) {
			list, err := c.talkOf(ctx, o, x.Get("id").String())
			if vanished(err) {
				return nil, nil // it was merged or deleted since it was listed
			}
			return list, err
		}, nil
	case model.Contact:
		accounts, err := c.accountOf(ctx, 0)
		if err != nil {
			return nil, err
		}
		return func(_ context.Context, x gjson.Result) ([]model.Record, error) {
			return one(x, func(d *derived) { d.link("account_id", accounts[x.Get("id").String()], model.Organization) })
		}, nil
	}
	return func(_ context.Context, x gjson.Result) ([]model.Record, error) { return one(x, nil) }, nil
}

// talkOf reads the messages and comments of a conversation, or their files. Drafts that were
// never sent are left out.
func (c *conn) talkOf(ctx context.Context, o model.Object, conversation string) ([]model.Record, error) {
	var out []model.Record
	for _, list := range []string{
		path("conversations", conversation, "messages") + "?limit=100&sort_by=created_at&sort_order=asc",
		path("conversations", conversation, "comments"),
	} {
		rows, err := c.rows(ctx, list)
		if err != nil {
			return nil, err
		}
		for _, x := range rows {
			if x.Get("draft_mode").Type == gjson.String {
				continue
			}
			if o == model.Attachment {
				files, err := attachments(x)
				if err != nil {
					return nil, failing(err)
				}
				out = append(out, files...)
				continue
			}
			r, err := record(o, x, nil)
			if err != nil {
				return nil, failing(err)
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// inboxOf tells for each conversation in which inbox it lies: Front says it only by listing
// the inboxes. Where there is just one, all are in it.
func (c *conn) inboxOf(ctx context.Context) (map[string]string, error) {
	inboxes, err := c.rows(ctx, "/inboxes")
	if err != nil {
		return nil, c.gone(err)
	}
	out := map[string]string{}
	for _, x := range inboxes {
		inbox := strings.Clone(x.Get("id").String())
		at := path("inboxes", inbox, "conversations") + "?limit=100&" + alive
		for at != "" {
			page, err := c.client.get(ctx, at)
			if err != nil {
				return nil, c.gone(err)
			}
			for _, row := range page.Get("_results.#.id").Array() {
				out[strings.Clone(row.String())] = inbox
			}
			at = nextOf(page)
		}
	}
	return out, nil
}

// askInbox asks for the inbox of one conversation; empty: it is in none.
func (c *conn) askInbox(ctx context.Context, conversation string) (string, error) {
	list, err := c.rows(ctx, path("conversations", conversation, "inboxes"))
	if vanished(err) {
		return "", nil
	}
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0].Get("id").String(), nil
}

// accountOf tells for each contact to which account it belongs: Front says it only by listing
// the accounts. What was read less than young ago may be used again.
func (c *conn) accountOf(ctx context.Context, young time.Duration) (map[string]string, error) {
	c.mu.Lock()
	known, since := c.members, c.since
	c.mu.Unlock()
	if known != nil && time.Since(since) < young {
		return known, nil
	}
	var accounts []string
	if err := c.eachPage(ctx, "/accounts?limit=100", func(rows []gjson.Result) error {
		for _, a := range rows {
			accounts = append(accounts, strings.Clone(a.Get("id").String()))
		}
		return nil
	}); err != nil {
		return nil, c.gone(err)
	}
	out := map[string]string{}
	for _, account := range accounts {
		err := c.eachPage(ctx, path("accounts", account, "contacts")+"?limit=100", func(rows []gjson.Result) error {
			for _, x := range rows {
				out[strings.Clone(x.Get("id").String())] = account
			}
			return nil
		})
		if err != nil && !errors.Is(err, errGone) { // one was deleted meanwhile
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members, c.since = out, time.Now()
	return out, nil
}

// FileRef names an attachment's content by its address.
func (c *conn) FileRef(r model.Record) (ref, name, contentType string) {
	if r.Key.Object != model.Attachment {
		return "", "", ""
	}
	x := gjson.ParseBytes(r.Raw)
	return x.Get("url").String(), x.Get("filename").String(), x.Get("content_type").String()
}

// Open reads an attachment's content from the connected account only: Front writes the
// company's own host into the address, which is the same API. Where Front leads on to a
// store of files it is followed, without the token.
func (c *conn) Open(ctx context.Context, ref string) (io.ReadCloser, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, fmt.Errorf("not an address of a file: %w", err)
	}
	if host := strings.ToLower(u.Hostname()); strings.HasSuffix(host, ".api.frontapp.com") || host == "api2.frontapp.com" {
		u = &url.URL{Scheme: c.client.Base.Scheme, Host: c.client.Base.Host, Path: u.Path, RawPath: u.RawPath}
	}
	f, err := c.client.Download(ctx, u, true)
	if err != nil || f.Content != nil {
		return f.Content, err
	}
	if err = c.client.Verdict(f.Answer); err == nil || vanished(err) {
		err = connector.OtherThing(err, desk, c.client.Base.Host)
	}
	return nil, err
}
