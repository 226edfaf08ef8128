package zendesk

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// list is how a list of records is read: its path, its name in the answer, and what else
// is asked.
type list struct {
	path, name string
	query      url.Values
}

var lists = map[model.Object]list{
	model.Organization: {path: "organizations", name: "organizations"},
	model.Group:        {path: "groups", name: "groups"},
	model.Agent:        {path: "users", name: "users", query: url.Values{"role[]": {"agent", "admin"}}},
	model.Rating:       {path: "satisfaction_ratings", name: "satisfaction_ratings"},
	model.Macro:        {path: "macros", name: "macros"},
	SuspendedTicket:    {path: "suspended_tickets", name: "suspended_tickets"},
	DeletedTicket:      {path: "deleted_tickets", name: "deleted_tickets"},
	model.Category:     {path: "help_center/categories", name: "categories"},
	model.Section:      {path: "help_center/sections", name: "sections"},
	model.Article:      {path: "help_center/articles", name: "articles"},
}

// takenBack is the description of a group that a rollback deleted: nobody ever used it.
const takenBack = "Taken back by Waybill"

// shown says whether a record of a list is there. Deleted groups are listed, and old
// tickets point to them.
func shown(o model.Object, x gjson.Result) bool {
	return o != model.Group || !x.Get("deleted").Bool() || x.Get("description").String() != takenBack
}

