package fake

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

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
		ok := status == 3 && u.locked || status <= 1 && !u.locked || q.Has("status") && q.Get("status") == ""
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
	why := c.doubts(u)
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

func taken(by map[string]int, name string, but int) bool {
	id := by[strings.ToLower(name)]
	return id != 0 && id != but
}

// doubts are the words of a refusal of a user.
func (c *call) doubts(u *user) []string {
	var why []string
	for _, x := range []struct {
		bad   bool
		words string
	}{
		{u.mail == "", "Email cannot be blank"},
		{u.mail != "" && !address.MatchString(u.mail), "Email is invalid"},
		{taken(c.s.byMail, u.mail, u.id), "Email has already been taken"},
		{u.login == "" || len(u.login) > 60 || !logins.MatchString(u.login), "Login is invalid"},
		{taken(c.s.byLogin, u.login, u.id), "Login has already been taken"},
		{u.first == "", "First name cannot be blank"},
		{u.last == "", "Last name cannot be blank"},
		{utf8.RuneCountInString(u.first) > 30, "First name is too long (maximum is 30 characters)"},
		{utf8.RuneCountInString(u.last) > 30, "Last name is too long (maximum is 30 characters)"},
	} {
		if x.bad {
			why = append(why, x.words)
		}
	}
	return why
}

// changeUser changes a user, who is told of it when the address changes.
func (c *call) changeUser(m []string) {
	u := c.s.users[num(m[1])]
	if u == nil {
		c.status(http.StatusNotFound)
		return
	}
	in, _ := c.body["user"].(map[string]any)
	now := *u
	for name, to := range map[string]*string{"firstname": &now.first, "lastname": &now.last, "mail": &now.mail, "login": &now.login} {
		if v, ok := in[name]; ok {
			*to = text(v)
		}
	}
	if why := c.doubts(&now); len(why) > 0 {
		c.refuse(why...)
		return
	}
	if now.mail != u.mail {
		c.s.mails++
	}
	delete(c.s.byMail, strings.ToLower(u.mail))
	delete(c.s.byLogin, strings.ToLower(u.login))
	now.updated = c.s.now().UTC().Truncate(time.Second)
	*u = now
	c.s.byMail[strings.ToLower(u.mail)], c.s.byLogin[strings.ToLower(u.login)] = u.id, u.id
	c.status(http.StatusNoContent)
}
