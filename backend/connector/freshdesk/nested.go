package freshdesk

import (
	"context"
	"errors"
	"slices"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// place is something whose list is read: a category of folders, a folder of articles.
type place struct{ id, path string }

// nestedPages reads what lies in folders, folder by folder.
func (c *conn) nestedPages(ctx context.Context, o model.Object, at cursor, each func(connector.Page) error) error {
	places, err := c.places(ctx, o)
	if err != nil {
		return err
	}
	languages, err := c.languages(ctx, o)
	if err != nil {
		return err
	}
	// Where the folder is gone that was being read, everything is read again.
	from := max(slices.IndexFunc(places, func(p place) bool { return p.id == at.Parent }), 0)
	for i, p := range places[from:] {
		page := 1
		if i == 0 && p.id == at.Parent {
			page = at.Page
		}
		for more := true; more; page++ {
			var items []gjson.Result
			if items, more, err = c.client.list(ctx, p.path, pageQuery(page, c.pageSize)); err != nil {
				return err
			}
			out := connector.Page{Next: cursor{Version: 1, Parent: p.id, Page: page + 1}.text()}
			for _, x := range items {
				list, err := c.nestedRecords(ctx, o, x, languages)
				if err != nil {
					return err
				}
				out.Records = append(out.Records, list...)
			}
			if len(out.Records) > 0 {
				if err := each(out); err != nil {
					return err
				}
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// nestedRecords makes a record of an item, or of its translations.
func (c *conn) nestedRecords(ctx context.Context, o model.Object, x gjson.Result, languages []string) ([]model.Record, error) {
	if o != model.Translation {
		r, err := record(o, x)
		return []model.Record{r}, err
	}
	var out []model.Record
	id := text(x.Get("id"))
	for _, l := range languages {
		t, err := c.client.one(ctx, "solutions/articles/"+id+"/"+l, nil)
		if errors.Is(err, errAbsent) {
			continue // not translated
		}
		if err != nil {
			return nil, err
		}
		r, err := translation(id, l, t)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// languages are those into which articles may be translated.
func (c *conn) languages(ctx context.Context, o model.Object) ([]string, error) {
	if o != model.Translation {
		return nil, nil
	}
	x, err := c.client.one(ctx, "settings/helpdesk", nil)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, l := range x.Get("supported_languages").Array() {
		out = append(out, l.String())
	}
	return out, nil
}

// places lists where an object's records lie.
func (c *conn) places(ctx context.Context, o model.Object) ([]place, error) {
	var out []place
	if o == model.Macro {
		list, err := c.ownFields(ctx, "canned_response_folders")
		for _, x := range list {
			out = append(out, place{text(x.Get("id")), "canned_response_folders/" + text(x.Get("id")) + "/responses"})
		}
		return out, err
	}
	categories, err := c.ownFields(ctx, "solutions/categories")
	if err != nil {
		return nil, err
	}
	for _, k := range categories {
		path := "solutions/categories/" + text(k.Get("id")) + "/folders"
		if o == model.Section {
			out = append(out, place{"c" + text(k.Get("id")), path})
		}
		folders, err := c.ownFields(ctx, path)
		if err != nil {
			return nil, err
		}
		for len(folders) > 0 {
			f := folders[0]
			folders = folders[1:]
			id := text(f.Get("id"))
			if o != model.Section {
				out = append(out, place{id, "solutions/folders/" + id + "/articles"})
			}
			if f.Get("sub_folders_count").Int() == 0 {
				continue
			}
			path := "solutions/folders/" + id + "/subfolders"
			if o == model.Section {
				out = append(out, place{id, path})
			}
			below, err := c.ownFields(ctx, path)
			if err != nil {
				return nil, err
			}
			folders = append(folders, below...)
		}
	}
	return out, nil
}
