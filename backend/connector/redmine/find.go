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
	"waybill/backend/connector/wire"
	"waybill/backend/model"
	"waybill/backend/problem"
)

// Find looks for issues by the custom field, or the last line of the description, that holds
// our mark, and for customers by their login.
func (c *conn) Find(ctx context.Context, o model.Object, marks []model.Mark) (map[model.Mark]connector.Found, error) {
	found := map[model.Mark]connector.Found{}
	switch o {
	case model.Ticket:
		return found, c.findIssues(ctx, marks, found)
	case model.Contact:
		for _, m := range marks {
			// An empty status is any (UsersController, index).
			items, err := c.every(ctx, "users.json", "users", url.Values{"name": {loginOf(m)}, "status": {""}})
			if err != nil {
				return nil, err
			}
			for _, x := range items {
				if !strings.EqualFold(x.Get("login").Str, loginOf(m)) {
					continue
				}
				r, there, err := c.customer(ctx, x.Get("id").String()) // a list does not say who is locked
				if err != nil {
					return nil, err
				}
				if there {
					add(found, m, r)
				}
			}
		}
	}
	return found, nil
}

func add(found map[model.Mark]connector.Found, m model.Mark, r model.Record) {
	f := found[m]
	if f.Copies++; f.Copies == 1 { // the oldest comes first
		f.Key, f.Version = r.Key, r.Version
	}
	found[m] = f
}

func (c *conn) findIssues(ctx context.Context, marks []model.Mark, found map[model.Mark]connector.Found) error {
	l, err := c.lists(ctx, false)
	if err != nil {
		return err
	}
	step := 1
	if l.mark != "" {
		step = 20
	}
	wanted := map[string]model.Mark{}
	for some := range slices.Chunk(marks, step) {
		var list []string
		for _, m := range some {
			wanted[markText(m)] = m
			list = append(list, markText(m))
		}
		q := url.Values{"status_id": {"*"}, "sort": {"id"}}
		if l.mark != "" {
			q.Set("cf_"+l.mark, strings.Join(list, "|"))
		} else {
			q.Set("description", "~"+list[0])
		}
		items, err := c.every(ctx, "issues.json", "issues", q)
		if err != nil {
			return err
		}
		for _, x := range items {
			m, ok := wanted[gjson.GetBytes(ticketRecord(x, l).Raw, "mark").Str]
			if !ok {
				continue
			}
			issue, err := c.issue(ctx, x.Get("id").String())
			if err != nil {
				return err
			}
			if issue.Exists() {
				add(found, m, ticketRecord(issue, l))
			}
		}
	}
	return nil
}

// FindParts looks in an issue for messages by their text and for links, and in a message for
// files by name and size.
func (c *conn) FindParts(ctx context.Context, owner model.Key, parts []model.Draft) (map[model.Mark]connector.Found, error) {
	found := map[model.Mark]connector.Found{}
	if owner.Object == model.Group && isID(owner.ID) {
		return found, c.pagesOf(ctx, owner.ID, parts, found)
	}
	issue, _, _ := strings.Cut(owner.ID, "-")
	if !isID(issue) {
		return found, nil
	}
	x, err := c.issue(ctx, issue)
	if err != nil || !x.Exists() {
		return found, err
	}
	messages, files := talk(x)
	links := relationsOf(x)
	for _, r := range x.Get("relations").Array() { // Redmine turns some links round
		if r.Get("issue_id").String() != issue {
			links = append(links, relationRecord(r))
		}
	}
	for _, d := range parts {
		switch d.Object {
		case model.Message:
			if n := slices.IndexFunc(messages, func(r model.Record) bool { return sameMessage(r, d) }); n >= 0 {
				found[d.Mark] = connector.Found{Key: messages[n].Key, Version: messages[n].Version, Copies: 1}
				messages = slices.Delete(messages, n, n+1)
			}
		case model.Attachment:
			if n := fileAt(files, d, owner.ID); n >= 0 {
				found[d.Mark] = connector.Found{Key: files[n].Key, Version: files[n].Version, Copies: 1}
				files = slices.Delete(files, n, n+1)
			}
		case Relation:
			kind, to := d.Fields["relation_type"], target(d, "issue_to")
			for _, r := range links {
				y := gjson.ParseBytes(r.Raw)
				if y.Get("relation_type").Str == kind && (y.Get("issue_to").Str == to || y.Get("issue").Str == to) {
					found[d.Mark] = connector.Found{Key: r.Key, Version: r.Version, Copies: 1}
				}
			}
		}
	}
	return found, c.timesIn(ctx, issue, parts, found)
}

// Delete deletes issues with all that belongs to them, customers and links, for good.
func (c *conn) Delete(ctx context.Context, what []connector.Doomed) ([]connector.Outcome, error) {
	out := make([]connector.Outcome, len(what))
	for i, w := range what {
		out[i] = connector.Outcome{Key: w.Key, Version: w.Version, State: connector.Unsent}
	}
	var stop error
	for i, w := range what {
		if stop = c.erase(ctx, w, &out[i]); stop != nil {
			break
		}
	}
	for i := range out {
		if out[i].State == connector.Unsent && out[i].Err == nil {
			out[i].Err = wire.Unsent(stop, desk)
		}
	}
	return out, stop
}

func (c *conn) erase(ctx context.Context, w connector.Doomed, out *connector.Outcome) error {
	at := problem.Place{Object: string(w.Key.Object), Record: w.Key.ID}
	place := map[model.Object]string{
		model.Ticket: "issues/", model.Contact: "users/", Relation: "relations/", model.TimeEntry: "time_entries/", model.Article: "projects/",
	}[w.Key.Object]
	if place == "" {
		out.State = connector.Refused
		out.Err = problem.New(connector.CodeRefused, "Redmine deletes no "+string(w.Key.Object)+" by itself.",
			"A note or file goes when its issue goes; projects and the staff are not Waybill's.", "Correct it in Redmine, if need be.").At(at)
		return nil
	}
	r, ok, err := c.current(ctx, w.Key)
	if err != nil {
		return err
	}
	if !ok {
		out.State = connector.Deleted
		return nil
	}
	if w.Version != "" && r.Version != w.Version {
		out.State, out.Version = connector.Touched, r.Version
		out.Err = problem.New(connector.CodeChanged, "People changed this record in the desk since it was moved.",
			"It was left as it is.", "Look at it in the desk, and delete it there if nobody needs it.").At(at)
		return nil
	}
	d := model.Draft{Object: w.Key.Object, Source: w.Key}
	method, path, body := http.MethodDelete, place+w.Key.ID+".json", (*wire.Body)(nil)
	if w.Key.Object == model.Article {
		path = pageOf(w.Key.ID)
	}
	if issue, sub := strings.CutPrefix(w.Key.ID, subtask); sub {
		b, err := wire.JSON(map[string]any{"issue": map[string]any{"parent_issue_id": ""}})
		if err != nil {
			return err
		}
		method, path, body = http.MethodPut, "issues/"+issue+".json", b
	}
	s := c.client.Write(ctx, method, path, body, nil, refusals...)
	switch {
	case s.State == connector.Created || s.Status == http.StatusNotFound:
		out.State, out.Err = connector.Deleted, nil
	case s.State == connector.Refused:
		out.State, out.Err = connector.Refused, refusal(said(s.Body), d)
	default:
		out.State, out.Err = s.State, s.Err
		if s.State == connector.Unknown {
			out.Err = connector.NoAnswer(fmt.Errorf("status %d", s.Status), desk).At(at)
		}
	}
	return s.Stop
}
