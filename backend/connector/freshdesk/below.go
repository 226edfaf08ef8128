package freshdesk

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
)

// below are objects that lie in others, and carry no mark: the link to what they lie in,
// and the calls that create and list them there. The parent's id stands for {id}.
var below = map[model.Object]struct{ link, create, list string }{
	model.TimeEntry:   {"ticket_id", "tickets/{id}/time_entries", "tickets/{id}/time_entries"},
	model.Section:     {"category_id", "solutions/categories/{id}/folders", "solutions/categories/{id}/folders"},
	model.Article:     {"folder_id", "solutions/folders/{id}/articles", "solutions/folders/{id}/articles"},
	model.Translation: {"article_id", "solutions/articles/{id}/", ""},
}

// sendBelow creates a record that lies in another one, a category, or a canned response.
func (c *conn) sendBelow(ctx context.Context, d model.Draft, o *connector.Outcome) error {
	s, err := c.fieldsOf(ctx, d.Object)
	if err != nil {
		return err
	}
	p, bad := encode(d, s, false)
	if bad != nil {
		refuse(o, d, bad)
		return nil
	}
	path := "solutions/categories"
	if at, ok := below[d.Object]; ok {
		parent := targetOf(d, at.link).ID
		if parent == "" || strings.Trim(parent, "0123456789") != "" {
			refuse(o, d, refusal([]fieldError{{Field: at.link, Code: "invalid_value", Message: "There is no such record"}}, &s))
			return nil
		}
		delete(p.values, at.link)
		path = strings.Replace(at.create, "{id}", parent, 1)
	}
	language := ""
	switch d.Object {
	case model.Section:
		if within := targetOf(d, "parent_folder_id").ID; within != "" {
			path = "solutions/folders/" + within + "/subfolders"
			delete(p.values, "parent_folder_id")
		}
		if p.values["visibility"] == nil {
			p.set("visibility", 1) // everybody, as Freshdesk has it by itself
		}
	case model.Article:
		if s, _ := p.values["description"].(string); strings.TrimSpace(s) == "" {
			p.set("description", noText)
		}
	case model.Translation:
		language, _ = p.values["language"].(string)
		if language == "" || strings.ContainsAny(language, "/?#%. ") {
			refuse(o, d, refusal([]fieldError{{Field: "language", Code: "invalid_value", Message: "It is the code of a language"}}, &s))
			return nil
		}
		delete(p.values, "language")
		path += language
	case model.TimeEntry:
		p.set("timer_running", false)
	case model.Macro:
		folder, err := c.macroFolder(ctx, o)
		if err != nil || folder == 0 {
			return err
		}
		path = "canned_responses"
		p.set("folder_id", folder)
		if p.values["visibility"] == nil {
			p.set("visibility", 0)
		}
	}
	a, known, err := c.exchange(ctx, http.MethodPost, path, p, nil, o)
	if err != nil || !known {
		return err
	}
	switch {
	case a.Status == http.StatusNotFound:
		refuse(o, d, refusal([]fieldError{{Field: below[d.Object].link, Code: "invalid_value", Message: "There is no such record"}}, &s))
		return nil
	case a.Status >= 300:
		return c.refused(d, a, failureOf(a), s, o)
	}
	if c.take(d, a, o); o.State != connector.Created {
		return nil
	}
	switch d.Object {
	case model.TimeEntry:
		o.Key.ID = targetOf(d, "ticket_id").ID + "-" + o.Key.ID
	case model.Translation:
		o.Key.ID = targetOf(d, "article_id").ID + "-" + language
	}
	return nil
}

// macrosIn is the folder of canned responses that a move makes.
const macrosIn = "Moved by Waybill"

