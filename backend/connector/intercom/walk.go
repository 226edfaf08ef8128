package intercom

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
	"golang.org/x/sync/errgroup"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// overlap is how far a search of what changed reaches back behind the moment that it is
// about: parts can show late in searches (airbyte #39463).
const overlap = 3 * time.Minute

// threadPage is how many threads are read with all their parts for one page.
const threadPage = 50

// moment is the time by Intercom's own clock.
func (c *conn) moment(ctx context.Context) (int64, error) {
	a, err := c.wire.Get(ctx, "me", nil)
	if err != nil {
		return 0, err
	}
	if at, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		c.mu.Lock()
		c.known.clock = at.Unix()
		c.mu.Unlock()
		return at.Unix(), nil
	}
	// No clock: the last change of any conversation is a moment that Intercom named.
	v, err := c.get(ctx, "conversations", url.Values{"per_page": {"1"}})
	return v.Get("conversations.0.updated_at").Int(), err
}

func (c *conn) conversationPage(ctx context.Context, after string) (gjson.Result, error) {
	return c.conversationsOf(ctx, after, c.size)
}

func (c *conn) conversationsOf(ctx context.Context, after string, size int) (gjson.Result, error) {
	q := url.Values{"per_page": {strconv.Itoa(size)}}
	if after != "" {
		q.Set("starting_after", after)
	}
	return c.get(ctx, "conversations", q)
}

// step reads one page of threads.
type step func(ctx context.Context, at cursor) (gjson.Result, error)

// threadsOf walks over a list of threads, and then over what changed while it did, so that
// what moved in the list is not missed (P-07). It ends the stage that it was begun in.
func (c *conn) threadsOf(ctx context.Context, at cursor, name string, list, search step, make maker, next string, each func(connector.Page) error) error {
	again := name + " again"
	if at.Stage != again && at.Began == 0 {
		now, err := c.moment(ctx)
		if err != nil {
			return err
		}
		at.Stage, at.Began = name, now
	}
	given := map[string]bool{} // of what may come again: in what state this call gave it
	for {
		read := list
		if at.Stage == again {
			read = search
		}
		v, err := read(ctx, at)
		if err != nil {
			return err
		}
		items, err := array(v, name)
		if err != nil {
			return err
		}
		p := connector.Page{}
		if p.Records, p.Broken, err = make(ctx, items); err != nil {
			return err
		}
		if at.Stage == name && len(p.Records) == len(items) {
			p.Total = v.Get("total_count").Int()
		}
		if at.Stage == again { // what did not change since it was given is not given again
			p.Repeats = connector.RepeatsReplace
			p.Records = slices.DeleteFunc(p.Records, func(r model.Record) bool { return given[toldKey(r)] })
			p.Broken = slices.DeleteFunc(p.Broken, func(b connector.Broken) bool { return given[b.Place] })
		} else if slices.ContainsFunc(items, func(x gjson.Result) bool { return x.Get("updated_at").Int() >= back(at.Began) }) {
			for _, r := range p.Records {
				given[toldKey(r)] = true
			}
			for _, b := range p.Broken {
				given[b.Place] = true
			}
		}
		if at.After = v.Get("pages.next.starting_after").String(); at.After == "" {
			if at.Stage == name {
				at.Stage = again
			} else {
				at.Stage, at.Began = next, 0
			}
		}
		p.Next = at.text()
		if len(p.Records)+len(p.Broken) > 0 || at.Stage == end { // an empty page is the last one
			if err := each(p); err != nil {
				return err
			}
		}
		if at.Stage == next {
			return nil
		}
	}
}

// conversations walks over the conversations as lists show them, without parts.
func (c *conn) conversations(make maker) walker {
	return func(ctx context.Context, at cursor, each func(connector.Page) error) error {
		return c.conversationStage(ctx, at, c.size, make, end, each)
	}
}

func (c *conn) conversationStage(ctx context.Context, at cursor, size int, make maker, next string, each func(connector.Page) error) error {
	if err := c.tagNames(ctx); err != nil {
		return err
	}
	return c.threadsOf(ctx, at, "conversations",
		func(ctx context.Context, at cursor) (gjson.Result, error) {
			return c.conversationsOf(ctx, at.After, size)
		},
		func(ctx context.Context, at cursor) (gjson.Result, error) {
			return c.ask(ctx, "conversations/search", nil, since("updated_at", back(at.Began), size, at.After))
		}, make, next, each)
}

// back is a moment less the overlap.
func back(at int64) int64 { return max(at-int64(overlap.Seconds()), 0) }

