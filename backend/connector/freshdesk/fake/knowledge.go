package fake

import (
	"maps"
	"net/http"
	"slices"
)

// solutions are categories, which hold folders, which hold articles and folders. Each
// may have translations, behind a language's code.
func (q *request) solutions(b *body) {
	p := q.path[1:]
	if len(p) == 0 {
		q.missing()
		return
	}
	kinds := map[string]struct {
		table, in, children string
		fields              []string
	}{
		"categories": {"categories", "", "folders", []string{"name", "description", "visible_in_portals"}},
		"folders":    {"folders", "categories", "articles", []string{"name", "description", "visibility", "company_ids", "parent_folder_id"}},
		"articles":   {"articles", "folders", "", []string{"title", "description", "status", "type", "tags", "seo_data", "agent_id"}},
	}
	k, ok := kinds[p[0]]
	if !ok {
		q.missing()
		return
	}
	s := q.s
	if len(p) == 1 {
		switch {
		case p[0] != "categories":
			q.missing()
		case q.Method == http.MethodGet:
			q.smallList("categories", 0)
		default:
			q.makeSolution(b, k.table, 0, k.fields)
		}
		return
	}
	r := s.table(k.table).by[number(p[1])]
	switch {
	case r == nil:
		q.missing()
	case len(p) == 3 && (p[2] == k.children || p[0] == "folders" && p[2] == "subfolders"):
		name := p[2]
		if q.Method == http.MethodGet {
			q.smallList(name, r.ID)
			return
		}
		if name == "subfolders" {
			name = "folders"
		}
		q.makeSolution(b, p[2], r.ID, kinds[name].fields)
	case len(p) == 3:
		q.translation(b, k.table, r, p[2], k.fields)
	case len(p) > 3:
		q.missing()
	case q.Method == http.MethodGet:
		q.json(http.StatusOK, q.showSmall(r))
	case q.Method == http.MethodPut:
		q.take(b, k.fields...)
		m := maps.Clone(r.M)
		maps.Copy(m, b.values)
		m["updated_at"] = stamp(s.now())
		r.M = m
		q.json(http.StatusOK, m)
	case q.Method == http.MethodDelete:
		s.table(k.table).drop(r.ID)
		q.done()
	default:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

func (q *request) makeSolution(b *body, table string, in int64, fields []string) {
	v := q.take(b, fields...)
	name := "name"
	if table == "articles" {
		name = "title"
		if v.has("agent_id") {
			v.fault("agent_id", "invalid_field", "Unexpected/invalid field in request")
		}
		if v.text("description", 0) == "" {
			v.fault("description", "missing_field", "It should be a/an String")
		}
	}
	if v.text(name, 255) == "" {
		v.fault(name, "missing_field", "It should be a/an String")
	}
	for _, r := range q.s.table(table).list {
		if table != "articles" && r.In == in && r.M["name"] == b.values["name"] {
			v.status = http.StatusConflict
			v.fault("name", "duplicate_value", "It should be a unique value")
		}
	}
	if v.bad() {
		return
	}
	m := maps.Clone(b.values)
	q.s.placed(table, in, m)
	r := q.s.put(table, in, m)
	q.created("solutions/"+table+"/"+itoa(r.ID), m)
}

// placed adds what the account itself says about where something lies.
func (s *Server) placed(table string, in int64, m map[string]any) {
	switch table {
	case "folders", "subfolders":
		m["category_id"], m["parent_folder_id"] = in, nil
		if table == "subfolders" {
			m["category_id"], m["parent_folder_id"] = s.table("folders").by[in].M["category_id"], in
		}
	case "articles":
		m["folder_id"], m["agent_id"], m["hits"], m["thumbs_up"], m["thumbs_down"] = in, s.me, 0, 0, 0
		if f := s.table("folders").by[in]; f != nil {
			m["category_id"] = f.M["category_id"]
		}
	}
}

// languages are those that the account supports besides its first.
var languages = []string{"de", "fr", "es", "it", "nl", "pl", "pt", "sv", "da", "fi", "cs", "tr"}

// translation reads or writes a record in another language.
func (q *request) translation(b *body, table string, r *record, language string, fields []string) {
	all, _ := r.M["languages"].(map[string]any)
	have, _ := all[language].(map[string]any)
	switch q.Method {
	case http.MethodGet:
		if have == nil {
			q.missing()
			return
		}
		q.json(http.StatusOK, have)
	case http.MethodPost, http.MethodPut:
		v := q.take(b, fields...)
		if !slices.Contains(languages, language) {
			v.fault("language", "invalid_value", "It should be one of the supported languages")
		}
		if have != nil && q.Method == http.MethodPost {
			v.status = http.StatusConflict
			v.fault("language", "duplicate_value", "The translation exists already")
		}
		if v.bad() {
			return
		}
		m := maps.Clone(b.values)
		m["id"], m["language"], m["created_at"], m["updated_at"] = r.ID, language, stamp(q.s.now()), stamp(q.s.now())
		if all == nil {
			all = map[string]any{}
		}
		all[language] = m
		r.M["languages"] = all
		q.created("solutions/"+table+"/"+itoa(r.ID)+"/"+language, m)
	default:
		q.w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// canned are canned responses in folders. They cannot be deleted by the API.
func (q *request) canned(b *body) {
	s := q.s
	switch {
	case q.path[0] == "canned_response_folders" && len(q.path) == 1 && q.Method == http.MethodGet:
		q.smallList("canned_response_folders", 0)
	case q.path[0] == "canned_response_folders" && len(q.path) == 3 && q.path[2] == "responses" && q.Method == http.MethodGet:
		q.smallList("canned_responses", number(q.path[1]))
	case q.path[0] == "canned_response_folder" && len(q.path) == 1 && q.Method == http.MethodPost:
		v := q.take(b, "name")
		if v.text("name", 255) == "" {
			v.fault("name", "missing_field", "It should be a/an String")
		}
		if v.bad() {
			return
		}
		r := s.put("canned_response_folders", 0, map[string]any{"name": b.values["name"], "personal": false, "responses_count": 0})
		q.created("canned_response_folder/"+itoa(r.ID), r.M)
	case q.path[0] == "canned_responses" && len(q.path) == 1 && q.Method == http.MethodPost:
		v := q.take(b, "title", "content_html", "folder_id", "visibility", "group_ids", "attachments")
		title, folder := v.text("title", 255), v.number("folder_id")
		if title == "" {
			v.fault("title", "missing_field", "It should be a/an String")
		}
		if s.table("canned_response_folders").by[folder] == nil {
			v.fault("folder_id", "invalid_value", "There is no folder matching the given folder_id")
		}
		for _, r := range s.table("canned_responses").list {
			if r.In == folder && r.M["title"] == title {
				v.status = http.StatusConflict
				v.fault("title", "duplicate_value", "It should be a unique value")
			}
		}
		if v.bad() {
			return
		}
		r := s.put("canned_responses", folder, map[string]any{
			"title": title, "content_html": v.text("content_html", 0), "content": bare(v.text("content_html", 0)), "folder_id": folder,
			"visibility": v.number("visibility"), "group_ids": nil, "attachments": []any{},
		})
		q.created("canned_responses/"+itoa(r.ID), r.M)
	case q.path[0] == "canned_responses" && len(q.path) == 2 && s.table("canned_responses").by[number(q.path[1])] != nil && q.Method == http.MethodGet:
		q.json(http.StatusOK, s.table("canned_responses").by[number(q.path[1])].M)
	default:
		q.missing()
	}
}