// macroFolder finds the folder for canned responses, or makes it; 0: the outcome says why not.
func (c *conn) macroFolder(ctx context.Context, o *connector.Outcome) (int64, error) {
	c.making.Lock()
	defer c.making.Unlock()
	list, err := c.ownFields(ctx, "canned_response_folders")
	if err != nil {
		return 0, err
	}
	for _, f := range list {
		if f.Get("name").String() == macrosIn {
			return f.Get("id").Int(), nil
		}
	}
	a, known, err := c.exchange(ctx, http.MethodPost, "canned_response_folder", &payload{values: map[string]any{"name": macrosIn}}, nil, o)
	if err != nil {
		return 0, err
	}
	if !known { // the folder may be there or not; the response surely is not
		o.State, o.Err = connector.Unsent, nil
		return 0, connector.Failing(errors.New("no answer to a new folder"), desk)
	}
	if err := c.client.Verdict(a); err != nil {
		return 0, err
	}
	return gjson.GetBytes(a.Body, "id").Int(), nil
}

// likeness is what a record below another one is known by.
func likeness(o model.Object, x gjson.Result) string {
	get := func(names ...string) string {
		var parts []string
		for _, n := range names {
			parts = append(parts, strings.ToLower(x.Get(n).String()))
		}
		return strings.Join(parts, "\x00")
	}
	switch o {
	case model.TimeEntry:
		return get("note", "time_spent", "agent_id", "executed_at")
	case model.Section:
		return get("name")
	case model.Translation:
		return get("language")
	}
	return get("title")
}

// findBelow looks for records in what they lie in.
func (c *conn) findBelow(ctx context.Context, owner model.Key, o model.Object, parts []model.Draft, found map[model.Mark]connector.Found) error {
	at := below[o]
	var there []model.Record
	if o == model.Translation {
		for _, d := range parts {
			language, _ := d.Fields["language"].(string)
			r, ok, err := c.readTranslation(ctx, owner.ID+"-"+language)
			if err != nil {
				return err
			}
			if ok {
				found[d.Mark] = connector.Found{Key: r.Key, Version: r.Version, Copies: 1}
			}
		}
		return nil
	}
	list, err := c.ownFields(ctx, strings.Replace(at.list, "{id}", owner.ID, 1))
	if errors.Is(err, errAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, x := range list {
		r, err := record(o, x)
		if err != nil {
			return err
		}
		there = append(there, r)
	}
	s, err := c.fieldsOf(ctx, o)
	if err != nil {
		return err
	}
	return pair(parts, there, found, func(d model.Draft) string {
		p, bad := encode(d, s, false)
		if bad != nil {
			return ""
		}
		return likeness(o, gjson.ParseBytes(connector.Raw(p.values)))
	}, func(r model.Record) string { return likeness(o, gjson.ParseBytes(r.Raw)) })
}

// readEntry reads a time entry through its ticket.
func (c *conn) readEntry(ctx context.Context, id string) (model.Record, bool, error) {
	ticket, own, ok := split(id)
	if !ok || own == "" {
		return model.Record{}, false, nil
	}
	list, err := c.ownFields(ctx, "tickets/"+ticket+"/time_entries")
	if errors.Is(err, errAbsent) {
		return model.Record{}, false, nil
	}
	for _, x := range list {
		if text(x.Get("id")) == own {
			r, err := record(model.TimeEntry, x)
			return r, err == nil, err
		}
	}
	return model.Record{}, false, err
}

// readTranslation reads an article in one language.
func (c *conn) readTranslation(ctx context.Context, id string) (model.Record, bool, error) {
	article, language, ok := strings.Cut(id, "-")
	if !ok || article == "" || strings.Trim(article, "0123456789") != "" || language == "" || strings.ContainsAny(language, "/?#%. ") {
		return model.Record{}, false, nil
	}
	x, err := c.client.one(ctx, "solutions/articles/"+article+"/"+language, nil)
	if errors.Is(err, errAbsent) || codeOf(err) == connector.CodeInvalid {
		return model.Record{}, false, nil
	}
	if err != nil {
		return model.Record{}, false, err
	}
	r, err := translation(article, language, x)
	return r, err == nil, err
}

func translation(article, language string, x gjson.Result) (model.Record, error) {
	r, err := record(model.Translation, x)
	r.Key.ID = article + "-" + language
	r.Links = []model.Link{pointer("article_id", article, model.Article)}
	return r, err
}
