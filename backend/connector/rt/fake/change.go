package fake

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// changeTicket changes what is named, says a word about each change, and about what it
// would not change as well: the answer is always a success.
func (c *call) changeTicket(m []string) {
	t, s := c.ticketOf(m), c.s
	if t == nil {
		return
	}
	said := []string{}
	set := func(field, old, value string) {
		s.event(t, &transaction{kind: "Set", field: field, oldValue: old, newValue: value, creator: c.me})
		said = append(said, field+" changed from '"+old+"' to '"+value+"'")
	}
	if v := text(c.body["Status"]); v != "" && v != t.values["Status"] {
		if !slices.Contains(statuses, v) {
			said = append(said, "Status '"+v+"' isn't a valid status for this ticket.")
		} else {
			s.event(t, &transaction{kind: "Status", field: "Status", oldValue: t.values["Status"], newValue: v, creator: c.me})
			t.values["Status"] = v
			if v == "resolved" {
				s.scrip(t, "Resolve", c.me)
			}
			said = append(said, "Status changed")
		}
	}
	if v, ok := c.body["Subject"]; ok && text(v) != t.values["Subject"] {
		old := t.values["Subject"]
		t.values["Subject"] = cut(text(v), 200)
		set("Subject", old, t.values["Subject"])
	}
	for _, f := range numbers {
		if v, ok := c.body[f]; ok && v != nil && text(v) != text(c.showTicket(t, f)) {
			old := t.values[f]
			t.values[f] = text(v)
			set(f, old, text(v))
		}
	}
	for _, f := range []string{"Starts", "Started", "Due", "Resolved", "Told"} {
		if at, ok := moment(text(c.body[f])); ok && stampOf(at) != text(c.showTicket(t, f)) {
			old := t.values[f]
			t.values[f] = stampOf(at)
			set(f, old, stampOf(at))
		}
	}
	if v := text(c.body["Queue"]); v != "" && v != strconv.Itoa(t.queue.id) {
		n := slices.IndexFunc(s.queues, func(q *queue) bool { return v == strconv.Itoa(q.id) || v == q.values["Name"] })
		if n < 0 {
			said = append(said, "That queue does not exist")
		} else {
			old := t.queue.id
			t.queue = s.queues[n]
			set("Queue", strconv.Itoa(old), strconv.Itoa(t.queue.id))
		}
	}
	if v := text(c.body["Owner"]); v != "" {
		if u := s.somebody(v); u == nil || !u.privileged {
			said = append(said, "That user may not own tickets in that queue")
		} else if u != t.owner {
			old := t.owner.id
			t.owner = u
			set("Owner", strconv.Itoa(old), strconv.Itoa(u.id))
			s.scrip(t, "Owner", c.me)
		}
	}
	for field, to := range map[string]*[]*user{"Requestor": &t.requestors, "Cc": &t.cc, "AdminCc": &t.adminCc} {
		if v, ok := c.body[field]; ok {
			*to = s.all(v)
			s.event(t, &transaction{kind: "SetWatcher", field: field, creator: c.me})
			said = append(said, field+" changed")
		}
	}
	said = append(said, c.changeCustom(t)...)
	for _, kind := range []string{"DependsOn", "RefersTo", "MemberOf"} {
		for _, v := range list(c.body["Add"+kind]) {
			if id, err := strconv.Atoi(v); err == nil && s.ticket(id) == nil {
				said = append(said, "Couldn't resolve '"+v+"' into a link")
				continue
			}
			s.addLink(t, link{kind, v})
			s.event(t, &transaction{kind: "AddLink", field: kind, newValue: uri(v), creator: c.me})
			said = append(said, "Link added")
		}
		for _, v := range list(c.body["Delete"+kind]) {
			t.links = slices.DeleteFunc(t.links, func(l link) bool { return l == link{kind, v} })
			s.event(t, &transaction{kind: "DeleteLink", field: kind, oldValue: uri(v), creator: c.me})
			said = append(said, "Link deleted")
		}
	}
	if v := text(c.body["MergeInto"]); v != "" {
		id, _ := strconv.Atoi(v) // another thing is no ticket
		if into := s.ticket(id); into != nil && into != t {
			s.merge(t, into, c.me)
			said = append(said, "Merge Successful")
		} else {
			said = append(said, "Couldn't find ticket to merge into")
		}
	}
	c.answer(200, said)
}

