package fake

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

var stateNames = []string{"submitted", "in_progress", "waiting_on_customer", "resolved"}

func (s *Server) addTicketType(name, category string) *ticketType {
	t := &ticketType{id: fmt.Sprint(s.next()), name: name, category: category}
	for _, a := range []string{"_default_title_", "_default_description_"} {
		t.attrs = append(t.attrs, &attribute{id: s.next(), name: a, typ: "string"})
	}
	s.types = append(s.types, t)
	if s.states == nil {
		for i, c := range stateNames {
			label := strings.ReplaceAll(strings.ToUpper(c[:1])+c[1:], "_", " ")
			s.states = append(s.states, obj{
				"type": "ticket_state", "id": fmt.Sprint(8001 + i), "category": c, "internal_label": label, "external_label": label, "archived": false,
			})
		}
	}
	return t
}

// AddTicketType adds a type of tickets ("Customer", "Back-office", "Tracker") and gives its id.
func (s *Server) AddTicketType(name, category string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addTicketType(name, category).id
}

func (s *Server) state(id string) obj {
	for _, x := range s.states {
		if x["id"] == id {
			return x
		}
	}
	return nil
}

func (t *ticketType) json(s *Server) obj {
	attrs := []obj{}
	for i, a := range t.attrs {
		attrs = append(attrs, a.ticketJSON(t, i))
	}
	return obj{
		"type": "ticket_type", "id": t.id, "name": t.name, "description": "", "icon": "🎟️", "workspace_id": "wb_test", "archived": false,
		"created_at": 1577836800, "updated_at": 1577836800, "is_internal": false, "category": t.category,
		"ticket_type_attributes": obj{"type": "list", "data": attrs}, "ticket_states": obj{"type": "list", "data": s.states},
	}
}

func (a *attribute) ticketJSON(t *ticketType, order int) obj {
	options := obj{"multiline": false}
	if a.typ == "list" {
		list := []obj{}
		for _, o := range a.options {
			list = append(list, obj{"id": o.id, "name": o.label})
		}
		options = obj{"list_options": list}
	}
	return obj{
		"type": "ticket_type_attribute", "id": fmt.Sprint(a.id), "workspace_id": "wb_test", "name": a.name, "description": a.description,
		"data_type": a.typ, "input_options": options, "order": order, "required_to_create": false, "required_to_create_for_contacts": false,
		"visible_on_create": true, "visible_to_contacts": false, "default": strings.HasPrefix(a.name, "_default_"), "ticket_type_id": integer(t.id),
		"archived": false, "created_at": 1577836800, "updated_at": 1577836800,
	}
}

func (s *Server) ticketJSON(t *thread, host string) obj {
	state := obj{}
	for k, v := range s.state(t.ticketState) {
		if k != "archived" {
			state[k] = v
		}
	}
	out := obj{
		"type": "ticket", "id": t.id, "ticket_id": fmt.Sprint(t.number - 100), "ticket_attributes": t.custom, "ticket_state": state,
		"ticket_type": t.typ.json(s), "contacts": s.contactsJSON(t), "admin_assignee_id": integer(t.admin), "team_assignee_id": integer(t.team),
		"created_at": t.created, "updated_at": t.updated, "open": t.state != "closed",
		"linked_objects": obj{"type": "list", "data": []obj{}, "total_count": 0, "has_more": false}, "category": t.typ.category,
		"is_shared": t.shared, "ticket_parts": s.partsJSON(t, host), "previous_ticket_state_id": orNull(t.previousState),
	}
	if t.snoozed > 0 {
		out["snoozed_until"] = t.snoozed
	}
	return out
}

// takeTicketAttributes puts values into a ticket. Options go by their ids.
func (s *Server) takeTicketAttributes(t *thread, into obj, v any) *failure {
	x, ok := v.(obj)
	if !ok {
		return bad("parameter_invalid", "ticket_attributes must be an object")
	}
	for name, v := range x {
		i := slices.IndexFunc(t.typ.attrs, func(a *attribute) bool { return a.name == name })
		if i < 0 {
			return &failure{http.StatusBadRequest, "parameter_invalid", "Ticket attribute '" + name + "' does not exist", name}
		}
		a := t.typ.attrs[i]
		if v == nil {
			delete(into, name)
			continue
		}
		if !a.suits(v) || a.typ == "list" && !slices.ContainsFunc(a.options, func(o option) bool { return o.id == v }) {
			return &failure{http.StatusBadRequest, "parameter_invalid", name + " does not take that value", name}
		}
		into[name] = v
		if a.typ == "list" { // it is shown by its label
			into[name] = a.options[slices.IndexFunc(a.options, func(o option) bool { return o.id == v })].label
		}
	}
	return nil
}

