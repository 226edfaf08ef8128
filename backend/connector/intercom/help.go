package intercom

import (
	"context"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// shelfRecords makes records of collections: those at the top are categories, the others
// sections. Both are one list.
func (c *conn) shelfRecords(o model.Object) func(context.Context, gjson.Result) ([]model.Record, error) {
	return func(_ context.Context, v gjson.Result) ([]model.Record, error) {
		parent := v.Get("parent_id").String()
		if (parent == "") != (o == model.Category) {
			return nil, nil
		}
		r := record(o, v)
		r.Version = helpVersion(v)
		r.Links = ref("parent_id", parent, model.Section, model.Category)
		return []model.Record{r}, nil
	}
}

// helpVersion is the stamp of an article or a collection.
func helpVersion(v gjson.Result) string { return v.Get("updated_at").String() }

// articleRecords makes the record of an article; its parents are a list of numbers.
func (c *conn) articleRecords(_ context.Context, v gjson.Result) ([]model.Record, error) {
	return []model.Record{c.article(v)}, nil
}

func (c *conn) article(v gjson.Result) model.Record {
	r := record(model.Article, v)
	parent := v.Get("parent_ids.0").String()
	if parent == "" {
		parent = v.Get("parent_id").String()
	}
	if parent != "" && !v.Get("parent_id").Exists() {
		r.Raw = compose(v.Raw, "parent_id", quote(parent))
	}
	r.Links = append(c.agentRef("author_id", v.Get("author_id").String()), ref("parent_id", parent, model.Section, model.Category)...)
	return r
}

// translations makes a record of each language of an article but its own.
func (c *conn) translations(_ context.Context, v gjson.Result) ([]model.Record, error) {
	var out []model.Record
	own, id := v.Get("default_locale").String(), v.Get("id").String()
	v.Get("translated_content").ForEach(func(locale, x gjson.Result) bool {
		if !x.IsObject() || locale.Str == own {
			return true
		}
		key := id + "-" + locale.Str
		r := model.Record{Key: model.Key{Object: model.Translation, ID: key}, Version: x.Get("updated_at").String()}
		r.Raw = compose(x.Raw, "id", quote(key), "article_id", quote(id), "locale", quote(locale.Str))
		r.Links = append(ref("article_id", id, model.Article), c.agentRef("author_id", x.Get("author_id").String())...)
		out = append(out, r)
		return true
	})
	return out, nil
}

func (c *conn) internalRecords(_ context.Context, v gjson.Result) ([]model.Record, error) {
	r := record(InternalArticle, v)
	r.Links = slices.Concat(c.agentRef("author_id", v.Get("author_id").String()), c.agentRef("owner_id", v.Get("owner_id").String()))
	return []model.Record{r}, nil
}

// macros reads the macros, by Intercom's own places in the list.
func (c *conn) macros(ctx context.Context, at cursor, each func(connector.Page) error) error {
	for {
		path := "macros"
		q := map[string][]string{"per_page": {"50"}}
		if at.After != "" {
			q["starting_after"] = []string{at.After}
		}
		v, err := c.get(ctx, path, q)
		if err != nil {
			return err
		}
		items, err := array(v, "data")
		if err != nil {
			return err
		}
		p := connector.Page{}
		for _, x := range items {
			p.Records = append(p.Records, record(model.Macro, x))
		}
		if at.After = strings.Clone(v.Get("pages.next.starting_after").String()); at.After == "" {
			at.Stage = end
		}
		p.Next = at.text()
		if err := each(p); err != nil || at.Stage == end {
			return err
		}
	}
}
