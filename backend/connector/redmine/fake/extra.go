package fake

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

var activities = []named{{8, "Design"}, {9, "Development"}}

type timeEntry struct {
	id, project, issue, user, activity int
	hours                              any
	comments, day                      string
	created, updated                   time.Time
}

// page is a page of a wiki; of older versions nothing is kept.
type page struct {
	project, author, version int
	title, parent, text      string
	created, updated         time.Time
}

// TouchTime changes the hours of a time entry, TouchPage saves a wiki page ("1/Title") again, as
// a person would.
func (s *Server) TouchTime(id int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id < 1 || id > len(s.times) || s.times[id-1] == nil {
		return false
	}
	s.times[id-1].hours = 9
	return true
}

// TouchPage is described above.
func (s *Server) TouchPage(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pages[strings.ToLower(id)]
	if p == nil {
		return false
	}
	p.version++
	p.author = s.byLogin["agnes"]
	return true
}

func (c *call) showTime(x *timeEntry) map[string]any {
	m := map[string]any{
		"id": x.id, "project": map[string]any{"id": x.project, "name": "project"}, "user": c.person(x.user), "activity": pair(activities, x.activity),
		"hours": x.hours, "comments": x.comments, "spent_on": x.day, "created_on": stamp(x.created), "updated_on": stamp(x.updated),
	}
	if x.issue != 0 {
		m["issue"] = map[string]any{"id": x.issue}
	}
	return m
}

func (c *call) listTimes(_ []string) {
	issue := c.r.URL.Query().Get("issue_id")
	list := slices.DeleteFunc(slices.Clone(c.s.times), func(x *timeEntry) bool {
		return x == nil || c.me == 2 || issue != "" && num(issue) != x.issue
	})
	slices.SortStableFunc(list, func(a, b *timeEntry) int { return strings.Compare(b.day, a.day) })
	c.page("time_entries", len(list), func(i int) any { return c.showTime(list[i]) })
}

func (c *call) time(m []string) *timeEntry {
	if id := num(m[1]); id >= 1 && id <= len(c.s.times) && c.s.times[id-1] != nil {
		return c.s.times[id-1]
	}
	c.status(http.StatusNotFound)
	return nil
}

func (c *call) oneTime(m []string) {
	if x := c.time(m); x != nil {
		c.answer(http.StatusOK, map[string]any{"time_entry": c.showTime(x)})
	}
}

// setTime takes what may be set, and gives the words of a refusal.
func (c *call) setTime(x *timeEntry, in map[string]any) (why []string) {
	bad := false
	if v, ok := in["issue_id"]; ok {
		x.issue = num(v)
		if i := c.s.issues[x.issue]; i != nil {
			x.project = i.project
		} else {
			bad = x.issue != 0
		}
	}
	if v, ok := in["project_id"]; ok {
		x.project = num(v)
	}
	for name, to := range map[string]*int{"activity_id": &x.activity, "user_id": &x.user} {
		if v, ok := in[name]; ok {
			*to = num(v)
		}
	}
	if v, ok := in["hours"]; ok {
		x.hours = v
	}
	if v, ok := in["comments"]; ok {
		x.comments = text(v)
	}
	if v, ok := in["spent_on"]; ok {
		x.day = text(v)
	}
	_, err := time.Parse("2006-01-02", x.day)
	u := c.s.users[x.user]
	for _, y := range []struct {
		bad   bool
		words string
	}{
		{x.project < 1 || x.project > len(c.s.projects), "Project is invalid"},
		{bad, "Issue is invalid"},
		{u == nil || !u.admin && !u.agent, "User is invalid"},
		{pair(activities, x.activity) == nil, "Activity is not included in the list"},
		{text(x.hours) == "", "Hours cannot be blank"},
		{err != nil, "Date is not a valid date"},
		{utf8.RuneCountInString(x.comments) > 1024, "Comment is too long (maximum is 1024 characters)"},
	} {
		if y.bad {
			why = append(why, y.words)
		}
	}
	return why
}

func (c *call) createTime(_ []string) {
	in, _ := c.body["time_entry"].(map[string]any)
	at := c.s.now().UTC().Truncate(time.Second)
	x := &timeEntry{id: len(c.s.times) + 1, user: c.me, day: at.Format("2006-01-02"), created: at, updated: at}
	if why := c.setTime(x, in); len(why) > 0 {
		c.refuse(why...)
		return
	}
	c.s.times = append(c.s.times, x)
	c.answer(http.StatusCreated, map[string]any{"time_entry": c.showTime(x)})
}