// changeCustom changes custom fields of tickets; others are left out without a word.
func (c *call) changeCustom(t *ticket) (said []string) {
	custom, _ := c.body["CustomFields"].(map[string]any)
	for _, id := range sortedKeys(custom) {
		for _, f := range c.s.fields {
			if f.lookup != ofTickets || id != strconv.Itoa(f.id) && id != f.name {
				continue
			}
			values := slices.DeleteFunc(list(custom[id]), func(v string) bool { return v == "" })
			if slices.Equal(values, t.custom[f.id]) {
				continue
			}
			t.custom[f.id] = values
			c.s.event(t, &transaction{kind: "CustomField", field: strconv.Itoa(f.id), newValue: strings.Join(values, ", "), creator: c.me})
			said = append(said, f.name+" changed")
		}
	}
	return said
}

// changeUser changes a person; an address that another one has is refused with a word only.
func (c *call) changeUser(m []string) {
	u := c.someone(m)
	if u == nil {
		return
	}
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	said := []string{}
	for _, k := range sortedKeys(c.body) {
		v := text(c.body[k])
		switch {
		case k == "CustomFields" || k == "Privileged" || k == "Disabled" || u.values[k] == v:
			continue
		case k == "EmailAddress" && v != "" && !address.MatchString(v):
			said = append(said, "Invalid syntax for email address")
			continue
		case k == "EmailAddress" && slices.ContainsFunc(c.s.users, func(x *user) bool { return x != nil && x != u && v != "" && strings.EqualFold(x.values[k], v) }):
			said = append(said, "Email address in use")
			continue
		}
		old := u.values[k]
		u.values[k] = v
		at := c.s.stamp()
		u.values["LastUpdated"] = stampOf(at)
		c.s.transactions = append(c.s.transactions, &transaction{
			id: len(c.s.transactions) + 1, objectType: "RT::User", object: u.id, kind: "Set", field: k, oldValue: old, newValue: v, creator: c.me, created: at,
		})
		said = append(said, k+" changed from '"+old+"' to '"+v+"'")
	}
	c.answer(http.StatusOK, said)
}

// ofTickets is what custom fields of tickets belong to.
const ofTickets = "RT::Queue-RT::Ticket"

// createField makes a custom field. With a queue of 0 it is on the tickets of all queues.
func (c *call) createField(_ []string) {
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	name, kind := text(c.body["Name"]), text(c.body["Type"])
	lookup := text(c.body["LookupType"])
	if text(c.body["Queue"]) == "0" {
		lookup = ofTickets
	}
	if !slices.Contains([]string{"Freeform", "Text", "HTML", "Select", "Date", "DateTime"}, kind) || lookup == "" || name == "" {
		c.say(http.StatusBadRequest, "Couldn't create record")
		return
	}
	f := &customField{id: len(c.s.fields) + 1, name: name, kind: kind, lookup: lookup, one: text(c.body["MaxValues"]) == "1"}
	c.s.fields = append(c.s.fields, f)
	c.answer(http.StatusCreated, ref("customfield", strconv.Itoa(f.id)))
}

// createValue adds a value to a list.
func (c *call) createValue(m []string) {
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	if id < 1 || id > len(c.s.fields) || text(c.body["Name"]) == "" {
		c.say(http.StatusBadRequest, "Can't add a custom field value without a name")
		return
	}
	f := c.s.fields[id-1]
	f.values = append(f.values, text(c.body["Name"]))
	c.answer(http.StatusCreated, ref("customfieldvalue", strconv.Itoa(100*id+len(f.values))))
}
