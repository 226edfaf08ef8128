package fake

import (
	"net/http"
	"strconv"
	"strings"
)

func (c *call) listUsers(_ []string) {
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	all := c.s.users
	withDisabled := c.r.URL.Query().Get("find_disabled_rows") == "1"
	only := c.only("Name", func(v string) []int {
		if u := c.s.userByName[strings.ToLower(v)]; u != nil {
			return []int{u.id - 1}
		}
		return nil
	})
	if c.r.URL.Query().Get("query") == "" {
		only = []int{} // without a search nothing comes
	}
	c.listOf(only, len(all), func(i int, f string) []string {
		u := all[i]
		if u == nil || u.disabled && !withDisabled {
			return nil
		}
		return []string{u.values[f]}
	}, func(i int, f string) any {
		u := all[i]
		switch f {
		case "key":
			return u.name()
		case "id":
			return u.id
		case "Privileged", "Disabled":
			return nil
		case "CustomFields":
			return []any{map[string]any{"id": "5", "type": "customfield", "name": "Customer No.", "values": []string{}}}
		}
		return u.values[f]
	})
}

// someone is the user of an address, by name or number.
func (c *call) someone(m []string) *user {
	u := c.s.userByName[strings.ToLower(m[1])]
	if id, err := strconv.Atoi(m[1]); u == nil && err == nil && id >= 1 && id <= len(c.s.users) {
		u = c.s.users[id-1]
	}
	if u == nil {
		c.say(http.StatusNotFound, "Not Found")
	}
	return u
}

func (c *call) oneUser(m []string) {
	u := c.someone(m)
	if u == nil {
		return
	}
	out := map[string]any{
		"id": u.id, "Privileged": map[bool]int{true: 1}[u.privileged], "Disabled": map[bool]string{true: "1", false: "0"}[u.disabled],
		"CustomFields": []any{map[string]any{"id": "5", "type": "customfield", "name": "Customer No.", "values": []string{}}},
	}
	for _, k := range sortedKeys(u.values) {
		out[k] = u.values[k]
	}
	c.answer(200, out)
}

func (c *call) listQueues(m []string) {
	all := c.s.queues
	if !strings.HasSuffix(c.r.URL.Path, "/all") && c.r.URL.Query().Get("query") == "" {
		all = nil
	}
	c.list(len(all), func(i int, f string) []string {
		if f == "id" {
			return []string{strconv.Itoa(all[i].id)}
		}
		if f == "LastUpdated" {
			return []string{"2009-01-01T00:00:00Z"}
		}
		return []string{all[i].values[f]}
	}, func(i int, f string) any {
		switch f {
		case "key":
			return strconv.Itoa(all[i].id)
		case "Disabled":
			return "0"
		}
		return all[i].values[f]
	})
}

func (c *call) listGroups(_ []string) {
	all := []map[string]string{
		{"id": "3", "Name": "Everyone", "Domain": "SystemInternal"},
		{"id": "4", "Name": "Privileged", "Domain": "SystemInternal"},
		{"id": "5", "Name": "Unprivileged", "Domain": "SystemInternal"},
		{"id": "27", "Name": "Support staff", "Domain": "UserDefined"},
	}
	c.list(len(all), func(i int, f string) []string { return []string{all[i][f]} }, func(i int, f string) any {
		if f == "key" {
			f = "id"
		}
		return all[i][f]
	})
}

func (c *call) members(m []string) {
	var all []*user
	for _, u := range c.s.users {
		if u != nil && u.privileged == (m[1] == "4") && u.id != 1 {
			all = append(all, u)
		}
	}
	c.list(len(all), nil, func(i int, f string) any { return all[i].id })
}

func (c *call) listFields(_ []string) {
	all := c.s.fields
	if c.r.URL.Query().Get("query") == "" {
		all = nil
	}
	c.list(len(all), func(i int, f string) []string {
		if f == "id" {
			return []string{strconv.Itoa(all[i].id)}
		}
		return []string{all[i].name}
	}, func(i int, f string) any {
		switch f {
		case "key":
			return strconv.Itoa(all[i].id)
		case "Name":
			return all[i].name
		case "Type":
			return all[i].kind
		case "LookupType":
			return all[i].lookup
		case "MaxValues":
			if all[i].one {
				return "1"
			}
			return "0"
		}
		return nil
	})
}

func (c *call) oneField(m []string) {
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	if id < 1 || id > len(c.s.fields) {
		c.say(http.StatusNotFound, "Not Found")
		return
	}
	f := c.s.fields[id-1]
	c.answer(200, map[string]any{"id": f.id, "Name": f.name, "Type": f.kind, "Values": f.values})
}

// oneQueue shows a queue with what its tickets have and who is told of them.
func (c *call) oneQueue(m []string) {
	id, _ := strconv.Atoi(m[1]) // digits, by the route
	if c.me.name() == "weak" {
		c.say(http.StatusForbidden, "Forbidden")
		return
	}
	if id < 1 || id > len(c.s.queues) {
		c.say(http.StatusNotFound, "Not Found")
		return
	}
	out, fields := map[string]any{"id": id, "Disabled": "0", "SLADisabled": "1", "Cc": []any{}, "AdminCc": []any{}}, []any{}
	for k, v := range c.s.queues[id-1].values {
		out[k] = v
	}
	for _, f := range c.s.fields {
		if f.lookup == ofTickets {
			x := ref("customfield", strconv.Itoa(f.id))
			x["name"], x["ref"] = f.name, "customfield"
			fields = append(fields, x)
		}
	}
	if id == 2 {
		out["AdminCc"] = peopleOf([]*user{c.s.userByName["agnes"]})
	}
	out["TicketCustomFields"], out["TicketTransactionCustomFields"] = fields, []any{}
	c.answer(http.StatusOK, out)
}

// searches are those that a new installation has.
var searches = []map[string]any{
	{
		"id": "4", "Name": "Search - My Tickets", "Description": "[_1] highest priority tickets I own",
		"Content": map[string]any{
			"Query": " Owner = '__CurrentUser__' AND Status = '__Active__'", "OrderBy": "Priority", "Order": "DESC",
			"Format": `'<a href="__WebPath__/Ticket/Display.html?id=__id__">__id__</a>/TITLE:#','<a href="__WebPath__/Ticket/Display.html?id=__id__">__Subject__</a>/TITLE:Subject',Priority, QueueName, ExtendedStatus`,
		},
	},
	{
		"id": "5", "Name": "SavedSearch", "Description": "Late invoices",
		"Content": map[string]any{"Query": "Queue = 'Billing' AND Due < 'now'", "Format": "'__id__', '__Subject__', Due", "OrderBy": "Due", "Order": "ASC", "SearchType": "Ticket"},
	},
}

func (c *call) listSearches(_ []string) {
	c.list(len(searches), nil, func(i int, f string) any {
		if f == "key" {
			f = "id"
		}
		return searches[i][f]
	})
}
