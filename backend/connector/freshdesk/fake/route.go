package fake

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// feature names what a plan must have for a path.
var feature = map[string]string{
	"time_entries": "time_entries", "surveys": "ratings", "solutions": "solutions", "canned_response_folders": "canned_responses",
	"canned_responses": "canned_responses", "automations": "automations", "sla_policies": "sla", "business_hours": "hours",
}

// admin paths need the rights of an administrator; others only so for changes.
var (
	adminOnly   = []string{"admin", "automations", "sla_policies", "account"}
	adminWrites = []string{"contact_fields", "contact_field", "company_fields", "company_field", "groups", "agents"}
)

// route gives a call to what answers it.
func (q *request) route(b *body) {
	first := q.path[0]
	if f := feature[first]; f != "" && slices.Contains(q.s.o.Without, f) ||
		len(q.path) == 3 && q.path[2] == "time_entries" && slices.Contains(q.s.o.Without, "time_entries") {
		q.flat(http.StatusForbidden, "require_feature", "The feature is not supported in your plan. Please upgrade your account to use it.")
		return
	}
	if q.s.o.Light && (slices.Contains(adminOnly, first) || q.Method != http.MethodGet && slices.Contains(adminWrites, first)) {
		q.flat(http.StatusForbidden, "access_denied", "You are not authorized to perform this action.")
		return
	}
	switch first {
	case "tickets":
		q.tickets(b)
	case "conversations":
		q.conversations(b)
	case "attachments":
		q.attachments()
	case "contacts":
		q.contacts(b)
	case "companies":
		q.companies(b)
	case "agents":
		q.agents()
	case "search":
		q.search()
	case "groups":
		q.groups(b)
	case "ticket_fields", "contact_fields", "company_fields", "contact_field", "company_field", "admin":
		q.fields(b)
	case "time_entries":
		q.timeEntries(b)
	case "surveys":
		q.surveys()
	case "solutions":
		q.solutions(b)
	case "canned_response_folders", "canned_response_folder", "canned_responses":
		q.canned(b)
	default:
		q.settings()
	}
}

// settings are what can only be read.
func (q *request) settings() {
	path := strings.Join(q.path, "/")
	if q.Method != http.MethodGet {
		q.missing()
		return
	}
	switch {
	case path == "account":
		q.json(http.StatusOK, map[string]any{
			"account_id": 7, "account_name": "Conform", "account_domain": "conform.freshdesk.com", "tier_type": "Enterprise", "data_center": "EU",
			"timezone": "Berlin", "total_agents": map[string]any{"full_time": len(q.s.agents.list), "occasional": 0},
		})
	case path == "settings/helpdesk":
		q.json(http.StatusOK, map[string]any{"primary_language": "en", "supported_languages": languages, "portal_languages": []string{"de"}})
	case len(q.path) == 3 && q.path[0] == "automations" && q.path[2] == "rules":
		q.smallList("rules", number(q.path[1]))
	case slices.Contains([]string{"sla_policies", "business_hours", "products", "scenario_automations", "roles", "email_configs", "ticket-forms"}, path):
		q.smallList(path, 0)
	case path == "email/mailboxes":
		q.smallList("mailboxes", 0)
	default:
		q.missing()
	}
}

// smallList lists small records that lie in one place.
func (q *request) smallList(name string, in int64) {
	var out []*record
	for _, r := range q.s.table(name).list {
		if r.In == in {
			out = append(out, r)
		}
	}
	list(q, out, func(r *record) any { return q.showSmall(r) })
}

func (q *request) showSmall(r *record) any {
	if r.Files == nil {
		return r.M
	}
	m := maps.Clone(r.M)
	m["attachments"] = q.showFiles(r.Files)
	return m
}

