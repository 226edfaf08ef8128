package fake

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func list(v any) []string {
	switch x := v.(type) {
	case nil:
		return nil
	case []any:
		var out []string
		for _, y := range x {
			out = append(out, text(y))
		}
		return out
	}
	return []string{text(v)}
}

// somebody finds a person by number, name or address; an address makes a new one.
func (s *Server) somebody(v string) *user {
	if id, err := strconv.Atoi(v); err == nil {
		if id >= 1 && id <= len(s.users) {
			return s.users[id-1]
		}
		return nil
	}
	for _, u := range s.users {
		if u != nil && strings.EqualFold(u.values["EmailAddress"], v) {
			return u
		}
	}
	if u := s.userByName[strings.ToLower(v)]; u != nil || !address.MatchString(v) {
		return u
	}
	s.users = append(s.users, nil)
	s.seat(len(s.users), v, v, "", false)
	s.users[len(s.users)-1].values["LastUpdated"] = stampOf(s.now())
	return s.users[len(s.users)-1]
}

var address = regexp.MustCompile(`^[^\s@<>",]+@[^\s@<>",]+$`)

func (s *Server) all(v any) (out []*user) {
	for _, x := range list(v) {
		if u := s.somebody(x); u != nil && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

func cut(s string, n int) string {
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

var statuses = []string{"new", "open", "stalled", "resolved", "rejected", "deleted"}

func (c *call) createTicket(_ []string) {
	s := c.s
	var q *queue
	for _, x := range s.queues {
		if text(c.body["Queue"]) == strconv.Itoa(x.id) || strings.EqualFold(text(c.body["Queue"]), x.values["Name"]) {
			q = x
		}
	}
	if c.body["Queue"] == nil {
		c.say(http.StatusBadRequest, "Could not create ticket. Queue not set")
		return
	}
	if q == nil || c.me.name() == "weak" {
		c.say(http.StatusForbidden, "No permission to create tickets in the queue '"+text(c.body["Queue"])+"'")
		return
	}
	status := text(c.body["Status"])
	if status == "" {
		status = "new"
	}
	if !slices.Contains(statuses, status) || status == "deleted" {
		c.say(http.StatusBadRequest, "New tickets can not have status '"+status+"' in this queue.")
		return
	}
	now := s.now().UTC().Truncate(time.Second)
	t := &ticket{
		id: len(s.tickets) + 1, kind: "ticket", queue: q, owner: s.users[5], creator: c.me, updater: c.me, created: now, updated: now,
		values: map[string]string{"Subject": cut(text(c.body["Subject"]), 200), "Status": status}, custom: map[int][]string{},
	}
	t.into = t.id
	if v := text(c.body["Creator"]); v != "" {
		id, err := strconv.Atoi(v)
		if err != nil || id < 1 || id > len(s.users) {
			c.say(http.StatusBadRequest, "Ticket could not be created due to an internal error")
			return
		}
		t.creator = s.users[id-1]
	}
	for _, f := range numbers {
		if v := text(c.body[f]); v != "" {
			t.values[f] = v
		}
	}
	for _, f := range []string{"Starts", "Started", "Due", "Resolved", "Told"} {
		if at, ok := moment(text(c.body[f])); ok {
			t.values[f] = stampOf(at)
		}
	}
	if at, ok := moment(text(c.body["Created"])); ok {
		t.created = at
	}
	if status != "new" && t.values["Started"] == "" {
		t.values["Started"] = stampOf(now)
	}
	// Who may not own, an address that is none and a field that is not on the queue are dropped.
	if u := s.somebody(text(c.body["Owner"])); u != nil && u.privileged {
		t.owner = u
	}
	t.requestors, t.cc, t.adminCc = s.all(c.body["Requestor"]), s.all(c.body["Cc"]), s.all(c.body["AdminCc"])
	if custom, ok := c.body["CustomFields"].(map[string]any); ok {
		for k, v := range custom {
			for _, f := range s.fields {
				if f.lookup == "RT::Queue-RT::Ticket" && (k == strconv.Itoa(f.id) || k == f.name) {
					t.custom[f.id] = list(v)
				}
			}
		}
	}
	for _, kind := range []string{"DependsOn", "RefersTo", "MemberOf"} {
		for _, v := range list(c.body[kind]) {
			if v != "" {
				s.addLink(t, link{kind, v})
			}
		}
	}
	s.tickets = append(s.tickets, t)
	if text(c.body["_RecordTransaction"]) != "0" {
		parts, ok := c.parts()
		if !ok {
			s.tickets = s.tickets[:len(s.tickets)-1]
			return
		}
		x := s.event(t, &transaction{kind: "Create", creator: c.me}, parts...)
		x.created = now
		s.scrip(t, "Create", c.me)
	}
	c.w.Header().Set("Location", "https://rt.example/REST/2.0/ticket/"+strconv.Itoa(t.id))
	c.answer(http.StatusCreated, ref("ticket", strconv.Itoa(t.id)))
}

// parts makes the MIME parts of a message; false when the request was answered.
func (c *call) parts() ([]*attachment, bool) {
	files := c.files
	for _, v := range anyList(c.body["Attachments"]) {
		m, _ := v.(map[string]any)
		content, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text(m["FileContent"]), "\n", ""))
		if text(m["FileName"]) == "" || text(m["FileType"]) == "" || len(content) == 0 || err != nil {
			c.say(http.StatusBadRequest, "Field FileContent is required for each attachment in Attachments")
			return nil, false
		}
		files = append(files, &attachment{name: path.Base(text(m["FileName"])), kind: text(m["FileType"]), content: content})
	}
	for _, f := range files {
		if int64(len(f.content)) > c.s.o.MaxAttachment {
			f.content = f.content[:c.s.o.MaxAttachment] // cut without a word
		}
	}
	body := strings.ReplaceAll(text(c.body["Content"]), "\r\n", "\n") // as the real one does
	if body == "" && len(files) == 0 {
		return nil, true
	}
	kind := text(c.body["ContentType"])
	if kind == "" {
		kind = "text/plain"
	}
	parts := []*attachment{{kind: kind, content: []byte(body)}}
	if len(files) > 0 {
		parts = append([]*attachment{{kind: "multipart/mixed"}}, append(parts, files...)...)
	}
	return parts, true
}

func anyList(v any) []any {
	x, _ := v.([]any)
	return x
}

func (c *call) message(m []string) {
	t := c.ticketOf(m)
	if t == nil {
		return
	}
	if text(c.body["Content"]) != "" && text(c.body["ContentType"]) == "" {
		c.say(http.StatusBadRequest, "ContentType is a required field for application/json")
		return
	}
	if c.body["TransSquelchMailTo"] != nil {
		c.w.WriteHeader(http.StatusInternalServerError)
		return
	}
	parts, ok := c.parts()
	if !ok {
		return
	}
	kind, words := "Correspond", "Correspondence added"
	if m[2] == "comment" {
		kind, words = "Comment", "Comments added"
	}
	minutes, _ := strconv.Atoi(text(c.body["TimeTaken"])) // nothing is nothing
	x := c.s.event(t, &transaction{kind: kind, creator: c.me, minutes: minutes}, parts...)
	c.s.scrip(t, kind, c.me)
	if kind == "Correspond" && t.values["Status"] == "new" {
		t.values["Status"] = "open"
		c.s.event(t, &transaction{kind: "Status", oldValue: "new", newValue: "open", field: "Status", creator: c.s.users[0]})
	}
	c.w.Header().Set("Location", "https://rt.example/REST/2.0/transaction/"+strconv.Itoa(x.id))
	c.answer(http.StatusCreated, []string{words})
}

// uri is how a transaction names what a link leads to.
func uri(to string) string {
	if _, err := strconv.Atoi(to); err == nil {
		return "fsck.com-rt://desk.example/ticket/" + to
	}
	return to
}

func (c *call) deleteTicket(m []string) {
	t := c.ticketOf(m)
	if t == nil {
		return
	}
	if t.values["Status"] != "deleted" {
		c.s.event(t, &transaction{kind: "Status", field: "Status", oldValue: t.values["Status"], newValue: "deleted", creator: c.me})
		t.values["Status"] = "deleted"
	}
	c.w.WriteHeader(http.StatusNoContent)
}

func (c *call) createUser(_ []string) {
	s := c.s
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	name, mail := text(c.body["Name"]), text(c.body["EmailAddress"])
	switch {
	case name == "":
		c.say(http.StatusBadRequest, "Must specify 'Name' attribute")
		return
	case mail != "" && !address.MatchString(mail):
		c.say(http.StatusBadRequest, "Invalid syntax for email address")
		return
	case s.userByName[strings.ToLower(name)] != nil:
		c.say(http.StatusBadRequest, "Name in use")
		return
	}
	for _, u := range s.users {
		if u != nil && mail != "" && strings.EqualFold(u.values["EmailAddress"], mail) {
			c.say(http.StatusBadRequest, "Email address in use")
			return
		}
	}
	s.users = append(s.users, nil)
	s.seat(len(s.users), name, mail, text(c.body["RealName"]), text(c.body["Privileged"]) == "1")
	u := s.users[len(s.users)-1]
	for k, v := range c.body {
		if k != "Privileged" && k != "CustomFields" {
			u.values[k] = text(v)
		}
	}
	u.values["Gecos"] = cut(u.values["Gecos"], 16)
	at := s.now().UTC().Truncate(time.Second)
	u.values["Created"], u.values["LastUpdated"] = stampOf(at), stampOf(at)
	s.transactions = append(s.transactions, &transaction{id: len(s.transactions) + 1, objectType: "RT::User", object: u.id, kind: "Create", creator: c.me, created: at})
	c.w.Header().Set("Location", "https://rt.example/REST/2.0/user/"+name)
	c.answer(http.StatusCreated, ref("user", name))
}
