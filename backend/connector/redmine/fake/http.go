package fake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
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
	{"GET", regexp.MustCompile(`^/trackers\.json$`), false, (*call).trackers},
	{"GET", regexp.MustCompile(`^/issue_statuses\.json$`), false, (*call).statuses},
	{"GET", regexp.MustCompile(`^/enumerations/issue_priorities\.json$`), false, func(c *call, _ []string) { c.named("issue_priorities", priorities) }},
	{"GET", regexp.MustCompile(`^/custom_fields\.json$`), true, (*call).fields},
	{"GET", regexp.MustCompile(`^/roles\.json$`), false, func(c *call, _ []string) { c.named("roles", []named{{6, "Agent"}, {7, "Customer"}}) }},
	{"GET", regexp.MustCompile(`^/roles/(\d+)\.json$`), false, func(c *call, m []string) {
		c.answer(200, map[string]any{"role": map[string]any{
			"id": num(m[1]), "name": map[string]string{"6": "Agent", "7": "Customer"}[m[1]], "assignable": m[1] == "6",
			"issues_visibility": "default", "permissions": []string{"view_issues", "add_issues"},
		}})
	}},
	{"GET", regexp.MustCompile(`^/projects\.json$`), false, (*call).projects},
	{"GET", regexp.MustCompile(`^/projects/(\d+)/memberships\.json$`), false, (*call).memberships},
	{"GET", regexp.MustCompile(`^/projects/(\d+)/versions\.json$`), false, (*call).versions},
	{"GET", regexp.MustCompile(`^/projects/(\d+)/issue_categories\.json$`), false, (*call).categories},
	{"GET", regexp.MustCompile(`^/projects/(\d+)/wiki/index\.json$`), false, (*call).listPages},
	{"GET", regexp.MustCompile(`^/projects/(\d+)/wiki/([^/]+)\.json$`), false, (*call).onePage},
	{"PUT", regexp.MustCompile(`^/projects/(\d+)/wiki/([^/]+)\.json$`), false, (*call).writePage},
	{"DELETE", regexp.MustCompile(`^/projects/(\d+)/wiki/([^/]+)\.json$`), false, (*call).deletePage},
	{"GET", regexp.MustCompile(`^/time_entries\.json$`), false, (*call).listTimes},
	{"GET", regexp.MustCompile(`^/time_entries/(\d+)\.json$`), false, (*call).oneTime},
	{"POST", regexp.MustCompile(`^/time_entries\.json$`), false, (*call).createTime},
	{"PUT", regexp.MustCompile(`^/time_entries/(\d+)\.json$`), false, (*call).changeTime},
	{"DELETE", regexp.MustCompile(`^/time_entries/(\d+)\.json$`), false, (*call).deleteTime},
	{"GET", regexp.MustCompile(`^/enumerations/time_entry_activities\.json$`), false, func(c *call, _ []string) { c.named("time_entry_activities", activities) }},
	{"PUT", regexp.MustCompile(`^/journals/(\d+)\.json$`), false, (*call).changeJournal},
	{"PUT", regexp.MustCompile(`^/users/(\d+)\.json$`), true, (*call).changeUser},
	{"GET", regexp.MustCompile(`^/queries\.json$`), false, (*call).queries},
	{"GET", regexp.MustCompile(`^/(groups|news)\.json$`), false, func(c *call, m []string) { c.page(m[1], 0, nil) }},
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
	everywhere := []any{}
	for _, t := range trackers {
		everywhere = append(everywhere, map[string]any{"id": t.id, "name": t.name})
	}
	list := []any{
		map[string]any{"id": 1, "name": "Category", "customized_type": "issue", "field_format": "list", "is_filter": true, "multiple": false, "possible_values": values, "trackers": everywhere},
		map[string]any{"id": 2, "name": "Tags", "customized_type": "issue", "field_format": "list", "is_filter": true, "multiple": true, "trackers": everywhere, "possible_values": []any{
			map[string]any{"value": "vip", "label": "vip"}, map[string]any{"value": "a, b", "label": "a, b"},
		}},
	}
	if c.s.o.MarkField != "" {
		list = append(list, map[string]any{"id": markID, "name": c.s.o.MarkField, "customized_type": "issue", "field_format": "string", "is_filter": true, "trackers": everywhere})
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