// Pages walks an object. Tickets and customers come from the incremental exports, which
// hold what is archived and who was deleted; comments with their tickets; the rest in lists.
func (c *conn) Pages(ctx context.Context, o model.Object, from connector.Cursor, each func(connector.Page) error) error {
	at, err := readCursor(from)
	if err != nil {
		return err
	}
	if from == "" && (o == model.Ticket || o == model.Message || o == model.Attachment) {
		if at.Since, err = c.now(ctx); err != nil {
			return err
		}
	}
	switch o {
	case model.Ticket, model.Contact:
		return c.exported(ctx, o, at, false, each)
	case model.Message, model.Attachment, model.SideConversation:
		return c.perTicket(ctx, o, at, each)
	case model.Translation, ArticleAttachment:
		return c.perArticle(ctx, o, at, each)
	}
	l, ok := lists[o]
	if !ok {
		return fmt.Errorf("Zendesk has no object %q", o)
	}
	if at.Start == 0 {
		if at.Start, err = c.now(ctx); err != nil {
			return err
		}
	}
	for first := true; ; first = false {
		records, next, more, err := c.page(ctx, o, l, at.After)
		if err != nil {
			return err
		}
		at.After = next
		if len(records) > 0 || first || !more {
			if err := each(connector.Page{Records: records, Next: at.text()}); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil || !more {
			return err
		}
	}
}

// page reads one page of a list.
func (c *conn) page(ctx context.Context, o model.Object, l list, after string) ([]model.Record, string, bool, error) {
	q := url.Values{"page[size]": {strconv.Itoa(c.listSize)}}
	for k, v := range l.query {
		q[k] = v
	}
	if after != "" {
		q.Set("page[after]", after)
	}
	v, _, err := c.client.get(ctx, l.path, q)
	if err != nil {
		return nil, "", false, onPlan(o, err)
	}
	items := v.Get(l.name)
	if !items.IsArray() {
		return nil, "", false, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	var records []model.Record
	for _, x := range items.Array() {
		if !shown(o, x) {
			continue
		}
		r, err := record(o, x)
		if err != nil {
			return nil, "", false, c.client.Explain(ctx, err)
		}
		records = append(records, r)
	}
	return records, v.Get("meta.after_cursor").String(), v.Get("meta.has_more").Bool(), nil
}

// onPlan says of objects that not every plan has that they are not there (P-10).
func onPlan(o model.Object, err error) error {
	titles := map[model.Object]string{
		model.Rating: "Satisfaction ratings", model.SideConversation: "Side conversations", model.Category: "The help center",
		model.Section: "The help center", model.Article: "The help center", model.Translation: "The help center", ArticleAttachment: "The help center",
		SuspendedTicket: "Suspended tickets", DeletedTicket: "Deleted tickets",
	}
	title, ok := titles[o]
	if p := problem.From(err); !ok || p == nil || !unavailable(err) {
		return err
	}
	return problem.Wrap(err, connector.CodeForbidden, title+" cannot be read from this Zendesk.",
		"They are not part of its plan, or the person whose token it is may not see them. Everything else is read.",
		"If you do have them, give the token's owner the right to see them and read again. Else leave them out.").At(problem.Place{Object: string(o)})
}

// take makes a record of an item of an export; ok is false for what is of another object
// or not there any more, which gone then tells.
func take(o model.Object, x gjson.Result, changes bool) (r model.Record, gone *connector.Gone, ok bool, err error) {
	id := x.Get("id").String()
	switch o {
	case model.Ticket:
		if x.Get("status").String() == "deleted" {
			return r, &connector.Gone{ID: id, How: connector.GoneDeleted, At: x.Get("updated_at").String()}, false, nil
		}
	case model.Contact, model.Agent:
		staff := x.Get("role").String() != "end-user"
		active := x.Get("active").Type != gjson.False
		forGood := !active && x.Get("email").Type == gjson.Null && strings.EqualFold(x.Get("name").String(), "Permanently Deleted User")
		if !active && (changes || forGood) {
			return r, &connector.Gone{ID: id, How: connector.GoneDeleted, At: x.Get("updated_at").String()}, false, nil
		}
		if staff != (o == model.Agent) {
			return r, nil, false, nil
		}
	}
	r, err = record(o, x)
	return r, nil, err == nil, err
}

// exported walks an incremental export; with changes it tells what is gone, too.
func (c *conn) exported(ctx context.Context, o model.Object, at cursor, changes bool, each func(connector.Page) error) error {
	what := "tickets"
	if o != model.Ticket {
		what = "users"
	}
	waiting, first := c.patience(), true
	for {
		e, err := c.export(ctx, what, at)
		if err != nil {
			return err
		}
		var p connector.Page
		for _, x := range e.items {
			r, gone, ok, err := take(o, x, changes)
			if ok && changes && o == model.Ticket {
				if gone, err = c.merged(ctx, x, at.Since); err != nil {
					return err
				}
				ok = gone == nil
			}
			switch {
			case err != nil:
				return c.client.Explain(ctx, err)
			case ok:
				p.Records = append(p.Records, r)
			case gone != nil && changes:
				p.Gone = append(p.Gone, *gone)
			}
		}
		at.After, at.Feed = e.after, true
		p.Next = at.text()
		again := !e.end
		if len(p.Records)+len(p.Gone) > 0 {
			if err := each(p); err != nil {
				return err
			}
			first = false
		}
		if e.end {
			if again, err = waiting.again(ctx); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !again {
			if first && len(p.Records)+len(p.Gone) == 0 {
				return each(connector.Page{Next: at.text()})
			}
			return nil
		}
	}
}

// perTicket walks the tickets' export and reads what belongs to each ticket, several at a
// time. A page holds whole tickets; tickets of one stamp stay together, so that the walk
// can go on after it although tickets change meanwhile.
func (c *conn) perTicket(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	waiting, first := c.patience(), true
	for {
		e, err := c.export(ctx, "tickets", at)
		if err != nil {
			return err
		}
		var todo []gjson.Result
		for _, x := range e.items {
			if x.Get("generated_timestamp").Int() > at.Stamp || at.Stamp == 0 {
				todo = append(todo, x)
			}
		}
		for len(todo) > 0 {
			n := min(c.chunk, len(todo))
			for n < len(todo) && todo[n].Get("generated_timestamp").Int() == todo[n-1].Get("generated_timestamp").Int() {
				n++
			}
			records, err := c.belonging(ctx, o, todo[:n])
			if err != nil {
				return err
			}
			next := at
			next.Stamp = todo[n-1].Get("generated_timestamp").Int()
			if todo = todo[n:]; len(todo) == 0 {
				next.After, next.Stamp, next.Feed = e.after, 0, true
			}
			if len(records) > 0 {
				first = false
				if err := each(connector.Page{Records: records, Next: next.text()}); err != nil {
					return err
				}
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		at.After, at.Stamp, at.Feed = e.after, 0, true
		if !e.end {
			continue
		}
		again, err := waiting.again(ctx)
		if err != nil {
			return err
		}
		if !again {
			if first {
				return each(connector.Page{Next: at.text()})
			}
			return nil
		}
	}
}

// together is how many tickets are asked about at a time.
const together = 8

// belonging reads what belongs to tickets, in their order. A ticket that was deleted
// meanwhile has nothing (P-02).
func (c *conn) belonging(ctx context.Context, o model.Object, tickets []gjson.Result) ([]model.Record, error) {
	results := make([][]model.Record, len(tickets))
	errs := make([]error, len(tickets))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	places := make(chan struct{}, together)
	for i, t := range tickets {
		if t.Get("status").String() == "deleted" {
			continue
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			if results[i], errs[i] = c.ofTicket(ctx, o, t); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	var out []model.Record
	var failed error
	for i := range tickets {
		// The first failure cancels the others: what is told is that one.
		if errs[i] != nil && (failed == nil || errors.Is(failed, context.Canceled)) {
			failed = errs[i]
		}
		out = append(out, results[i]...)
	}
	return out, failed
}

func (c *conn) ofTicket(ctx context.Context, o model.Object, t gjson.Result) ([]model.Record, error) {
	id, stamp := t.Get("id").String(), t.Get("generated_timestamp").Int()
	if o == model.SideConversation {
		return c.sideConversations(ctx, id)
	}
	if o == model.Attachment {
		c.mu.Lock()
		known, bare := c.bare[t.Get("id").Int()]
		c.mu.Unlock()
		if bare && known == stamp {
			return nil, nil
		}
	}
	list, err := c.commentsOf(ctx, id)
	if err != nil || list == nil {
		return nil, err
	}
	files := 0
	for _, x := range list {
		files += len(x.Get("attachments").Array())
	}
	if files == 0 {
		c.mu.Lock()
		c.bare[t.Get("id").Int()] = stamp
		c.mu.Unlock()
	}
	return comments(o, id, list)
}

// commentsOf reads all comments of a ticket, oldest first; nil when it is gone.
func (c *conn) commentsOf(ctx context.Context, ticket string) ([]gjson.Result, error) {
	q := url.Values{"page[size]": {strconv.Itoa(c.listSize)}, "include_inline_images": {"true"}}
	out := []gjson.Result{}
	for {
		v, a, err := c.client.get(ctx, "tickets/"+ticket+"/comments", q)
		if a.Status == 404 {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if !v.Get("comments").IsArray() {
			return nil, connector.OtherThing(nil, desk, c.client.Base.Host)
		}
		out = append(out, v.Get("comments").Array()...)
		if !v.Get("meta.has_more").Bool() {
			return out, nil
		}
		q.Set("page[after]", v.Get("meta.after_cursor").String())
	}
}

func (c *conn) sideConversations(ctx context.Context, ticket string) ([]model.Record, error) {
	v, a, err := c.client.get(ctx, "tickets/"+ticket+"/side_conversations", nil)
	if a.Status == 404 {
		return nil, nil
	}
	if err != nil {
		return nil, onPlan(model.SideConversation, err)
	}
	var out []model.Record
	for _, x := range v.Get("side_conversations").Array() {
		r, err := record(model.SideConversation, x)
		if err != nil {
			return nil, c.client.Explain(ctx, err)
		}
		r.Links = append(r.Links, model.Link{Role: "ticket_id", To: []model.Ref{{Object: model.Ticket, Value: ticket}}})
		out = append(out, r)
	}
	return out, nil
}

// perArticle walks the articles and reads the translations or files of each.
func (c *conn) perArticle(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	for first := true; ; {
		articles, next, more, err := c.page(ctx, model.Article, lists[model.Article], at.After)
		if err != nil {
			return err
		}
		path, name := "translations", "translations"
		if o == ArticleAttachment {
			path, name = "attachments", "article_attachments"
		}
		var records []model.Record
		for _, a := range articles {
			items, err := c.whole(ctx, "help_center/articles/"+a.Key.ID+"/"+path, name)
			if err != nil {
				return onPlan(o, err)
			}
			for _, x := range items {
				// The article itself holds its text in its own language.
				if o == model.Translation && x.Get("locale").String() == gjson.GetBytes(a.Raw, "locale").String() {
					continue
				}
				r, err := record(o, x)
				if err != nil {
					return c.client.Explain(ctx, err)
				}
				records = append(records, r)
			}
		}
		at.After = next
		if len(records) > 0 || first && !more {
			first = false
			if err := each(connector.Page{Records: records, Next: at.text()}); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil || !more {
			return err
		}
	}
}

// Count asks the desk. Its counts are up to a day old above 100,000, and its search lags,
// so none of them is exact. What has no count is 0.
func (c *conn) Count(ctx context.Context, o model.Object) (int64, bool, error) {
	var path string
	query := url.Values{}
	switch o {
	case model.Ticket:
		path, query = "search/count", url.Values{"query": {"type:ticket"}} // archived ones included
	case model.Contact:
		path, query = "users/count", url.Values{"role": {"end-user"}}
	case model.Agent:
		path, query = "users/count", url.Values{"role[]": {"agent", "admin"}}
	case model.Organization:
		path = "organizations/count"
	case model.Group:
		path = "groups/count"
	default:
		return 0, false, ctx.Err()
	}
	v, _, err := c.client.get(ctx, path, query)
	if err != nil {
		return 0, false, err
	}
	n := v.Get("count")
	if n.IsObject() {
		n = n.Get("value")
	}
	if n.Type != gjson.Number {
		return 0, false, connector.OtherThing(nil, desk, c.client.Base.Host)
	}
	return n.Int(), false, nil
}
