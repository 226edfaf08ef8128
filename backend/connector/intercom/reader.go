package intercom

import (
	"context"
	"net/url"
	"sync"

	"golang.org/x/sync/errgroup"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// Read reads records by their ids, several at once: Intercom has no call for many.
func (c *conn) Read(ctx context.Context, o model.Object, ids []string) (map[string]model.Record, error) {
	out := make(map[string]model.Record, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	if err := c.tagNames(ctx); err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	switch o {
	case model.Message, model.Attachment:
		return out, c.readInThreads(ctx, o, wanted, out)
	case model.Organization, model.Contact, model.Category, model.Section, model.Article, c.conversationObject(), c.ticketObject(), InternalArticle:
		return out, c.readEach(ctx, o, wanted, out)
	}
	// The others have no call for one record; they are few.
	return out, c.walkerOf(o)(ctx, cursor{Version: 1}, func(p connector.Page) error {
		for _, r := range p.Records {
			if wanted[r.Key.ID] {
				out[r.Key.ID] = r
			}
		}
		return ctx.Err()
	})
}

func (c *conn) readEach(ctx context.Context, o model.Object, wanted map[string]bool, out map[string]model.Record) error {
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for id := range wanted {
		g.Go(func() error {
			r, ok, err := c.readOne(ctx, o, id)
			if err == nil && ok {
				mu.Lock()
				out[id] = r
				mu.Unlock()
			}
			return err
		})
	}
	return g.Wait()
}

// readOne reads one record by its id; false: it is not there.
func (c *conn) readOne(ctx context.Context, o model.Object, id string) (model.Record, bool, error) {
	v, ok, err := c.fetch(ctx, pathOf(c, o, id))
	if err != nil || !ok {
		return model.Record{}, false, err
	}
	switch o {
	case model.Organization:
		return company(v), true, nil
	case model.Contact:
		return c.contactRecord(v), true, nil
	case model.Article:
		return c.article(v), true, nil
	case c.conversationObject():
		return c.conversationRecord(v), true, nil
	case c.ticketObject():
		return c.ticketRecord(v), true, nil
	case model.Category, model.Section:
		list, err := c.shelfRecords(o)(ctx, v)
		if err != nil || len(list) == 0 {
			return model.Record{}, false, err
		}
		return list[0], true, nil
	}
	list, err := c.internalRecords(ctx, v)
	return list[0], true, err
}

// pathOf is where a record is read, changed and deleted.
func pathOf(c *conn, o model.Object, id string) string {
	id = url.PathEscape(id)
	switch o {
	case model.Organization:
		return "companies/" + id
	case model.Contact:
		return "contacts/" + id
	case model.Article:
		return "articles/" + id
	case InternalArticle:
		return "internal_articles/" + id
	case model.Category, model.Section:
		return "help_center/collections/" + id
	case c.conversationObject():
		return "conversations/" + id
	}
	return "tickets/" + id
}

// readInThreads reads messages and files through their threads.
func (c *conn) readInThreads(ctx context.Context, o model.Object, wanted map[string]bool, out map[string]model.Record) error {
	type key struct {
		ticket bool
		id     string
	}
	threads := map[key]bool{}
	for id := range wanted {
		if ticket, thread, _, ok := splitMessage(id); ok {
			threads[key{ticket, thread}] = true
		}
	}
	if err := c.staff(ctx); err != nil {
		return err
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for k := range threads {
		g.Go(func() error {
			t, found, err := c.thread(ctx, k.ticket, k.id)
			if err != nil || !found {
				return err
			}
			list, _ := c.messages(t)
			if o == model.Attachment {
				list, _ = c.attachments(t)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, r := range list {
				if wanted[r.Key.ID] {
					out[r.Key.ID] = r
				}
			}
			return nil
		})
	}
	return g.Wait()
}
