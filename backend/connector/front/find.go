package front

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// Find asks for marks: accounts by external id, contacts by handle, tags in their list,
// conversations through the search for their custom field or, when that costs less, by
// walking them all.
func (c *conn) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	found := map[model.Mark]connector.Found{}
	if len(marks) == 0 {
		return found, nil
	}
	add := func(x gjson.Result) {
		m := c.markIn(o, x)
		f := found[m]
		if f.Copies++; f.Copies == 1 {
			f.Key, f.Version = model.Key{Object: o, ID: strings.Clone(x.Get("id").String())}, versionOf(o, x)
		}
		found[m] = f
	}
	wanted := map[model.Mark]bool{}
	for _, m := range marks {
		wanted[m] = true
	}
	switch o {
	case model.Tag:
		rows, err := c.rows(ctx, "/company/tags?limit=100")
		if err != nil {
			return nil, c.gone(err)
		}
		for _, x := range rows {
			if wanted[c.markIn(o, x)] {
				add(x)
			}
		}
	case model.Organization, model.Contact:
		for m := range wanted {
			at := path("accounts", "alt:ext_id:"+string(m))
			if o == model.Contact {
				at = path("contacts", "alt:custom:"+markHandle+string(m))
			}
			x, err := c.client.get(ctx, at)
			if errors.Is(err, errGone) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if c.markIn(o, x) == m {
				add(x)
			}
		}
	case model.Ticket:
		return found, c.findTickets(ctx, wanted, add)
	}
	return found, nil
}

func (c *conn) findTickets(ctx context.Context, wanted map[model.Mark]bool, add func(gjson.Result)) error {
	if len(wanted) > 10 {
		total, _, err := c.Count(ctx, model.Ticket)
		if err != nil {
			return err
		}
		if total/100 < int64(len(wanted)) {
			return c.gone(c.eachPage(ctx, "/conversations?limit=100&"+alive+"&sort_by=date&sort_order=asc", func(rows []gjson.Result) error {
				for _, x := range rows {
					if wanted[c.markIn(model.Ticket, x)] {
						add(x)
					}
				}
				return nil
			}))
		}
	}
	for m := range wanted {
		query := `custom_field:"` + c.markField + "=" + string(m) + `"`
		rows, err := c.rows(ctx, "/conversations/search/"+url.PathEscape(query)+"?limit=100")
		if err != nil {
			return c.gone(err)
		}
		for _, x := range rows {
			if x.Get("status").String() != "deleted" && c.markIn(model.Ticket, x) == m {
				add(x)
			}
		}
	}
	return nil
}

// FindParts looks for what carries no mark in the record that it belongs to: messages by
// sender, time and text, comments by text, files by name and size, articles by title and
// text, translations by language.
func (c *conn) FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	found := map[model.Mark]connector.Found{}
	if len(parts) == 0 {
		return found, nil
	}
	rows, err := c.partsIn(ctx, owner, parts[0].Object)
	if vanished(err) {
		return found, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := c.prepared(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: c, setup: s}
	taken := make([]bool, len(rows))
	for _, d := range parts {
		same, err := w.recognise(ctx, owner, d)
		if err != nil {
			return nil, err
		}
		for i, x := range rows {
			if taken[i] || !same(x) {
				continue
			}
			taken[i] = true
			key := model.Key{Object: d.Object, ID: strings.Clone(x.Get("id").String())}
			if d.Object == model.Translation {
				key.ID += ":" + x.Get("locale").String()
			}
			found[d.Mark] = connector.Found{Key: key, Version: versionOf(d.Object, x), Copies: 1}
			break
		}
	}
	return found, nil
}

// partsIn lists what a record holds.
func (c *conn) partsIn(ctx context.Context, owner model.Key, part model.Object) (out []gjson.Result, err error) {
	switch {
	case owner.Object == model.Ticket:
		talk, err := c.rows(ctx, path("conversations", owner.ID, "messages")+"?limit=100&sort_by=created_at&sort_order=asc")
		if err != nil {
			return nil, err
		}
		comments, err := c.rows(ctx, path("conversations", owner.ID, "comments"))
		return append(talk, comments...), err
	case owner.Object == model.Message:
		at := path("messages", owner.ID)
		if strings.HasPrefix(owner.ID, "com_") {
			at = path("comments", owner.ID)
		}
		x, err := c.client.get(ctx, at)
		return x.Get("attachments").Array(), err
	case owner.Object == model.Category && part == model.Article:
		rows, err := c.rows(ctx, path("knowledge_base_categories", owner.ID, "articles")+"?limit=100")
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			x, err := c.client.get(ctx, path("knowledge_base_articles", r.Get("id").String(), "content"))
			if vanished(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
		return out, nil
	case owner.Object == model.Article && part == model.Translation:
		x, err := c.client.get(ctx, path("knowledge_base_articles", owner.ID))
		if err != nil {
			return nil, err
		}
		for _, l := range texts(x.Get("locales")) {
			t, err := c.client.get(ctx, path("knowledge_base_articles", owner.ID, "locales", l, "content"))
			if vanished(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, t)
		}
	}
	return out, nil
}

// recognise gives what tells a draft among the records of its owner.
func (w *writer) recognise(ctx context.Context, owner model.Key, d model.Draft) (func(gjson.Result) bool, error) {
	switch d.Object {
	case model.Message:
		if private(d) {
			text := squeezed(words(d, "body"))
			if text == "" {
				text = noText
			}
			return func(x gjson.Result) bool {
				return isComment(x) && strings.Join(strings.Fields(x.Get("body").String()), " ") == text
			}, nil
		}
		t, err := w.talkTo(ctx, owner.ID)
		if err != nil {
			return nil, err
		}
		a := accepted{}
		if _, ok := d.Fields["created_at"].(time.Time); !ok {
			return func(gjson.Result) bool { return false }, nil // it was never sent
		}
		if _, _, err := w.payload(ctx, d, t, &a); err != nil {
			return nil, err
		}
		return func(x gjson.Result) bool { return !isComment(x) && a.is(x) }, nil
	case model.Attachment:
		return func(x gjson.Result) bool {
			return x.Get("filename").String() == nameOf(d) && (d.File == nil || x.Get("size").Int() == d.File.Size)
		}, nil
	case model.Translation:
		return func(x gjson.Result) bool { return x.Get("locale").String() == words(d, "locale") }, nil
	}
	return func(x gjson.Result) bool {
		return x.Get("name").String() == words(d, "name") && squeezed(x.Get("content").String()) == squeezed(words(d, "content"))
	}, nil
}
