package fake

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// attribute is a custom field.
type attribute struct {
	id          int64
	model       string // contact, company; empty: of conversations or of a ticket type
	name, typ   string
	description string
	options     []option
	archived    bool
}

type option struct{ id, label string }

type ticketType struct {
	id, name, category string
	attrs              []*attribute
}

func (a *attribute) json() obj {
	if a.model != "" {
		out := obj{
			"type": "data_attribute", "id": a.id, "model": a.model, "name": a.name, "full_name": a.name, "label": a.name,
			"description": a.description, "data_type": a.typ, "api_writable": true, "ui_writable": true, "messenger_writable": false,
			"custom": true, "archived": a.archived, "created_at": 1577836800, "updated_at": 1577836800, "admin_id": "1",
		}
		if a.options != nil {
			list := []string{}
			for _, o := range a.options {
				list = append(list, o.label)
			}
			out["options"] = list
		}
		return out
	}
	out := obj{
		"type": "conversation_attribute", "id": a.id, "name": a.name, "description": a.description, "data_type": a.typ, "required": false,
		"visible_to_team_ids": []string{}, "archived": a.archived, "created_at": 1577836800, "updated_at": 1577836800, "admin_id": "1",
	}
	if a.typ == "list" {
		out["options"] = a.optionsJSON("label")
	}
	if a.typ == "string" {
		out["multiline"] = false
	}
	return out
}

func (a *attribute) optionsJSON(label string) []obj {
	list := []obj{}
	for _, o := range a.options {
		list = append(list, obj{"id": o.id, label: o.label, "archived": false})
	}
	return list
}

func find(list []*attribute, model, name string) *attribute {
	for _, a := range list {
		if !a.archived && a.model == model && strings.EqualFold(a.name, name) {
			return a
		}
	}
	return nil
}

// suits says whether a value has an attribute's type.
func (a *attribute) suits(v any) bool {
	_, isBool := v.(bool)
	_, isText := v.(string)
	switch a.typ {
	case "boolean":
		return isBool
	case "integer", "date", "datetime":
		_, err := strconv.ParseInt(text(v), 10, 64)
		return !isBool && err == nil
	case "float", "decimal":
		_, err := strconv.ParseFloat(text(v), 64)
		return !isBool && err == nil
	}
	return isText
}

// takeCustom puts values into custom attributes of a contact or a company.
func (s *Server) takeCustom(model string, into obj, v any) *failure {
	x, ok := v.(obj)
	if !ok {
		return bad("parameter_invalid", "custom_attributes must be an object")
	}
	for name, v := range x {
		a := find(s.attrs, model, name)
		if a == nil {
			return &failure{http.StatusBadRequest, "parameter_invalid", "Custom attribute '" + name + "' does not exist", name}
		}
		if v == nil {
			delete(into, a.name)
			continue
		}
		if !a.suits(v) {
			return &failure{http.StatusBadRequest, "parameter_invalid", fmt.Sprintf("%s must be a %s", name, a.typ), name}
		}
		if a.options != nil && !slices.ContainsFunc(a.options, func(o option) bool { return o.label == v }) {
			return &failure{http.StatusBadRequest, "parameter_invalid", name + " is not one of the options", name}
		}
		into[a.name] = v
	}
	return nil
}

// takeConvCustom puts values into custom attributes of a conversation. Options go by their labels.
func (s *Server) takeConvCustom(into obj, v any) *failure {
	x, ok := v.(obj)
	if !ok {
		return bad("parameter_invalid", "custom_attributes must be an object")
	}
	for name, v := range x {
		a := find(s.convAttrs, "", name)
		if a == nil {
			return &failure{http.StatusBadRequest, "parameter_invalid", "Custom attribute '" + name + "' does not exist", name}
		}
		if v == nil {
			delete(into, a.name)
			continue
		}
		if !a.suits(v) || a.typ == "list" && !slices.ContainsFunc(a.options, func(o option) bool { return o.label == v }) {
			return &failure{http.StatusBadRequest, "parameter_invalid", fmt.Sprintf("%s does not take that value", name), name}
		}
		into[a.name] = v
	}
	return nil
}

