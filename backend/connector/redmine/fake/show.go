package fake

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func pair(list []named, id int) map[string]any {
	for _, x := range list {
		if x.id == id {
			return map[string]any{"id": id, "name": x.name}
		}
	}
	return nil
}

func (c *call) person(id int) map[string]any {
	if u := c.s.users[id]; u != nil {
		return map[string]any{"id": id, "name": u.name()}
	}
	return map[string]any{"id": 4, "name": "Anonymous"}
}

func (c *call) showIssue(i *issue, include string) map[string]any {
	custom := []any{
		map[string]any{"id": 1, "name": "Category", "value": i.custom[1]},
		map[string]any{"id": 2, "name": "Tags", "multiple": true, "value": some(i.custom[2])},
	}
	if c.s.o.MarkField != "" {
		custom = append(custom, map[string]any{"id": markID, "name": c.s.o.MarkField, "value": text(i.custom[markID])})
	}
	m := map[string]any{
		"id": i.id, "project": map[string]any{"id": i.project, "name": "project"}, "tracker": pair(trackers, i.tracker), "status": pair(statuses, i.status),
		"priority": pair(priorities, i.priority), "author": c.person(i.author), "subject": i.subject, "description": i.description,
		"start_date": null(i.start), "due_date": null(i.due), "done_ratio": i.done, "is_private": i.private, "estimated_hours": i.hours,
		"custom_fields": custom, "created_on": stamp(i.created), "updated_on": stamp(i.updated), "closed_on": nil,
	}
	if i.assigned != 0 {
		m["assigned_to"] = c.person(i.assigned)
	}
	if i.parent != 0 {
		m["parent"] = map[string]any{"id": i.parent}
	}
	if strings.Contains(include, "journals") {
		list := []any{}
		for _, j := range i.journals {
			details := []any{}
			for _, d := range j.details {
				details = append(details, d)
			}
			list = append(list, map[string]any{
				"id": j.id, "user": c.person(j.user), "notes": j.notes, "private_notes": j.private, "created_on": stamp(j.created), "details": details,
			})
		}
		m["journals"] = list
	}
	if strings.Contains(include, "attachments") {
		list := []any{}
		for _, f := range i.files {
			list = append(list, c.showFile(f))
		}
		m["attachments"] = list
	}
	if strings.Contains(include, "relations") {
		list := []any{}
		for _, x := range i.relations {
			list = append(list, showRelation(x))
		}
		m["relations"] = list
	}
	return m
}

func some(v any) any {
	if v == nil {
		return []any{}
	}
	return v
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (c *call) showFile(f *file) map[string]any {
	return map[string]any{
		"id": f.id, "filename": f.name, "filesize": len(f.content), "content_type": f.kind, "description": nil, "author": c.person(f.author),
		"content_url": "https://elsewhere.example/attachments/download/" + strconv.Itoa(f.id) + "/" + url.PathEscape(f.name), "created_on": stamp(f.created),
	}
}

func showRelation(x *relation) map[string]any {
	return map[string]any{"id": x.id, "issue_id": x.from, "issue_to_id": x.to, "relation_type": x.kind, "delay": nil}
}

func (c *call) issues(_ []string) {
	q := c.r.URL.Query()
	var list []*issue
	consider := c.s.order
	if mark := q.Get("cf_" + strconv.Itoa(markID)); mark != "" {
		consider = nil
		for _, m := range strings.Split(mark, "|") {
			consider = append(consider, c.s.byMark[m]...)
		}
	}
	if above, ok := strings.CutPrefix(q.Get("issue_id"), ">="); ok {
		n, _ := slices.BinarySearch(consider, num(above))
		consider = consider[n:]
	} else if ids := q.Get("issue_id"); ids != "" {
		consider = nil
		for _, id := range strings.Split(ids, ",") {
			consider = append(consider, num(id))
		}
		slices.Sort(consider)
		consider = slices.Compact(consider)
	}
	since, _ := time.Parse("2006-01-02T15:04:05Z", strings.TrimPrefix(q.Get("updated_on"), ">=")) // none: long ago
	within := strings.ToLower(strings.TrimPrefix(q.Get("description"), "~"))
	for _, id := range consider {
		i := c.s.issues[id]
		if i == nil || c.me == 2 || i.updated.Before(since) || q.Get("status_id") != "*" && i.status >= 5 ||
			within != "" && !strings.Contains(strings.ToLower(i.description), within) {
			continue
		}
		list = append(list, i)
	}
	if q.Get("sort") != "id" {
		slices.Reverse(list)
	}
	c.page("issues", len(list), func(n int) any { return c.showIssue(list[n], q.Get("include")) })
}

func (c *call) find(m []string) *issue {
	i := c.s.issues[num(m[1])]
	if i == nil {
		c.status(http.StatusNotFound)
	}
	return i
}

func (c *call) issue(m []string) {
	if i := c.find(m); i != nil {
		c.answer(200, map[string]any{"issue": c.showIssue(i, c.r.URL.Query().Get("include"))})
	}
}
