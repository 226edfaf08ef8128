package redmine

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"waybill/backend/connector"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// writeTime logs time on an issue, or on a project, in the name of its person.
func (c *conn) writeTime(ctx context.Context, d model.Draft, l *lists, out *connector.Outcome) error {
	if !isID(target(d, "issue")) && !isID(target(d, "project")) {
		return refuse(out, required(d, model.Field{Name: "issue"}))
	}
	m := map[string]any{}
	for _, name := range []string{"hours", "spent_on", "comments", "activity"} {
		if v := d.Fields[name]; v != nil {
			m[name] = value(v)
		}
	}
	c.listed(d, l, m)
	if m["issue_id"] != nil {
		delete(m, "project_id") // that of the issue, wherever this went
	}
	if custom := customFields(d, false); len(custom) > 0 {
		m["custom_fields"] = custom
	}
	s, stop := c.send(ctx, http.MethodPost, "time_entries.json", map[string]any{"time_entry": m}, "", d, out)
	if s.State == connector.Created {
		r := simpleRecord(gjson.GetBytes(s.Body, "time_entry"), model.TimeEntry, gjson.GetBytes(s.Body, "time_entry.id").String())
		out.State, out.Key, out.Version, out.Err = connector.Created, r.Key, r.Version, nil
	}
	return stop
}

// timeOf reads one time entry.
func (c *conn) timeOf(ctx context.Context, id string) (r model.Record, there bool, err error) {
	if !isID(id) {
		return r, false, nil
	}
	a, err := c.client.Get(ctx, "time_entries/"+id+".json", nil)
	if a.Status == http.StatusNotFound {
		return r, false, nil
	}
	return simpleRecord(gjson.GetBytes(a.Body, "time_entry"), model.TimeEntry, id), err == nil, err
}

// timesOf reads the time entries of an issue.
func (c *conn) timesOf(ctx context.Context, issue string) ([]model.Record, error) {
	return c.simple(ctx, model.TimeEntry, "time_entries.json", "time_entries", url.Values{"issue_id": {issue}})
}

func sameTime(r model.Record, d model.Draft) bool {
	x := gjson.ParseBytes(r.Raw)
	for _, name := range []string{"hours", "spent_on", "comments", "activity"} {
		if v, ok := d.Fields[name]; ok && !sameValue(v, x.Get(name)) {
			return false
		}
	}
	return true
}

// pageOf is the address of a wiki page by its key: the project's number and the page's title.
func pageOf(id string) string {
	project, title, _ := strings.Cut(id, "/")
	return "projects/" + project + "/wiki/" + title + ".json"
}

// titled is a title as Redmine keeps it (Wiki.titleize).
func titled(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(",./?;|:", r) {
			return -1
		}
		return r
	}, strings.Join(strings.Fields(s), "_"))
	r := []rune(s)
	if len(r) > 0 {
		return strings.ToUpper(string(r[:1])) + string(r[1:])
	}
	return s
}

// page reads one wiki page.
func (c *conn) page(ctx context.Context, id string) (r model.Record, there bool, err error) {
	project, title, ok := strings.Cut(id, "/")
	if !ok || !isID(project) || title == "" {
		return r, false, nil
	}
	a, err := c.client.Get(ctx, pageOf(id), nil)
	if a.Status == http.StatusNotFound {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	return pageRecord(gjson.GetBytes(a.Body, "wiki_page"), project), true, nil
}

func pageRecord(x gjson.Result, project string) model.Record {
	r := simpleRecord(x, model.Article, project+"/"+x.Get("title").Str, "parent")
	r.Links = append(r.Links, link("project", project, model.Group))
	return r
}

// writePage makes a wiki page. A page of that title that is there stays as it is.
func (c *conn) writePage(ctx context.Context, d model.Draft, out *connector.Outcome) error {
	project := target(d, "project")
	name, _ := d.Fields["title"].(string)
	title := titled(name)
	if !isID(project) {
		return refuse(out, required(d, model.Field{Name: "project"}))
	}
	if title == "" {
		return refuse(out, required(d, model.Field{Name: "title", Title: "Title"}))
	}
	id := project + "/" + title
	if _, there, err := c.page(ctx, id); err != nil {
		return err
	} else if there {
		return refuse(out, problem.New(connector.CodeTaken, fmt.Sprintf("The wiki has a page “%s” already.", title),
			"It was left as it is; a wiki has no two pages of one title.", "Change the title with a formula in the mapping, or leave this page out.").At(where(d, "title")))
	}
	m := map[string]any{"text": d.Fields["text"]}
	if parent, _ := d.Fields["parent"].(string); parent != "" {
		m["parent_title"] = titled(parent)
	}
	s, stop := c.send(ctx, http.MethodPut, pageOf(id), map[string]any{"wiki_page": m}, "", d, out)
	if s.State != connector.Created {
		if s.Status == http.StatusNotFound && out.Err != nil {
			out.Err.Next = "Switch the module Wiki on in the project's settings, then retry the record."
		}
		return stop
	}
	r, there, err := c.page(ctx, id)
	if err != nil || !there {
		out.State, out.Err = connector.Unknown, connector.NoAnswer(err, desk)
		return ctx.Err()
	}
	out.State, out.Key, out.Version, out.Err = connector.Created, r.Key, r.Version, nil
	return nil
}

// pagesOf finds wiki pages of a project by their titles and texts.
func (c *conn) pagesOf(ctx context.Context, project string, parts []model.Draft, found map[model.Mark]connector.Found) error {
	for _, d := range parts {
		name, _ := d.Fields["title"].(string)
		if d.Object != model.Article || name == "" {
			continue
		}
		r, there, err := c.page(ctx, project+"/"+titled(name))
		if err != nil {
			return err
		}
		if there && sameValue(d.Fields["text"], gjson.GetBytes(r.Raw, "text")) {
			found[d.Mark] = connector.Found{Key: r.Key, Version: r.Version, Copies: 1}
		}
	}
	return nil
}

// timesIn finds time entries of an issue.
func (c *conn) timesIn(ctx context.Context, issue string, parts []model.Draft, found map[model.Mark]connector.Found) error {
	if !slices.ContainsFunc(parts, func(d model.Draft) bool { return d.Object == model.TimeEntry }) {
		return nil
	}
	list, err := c.timesOf(ctx, issue)
	if err != nil {
		return err
	}
	for _, d := range parts {
		if d.Object != model.TimeEntry {
			continue
		}
		if n := slices.IndexFunc(list, func(r model.Record) bool { return sameTime(r, d) }); n >= 0 {
			found[d.Mark] = connector.Found{Key: list[n].Key, Version: list[n].Version, Copies: 1}
			list = slices.Delete(list, n, n+1)
		}
	}
	return nil
}