func (s *Server) tag(id string) *tag {
	for _, t := range s.tags {
		if t.id == id {
			return t
		}
	}
	return nil
}

// AddTag adds a tag, or finds it by its name.
func (s *Server) AddTag(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tagNamed(name).id
}

func (s *Server) tagNamed(name string) *tag {
	for _, t := range s.tags {
		if strings.EqualFold(t.name, name) {
			return t
		}
	}
	t := &tag{fmt.Sprint(s.next()), name}
	s.tags = append(s.tags, t)
	s.changed()
	return t
}

func (s *Server) tagThread(k kind) func(*request) (any, *failure) {
	return func(r *request) (any, *failure) {
		t, err := s.thread(k, r.id())
		if err != nil {
			return nil, err
		}
		x, a := s.tag(text(r.body["id"])), s.admin(text(r.body["admin_id"]))
		if x == nil || a == nil {
			return nil, notFound("Resource")
		}
		if !slices.Contains(t.tags, x.id) {
			t.tags = append(t.tags, x.id)
		}
		t.updated = s.now()
		s.changed()
		return obj{"type": "tag", "id": x.id, "name": x.name, "applied_at": s.now(), "applied_by": obj{"type": "admin", "id": a.id}}, nil
	}
}

func (s *Server) untagThread(k kind) func(*request) (any, *failure) {
	return func(r *request) (any, *failure) {
		t, err := s.thread(k, r.id())
		if err != nil {
			return nil, err
		}
		x := s.tag(r.PathValue("tag"))
		if x == nil || !slices.Contains(t.tags, x.id) {
			return nil, notFound("Resource")
		}
		t.tags = slices.DeleteFunc(t.tags, func(id string) bool { return id == x.id })
		t.updated = s.now()
		s.changed()
		return obj{"type": "tag", "id": x.id, "name": x.name, "applied_at": s.now(), "applied_by": obj{"type": "admin", "id": s.me.id}}, nil
	}
}