func (q *request) groups(b *body) {
	s, t := q.s, q.s.table("groups")
	if len(q.path) == 1 && q.Method == http.MethodGet {
		q.smallList("groups", 0)
		return
	}
	read := func(m map[string]any) bool {
		v := q.take(b, "name", "description", "agent_ids", "escalate_to", "unassigned_for", "business_hour_id", "auto_ticket_assign")
		for _, n := range []string{"name", "description", "unassigned_for"} {
			if v.has(n) {
				m[n] = text(v.text(n, 255))
			}
		}
		for _, n := range []string{"escalate_to", "business_hour_id", "auto_ticket_assign"} {
			if v.has(n) {
				m[n] = ids(v.number(n))
			}
		}
		if list, ok := v.m["agent_ids"].([]any); ok {
			members := []int64{}
			for _, x := range list {
				n, ok := whole(x)
				if !ok || s.agents.by[n] == nil {
					v.fault("agent_ids", "invalid_value", "There are no agents matching the given ids")
				}
				members = append(members, n)
			}
			m["agent_ids"] = members
		}
		if str(m["name"]) == "" {
			v.fault("name", "missing_field", "It should be a/an String")
		}
		for _, r := range t.list {
			if r.M["id"] != m["id"] && strings.EqualFold(str(r.M["name"]), str(m["name"])) {
				v.status = http.StatusConflict
				v.fault("name", "duplicate_value", "It should be a unique value")
			}
		}
		return !v.bad()
	}
	if len(q.path) == 1 && q.Method == http.MethodPost {
		m := map[string]any{"name": nil, "description": nil, "escalate_to": nil, "unassigned_for": nil, "business_hour_id": nil, "group_type": "support_agent_group", "auto_ticket_assign": 0, "agent_ids": []int64{}}
		if read(m) {
			r := s.put("groups", 0, m)
			q.created("groups/"+itoa(r.ID), m)
		}
		return
	}
	if len(q.path) != 2 || t.by[number(q.path[1])] == nil {
		q.missing()
		return
	}
	r := t.by[number(q.path[1])]
	switch q.Method {
	case http.MethodGet:
		q.json(http.StatusOK, r.M)
	case http.MethodPut:
		m := maps.Clone(r.M)
		if read(m) {
			m["updated_at"] = stamp(s.now())
			r.M = m
			q.json(http.StatusOK, m)
		}
	case http.MethodDelete:
		t.drop(r.ID)
		for _, x := range s.tickets.list {
			if x.Group == r.ID {
				x.Group = 0
			}
		}
		q.done()
	default:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

var notWord = strings.NewReplacer(" ", "_", "-", "_", ".", "_")

// fields lists fields and makes custom ones. A ticket's custom field is named cf_ and its
// label, a contact's or company's just by its label.
func (q *request) fields(b *body) {
	s, path := q.s, q.path
	admin := path[0] == "admin"
	if admin {
		path = path[1:]
	}
	name := path[0]
	if name == "contact_field" || name == "company_field" {
		name += "s"
	}
	if admin != (name == "ticket_fields" && q.Method != http.MethodGet) && !(admin && name == "ticket_fields") || s.small[name] == nil {
		q.missing()
		return
	}
	switch {
	case len(path) == 1 && q.Method == http.MethodGet:
		q.smallList(name, 0)
	case len(path) == 1 && q.Method == http.MethodPost:
		v := q.take(b, "label", "label_for_customers", "type", "customers_can_edit", "displayed_to_customers", "required_for_closure",
			"required_for_agents", "required_for_customers", "position", "choices", "editable_in_signup")
		label, kind := v.text("label", 255), v.text("type", 0)
		if label == "" {
			v.fault("label", "missing_field", "It should be a/an String")
		}
		if !strings.HasPrefix(kind, "custom_") && kind != "nested_field" {
			v.fault("type", "invalid_value", "It should be one of the types of custom fields")
		}
		for _, r := range s.table(name).list {
			if strings.EqualFold(str(r.M["label"]), label) {
				v.status = http.StatusConflict
				v.fault("label", "duplicate_value", "It should be a unique value")
			}
		}
		if v.bad() {
			return
		}
		own := strings.ToLower(notWord.Replace(label))
		if name == "ticket_fields" {
			own = "cf_" + own
		}
		m := maps.Clone(b.values)
		m["name"], m["default"] = own, false
		if kind == "custom_dropdown" {
			m["choices"] = s.choices(b.values["choices"], nil)
		}
		r := s.put(name, 0, m)
		q.created(name+"/"+itoa(r.ID), m)
	case len(path) == 2 && q.Method == http.MethodPut:
		r := s.table(name).by[number(path[1])]
		if r == nil {
			q.missing()
			return
		}
		m := maps.Clone(r.M)
		if c, ok := b.values["choices"]; ok {
			m["choices"] = s.choices(c, m["choices"])
		}
		r.M = m
		q.json(http.StatusOK, m)
	case len(path) == 2 && q.Method == http.MethodGet && s.table(name).by[number(path[1])] != nil:
		q.json(http.StatusOK, s.table(name).by[number(path[1])].M)
	default:
		q.missing()
	}
}

// choices adds the choices that have no id yet to those that are there.
func (s *Server) choices(given, have any) any {
	out, _ := have.([]any)
	out = slices.Clone(out)
	list, _ := given.([]any)
	for _, c := range list {
		m, ok := c.(map[string]any)
		if !ok {
			m = map[string]any{"value": c}
		}
		if m["id"] == nil && !slices.Contains(choiceTexts(out), str(m["value"])) {
			out = append(out, map[string]any{"id": s.id(), "value": m["value"], "position": len(out) + 1})
		}
	}
	return out
}

func (q *request) timeEntries(b *body) {
	t := q.s.table("time_entries")
	if len(q.path) == 1 && q.Method == http.MethodGet {
		list(q, t.list, func(r *record) any { return r.M })
		return
	}
	if len(q.path) != 2 || t.by[number(q.path[1])] == nil {
		q.missing()
		return
	}
	switch q.Method {
	case http.MethodDelete:
		t.drop(number(q.path[1]))
		q.done()
	default:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (q *request) addTime(t *ticket, b *body) {
	v := q.take(b, "agent_id", "billable", "executed_at", "note", "start_time", "time_spent", "timer_running")
	m := map[string]any{
		"ticket_id": t.ID, "agent_id": v.number("agent_id"), "billable": v.truth("billable"), "note": text(v.text("note", 0)),
		"time_spent": v.text("time_spent", 0), "timer_running": v.truth("timer_running"), "executed_at": text(v.time("executed_at")), "start_time": nil,
	}
	if hours, minutes, ok := strings.Cut(str(m["time_spent"]), ":"); !ok || number(hours) < 0 || number(minutes) < 0 || number(minutes) > 59 {
		v.fault("time_spent", "invalid_value", "It should be a valid string in the hh:mm format")
	}
	if q.s.agents.by[m["agent_id"].(int64)] == nil {
		v.fault("agent_id", "invalid_value", "There is no agent matching the given agent_id")
	}
	if v.bad() {
		return
	}
	r := q.s.put("time_entries", t.ID, m)
	q.created("time_entries/"+itoa(r.ID), m)
}

func (q *request) surveys() {
	if q.Method == http.MethodGet && len(q.path) == 2 && q.path[1] == "satisfaction_ratings" {
		if q.only("created_since", "user_id") {
			list(q, q.s.table("satisfaction_ratings").list, func(r *record) any { return r.M })
		}
		return
	}
	if q.Method == http.MethodGet && len(q.path) == 1 {
		q.smallList("surveys", 0)
		return
	}
	q.missing()
}