func (s *Server) ticketRoutes() {
	none := []string(nil)
	s.handle("GET /ticket_types", "tickets", none, none, func(*request) (any, *failure) {
		list := []obj{}
		for _, t := range s.types {
			list = append(list, t.json(s))
		}
		return obj{"type": "list", "data": list}, nil
	})
	s.handle("GET /ticket_states", "tickets", none, none, func(*request) (any, *failure) {
		list := []obj{}
		for _, x := range s.states {
			y := obj{"ticket_types": obj{"type": "list", "data": []obj{}}}
			for k, v := range x {
				y[k] = v
			}
			list = append(list, y)
		}
		return obj{"type": "list", "data": list}, nil
	})
	s.handle("POST /ticket_types/{id}/attributes", "tickets", none, []string{
		"name", "description", "data_type", "required_to_create", "required_to_create_for_contacts", "visible_on_create", "visible_to_contacts",
		"multiline", "list_items", "allow_multiple_values",
	}, s.createTicketAttribute)
	s.handle("PUT /ticket_types/{id}/attributes/{attr}", "tickets", none, []string{"list_items", "archived", "description", "name"}, func(r *request) (any, *failure) {
		for _, t := range s.types {
			for i, a := range t.attrs {
				if t.id == r.id() && fmt.Sprint(a.id) == r.PathValue("attr") {
					if v := text(r.body["list_items"]); v != "" {
						a.setItems(s, v)
					}
					s.changed()
					return a.ticketJSON(t, i), nil
				}
			}
		}
		return nil, notFound("Resource")
	})
	s.handle("POST /tickets", "tickets", none, []string{
		"ticket_type_id", "contacts", "conversation_to_link_id", "company_id", "created_at", "ticket_attributes", "assignment", "skip_notifications",
	}, s.createTicket)
	s.handle("GET /tickets/{id}", "tickets", none, none, func(r *request) (any, *failure) {
		t, err := s.thread(tickets, r.id())
		if err != nil {
			return nil, err
		}
		return s.ticketJSON(t, r.host), nil
	})
	s.handle("PUT /tickets/{id}", "tickets", none, []string{
		"ticket_attributes", "ticket_state_id", "company_id", "open", "is_shared", "snoozed_until", "admin_id", "assignee_id", "skip_notifications",
	}, s.updateTicket)
	s.handle("DELETE /tickets/{id}", "tickets", none, none, func(r *request) (any, *failure) {
		t, err := s.thread(tickets, r.id())
		if err != nil {
			return nil, err
		}
		s.forget(t)
		return obj{"id": t.id, "object": "ticket", "deleted": true}, nil
	})
	s.handle("POST /tickets/search", "tickets", none, []string{"query", "pagination"}, s.searchThreads(tickets))
	s.handle("POST /tickets/{id}/reply", "tickets", none, append([]string{"cross_post"}, replyFields...), s.replyTo(tickets))
	s.handle("POST /tickets/{id}/tags", "tickets", none, []string{"id", "admin_id"}, s.tagThread(tickets))
}

func (a *attribute) setItems(s *Server, items string) {
	var list []option
	for item := range strings.SplitSeq(items, ",") {
		item = strings.TrimSpace(item)
		i := slices.IndexFunc(a.options, func(o option) bool { return o.label == item })
		if i >= 0 {
			list = append(list, a.options[i])
		} else if item != "" {
			list = append(list, option{fmt.Sprintf("item-%d", s.next()), item})
		}
	}
	a.options = list
}

func (s *Server) createTicketAttribute(r *request) (any, *failure) {
	for _, t := range s.types {
		if t.id != r.id() {
			continue
		}
		name, typ := text(r.body["name"]), text(r.body["data_type"])
		if name == "" || typ == "" || r.body["description"] == nil {
			return nil, bad("parameter_not_found", "name, description and data_type are required")
		}
		if slices.ContainsFunc(t.attrs, func(a *attribute) bool { return strings.EqualFold(a.name, name) }) {
			return nil, bad("parameter_invalid", "An attribute with that name exists already")
		}
		a := &attribute{id: s.next(), name: name, typ: typ, description: text(r.body["description"])}
		a.setItems(s, text(r.body["list_items"]))
		t.attrs = append(t.attrs, a)
		s.changed()
		return a.ticketJSON(t, len(t.attrs)-1), nil
	}
	return nil, notFound("Ticket type")
}

