package fake

import (
	"net/http"
	"slices"
	"strconv"
)

func ref(kind, id string) map[string]any {
	return map[string]any{"type": kind, "id": id, "_url": "https://rt.example/REST/2.0/" + kind + "/" + id}
}

func person(u *user) map[string]any {
	m := ref("user", u.name())
	m["Name"], m["EmailAddress"] = u.name(), u.values["EmailAddress"]
	return m
}

func peopleOf(list []*user) []any {
	out := []any{}
	for _, u := range list {
		out = append(out, person(u))
	}
	return out
}

var linkRefs = map[string]string{"DependsOn": "depends-on", "RefersTo": "refers-to", "MemberOf": "parent"}

const unset = "1970-01-01T00:00:00Z"

func (c *call) showTicket(t *ticket, field string) any {
	switch field {
	case "key":
		return strconv.Itoa(t.id)
	case "id":
		return t.id
	case "EffectiveId":
		return strconv.Itoa(t.into)
	case "Queue":
		return ref("queue", strconv.Itoa(t.queue.id))
	case "Owner":
		return person(t.owner)
	case "Creator":
		return person(t.creator)
	case "LastUpdatedBy":
		return person(t.updater)
	case "Requestor":
		return peopleOf(t.requestors)
	case "Cc":
		return peopleOf(t.cc)
	case "AdminCc":
		return peopleOf(t.adminCc)
	case "Created":
		return stampOf(t.created)
	case "LastUpdated":
		return stampOf(t.updated)
	case "Type":
		return t.kind
	case "CustomFields":
		out := []any{}
		for _, f := range c.s.fields {
			if f.lookup == "RT::Queue-RT::Ticket" {
				m := ref("customfield", strconv.Itoa(f.id))
				m["name"], m["values"] = f.name, append([]string{}, t.custom[f.id]...)
				out = append(out, m)
			}
		}
		return out
	case "_hyperlinks":
		out := []any{map[string]any{"ref": "self", "type": "ticket", "id": t.id, "_url": "https://rt.example/REST/2.0/ticket/" + strconv.Itoa(t.id)}}
		for _, l := range t.links {
			if _, err := strconv.Atoi(l.to); err == nil {
				m := ref("ticket", l.to)
				m["ref"] = linkRefs[l.kind]
				out = append(out, m)
			} else {
				out = append(out, map[string]any{"ref": linkRefs[l.kind], "type": "external", "_url": l.to})
			}
		}
		return out
	case "Starts", "Started", "Due", "Resolved", "Told":
		if v := t.values[field]; v != "" {
			return v
		}
		return unset
	}
	if v, ok := t.values[field]; ok {
		return v
	}
	if slices.Contains(numbers, field) {
		return "0"
	}
	return nil
}

var numbers = []string{"Priority", "InitialPriority", "FinalPriority", "TimeWorked", "TimeLeft", "TimeEstimated"}

func (c *call) getTicket(t *ticket, field string) []string {
	switch field {
	case "id":
		return []string{strconv.Itoa(t.id)}
	case "LastUpdated":
		return []string{stampOf(t.updated)}
	case "Created":
		return []string{stampOf(t.created)}
	case "Type":
		return []string{t.kind}
	case "RefersTo", "DependsOn", "MemberOf":
		var out []string
		for _, l := range t.links {
			if l.kind == field {
				out = append(out, l.to)
			}
		}
		return out
	}
	return []string{t.values[field]}
}

func (c *call) listTickets(_ []string) {
	all := c.s.tickets
	only := c.only("id", at(len(all)))
	if only == nil {
		only = c.only("RefersTo", func(v string) (out []int) {
			for _, t := range c.s.links[v] {
				out = append(out, t.id-1)
			}
			return out
		})
	}
	get := func(i int, f string) []string {
		if !all[i].listed() {
			return nil // no search finds what is deleted or merged
		}
		return c.getTicket(all[i], f)
	}
	c.listOf(only, len(all), get, func(i int, f string) any { return c.showTicket(all[i], f) })
}

func (c *call) ticketOf(m []string) *ticket {
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	t := c.s.ticket(id)
	if t == nil {
		c.say(http.StatusNotFound, "Not Found")
	}
	return t
}

func (c *call) oneTicket(m []string) {
	t := c.ticketOf(m)
	if t == nil {
		return
	}
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	out := map[string]any{}
	for _, f := range append([]string{
		"Queue", "Owner", "Creator", "LastUpdatedBy", "Requestor", "Cc", "AdminCc", "Created", "LastUpdated",
		"Type", "CustomFields", "_hyperlinks", "Subject", "Status", "Starts", "Started", "Due", "Resolved", "Told",
	}, numbers...) {
		out[f] = c.showTicket(t, f)
	}
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	out["id"], out["EffectiveId"] = id, ref("ticket", strconv.Itoa(t.id))
	c.answer(200, out)
}
