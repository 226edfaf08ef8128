package fake

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// set takes what may be set, and gives the words of a refusal.
func (c *call) set(i *issue, in map[string]any) (why []string) {
	s := c.s
	for name, to := range map[string]*int{"tracker_id": &i.tracker, "priority_id": &i.priority} {
		if v, ok := in[name]; ok {
			*to = num(v)
		}
	}
	if v, ok := in["subject"]; ok {
		i.subject = text(v)
	}
	if v, ok := in["description"]; ok {
		i.description = strings.ReplaceAll(strings.ReplaceAll(text(v), "\r\n", "\n"), "\n", "\r\n") // as the real one does
	}
	if v, ok := in["assigned_to_id"]; ok {
		i.assigned = num(v)
		if u := s.users[i.assigned]; i.assigned != 0 && (u == nil || !u.agent && !u.admin) {
			why = append(why, "Assignee is invalid")
		}
	}
	for name, to := range map[string]*string{"start_date": &i.start, "due_date": &i.due} {
		if v, ok := in[name]; ok {
			*to = text(v)
		}
	}
	if v, ok := in["done_ratio"]; ok {
		i.done = num(v)
	}
	if v, ok := in["estimated_hours"]; ok {
		i.hours = v
	}
	if v, ok := in["is_private"]; ok {
		i.private = text(v) == "1" || text(v) == "true"
	}
	if v, ok := in["parent_issue_id"]; ok {
		i.parent = num(v)
	}
	list, _ := in["custom_fields"].([]any)
	for _, x := range list {
		f, _ := x.(map[string]any)
		id := num(f["id"])
		switch {
		case id == 1 && text(f["value"]) != "" && !slices.Contains(category, text(f["value"])):
			why = append(why, "Category is not included in the list")
		case id == 1 || id == 2 || id == markID && s.o.MarkField != "":
			i.custom[id] = f["value"]
		}
	}
	switch {
	case i.subject == "":
		why = append(why, "Subject cannot be blank")
	case utf8.RuneCountInString(i.subject) > 255:
		why = append(why, "Subject is too long (maximum is 255 characters)")
	}
	return why
}

// uploaded are the files that a request names by their tokens.
func (c *call) uploaded(in map[string]any) (out []*file) {
	list, _ := in["uploads"].([]any)
	for _, x := range list {
		u, _ := x.(map[string]any)
		for _, f := range c.s.files {
			if f.token == text(u["token"]) && !f.used && f.author == c.me {
				f.used = true
				if k := text(u["content_type"]); k != "" {
					f.kind = k
				}
				out = append(out, f)
			}
		}
	}
	return out
}

func (c *call) createIssue(_ []string) {
	in, _ := c.body["issue"].(map[string]any)
	at := c.s.now().UTC().Truncate(time.Second)
	i := &issue{project: num(in["project_id"]), tracker: 1, status: 1, priority: 2, author: c.me, created: at, updated: at, custom: map[int]any{}, start: at.Format("2006-01-02")}
	if i.project < 1 || i.project > len(c.s.projects) || c.s.projects[i.project-1].status != 1 {
		c.refuse("Project cannot be blank", "Tracker cannot be blank", "Status cannot be blank")
		return
	}
	if why := c.set(i, in); len(why) > 0 {
		c.refuse(why...)
		return
	}
	i.files = c.uploaded(in)
	c.s.add(i)
	c.s.mail(i, c.me)
	c.answer(http.StatusCreated, map[string]any{"issue": c.showIssue(i, "")})
}

func (c *call) changeIssue(m []string) {
	i := c.find(m)
	if i == nil {
		return
	}
	in, _ := c.body["issue"].(map[string]any)
	old := *i
	if why := c.set(i, in); len(why) > 0 {
		*i = old
		c.refuse(why...)
		return
	}
	if v, ok := in["status_id"]; ok && num(v) != i.status && pair(statuses, num(v)) != nil {
		c.s.journals++
		i.journals = append(i.journals, &journal{id: c.s.journals, user: c.me, created: c.s.now().UTC().Truncate(time.Second), details: []map[string]any{
			{"property": "attr", "name": "status_id", "old_value": strconv.Itoa(i.status), "new_value": text(v)},
		}})
		i.status = num(v)
		c.s.mail(i, c.me)
	}
	i.updated = c.s.now().UTC().Truncate(time.Second)
	files := c.uploaded(in)
	if notes := text(in["notes"]); strings.TrimSpace(notes) != "" || len(files) > 0 {
		u := c.s.users[c.me]
		c.s.note(i, c.me, notes, (text(in["private_notes"]) == "true" || text(in["private_notes"]) == "1") && (u.admin || u.agent), files)
	}
	c.status(http.StatusNoContent)
}

func (c *call) deleteIssue(m []string) {
	i := c.find(m)
	if i == nil {
		return
	}
	for _, x := range i.relations {
		c.unlink(x)
	}
	delete(c.s.issues, i.id)
	n, _ := slices.BinarySearch(c.s.order, i.id)
	c.s.order = slices.Delete(c.s.order, n, n+1)
	c.status(http.StatusNoContent)
}

func (c *call) createRelation(m []string) {
	i := c.find(m)
	if i == nil {
		return
	}
	in, _ := c.body["relation"].(map[string]any)
	to, kind := num(in["issue_to_id"]), text(in["relation_type"])
	switch {
	case c.s.issues[to] == nil:
		c.refuse("Related issue cannot be blank")
		return
	case slices.ContainsFunc(i.relations, func(x *relation) bool { return x.kind == kind && (x.to == to || x.from == to) }):
		c.refuse("Related issue has already been taken")
		return
	}
	x := c.s.link(i.id, to, kind)
	c.answer(http.StatusCreated, map[string]any{"relation": showRelation(x)})
}

func (c *call) relation(m []string) {
	x := c.s.relations[num(m[1])]
	if x == nil {
		c.status(http.StatusNotFound)
		return
	}
	c.answer(200, map[string]any{"relation": showRelation(x)})
}

func (c *call) deleteRelation(m []string) {
	x := c.s.relations[num(m[1])]
	if x == nil {
		c.status(http.StatusNotFound)
		return
	}
	c.unlink(x)
	c.status(http.StatusNoContent)
}

func (c *call) unlink(x *relation) {
	delete(c.s.relations, x.id)
	for _, id := range []int{x.from, x.to} {
		if i := c.s.issues[id]; i != nil {
			i.relations = slices.DeleteFunc(slices.Clone(i.relations), func(y *relation) bool { return y == x })
		}
	}
}
