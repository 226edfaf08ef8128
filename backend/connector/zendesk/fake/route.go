package fake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// lists that are read as they are: the path, and the name in the answer.
var lists = map[string]string{
	"brands": "brands", "ticket_forms": "ticket_forms", "macros": "macros", "triggers": "triggers", "automations": "automations",
	"views": "views", "trigger_categories": "trigger_categories", "custom_statuses": "custom_statuses", "suspended_tickets": "suspended_tickets",
	"satisfaction_ratings": "satisfaction_ratings", "deleted_tickets": "deleted_tickets", "user_fields": "user_fields",
	"organization_fields": "organization_fields", "webhooks": "webhooks", "slas/policies": "sla_policies", "apps/installations": "installations",
	"business_hours/schedules": "schedules", "guide/permission_groups": "permission_groups",
}

func (s *Server) route(w http.ResponseWriter, r *http.Request, path []string) {
	rest := strings.Join(path, "/")
	if name, ok := lists[rest]; ok && r.Method == http.MethodGet {
		if s.o.SmallPlan && (rest == "slas/policies" || rest == "webhooks") {
			fail(w, http.StatusForbidden, "Forbidden", "This is not part of your plan")
			return
		}
		store := name
		list(w, r, name, append([]*doc{}, s.docsOf(store).order...), 100, "active", "access", "locale")
		return
	}
	switch path[0] {
	case "users":
		s.routeUsers(w, r, path[1:])
	case "deleted_users":
		s.routeDeletedUsers(w, r, path[1:])
	case "organizations":
		s.routeOrgs(w, r, path[1:])
	case "groups":
		s.routeGroups(w, r, path[1:])
	case "tickets":
		s.routeTickets(w, r, path[1:])
	case "imports":
		s.routeImports(w, r, path[1:])
	case "uploads":
		s.routeUploads(w, r)
	case "job_statuses":
		s.routeJobs(w, path[1:])
	case "ticket_fields":
		s.routeFields(w, r, path[1:])
	case "user_fields", "organization_fields":
		s.routeKeyed(w, r, path[0], path[1:])
	case "help_center":
		s.routeGuide(w, r, path[1:])
	case "incremental":
		s.routeIncremental(w, r, rest)
	case "search":
		if rest == "search/count" {
			n := 0
			for _, t := range s.tickets.order {
				if t.Status != "deleted" {
					n++
				}
			}
			answer(w, http.StatusOK, map[string]any{"count": n})
			return
		}
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	case "account":
		answer(w, http.StatusOK, map[string]any{"settings": map[string]any{
			"branding": map[string]any{}, "localization": map[string]any{"locale_ids": []int{1}}, "tickets": map[string]any{"comments_public_by_default": true},
			"api": map[string]any{"api_token_access": "true"},
		}})
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}

func (s *Server) routeIncremental(w http.ResponseWriter, r *http.Request, rest string) {
	switch rest {
	case "incremental/tickets/cursor":
		export(s, w, r, "tickets", s.tickets, func(t *Ticket) ([]byte, bool) {
			if t.Status == "deleted" && r.URL.Query().Get("exclude_deleted") == "true" {
				return nil, false
			}
			b, err := json.Marshal(t)
			return b, err == nil
		})
	case "incremental/users/cursor":
		export(s, w, r, "users", s.users, func(u *User) ([]byte, bool) {
			b, err := json.Marshal(u)
			return b, err == nil
		})
	case "incremental/organizations":
		exportByTime(s, w, r, "organizations", s.orgs)
	case "incremental/ticket_events":
		exportByTime(s, w, r, "ticket_events", s.ticketEvents())
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}

func (s *Server) routeGroups(w http.ResponseWriter, r *http.Request, path []string) {
	t := s.docsOf("groups")
	switch {
	case len(path) == 0 && r.Method == http.MethodGet:
		out := []*doc{}
		for _, d := range t.order {
			if d.values["deleted"] != true || r.URL.Query().Get("exclude_deleted") != "true" {
				out = append(out, d)
			}
		}
		list(w, r, "groups", out, 100, "exclude_deleted")
	case len(path) == 1 && path[0] == "count":
		s.count(w, len(t.order))
	case len(path) == 0 && r.Method == http.MethodPost, len(path) == 1 && r.Method == http.MethodPut:
		var in struct {
			Group map[string]any `json:"group"`
		}
		if !decode(w, r, &in) {
			return
		}
		for k := range in.Group {
			if !slices.Contains([]string{"name", "description", "is_public", "default"}, k) {
				badRequest(w, "unknown attribute "+k)
				return
			}
		}
		name, ok := in.Group["name"].(string)
		if len(path) == 0 && (!ok || name == "") {
			invalid(w, map[string]string{"name": "Name: cannot be blank"})
			return
		}
		if len(name) > 255 {
			invalid(w, map[string]string{"name": "Name: is too long (maximum is 255 characters)"})
			return
		}
		if len(path) == 0 {
			values := map[string]any{"description": "", "is_public": true, "default": false, "deleted": false}
			for k, v := range in.Group {
				values[k] = v
			}
			id := s.add("groups", values)
			answer(w, http.StatusCreated, map[string]any{"group": t.byID[id]})
			return
		}
		d := t.byID[number(path[0])]
		if d == nil || d.values["deleted"] == true {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
		s.change("groups", d, in.Group)
		answer(w, http.StatusOK, map[string]any{"group": d})
	case len(path) == 1:
		d := t.byID[number(path[0])]
		if d == nil || d.values["deleted"] == true {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
		if r.Method == http.MethodDelete {
			s.change("groups", d, map[string]any{"deleted": true})
			for _, t := range s.tickets.order {
				if t.GroupID != nil && *t.GroupID == d.id && t.Status != "closed" {
					t.GroupID = nil
				}
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(w, http.StatusOK, map[string]any{"group": d})
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}

var fieldTypes = []string{"text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "partialcreditcard", "multiselect", "tagger", "lookup"}

func (s *Server) routeFields(w http.ResponseWriter, r *http.Request, path []string) {
	t := s.docsOf("ticket_fields")
	switch {
	case len(path) == 0 && r.Method == http.MethodGet:
		list(w, r, "ticket_fields", append([]*doc{}, t.order...), 100)
	case len(path) == 0 && r.Method == http.MethodPost:
		var in struct {
			Field map[string]any `json:"ticket_field"`
		}
		if !decode(w, r, &in) {
			return
		}
		kind, _ := in.Field["type"].(string)
		title, _ := in.Field["title"].(string)
		if !slices.Contains(fieldTypes, kind) || title == "" {
			invalid(w, map[string]string{"base": "Type or title is not valid"})
			return
		}
		for _, o := range optionsOf(in.Field) {
			if s.tagUsed(o, 0) {
				invalid(w, map[string]string{"custom_field_options": "The value " + o + " is already used by another field"})
				return
			}
		}
		for k, v := range map[string]any{"active": true, "removable": true, "required": false} {
			in.Field[k] = v
		}
		answer(w, http.StatusCreated, map[string]any{"ticket_field": t.byID[s.add("ticket_fields", in.Field)]})
	case len(path) == 2 && path[1] == "options" && r.Method == http.MethodPost:
		var in struct {
			Option map[string]any `json:"custom_field_option"`
		}
		d := t.byID[number(path[0])]
		if !decode(w, r, &in) {
			return
		}
		if d == nil {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
		value, _ := in.Option["value"].(string)
		if s.tagUsed(value, d.id) {
			invalid(w, map[string]string{"value": "The value " + value + " is already used by another field"})
			return
		}
		in.Option["id"] = s.id()
		old, _ := d.values["custom_field_options"].([]any)
		s.change("ticket_fields", d, map[string]any{"custom_field_options": append(slices.Clone(old), in.Option)})
		answer(w, http.StatusCreated, map[string]any{"custom_field_option": in.Option})
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}

func optionsOf(field map[string]any) (out []string) {
	list, _ := field["custom_field_options"].([]any)
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			if v, ok := m["value"].(string); ok {
				out = append(out, v)
			}
		}
	}
	return out
}

// tagUsed says whether another field has an option of that value: it is a tag.
func (s *Server) tagUsed(value string, but int64) bool {
	for _, d := range s.docsOf("ticket_fields").order {
		if d.id != but && slices.Contains(optionsOf(d.values), value) {
			return true
		}
	}
	return false
}

// routeKeyed answers fields of people and organizations, which have a key.
func (s *Server) routeKeyed(w http.ResponseWriter, r *http.Request, name string, path []string) {
	one := strings.TrimSuffix(name, "s")
	t := s.docsOf(name)
	switch {
	case len(path) == 0 && r.Method == http.MethodPost:
		var in map[string]map[string]any
		if !decode(w, r, &in) {
			return
		}
		f := in[one]
		key, _ := f["key"].(string)
		if key == "" || s.hasField(name, key) {
			invalid(w, map[string]string{"key": "Key: " + key + " has already been taken"})
			return
		}
		f["active"], f["system"] = true, false
		answer(w, http.StatusCreated, map[string]any{one: t.byID[s.add(name, f)]})
	case len(path) == 2 && path[1] == "options" && r.Method == http.MethodPost:
		var in struct {
			Option map[string]any `json:"custom_field_option"`
		}
		d := t.byID[number(path[0])]
		if !decode(w, r, &in) {
			return
		}
		if d == nil {
			fail(w, http.StatusNotFound, "RecordNotFound", "Not found")
			return
		}
		in.Option["id"] = s.id()
		old, _ := d.values["custom_field_options"].([]any)
		s.change(name, d, map[string]any{"custom_field_options": append(slices.Clone(old), in.Option)})
		answer(w, http.StatusCreated, map[string]any{"custom_field_option": in.Option})
	default:
		fail(w, http.StatusNotFound, "InvalidEndpoint", "Not found")
	}
}