func (c *call) changeTime(m []string) {
	x := c.time(m)
	if x == nil {
		return
	}
	in, _ := c.body["time_entry"].(map[string]any)
	now := *x
	if why := c.setTime(&now, in); len(why) > 0 {
		c.refuse(why...)
		return
	}
	now.updated = c.s.now().UTC().Truncate(time.Second)
	*x = now
	c.status(http.StatusNoContent)
}

func (c *call) deleteTime(m []string) {
	if x := c.time(m); x != nil {
		c.s.times[x.id-1] = nil
		c.status(http.StatusNoContent)
	}
}

// wiki tells whether a project has one: the last has the module switched off.
func (c *call) wiki(m []string) bool {
	if n := num(m[1]); n < 1 || n >= len(c.s.projects) || c.me == 2 {
		c.status(http.StatusNotFound)
		return false
	}
	return true
}

// titleized is a title as it is kept.
func titleized(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(",./?;|:", r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(s, " ", "_"))
	if s == "" {
		return s
	}
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}

func (c *call) showPage(p *page, whole bool) map[string]any {
	m := map[string]any{"title": p.title, "version": p.version, "created_on": stamp(p.created), "updated_on": stamp(p.updated)}
	if p.parent != "" {
		m["parent"] = map[string]any{"title": p.parent}
	}
	if whole {
		m["text"], m["author"], m["comments"] = p.text, c.person(p.author), ""
	}
	return m
}

func (c *call) listPages(m []string) {
	if !c.wiki(m) {
		return
	}
	var keys []string
	for k, p := range c.s.pages {
		if p.project == num(m[1]) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	list := []any{}
	for _, k := range keys {
		list = append(list, c.showPage(c.s.pages[k], false))
	}
	c.answer(http.StatusOK, map[string]any{"wiki_pages": list})
}

func pageKey(m []string) string { return strings.ToLower(fmt.Sprint(num(m[1]), "/", titleized(m[2]))) }

func (c *call) onePage(m []string) {
	if !c.wiki(m) {
		return
	}
	p := c.s.pages[pageKey(m)]
	if p == nil {
		c.status(http.StatusNotFound)
		return
	}
	c.answer(http.StatusOK, map[string]any{"wiki_page": c.showPage(p, true)})
}

// writePage makes a page, or changes the one of that title.
func (c *call) writePage(m []string) {
	if !c.wiki(m) {
		return
	}
	in, _ := c.body["wiki_page"].(map[string]any)
	old := c.s.pages[pageKey(m)]
	at := c.s.now().UTC().Truncate(time.Second)
	p := &page{project: num(m[1]), title: titleized(m[2]), version: 1, created: at}
	if old != nil {
		if v, ok := in["version"]; ok && num(v) != old.version {
			c.status(http.StatusConflict)
			return
		}
		p.title, p.version, p.created, p.parent = old.title, old.version+1, old.created, old.parent
	}
	if v, ok := in["parent_title"]; ok {
		p.parent = titleized(text(v))
		if p.parent != "" && c.s.pages[strings.ToLower(fmt.Sprint(p.project, "/", p.parent))] == nil {
			c.refuse("Parent page is invalid")
			return
		}
	}
	p.text, p.author, p.updated = text(in["text"]), c.me, at
	if strings.TrimSpace(p.text) == "" {
		c.refuse("Text cannot be blank")
		return
	}
	c.s.pages[pageKey(m)] = p
	if old != nil {
		c.status(http.StatusNoContent)
		return
	}
	c.answer(http.StatusCreated, map[string]any{"wiki_page": c.showPage(p, true)})
}

func (c *call) deletePage(m []string) {
	if !c.wiki(m) {
		return
	}
	if c.s.pages[pageKey(m)] == nil {
		c.status(http.StatusNotFound)
		return
	}
	delete(c.s.pages, pageKey(m))
	c.status(http.StatusNoContent)
}

// changeJournal changes a note; one that says nothing any more is taken out.
func (c *call) changeJournal(m []string) {
	in, _ := c.body["journal"].(map[string]any)
	for _, i := range c.s.issues {
		n := slices.IndexFunc(i.journals, func(j *journal) bool { return j.id == num(m[1]) })
		if n < 0 {
			continue
		}
		j := i.journals[n]
		if v, ok := in["notes"]; ok {
			j.notes = text(v)
		}
		if v, ok := in["private_notes"]; ok {
			j.private = text(v) == "true" || text(v) == "1"
		}
		if strings.TrimSpace(j.notes) == "" && len(j.details) == 0 {
			i.journals = slices.Delete(i.journals, n, n+1)
		}
		c.status(http.StatusNoContent)
		return
	}
	c.status(http.StatusNotFound)
}