func (s *Server) shapeRoutes() {
	none := []string(nil)
	s.handle("GET /tags", "", none, none, func(*request) (any, *failure) {
		list := []obj{}
		for _, t := range s.tags {
			list = append(list, obj{"type": "tag", "id": t.id, "name": t.name})
		}
		return obj{"type": "list", "data": list}, nil
	})
	s.handle("POST /tags", "", none, []string{"name", "id"}, func(r *request) (any, *failure) {
		name := strings.TrimSpace(text(r.body["name"]))
		if name == "" {
			return nil, bad("parameter_not_found", "name is required")
		}
		t := s.tagNamed(name)
		return obj{"type": "tag", "id": t.id, "name": t.name}, nil
	})
	s.handle("DELETE /tags/{id}", "", none, none, func(r *request) (any, *failure) {
		t := s.tag(r.id())
		if t == nil {
			return nil, notFound("Resource")
		}
		used := false
		s.threads[conversations].each(func(x *thread) { used = used || slices.Contains(x.tags, t.id) })
		if used {
			return nil, bad("tag_has_dependent_objects", "Unable to delete Tag with dependent objects")
		}
		s.tags = slices.DeleteFunc(s.tags, func(x *tag) bool { return x == t })
		s.changed()
		return obj{}, nil
	})
	s.handle("GET /data_attributes", "", []string{"model", "include_archived"}, none, func(r *request) (any, *failure) {
		model := r.URL.Query().Get("model")
		if model == "conversation" {
			return nil, fail(http.StatusUnprocessableEntity, "parameter_invalid", "model=conversation is no longer supported. Use GET /conversations/attributes instead")
		}
		list := []obj{{
			"type": "data_attribute", "model": "contact", "name": "email", "full_name": "email", "label": "Email", "description": "", "data_type": "string",
			"api_writable": true, "ui_writable": true, "messenger_writable": true, "custom": false, "archived": false,
		}}
		if model == "company" {
			list = []obj{}
		}
		for _, a := range s.attrs {
			if (model == "" || a.model == model) && !a.archived {
				list = append(list, a.json())
			}
		}
		return obj{"type": "list", "data": list}, nil
	})
	s.handle("POST /data_attributes", "", none, []string{"name", "model", "data_type", "description", "options", "messenger_writable"}, func(r *request) (any, *failure) {
		name, model, typ := text(r.body["name"]), text(r.body["model"]), text(r.body["data_type"])
		if name == "" || strings.ContainsAny(name, ".$") || model != "contact" && model != "company" {
			return nil, bad("parameter_invalid", "Your name for this attribute contains invalid characters, or the model is not known")
		}
		if find(s.attrs, model, name) != nil {
			return nil, bad("parameter_invalid", "You already have '%s' in your %s data. To save this as new people data, use a different name.", name, model)
		}
		a := &attribute{id: s.next(), model: model, name: name, typ: typ, description: text(r.body["description"])}
		if typ == "options" {
			list, _ := r.body["options"].([]any) // checked by its length
			if len(list) < 2 {
				return nil, bad("parameter_invalid", "The Data Attribute model field must have at least two options")
			}
			a.typ = "string"
			a.options = listed(list)
		}
		s.attrs = append(s.attrs, a)
		s.changed()
		return a.json(), nil
	})
	s.handle("PUT /data_attributes/{id}", "", none, []string{"archived", "description", "options", "messenger_writable"}, func(r *request) (any, *failure) {
		for _, a := range s.attrs {
			if fmt.Sprint(a.id) != r.id() {
				continue
			}
			if list, ok := r.body["options"].([]any); ok {
				if a.options == nil || len(list) < 2 {
					return nil, bad("parameter_invalid", "too few options in list")
				}
				a.options = listed(list)
			}
			if v, ok := r.body["archived"]; ok {
				a.archived = v == true
			}
			s.changed()
			return a.json(), nil
		}
		return nil, fail(http.StatusNotFound, "field_not_found", "We couldn't find that data attribute to update")
	})
	s.handle("GET /conversations/attributes", "conversations", none, none, func(*request) (any, *failure) {
		list := []obj{}
		for _, a := range s.convAttrs {
			if !a.archived {
				list = append(list, a.json())
			}
		}
		return obj{"type": "list", "data": list}, nil
	})
	s.handle("POST /conversations/attributes", "conversations", none,
		[]string{"name", "description", "data_type", "required", "visible_to_team_ids", "options", "multiline"}, func(r *request) (any, *failure) {
			name, typ := text(r.body["name"]), text(r.body["data_type"])
			if !slices.Contains([]string{"string", "integer", "list", "decimal", "boolean", "datetime", "files"}, typ) {
				return nil, fail(http.StatusUnprocessableEntity, "parameter_invalid", "data_type '"+typ+"' is not valid.")
			}
			if name == "" || find(s.convAttrs, "", name) != nil {
				return nil, fail(http.StatusUnprocessableEntity, "parameter_invalid", "An attribute with that name exists already")
			}
			a := &attribute{id: s.next(), name: name, typ: typ, description: text(r.body["description"])}
			if list, ok := r.body["options"].([]any); ok {
				a.options = listed(list)
			}
			s.convAttrs = append(s.convAttrs, a)
			s.changed()
			return a.json(), nil
		})
	s.handle("POST /conversations/attributes/{id}/options", "conversations", none, []string{"label"}, func(r *request) (any, *failure) {
		for _, a := range s.convAttrs {
			if fmt.Sprint(a.id) != r.id() {
				continue
			}
			if a.typ != "list" || text(r.body["label"]) == "" {
				return nil, fail(http.StatusUnprocessableEntity, "parameter_invalid", "Options can only be managed on list attributes")
			}
			a.options = append(a.options, option{fmt.Sprintf("opt-%d", s.next()), text(r.body["label"])})
			s.changed()
			return a.json(), nil
		}
		return nil, fail(http.StatusNotFound, "conversation_attribute_not_found", "Conversation attribute not found")
	})
}

// listed reads options, which are {"value": ...} or {"label": ...}.
func listed(list []any) []option {
	out := []option{}
	for i, v := range list {
		x, ok := v.(obj)
		if !ok {
			continue
		}
		label := text(x["value"])
		if label == "" {
			label = text(x["label"])
		}
		out = append(out, option{fmt.Sprintf("opt-%s-%d", label, i), label})
	}
	return out
}