func (s *Server) createTicket(r *request) (any, *failure) {
	i := slices.IndexFunc(s.types, func(t *ticketType) bool { return t.id == text(r.body["ticket_type_id"]) })
	if i < 0 {
		return nil, fail(http.StatusNotFound, "ticket_type_not_found", "Ticket type not found")
	}
	list, _ := r.body["contacts"].([]any) // checked by its length
	if len(list) != 1 {
		return nil, bad("parameter_invalid", "contacts: exactly one is allowed")
	}
	from, _ := list[0].(obj) // checked by what follows
	c, err := s.contact(text(from["id"]))
	if err != nil {
		return nil, err
	}
	at, err := s.clock(r.body["created_at"])
	if err != nil {
		return nil, err
	}
	n := s.next()
	t := &thread{
		kind: tickets, number: n, id: fmt.Sprint(n), state: "open", created: at, updated: s.now(), contacts: []string{c.id}, custom: obj{},
		typ: s.types[i], ticketState: "8001", shared: s.types[i].category == "Customer",
	}
	if v := r.body["ticket_attributes"]; v != nil {
		if err := s.takeTicketAttributes(t, t.custom, v); err != nil {
			return nil, err
		}
	}
	if a, ok := r.body["assignment"].(obj); ok {
		t.admin, t.team = text(a["admin_assignee_id"]), text(a["team_assignee_id"])
		if t.admin != "" && s.admin(t.admin) == nil || t.team != "" && s.team(t.team) == nil {
			return nil, fail(http.StatusNotFound, "assignee_not_found", "Assignee not found")
		}
	}
	if t.company = text(r.body["company_id"]); t.company != "" && s.companies.by[t.company] == nil {
		return nil, fail(http.StatusNotFound, "company_not_found", "Company Not Found")
	}
	if r.body["skip_notifications"] != true {
		s.mails++
	}
	s.threads[tickets].put(t.id, t)
	s.valued(t)
	s.changed()
	return s.ticketJSON(t, r.host), nil
}

// valued indexes a ticket's attributes for searches.
func (s *Server) valued(t *thread) {
	for _, a := range t.typ.attrs {
		if v := text(t.custom[a.name]); v != "" {
			key := fmt.Sprintf("%d=%s", a.id, v)
			if w := s.threads[tickets].values; !slices.Contains(w[key], t.id) {
				w[key] = append(w[key], t.id)
			}
		}
	}
}

func (s *Server) updateTicket(r *request) (any, *failure) {
	t, err := s.thread(tickets, r.id())
	if err != nil {
		return nil, err
	}
	next := obj{}
	for k, v := range t.custom {
		next[k] = v
	}
	if v := r.body["ticket_attributes"]; v != nil {
		if err := s.takeTicketAttributes(t, next, v); err != nil {
			return nil, err
		}
	}
	if id := text(r.body["ticket_state_id"]); id != "" {
		if s.state(id) == nil {
			return nil, bad("ticket_state_id_invalid", "Ticket state id is not valid or is not associated with the ticket type.")
		}
		t.previousState, t.ticketState = t.ticketState, id
		t.add(&part{
			id: fmt.Sprint(s.next()), typ: "ticket_state_updated_by_admin", authorType: "admin", author: s.me.id,
			created: s.now(), updated: s.now(), api: true,
		})
	}
	if id := text(r.body["assignee_id"]); id != "" {
		switch {
		case id == "0":
			t.admin, t.team = "", ""
		case s.admin(id) != nil:
			t.admin = id
		case s.team(id) != nil:
			t.team = id
		default:
			return nil, fail(http.StatusNotFound, "assignee_not_found", "Assignee not found")
		}
	}
	if v, ok := r.body["open"]; ok {
		t.state, t.snoozed = "closed", 0
		if v == true {
			t.state = "open"
		}
	}
	if v, ok := r.body["snoozed_until"]; ok {
		n, good := seconds(v)
		if !good {
			return nil, bad("parameter_invalid", "snoozed_until must be a date")
		}
		t.snoozed = n
	}
	if r.body["skip_notifications"] != true {
		s.mails++
	}
	t.custom, t.updated = next, s.now()
	s.valued(t)
	s.changed()
	return s.ticketJSON(t, r.host), nil
}
