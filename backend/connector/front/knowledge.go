package front

import (
	"context"
	"errors"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// knowledgePages walks categories, articles or translations of every knowledge base. Lists
// hold no texts, so each is read by itself.
func (c *conn) knowledgePages(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	bases, err := c.optional(ctx, "/knowledge_bases")
	if err != nil {
		return err
	}
	what := "articles"
	if o == model.Category {
		what = "categories"
	}
	for !at.Done {
		page := connector.Page{}
		if at.Base < len(bases) {
			list := at.Next
			if list == "" {
				list = path("knowledge_bases", bases[at.Base].Get("id").String(), what) + "?limit=100"
			}
			x, err := c.client.get(ctx, list)
			if err != nil {
				return c.gone(err)
			}
			for _, row := range x.Get("_results").Array() {
				records, err := c.knowledge(ctx, o, row)
				if err != nil && !errors.Is(err, errGone) {
					return err
				}
				page.Records = append(page.Records, records...)
			}
			if at.Next = nextOf(x); at.Next == "" {
				at.Base++
			}
		}
		at.Done = at.Base >= len(bases)
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

// knowledge reads the texts of one category or article: in its first language, or, as
// translations, in the others.
func (c *conn) knowledge(ctx context.Context, o model.Object, row gjson.Result) ([]model.Record, error) {
	id := row.Get("id").String()
	if o == model.Category {
		return c.one(ctx, o, path("knowledge_base_categories", id, "content"))
	}
	if o == model.Article {
		return c.one(ctx, o, path("knowledge_base_articles", id, "content"))
	}
	locales := texts(row.Get("locales"))
	if len(locales) < 2 {
		return nil, nil
	}
	first, err := c.client.get(ctx, path("knowledge_base_articles", id, "content"))
	if err != nil {
		return nil, err
	}
	var out []model.Record
	for _, l := range locales {
		if l == first.Get("locale").String() {
			continue
		}
		x, err := c.client.get(ctx, path("knowledge_base_articles", id, "locales", l, "content"))
		if errors.Is(err, errGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		r, err := translation(x)
		if err != nil {
			return nil, failing(err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (c *conn) one(ctx context.Context, o model.Object, at string) ([]model.Record, error) {
	x, err := c.client.get(ctx, at)
	if err != nil {
		return nil, err
	}
	r, err := record(o, x, nil)
	return []model.Record{r}, failing(err)
}

// prefixes of ids: another one is surely no such record.
var prefixes = map[model.Object]string{
	model.Ticket: "cnv_", model.Contact: "crd_", model.Organization: "acc_", model.Agent: "tea_", objTeam: "tim_", model.Group: "inb_",
	model.Tag: "tag_", objLink: "top_", model.Macro: "rsp_", model.Category: "kbc_", model.Article: "kba_", model.Translation: "kba_",
	model.Attachment: "fil_", objList: "grp_", objBase: "knb_",
}

var resources = map[model.Object]string{
	model.Ticket: "conversations", model.Contact: "contacts", model.Organization: "accounts", model.Agent: "teammates", model.Group: "inboxes",
	model.Tag: "tags", objLink: "links", model.Macro: "message_templates", objTeam: "teams",
}

// Read reads records by their ids, one request each. Files are only found in their messages,
// so Front cannot give them by id.
func (c *conn) Read(ctx context.Context, o model.Object, ids []string) (map[string]model.Record, error) {
	out := make(map[string]model.Record, len(ids))
	for _, id := range ids {
		_, seen := out[id]
		message := o == model.Message && (strings.HasPrefix(id, "msg_") || strings.HasPrefix(id, "com_"))
		if seen || !message && (prefixes[o] == "" || !strings.HasPrefix(id, prefixes[o])) {
			continue
		}
		list, err := c.readOne(ctx, o, id)
		if vanished(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if r.Key.ID == id {
				out[id] = r
			}
		}
	}
	return out, nil
}

func (c *conn) readOne(ctx context.Context, o model.Object, id string) ([]model.Record, error) {
	switch o {
	case model.Message:
		if strings.HasPrefix(id, "com_") {
			return c.one(ctx, o, path("comments", id))
		}
		return c.one(ctx, o, path("messages", id))
	case model.Category:
		return c.one(ctx, o, path("knowledge_base_categories", id, "content"))
	case model.Article:
		return c.one(ctx, o, path("knowledge_base_articles", id, "content"))
	case model.Translation:
		article, locale, ok := strings.Cut(id, ":")
		if !ok {
			return nil, errGone
		}
		x, err := c.client.get(ctx, path("knowledge_base_articles", article, "locales", locale, "content"))
		if err != nil {
			return nil, err
		}
		r, err := translation(x)
		return []model.Record{r}, failing(err)
	}
	if resources[o] == "" {
		return nil, errGone
	}
	x, err := c.client.get(ctx, path(resources[o], id))
	if err != nil {
		return nil, err
	}
	var more func(*derived)
	switch o {
	case model.Ticket:
		if x.Get("status").String() == "deleted" {
			return nil, errGone // in the trash
		}
		inbox, err := c.askInbox(ctx, id)
		if err != nil {
			return nil, err
		}
		more = func(d *derived) { d.link("inbox_id", inbox, model.Group) }
	case model.Contact:
		accounts, err := c.accountOf(ctx, membersLive)
		if err != nil {
			return nil, err
		}
		more = func(d *derived) { d.link("account_id", accounts[id], model.Organization) }
	}
	r, err := record(o, x, more)
	return []model.Record{r}, failing(err)
}