// tickets walks over the Intercom tickets. A plan without them has none.
func (c *conn) tickets(make maker) walker {
	return func(ctx context.Context, at cursor, each func(connector.Page) error) error {
		return c.ticketStage(ctx, at, c.size, make, each)
	}
}

func (c *conn) ticketStage(ctx context.Context, at cursor, size int, make maker, each func(connector.Page) error) error {
	return c.threadsOf(ctx, at, "tickets",
		func(ctx context.Context, at cursor) (gjson.Result, error) {
			return c.ask(ctx, "tickets/search", nil, all(size, at.After))
		},
		func(ctx context.Context, at cursor) (gjson.Result, error) {
			return c.ask(ctx, "tickets/search", nil, since("updated_at", back(at.Began), size, at.After))
		}, make, end, each)
}

// thread is a conversation or a ticket with its parts.
type thread struct {
	ticket bool
	v      gjson.Result
}

// inThreads walks over all conversations and all tickets with their parts.
func (c *conn) inThreads(make func(thread) ([]model.Record, []connector.Broken), skip func(gjson.Result) bool) walker {
	return func(ctx context.Context, at cursor, each func(connector.Page) error) error {
		if err := c.staff(ctx); err != nil {
			return err
		}
		size := min(c.size, threadPage)
		if at.Stage == "" || strings.HasPrefix(at.Stage, "conversations") {
			if err := c.conversationStage(ctx, at, size, c.whole(false, make, skip), "between", each); err != nil {
				return err
			}
			at = cursor{Version: 1}
		}
		if at.Stage == "between" {
			at = cursor{Version: 1}
		}
		err := c.ticketStage(ctx, at, size, c.whole(true, make, nil), each)
		if c.notOurs(err) {
			return nil // no tickets on this plan
		}
		return err
	}
}

// whole reads the threads of a page, several at once, and makes records of each. A thread
// that was deleted meanwhile has none.
func (c *conn) whole(ticket bool, make func(thread) ([]model.Record, []connector.Broken), skip func(gjson.Result) bool) maker {
	return func(ctx context.Context, items []gjson.Result) (records []model.Record, broken []connector.Broken, err error) {
		threads, err := c.readThreads(ctx, ticket, items, skip)
		if err != nil {
			return nil, nil, err
		}
		for _, t := range threads {
			if t.Exists() {
				rs, bs := make(thread{ticket, t})
				records, broken = append(records, rs...), append(broken, bs...)
			}
		}
		return records, broken, nil
	}
}

// readThreads reads threads with their parts, in the order of a list's items.
func (c *conn) readThreads(ctx context.Context, ticket bool, items []gjson.Result, skip func(gjson.Result) bool) ([]gjson.Result, error) {
	out := make([]gjson.Result, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, x := range items {
		if ticket && x.Get("ticket_parts").Exists() {
			out[i] = x // searches of tickets bring the parts along
			continue
		}
		if skip != nil && skip(x) {
			continue
		}
		g.Go(func() (err error) {
			out[i], _, err = c.fetch(ctx, threadPath(ticket, x.Get("id").String()))
			return err
		})
	}
	return out, g.Wait()
}

func threadPath(ticket bool, id string) string {
	if ticket {
		return "tickets/" + url.PathEscape(id)
	}
	return "conversations/" + url.PathEscape(id)
}

// settled is how long a thread must have been left alone before its stamp, in whole
// seconds, surely tells whether it changed.
const settled = 60

// noteFiles remembers that a conversation has no files, so that reading the files of the
// same walk over all conversations need not read it again.
func (c *conn) noteFiles(t thread, files int) {
	at := t.v.Get("updated_at").Int()
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.ticket || files > 0 || at > c.known.clock-settled {
		return
	}
	if c.known.fileless == nil {
		c.known.fileless = map[string]int64{}
	}
	c.known.fileless[strings.Clone(t.id())] = at
}

// withoutFiles says that a conversation in a list surely has no files.
func (c *conn) withoutFiles(v gjson.Result) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.known.fileless[v.Get("id").String()]
	return ok && at == v.Get("updated_at").Int()
}

// maker makes records of the items of a page.
type maker func(ctx context.Context, items []gjson.Result) ([]model.Record, []connector.Broken, error)

// one makes a maker of what makes records of one item.
func one(make func(ctx context.Context, v gjson.Result) ([]model.Record, error)) maker {
	return func(ctx context.Context, items []gjson.Result) (records []model.Record, _ []connector.Broken, _ error) {
		for _, x := range items {
			rs, err := make(ctx, x)
			if err != nil {
				return nil, nil, err
			}
			records = append(records, rs...)
		}
		return records, nil, nil
	}
}
