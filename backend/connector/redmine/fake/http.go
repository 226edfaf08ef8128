package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// call is one request.
type call struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	me   int
	body map[string]any
	raw  []byte
}

func (c *call) answer(status int, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	if err := e.Encode(v); err != nil {
		c.w.WriteHeader(http.StatusInternalServerError)
		return
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.Header().Set("Date", c.s.now().UTC().Format(http.TimeFormat))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b.Bytes()) // the caller went away
}

func (c *call) refuse(words ...string) {
	c.answer(http.StatusUnprocessableEntity, map[string]any{"errors": words})
}

func (c *call) status(code int) {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(code)
}

func (c *call) readBody() bool {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodDelete {
		return true
	}
	raw, err := io.ReadAll(c.r.Body)
	if err != nil {
		c.status(http.StatusBadRequest)
		return false
	}
	if strings.HasSuffix(c.r.URL.Path, "/uploads.json") {
		if c.r.Header.Get("Content-Type") != "application/octet-stream" {
			c.status(http.StatusNotAcceptable)
			return false
		}
		c.raw = raw
		return true
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if dec.Decode(&c.body) != nil {
		c.status(http.StatusBadRequest)
		return false
	}
	return true
}

var routes = []struct {
	method string
	path   *regexp.Regexp
	admin  bool
	do     func(c *call, m []string)
}{
	{"GET", regexp.MustCompile(`^/my/account\.json$`), false, (*call).account},
	{"GET", regexp.MustCompile(`^/trackers\.json$`), false, func(c *call, _ []string) { c.named("trackers", trackers) }},
	{"GET", regexp.MustCompile(`^/issue_statuses\.json$`), false, func(c *call, _ []string) { c.named("issue_statuses", statuses) }},
	{"GET", regexp.MustCompile(`^/enumerations/issue_priorities\.json$`), false, func(c *call, _ []string) { c.named("issue_priorities", priorities) }},
	{"GET", regexp.MustCompile(`^/custom_fields\.json$`), true, (*call).fields},
	{"GET", regexp.MustCompile(`^/roles\.json$`), false, func(c *call, _ []string) { c.named("roles", []named{{6, "Agent"}, {7, "Customer"}}) }},
	{"GET", regexp.MustCompile(`^/roles/(\d+)\.json$`), false, func(c *call, m []string) {
		c.answer(200, map[string]any{"role": map[string]any{"id": num(m[1]), "name": "role", "assignable": m[1] == "6"}})
	}},
	{"GET", regexp.MustCompile(`^/projects\.json$`), false, (*call).projects},
	{"GET", regexp.MustCompile(`^/projects/(\d+)/memberships\.json$`), false, (*call).memberships},
	{"GET", regexp.MustCompile(`^/projects/(\d+)/(versions|issue_categories)\.json$`), false, func(c *call, m []string) {
		c.answer(200, map[string]any{m[2]: []any{}, "total_count": 0})
	}},
	{"GET", regexp.MustCompile(`^/projects/(\d+)/wiki/index\.json$`), false, func(c *call, _ []string) { c.status(http.StatusNotFound) }},
	{"GET", regexp.MustCompile(`^/(groups|news|time_entries)\.json$`), false, func(c *call, m []string) { c.page(m[1], 0, nil) }},
	{"GET", regexp.MustCompile(`^/users\.json$`), true, (*call).users},
	{"GET", regexp.MustCompile(`^/users/(\d+)\.json$`), false, (*call).user},
	{"POST", regexp.MustCompile(`^/users\.json$`), true, (*call).createUser},
	{"DELETE", regexp.MustCompile(`^/users/(\d+)\.json$`), true, (*call).deleteUser},
	{"GET", regexp.MustCompile(`^/issues\.json$`), false, (*call).issues},
	{"GET", regexp.MustCompile(`^/issues/(\d+)\.json$`), false, (*call).issue},
	{"POST", regexp.MustCompile(`^/issues\.json$`), false, (*call).createIssue},
	{"PUT", regexp.MustCompile(`^/issues/(\d+)\.json$`), false, (*call).changeIssue},
	{"DELETE", regexp.MustCompile(`^/issues/(\d+)\.json$`), true, (*call).deleteIssue},
	{"POST", regexp.MustCompile(`^/uploads\.json$`), false, (*call).upload},
	{"GET", regexp.MustCompile(`^/attachments/(\d+)\.json$`), false, (*call).attachment},
	{"GET", regexp.MustCompile(`^/attachments/download/(\d+)/.+$`), false, (*call).download},
	{"POST", regexp.MustCompile(`^/issues/(\d+)/relations\.json$`), false, (*call).createRelation},
	{"GET", regexp.MustCompile(`^/relations/(\d+)\.json$`), false, (*call).relation},
	{"DELETE", regexp.MustCompile(`^/relations/(\d+)\.json$`), false, (*call).deleteRelation},
}

func (c *call) route() {
	for _, x := range routes {
		m := x.path.FindStringSubmatch(c.r.URL.Path)
		if m == nil || x.method != c.r.Method {
			continue
		}
		if x.admin && !c.s.users[c.me].admin || c.me == 2 && c.r.Method != http.MethodGet {
			c.status(http.StatusForbidden)
			return
		}
		x.do(c, m)
		return
	}
	if strings.HasSuffix(c.r.URL.Path, ".json") && c.r.Method == http.MethodPost {
		c.status(http.StatusForbidden) // such as a custom field, which nobody can make here
		return
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(c.w, "<!DOCTYPE html><title>Redmine 404 error</title>") // the caller went away
}

func num(v any) int {
	n, err := strconv.Atoi(strings.TrimSpace(fmt.Sprint(v)))
	if err != nil {
		return 0 // another thing is no number
	}
	return n
}

// page answers with a part of n records.
func (c *call) page(key string, n int, show func(i int) any) {
	q := c.r.URL.Query()
	limit, offset := 25, max(num(q.Get("offset")), 0)
	if x := num(q.Get("limit")); x > 0 {
		limit = min(x, 100)
	}
	items := []any{}
	for i := min(offset, n); i < min(offset+limit, n); i++ {
		items = append(items, show(i))
	}
	c.answer(200, map[string]any{key: items, "total_count": n, "offset": offset, "limit": limit})
}

func (c *call) named(key string, list []named) {
	items := []any{}
	for _, x := range list {
		items = append(items, map[string]any{"id": x.id, "name": x.name})
	}
	c.answer(200, map[string]any{key: items})
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func (c *call) showUser(u *user) map[string]any {
	return map[string]any{
		"id": u.id, "login": u.login, "admin": u.admin, "firstname": u.first, "lastname": u.last, "mail": u.mail,
		"created_on": stamp(u.created), "updated_on": stamp(u.updated), "last_login_on": nil, "custom_fields": []any{},
	}
}

func (c *call) account(_ []string) {
	u := c.showUser(c.s.users[c.me])
	u["api_key"] = "secret-key-of-the-account"
	c.answer(200, map[string]any{"user": u})
}

func (c *call) fields(_ []string) {
	values := []any{}
	for _, v := range category {
		values = append(values, map[string]any{"value": v, "label": v})
	}
	list := []any{
		map[string]any{"id": 1, "name": "Category", "customized_type": "issue", "field_format": "list", "is_filter": true, "multiple": false, "possible_values": values},
		map[string]any{"id": 2, "name": "Tags", "customized_type": "issue", "field_format": "list", "is_filter": true, "multiple": true, "possible_values": []any{
			map[string]any{"value": "vip", "label": "vip"}, map[string]any{"value": "a, b", "label": "a, b"},
		}},
	}
	if c.s.o.MarkField != "" {
		list = append(list, map[string]any{"id": markID, "name": c.s.o.MarkField, "customized_type": "issue", "field_format": "string", "is_filter": true})
	}
	c.answer(200, map[string]any{"custom_fields": list})
}

func (c *call) projects(_ []string) {
	status := num(c.r.URL.Query().Get("status"))
	if status == 0 {
		status = 1
	}
	var list []project
	for _, p := range c.s.projects {
		if p.status == status && c.me != 2 {
			list = append(list, p)
		}
	}
	c.page("projects", len(list), func(i int) any {
		p := list[i]
		return map[string]any{"id": p.id, "name": p.name, "identifier": p.identifier, "description": "", "status": p.status, "is_public": false}
	})
}

func (c *call) sorted() []*user {
	var out []*user
	for _, u := range c.s.users {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *user) int { return strings.Compare(a.login, b.login) })
	return out
}

func (c *call) memberships(m []string) {
	var list []*user
	for _, u := range c.sorted() {
		if !u.admin && !u.locked && m[1] != "3" {
			list = append(list, u)
		}
	}
	c.page("memberships", len(list), func(i int) any {
		role := 7
		if list[i].agent {
			role = 6
		}
		return map[string]any{"id": list[i].id, "user": map[string]any{"id": list[i].id, "name": list[i].name()}, "roles": []any{map[string]any{"id": role}}}
	})
}

func (c *call) users(_ []string) {
	q := c.r.URL.Query()
	status := num(q.Get("status"))
	var list []*user
	for _, u := range c.sorted() {
		ok := status == 3 && u.locked || status <= 1 && !u.locked
		if name := strings.ToLower(q.Get("name")); name != "" {
			ok = ok && (strings.Contains(strings.ToLower(u.login), name) || strings.Contains(strings.ToLower(u.mail), name) || strings.Contains(strings.ToLower(u.name()), name))
		}
		if ok {
			list = append(list, u)
		}
	}
	c.page("users", len(list), func(i int) any { return c.showUser(list[i]) })
}

func (c *call) user(m []string) {
	u := c.s.users[num(m[1])]
	if u == nil {
		c.status(http.StatusNotFound)
		return
	}
	out := c.showUser(u)
	out["status"], out["api_key"] = map[bool]int{true: 3, false: 1}[u.locked], "secret-key-of-"+u.login
	c.answer(200, map[string]any{"user": out})
}

var (
	address = regexp.MustCompile(`^[^\s@<>",]+@[^\s@<>",]+$`)
	logins  = regexp.MustCompile(`^[a-zA-Z0-9_\-@.]*$`)
)

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (c *call) createUser(_ []string) {
	in, _ := c.body["user"].(map[string]any)
	u := &user{
		login: text(in["login"]), first: text(in["firstname"]), last: text(in["lastname"]), mail: text(in["mail"]),
		silent: text(in["mail_notification"]) == "none",
	}
	var why []string
	for _, x := range []struct {
		bad   bool
		words string
	}{
		{u.mail == "", "Email cannot be blank"},
		{u.mail != "" && !address.MatchString(u.mail), "Email is invalid"},
		{c.s.byMail[strings.ToLower(u.mail)] != 0, "Email has already been taken"},
		{u.login == "" || len(u.login) > 60 || !logins.MatchString(u.login), "Login is invalid"},
		{c.s.byLogin[strings.ToLower(u.login)] != 0, "Login has already been taken"},
		{u.first == "", "First name cannot be blank"},
		{u.last == "", "Last name cannot be blank"},
		{utf8.RuneCountInString(u.first) > 30, "First name is too long (maximum is 30 characters)"},
		{utf8.RuneCountInString(u.last) > 30, "Last name is too long (maximum is 30 characters)"},
	} {
		if x.bad {
			why = append(why, x.words)
		}
	}
	if len(why) > 0 {
		c.refuse(why...)
		return
	}
	if !slices.Contains([]string{"", "false"}, text(c.body["send_information"])) {
		c.s.mails++
	}
	c.s.seat(u)
	out := c.showUser(u)
	out["api_key"], out["status"] = "secret-key-of-"+u.login, 1
	c.answer(http.StatusCreated, map[string]any{"user": out})
}

func (c *call) deleteUser(m []string) {
	u := c.s.users[num(m[1])]
	if u == nil {
		c.status(http.StatusNotFound)
		return
	}
	delete(c.s.users, u.id)
	delete(c.s.byMail, strings.ToLower(u.mail))
	delete(c.s.byLogin, strings.ToLower(u.login))
	c.status(http.StatusNoContent)
}

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

func (c *call) upload(_ []string) {
	if int64(len(c.raw)) > c.s.o.MaxFile {
		c.refuse("This file cannot be uploaded because it exceeds the maximum allowed file size")
		return
	}
	f := &file{
		id: len(c.s.files) + 1, author: c.me, name: path.Base(c.r.URL.Query().Get("filename")), kind: "application/octet-stream", content: c.raw,
		created: c.s.now().UTC().Truncate(time.Second),
	}
	f.token = strconv.Itoa(f.id) + ".token"
	c.s.files = append(c.s.files, f)
	c.answer(http.StatusCreated, map[string]any{"upload": map[string]any{"id": f.id, "token": f.token}})
}

func (c *call) file(m []string) *file {
	if id := num(m[1]); id >= 1 && id <= len(c.s.files) {
		return c.s.files[id-1]
	}
	c.status(http.StatusNotFound)
	return nil
}

func (c *call) attachment(m []string) {
	if f := c.file(m); f != nil {
		c.answer(200, map[string]any{"attachment": c.showFile(f)})
	}
}

func (c *call) download(m []string) {
	if f := c.file(m); f != nil {
		c.w.Header().Set("Content-Type", f.kind)
		c.w.Header().Set("Content-Length", strconv.Itoa(len(f.content)))
		_, _ = c.w.Write(f.content) // the caller went away
	}
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
